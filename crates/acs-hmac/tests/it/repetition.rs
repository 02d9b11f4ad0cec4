//! Operations that would be done twice are sent once.

use acs_hmac::Operation;
use acs_hmac::operations::{email, sms};
use credential::{Endpoint, SendOnce};
use credential_testkit::LeakCheck;

fn is_sent_once(operation: &impl Operation) -> bool {
    let endpoint = Endpoint::parse("endpoint", "https://contoso.communication.azure.com").unwrap();
    SendOnce::is_set(&operation.build(&endpoint, "2031-01-01").unwrap())
}

#[test]
fn only_a_client_that_names_the_operation_may_send_an_email_again() {
    let content = email::EmailContent::new("News").with_html("<p>hi");
    let recipients = email::EmailRecipients::new(vec![email::EmailAddress::new("ada@example.com")]);
    let send = email::SendEmail::new(email::EmailMessage::new("us@example.com", content, recipients));
    assert!(is_sent_once(&send));
    assert!(!is_sent_once(&send.with_operation_id("d0000000-0000-4000-8000-000000000001")));
    assert!(!is_sent_once(&email::GetEmailStatus::new("id")));
}

#[test]
fn a_text_message_is_sent_once_and_its_partners_key_is_not_shown() {
    let options = sms::SmsSendOptions::new(false)
        .with_messaging_connect(sms::MessagingConnect::new("pl4nted-key", "partner"));
    let recipients = vec![sms::SmsRecipient::new("+15550101")];
    let send = sms::SendSms::new(
        sms::SendSmsRequest::new("+15550100", recipients, "hi").with_sms_send_options(options),
    );
    assert!(is_sent_once(&send));
    LeakCheck::new(["pl4nted-key"]).debug(&send);
    let endpoint = Endpoint::parse("endpoint", "https://contoso.communication.azure.com").unwrap();
    let body = send.build(&endpoint, "2021-03-07").unwrap().into_body();
    insta::assert_snapshot!(
        std::str::from_utf8(&body).unwrap(),
        @r#"{"from":"+15550100","smsRecipients":[{"to":"+15550101"}],"message":"hi","smsSendOptions":{"enableDeliveryReport":false,"messagingConnect":{"apiKey":"pl4nted-key","partner":"partner"}}}"#
    );
}
