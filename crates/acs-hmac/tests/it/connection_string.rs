//! Connection strings in all shapes that the official SDKs disagree about.

use acs_hmac::ConnectionString;
use credential::CredentialErrorKind;
use credential_testkit::LeakCheck;
use proptest::prelude::*;

const KEY: &str = "cGw0bnRlZC1zM2NyZXQ=";
const PLANTED: &str = "pl4nted-s3cret";

fn endpoint(text: &str) -> String {
    let parsed = ConnectionString::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(parsed.access_key().load().primary().expose(), KEY, "{text}");
    parsed.endpoint().to_string()
}

#[test]
fn what_all_accept_is_accepted() {
    let contoso = "https://contoso.communication.azure.com";
    for text in [
        format!("endpoint={contoso}/;accesskey={KEY}"),
        format!("endpoint={contoso};accesskey={KEY}"),
        format!("endpoint={contoso}:443/;accesskey={KEY}"),
        format!("EndPoint={contoso}/;AccessKey={KEY}"),
        format!("accesskey={KEY};endpoint={contoso}/"),
        format!("endpoint={contoso}/;accesskey={KEY};"),
        format!("  endpoint = {contoso}/ ;\taccesskey = {KEY} ;\r\n"),
        format!("endpoint=HTTPS://Contoso.Communication.Azure.COM/;accesskey={KEY}"),
    ] {
        assert_eq!(endpoint(&text), contoso, "{text}");
    }
    assert_eq!(endpoint(&format!("endpoint=https://h:8443/base/;accesskey={KEY}")), "https://h:8443/base");
}

/// The padding of a key is made of the sign that separates names from values.
#[test]
fn the_first_equals_sign_separates() {
    let parsed = ConnectionString::parse("endpoint=https://h;accesskey=pw==").unwrap();
    assert_eq!(parsed.into_access_key().load().primary().bytes(), [0xA7]);
}

#[test]
fn everything_else_is_refused_by_name_and_never_shown() {
    let check = LeakCheck::new([PLANTED]);
    for (text, named) in [
        (String::new(), "connection string"),
        (" \n".into(), "connection string"),
        (";".into(), "empty part"),
        (PLANTED.into(), "without an = sign"),
        (format!("endpoint=https://h;;accesskey={KEY}"), "empty part"),
        (format!(";endpoint=https://h;accesskey={KEY}"), "empty part"),
        (format!("endpoint=https://h;accesskey={KEY};;"), "empty part"),
        (format!("endpoint=https://h;accesskey={KEY};{PLANTED}"), "without an = sign"),
        (format!("endpoint=https://h;accesskey={KEY};{PLANTED}={PLANTED}"), "neither"),
        (format!("{PLANTED}=1;endpoint=https://h;accesskey={KEY}"), "neither"),
        (format!("endpoint=https://h;={KEY}"), "neither"),
        (format!("endpoint=https://h;accesskey={KEY};accesskey={KEY}"), "more than one accesskey"),
        (format!("endpoint=https://h;Endpoint=https://{PLANTED};accesskey={KEY}"), "more than one endpoint"),
        ("endpoint=https://h".into(), "no accesskey"),
        (format!("accesskey={KEY}"), "no endpoint"),
        ("endpoint=https://h;accesskey=".into(), "accesskey in the connection string is empty"),
        (format!("endpoint= ;accesskey={KEY}"), "endpoint in the connection string is empty"),
        (format!("endpoint=contoso.communication.azure.com;accesskey={KEY}"), "no scheme"),
        (format!("endpoint=http://{PLANTED};accesskey={KEY}"), "http"),
        (format!("endpoint=http://localhost;accesskey={KEY}"), "http"),
        (format!("endpoint=ftp://{PLANTED};accesskey={KEY}"), "https"),
        (format!("endpoint=https://;accesskey={KEY}"), "endpoint"),
        (format!("endpoint=https://h?{PLANTED};accesskey={KEY}"), "query or fragment"),
        (format!("endpoint=https://h#{PLANTED};accesskey={KEY}"), "query or fragment"),
        (format!("endpoint=https://{PLANTED}@h;accesskey={KEY}"), "user info"),
        (format!("endpoint=https://h {PLANTED};accesskey={KEY}"), "endpoint"),
        (format!("endpoint=https://h;accesskey={PLANTED}"), "access key is not base64"),
        ("endpoint=https://h;accesskey=cGw0bnRlZC1zM2NyZXQ".into(), "access key is not base64"),
        ("endpoint=https://h;accesskey=pw==pw==".into(), "access key is not base64"),
    ] {
        let error = ConnectionString::parse(&text).expect_err(&text);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{text}");
        assert!(error.to_string().contains(named), "{text}: {error}");
        assert!(!error.to_string().contains(KEY), "{text}: {error}");
        check.error(&error);
    }
}

#[test]
fn http_is_for_this_machine_and_on_request() {
    let parsed = ConnectionString::parse_local("endpoint=http://127.0.0.1:8080/;accesskey=pw==").unwrap();
    assert_eq!(parsed.endpoint().to_string(), "http://127.0.0.1:8080");
    assert!(ConnectionString::parse_local("endpoint=http://contoso.example/;accesskey=pw==").is_err());
    assert!(
        ConnectionString::parse_local("endpoint=localhost;accesskey=pw==").is_err(),
        "a scheme is needed"
    );
}

proptest! {
    #[test]
    fn never_panics_and_never_echoes(text in "\\PC*", name in "[a-zA-Z;= ]{0,12}") {
        let secret = "Zm9yIHlvdXIgZXllcyBvbmx5";
        for text in [
            text.clone(),
            format!("{name}{text};accesskey={secret}"),
            format!("endpoint=https://h/{text};{name}accesskey={secret}"),
            format!("accesskey={secret}{text};endpoint={name}"),
        ] {
            if let Err(error) = ConnectionString::parse(&text) {
                prop_assert!(!format!("{error} {error:?}").contains(secret), "{}", error);
            }
        }
    }

    #[test]
    fn what_is_written_is_read(
        host in "[a-z][a-z0-9]{0,20}",
        key in prop::collection::vec(any::<u8>(), 1..100),
        endpoint_first in any::<bool>(),
        end in ";?",
    ) {
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode(&key);
        let (endpoint, access_key) = (format!("endpoint=https://{host}/"), format!("accesskey={text}"));
        let (first, second) = if endpoint_first { (endpoint, access_key) } else { (access_key, endpoint) };
        let parsed = ConnectionString::parse(&format!("{first};{second}{end}")).unwrap();
        prop_assert_eq!(parsed.endpoint().host(), host);
        let keys = parsed.access_key().load();
        prop_assert_eq!(keys.primary().bytes(), key);
    }
}
