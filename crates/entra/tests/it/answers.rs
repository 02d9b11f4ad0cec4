//! What becomes of the answers that are no tokens.

use credential::CredentialErrorKind::{Refused, Throttled, Unavailable, UnexpectedAnswer};
use credential::{CredentialError, CredentialErrorKind};
use entra::{OAuthError, TokenResponse};

type Headers = &'static [(&'static str, &'static str)];

const JSON: Headers = &[("content-type", "application/json; charset=utf-8")];
const HTML: Headers = &[("content-type", "text/html; charset=utf-8")];

#[expect(clippy::unwrap_used, reason = "a broken case should stop the test")]
fn read(status: u16, headers: Headers, body: &str) -> CredentialError {
    let builder = headers
        .iter()
        .fold(http::Response::builder().status(status), |b, (name, value)| b.header(*name, *value));
    let response = builder.body(bytes::Bytes::from(body.to_owned())).unwrap();
    TokenResponse::read(&response, std::time::SystemTime::UNIX_EPOCH).unwrap_err()
}

/// An error as Entra writes it.
fn entra_json(error: &str, code: u32, text: &str) -> String {
    format!(
        r#"{{"error":"{error}","error_description":"AADSTS{code}: {text} Trace ID: 0a1b Correlation ID: 2c3d Timestamp: 2026-11-20 10:00:00Z",
        "error_codes":[{code}],"timestamp":"2026-11-20 10:00:00Z","trace_id":"0a1b0000-0000-0000-0000-000000000001",
        "correlation_id":"2c3d0000-0000-0000-0000-000000000002","error_uri":"https://login.microsoftonline.com/error?code={code}"}}"#
    )
}

type Case = (&'static str, CredentialErrorKind, u16, Headers, String);

fn oauth_errors() -> Vec<Case> {
    vec![
        (
            "wrong secret",
            Refused,
            401,
            JSON,
            entra_json("invalid_client", 7_000_215, "Invalid client secret."),
        ),
        ("expired secret", Refused, 401, JSON, entra_json("invalid_client", 7_000_222, "Expired.")),
        ("unknown app", Refused, 400, JSON, entra_json("unauthorized_client", 700_016, "Not found.")),
        ("unknown tenant", Refused, 400, JSON, entra_json("invalid_request", 90002, "Tenant not found.")),
        ("unknown resource", Refused, 400, JSON, entra_json("invalid_resource", 500_011, "Not found.")),
        ("a code without advice", Refused, 400, JSON, entra_json("invalid_request", 1_234_567, "Strange.")),
        ("a busy Entra", Unavailable, 400, JSON, entra_json("invalid_request", 90033, "Transient.")),
        ("a loop", Throttled, 400, JSON, entra_json("invalid_grant", 50196, "Loop.")),
        ("a server error", Unavailable, 400, JSON, r#"{"error":"temporarily_unavailable"}"#.to_owned()),
        ("another server", Refused, 401, JSON, r#"{"error":"invalid_client"}"#.to_owned()),
        (
            "AD FS",
            Refused,
            400,
            JSON,
            r#"{"error":"invalid_client","error_description":"MSIS9622: No."}"#.to_owned(),
        ),
    ]
}

fn other_answers() -> Vec<Case> {
    vec![
        ("throttled", Throttled, 429, &[("retry-after", "17")], String::new()),
        ("throttled for long", Throttled, 429, &[("retry-after", "999999")], String::new()),
        (
            "throttled without seconds",
            Throttled,
            429,
            &[("retry-after", "Fri, 20 Nov 2026 10:00:00 GMT")],
            String::new(),
        ),
        ("down, with a page", Unavailable, 503, HTML, "<html>planted</html>".to_owned()),
        ("a sign-in page", UnexpectedAnswer, 200, HTML, "<html>planted</html>".to_owned()),
        ("a page without type", UnexpectedAnswer, 404, &[], "<html>planted</html>".to_owned()),
        (
            "an odd type",
            UnexpectedAnswer,
            404,
            &[("content-type", "text/planted secret")],
            "planted".to_owned(),
        ),
        ("nothing", UnexpectedAnswer, 404, HTML, " ".to_owned()),
        ("cut off", UnexpectedAnswer, 200, JSON, r#"{"access_token":"planted"#.to_owned()),
        ("not quite JSON", UnexpectedAnswer, 400, JSON, "{planted}".to_owned()),
        (
            "an error of Resource Manager",
            UnexpectedAnswer,
            400,
            JSON,
            r#"{"error":{"code":"planted"}}"#.to_owned(),
        ),
        ("a proxy", UnexpectedAnswer, 407, HTML, "<html>".to_owned()),
        ("a redirect", UnexpectedAnswer, 302, &[("location", "https://planted.example/")], String::new()),
    ]
}

#[test]
fn texts() {
    let mut texts = String::new();
    for (name, kind, status, headers, body) in oauth_errors().into_iter().chain(other_answers()) {
        let error = read(status, headers, &body);
        assert_eq!(error.kind(), kind, "{name}");
        assert!(!format!("{error} {error:?}").contains("planted"), "{name}: {error:?}");
        texts += &format!("{name}\n  {error}\n");
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn the_source_is_the_oauth_error() {
    let error = read(401, JSON, &entra_json("invalid_client", 7_000_215, "Invalid client secret."));
    assert_eq!(error.code(), Some("AADSTS7000215"));
    assert_eq!(error.id("trace id"), Some("0a1b0000-0000-0000-0000-000000000001"));
    assert_eq!(error.id("correlation id"), Some("2c3d0000-0000-0000-0000-000000000002"));
    let oauth = OAuthError::of(&error).unwrap();
    assert_eq!((oauth.error(), oauth.codes()), ("invalid_client", &[7_000_215][..]));
    assert_eq!(oauth.description(), Some("AADSTS7000215: Invalid client secret."));
    assert!(OAuthError::of(&read(404, HTML, "")).is_none());
}
