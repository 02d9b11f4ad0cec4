//! Email.

use credential_testkit::FakeClock;
use serde_json::{Value, json};

use crate::client::{assert_refused, assert_snapshot, json, last, request, send, show, start};
use crate::communication::{send_signed, signer};

const SEND: &str = "/emails:send?api-version=2025-09-01";

fn email() -> Value {
    json!({
        "senderAddress": "DoNotReply@contoso.example",
        "content": { "subject": "Hello", "plainText": "plain", "html": "<p>rich</p>" },
        "recipients": {
            "to": [{ "address": "ann@contoso.example", "displayName": "Ann" }],
            "cc": [{ "address": "bob@contoso.example" }],
            "bcc": [{ "address": "eve@contoso.example" }],
        },
        "replyTo": [{ "address": "answers@contoso.example" }],
        "attachments": [{ "name": "a.txt", "contentType": "text/plain", "contentInBase64": "aGVsbG8=" }],
        "headers": { "x-campaign": "1" },
        "userEngagementTrackingDisabled": true,
    })
}

#[tokio::test]
async fn a_message_and_its_operation() {
    let (emulator, clock) = start().await;
    let response = send_signed(&emulator, &clock, "POST", SEND, &email().to_string()).await;
    assert_snapshot("email_accepted", &show(&response));
    let location = response.headers()["operation-location"].to_str().unwrap();
    let path = location.strip_prefix(emulator.https_origin()).unwrap().to_owned();
    let running = send_signed(&emulator, &clock, "GET", &path, "").await;
    assert_eq!(
        (&json(&running)["status"], &running.headers()["retry-after"]),
        (&json!("Running"), &"1".parse().unwrap())
    );
    // The service itself links to a path with two slashes.
    let ended = send_signed(&emulator, &clock, "GET", &format!("/{path}"), "").await;
    assert_snapshot("email_succeeded", &show(&ended));

    let mailbox = emulator.mailbox();
    assert_eq!((mailbox.emails.len(), mailbox.sms.len()), (1, 0));
    let email = &mailbox.emails[0];
    assert_eq!(json(&response)["id"], *email.id);
    assert_eq!(
        [&email.to, &email.cc, &email.bcc, &email.reply_to].map(|list| list.join(" ")),
        ["ann@contoso.example", "bob@contoso.example", "eve@contoso.example", "answers@contoso.example"]
    );
    assert_eq!((email.sender.as_str(), email.subject.as_str()), ("DoNotReply@contoso.example", "Hello"));
    assert_eq!((email.plain_text.as_deref(), email.html.as_deref()), (Some("plain"), Some("<p>rich</p>")));
    let file = &email.attachments[0];
    assert_eq!((file.name.as_str(), file.content_type.as_str(), file.size), ("a.txt", "text/plain", 5));
}

#[tokio::test]
async fn clients_may_choose_the_operations_id() {
    let (emulator, clock) = start().await;
    let id = "11111111-1111-4111-8111-111111111111";
    for (header, status) in [(id, 202), (id, 202), ("x", 400)] {
        let header = format!("operation-id: {header}");
        let mut request = request(&emulator, "POST", SEND, &[&header], &email().to_string());
        signer(&emulator.accounts().acs_primary_key, &clock).sign(&mut request).unwrap();
        let response = send(&emulator, request).await;
        assert_eq!(response.status(), status, "{:?}", last(&emulator));
        if status == 202 {
            assert_eq!(json(&response)["id"], id);
        }
    }
    assert_eq!(emulator.mailbox().emails.len(), 1, "the same id is the same message");
}

#[tokio::test]
async fn refused_messages() {
    let (emulator, clock) = start().await;
    let with = |path: &str, value: Value| {
        let mut body = email();
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    let address = |text: &str| json!([{ "address": text }]);
    for (body, status, code, reason) in [
        (
            with("/content/subject", json!(null)),
            400,
            "ValidationError",
            "subject: The subject field is required.",
        ),
        (with("/content", json!({ "subject": "x" })), 400, "ValidationError", "content: plainText or html"),
        (with("/recipients", json!({})), 400, "ValidationError", "recipients: there are 0, 1 to 50"),
        (
            with("/recipients/to", json!(vec![json!({ "address": "a@b" }); 49])),
            400,
            "ValidationError",
            "recipients: there are 51, 1 to 50",
        ),
        (
            with("/recipients/to", json!([{}])),
            400,
            "ValidationError",
            "address: The address field is required.",
        ),
        (with("/recipients/cc", address("@b")), 400, "ValidationError", "cc: '@b' is not an e-mail address."),
        (
            with("/replyTo", address("a b@c")),
            400,
            "ValidationError",
            "replyTo: 'a b@c' is not an e-mail address.",
        ),
        (with("/senderAddress", json!("me")), 400, "ValidationError", "senderAddress: 'me' is not an e-mail"),
        (with("/attachments/0/contentInBase64", json!("-")), 400, "ValidationError", "contentInBase64: "),
        (
            with("/attachments/0/name", json!(null)),
            400,
            "ValidationError",
            "name: The name field is required.",
        ),
        (with("/headers", json!({ "x": 1 })), 400, "ValidationError", "headers: each value must be a text."),
        (
            with("/headers", json!([])),
            400,
            "ValidationError",
            "headers: The headers field is not of the kind",
        ),
        (
            with("/userEngagementTrackingDisabled", json!("no")),
            400,
            "ValidationError",
            "userEngagementTrackingDisabled: ",
        ),
        (
            with("/senderAddress", json!("me@contoso.invalid")),
            404,
            "DomainNotLinked",
            "senderAddress: domains",
        ),
    ] {
        let response = send_signed(&emulator, &clock, "POST", SEND, &body.to_string()).await;
        assert_refused(&emulator, &response, status, reason);
        assert_eq!(json(&response)["error"]["code"], code);
        assert_eq!(response.headers()["x-ms-error-code"], code);
    }
    let unknown = "/emails/operations/x?api-version=2025-09-01";
    let response = send_signed(&emulator, &clock, "GET", unknown, "").await;
    assert_refused(&emulator, &response, 404, "operation: 'x' was never begun here, or is forgotten");

    let stale = send_signed(&emulator, &FakeClock::at(1), "POST", SEND, "{}").await;
    assert_eq!(stale.headers()["x-ms-error-code"], "Denied");
    assert!(emulator.mailbox().emails.is_empty());
}
