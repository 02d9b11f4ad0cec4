//! SMS.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;

use crate::client::{NOW, assert_refused, assert_snapshot, json, show, start};
use crate::communication::send_signed;

const SEND: &str = "/sms?api-version=2021-03-07";
const FIRST: &str = "11111111-1111-4111-8111-111111111111";

#[tokio::test]
async fn each_recipient_has_an_answer_of_its_own() {
    let (emulator, clock) = start().await;
    let body = json!({
        "from": "+14255550123",
        "smsRecipients": [{ "to": "+15550101", "repeatabilityRequestId": FIRST }, { "to": "5550102" }],
        "message": "hello",
        "smsSendOptions": { "enableDeliveryReport": true, "tag": "greeting", "deliveryReportTimeoutInSeconds": 60 },
    });
    let response = send_signed(&emulator, &clock, "POST", SEND, &body.to_string()).await;
    assert_snapshot("sms_sent", &show(&response));

    // The same request again is the same message.
    let again = send_signed(&emulator, &clock, "POST", SEND, &body.to_string()).await;
    assert_eq!(json(&again)["value"][0], json(&response)["value"][0]);
    let mailbox = emulator.mailbox();
    assert_eq!((mailbox.sms.len(), mailbox.emails.len()), (1, 0));
    let sms = &mailbox.sms[0];
    assert_eq!(json(&response)["value"][0]["messageId"], *sms.id);
    assert_eq!(
        (sms.from.as_str(), sms.to.as_str(), sms.message.as_str(), sms.tag.as_deref()),
        ("+14255550123", "+15550101", "hello", Some("greeting"))
    );
    assert_eq!(sms.sent_at, UNIX_EPOCH + Duration::from_secs(NOW));
}

#[tokio::test]
async fn who_opted_out_gets_nothing() {
    let (emulator, clock) = start().await;
    let list = r#"{"from":"+14255550123","recipients":[{"to":"+15550101"},{"to":"x"}]}"#;
    let message = r#"{"from":"+14255550123","smsRecipients":[{"to":"+15550101"}],"message":"hello"}"#;
    for (action, is_opted_out) in [("add", true), ("remove", false)] {
        let path = format!("/sms/optouts:{action}?api-version=2026-01-23");
        let changed = send_signed(&emulator, &clock, "POST", &path, list).await;
        assert_eq!(json(&changed)["value"][0], json!({ "to": "+15550101", "httpStatusCode": 200 }));
        assert_eq!(json(&changed)["value"][1]["httpStatusCode"], 400);
        let check = "/sms/optouts:check?api-version=2026-01-23";
        let checked = send_signed(&emulator, &clock, "POST", check, list).await;
        assert_eq!(json(&checked)["value"][0]["isOptedOut"], is_opted_out);

        let sent = send_signed(&emulator, &clock, "POST", SEND, message).await;
        assert_eq!(json(&sent)["value"][0]["httpStatusCode"], 202, "accepted all the same");
        assert_eq!(emulator.mailbox().sms.is_empty(), is_opted_out);
    }
}

#[tokio::test]
async fn refused_messages() {
    let (emulator, clock) = start().await;
    let good =
        json!({ "from": "+14255550123", "smsRecipients": [{ "to": "+15550101" }], "message": "hello" });
    let with = |name: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    for (body, reason) in [
        (json!({}), "from: The from field is required."),
        (with("from", json!(1)), "from: The from field is not of the kind: text."),
        (with("message", json!("")), "message: The message field is required."),
        (with("message", json!("x".repeat(2_049))), "message: The message field has 2049 characters"),
        (with("smsRecipients", json!([])), "smsRecipients: The smsRecipients field is required."),
        (
            with("smsRecipients", json!("x")),
            "smsRecipients: The smsRecipients field is not of the kind: list.",
        ),
        (
            with("smsRecipients", json!(vec![json!({}); 101])),
            "smsRecipients: The smsRecipients field holds 101",
        ),
        (with("smsRecipients", json!([{ "to": "+15550101" }, {}])), "to: The to field is required."),
        (
            with("smsRecipients", json!([{ "to": "+15550101", "repeatabilityRequestId": "1" }])),
            "repeatabilityRequestId: The repeatabilityRequestId field is not a UUID.",
        ),
        (
            with("smsSendOptions", json!({ "enableDeliveryReport": "yes" })),
            "enableDeliveryReport: The enableDeliveryReport field is not of the kind: true or false.",
        ),
        (
            with("smsSendOptions", json!({ "deliveryReportTimeoutInSeconds": 59 })),
            "deliveryReportTimeoutInSeconds: The deliveryReportTimeoutInSeconds field must be within",
        ),
    ] {
        let response = send_signed(&emulator, &clock, "POST", SEND, &body.to_string()).await;
        assert_refused(&emulator, &response, 400, reason);
        assert_eq!(json(&response)["error"]["code"], "ValidationError");
    }
    for body in ["{}", r#"{"from":"+14255550123"}"#, r#"{"from":"+14255550123","recipients":[{}]}"#] {
        let path = "/sms/optouts:add?api-version=2026-01-23";
        let response = send_signed(&emulator, &clock, "POST", path, body).await;
        assert_eq!(response.status(), 400, "{body}");
    }
    assert!(emulator.mailbox().sms.is_empty());
}

#[tokio::test]
async fn the_mailbox_is_bounded() {
    let (emulator, clock) = start().await;
    let recipients: Vec<_> = (0..100).map(|at| json!({ "to": format!("+155501{at:02}") })).collect();
    for text in 0..11 {
        let body = json!({ "from": "me", "smsRecipients": recipients, "message": text.to_string() });
        let response = send_signed(&emulator, &clock, "POST", SEND, &body.to_string()).await;
        assert_eq!(response.status(), 202);
    }
    let sms = emulator.mailbox().sms;
    assert_eq!((sms.len(), sms[0].message.as_str()), (1_000, "1"));
}
