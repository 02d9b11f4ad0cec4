//! `azcred sign` for one request.

use std::time::Duration;

use crate::azcred::{Azcred, Folder};

/// The request of the official SDKs' own test, and its signature.
const REQUEST: [&str; 5] =
    ["sign", "--url", "https://example.com/testPath?testQuery=test", "--date", "2022-04-13T18:09:12.9Z"];
const HEADERS: &str = "\
x-ms-date: Wed, 13 Apr 2022 18:09:12 GMT
x-ms-content-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
authorization: HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=DGdgwggJWnQyc6EHjR/Vbqg1ES64KpD6U2XwTDDj3tU=
";

#[test]
fn headers_are_printed_from_every_source_of_the_key() {
    let folder = Folder::new();
    let key = folder.file("key", "pw==\r\n");
    let connection_string = "endpoint=https://contoso.communication.azure.com/;accesskey=pw==";
    let with_file = |file: &str| Azcred::new(REQUEST.into_iter().chain(["--key-file", file]));
    assert_eq!(with_file(&key).run().success(), HEADERS);
    assert_eq!(with_file("-").run_with(b"pw==\n").success(), HEADERS);
    assert_eq!(with_file(&folder.file("text", connection_string)).run().success(), HEADERS);
    assert_eq!(Azcred::new(REQUEST).env("ACS_ACCESS_KEY", "pw==").run().success(), HEADERS);
    let variable = "COMMUNICATION_SERVICES_CONNECTION_STRING";
    assert_eq!(Azcred::new(REQUEST).env(variable, connection_string).run().success(), HEADERS);
}

#[test]
fn json_has_the_same_headers() {
    let json =
        Azcred::new(REQUEST.into_iter().chain(["--json"])).env("ACS_ACCESS_KEY", "pw==").run().success();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let lines: Vec<_> = ["x-ms-date", "x-ms-content-sha256", "authorization"]
        .iter()
        .map(|name| format!("{name}: {}\n", json[name].as_str().unwrap()))
        .collect();
    assert_eq!(lines.concat(), HEADERS);
}

#[test]
fn bodies_come_from_text_a_file_or_standard_input_and_mean_post() {
    let folder = Folder::new();
    // The official SDKs' own vector.
    let body = r#"{"propName":"name", "propValue": "value"}"#;
    let file = folder.file("body.json", body);
    let base = ["sign", "--url", "https://localhost/?id=b93a5ef4-f622-44d8-a80b-ff983122554e"];
    let date = ["--date", "Wed, 07 Oct 2020 18:16:02 GMT"];
    let signed = |more: &[&str], input: &[u8]| {
        Azcred::new(base.iter().chain(&date).chain(more))
            .env("ACS_ACCESS_KEY", "68810419818922fb0263dd6ee4b9c56537dbad914aa7324a119fce26778a286e")
            .run_with(input)
            .success()
    };
    let expected = signed(&["--method", "post", "--body", body], b"");
    assert!(expected.contains("YjVxGFu++f6tLM9YEVQVRmchZiYyxQ+8Bi3PXTJz2C4="), "{expected}");
    assert!(expected.contains("Signature=mQrpLBb54U9OPppnm5ZGGgCy+BrYYcVRfWMRPAOx1x0="), "{expected}");
    assert_eq!(signed(&["--body", body], b""), expected);
    assert_eq!(signed(&["--body-file", &file], b""), expected);
    assert_eq!(signed(&["--body-file", "-"], body.as_bytes()), expected);
    assert_ne!(signed(&["--method", "PUT", "--body", body], b""), expected);
}

#[test]
fn addresses_that_clients_rewrite_are_signed_with_a_warning() {
    for (url, what) in [
        ("https://example.com/Qu\u{e9}bec", "letters outside ASCII"),
        ("https://example.com/a\"b", "quotes"),
        ("https://example.com/a/../b", "a segment . or .."),
    ] {
        let ran = Azcred::new(["sign", "--url", url]).env("ACS_ACCESS_KEY", "pw==").run();
        assert!(ran.status.success() && ran.stdout.contains("authorization: HMAC-SHA256 "), "{ran:?}");
        assert!(ran.stderr.starts_with(&format!("warning: the url holds {what}")), "{ran:?}");
    }
    let line = r#"{"method":"GET","url":"https://example.com/a/../b"}"#;
    let answer = Azcred::new(["sign", "--batch"]).env("ACS_ACCESS_KEY", "pw==").run_with(line.as_bytes());
    assert!(answer.success().contains("HMAC-SHA256"), "signed, without a warning");
}

#[test]
fn what_is_signed_is_shown_on_request_without_the_key() {
    let key = "cGxhbnRlZCBhY2Nlc3Mga2V5";
    let run = |flag| Azcred::new(REQUEST.into_iter().chain([flag])).env("ACS_ACCESS_KEY", key).run();
    let ran = run("--explain");
    assert!(ran.status.success() && ran.stdout.starts_with("x-ms-date: Wed, 13 Apr"), "{ran:?}");
    assert_eq!(ran.stderr, run("-v").stderr);
    insta::assert_snapshot!(ran.stderr);
    credential_testkit::LeakCheck::new([key, "planted access key"]).text(&ran.stderr);
}

#[test]
fn without_a_date_now_is_signed() {
    let output =
        Azcred::new(["sign", "--url", "https://example.com/"]).env("ACS_ACCESS_KEY", "pw==").run().success();
    let date = output.lines().next().unwrap().strip_prefix("x-ms-date: ").unwrap();
    let signed = acs_hmac::SigningDate::parse(date).unwrap().time();
    let now = credential::Clock::now(&credential::SystemClock::default());
    let ago = now.duration_since(signed).unwrap();
    assert!(ago < Duration::from_secs(30), "{date}");
}
