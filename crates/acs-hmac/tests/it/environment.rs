//! The connection string in the environment.

use acs_hmac::ConnectionString;
use credential::{CredentialErrorKind, MapEnvironment};
use credential_testkit::LeakCheck;

fn environment(text: &str) -> MapEnvironment {
    MapEnvironment::new().with("COMMUNICATION_SERVICES_CONNECTION_STRING", text)
}

#[test]
fn it_is_read_like_any_other() {
    let text = "endpoint=https://a.example/;accesskey=b25l\n";
    let parsed = ConnectionString::from_environment(&environment(text)).unwrap();
    assert_eq!(parsed.access_key().load().primary().bytes(), b"one");
    let local = environment("endpoint=http://127.0.0.1:8080/;accesskey=b25l");
    assert_eq!(
        ConnectionString::from_environment_local(&local).unwrap().endpoint().to_string(),
        "http://127.0.0.1:8080"
    );
    assert!(ConnectionString::from_environment(&local).is_err());
}

#[test]
fn what_is_wrong_names_the_variable_and_shows_nothing() {
    let check = LeakCheck::new(["cGw0bnRlZA"]);
    let mut texts = Vec::new();
    for (text, kind) in [
        ("", CredentialErrorKind::NotConfigured),
        ("cGw0bnRlZA==", CredentialErrorKind::InvalidConfiguration),
        ("endpoint=https://a.example;accesskey=cGw0bnRlZA?", CredentialErrorKind::InvalidConfiguration),
        ("endpoint=http://a.example;accesskey=cGw0bnRlZA==", CredentialErrorKind::InvalidConfiguration),
    ] {
        for error in [
            ConnectionString::from_environment(&environment(text)).unwrap_err(),
            ConnectionString::from_environment_local(&environment(text)).unwrap_err(),
        ] {
            assert_eq!(error.kind(), kind, "{error}");
            check.error(&error);
            texts.push(error.to_string());
        }
    }
    texts.dedup();
    insta::assert_snapshot!(texts.join("\n"));
}
