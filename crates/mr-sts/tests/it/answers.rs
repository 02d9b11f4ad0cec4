//! What the service answers.

use std::time::{Duration, SystemTime};

use credential::{CredentialError, CredentialErrorKind, NetworkFailure, TokenCredential, TokenRequest};
use credential_testkit::{FakeClock, ScriptedTransport};

use crate::account::{Entra, RECORDED, answer, client_builder, credential_builder, key};

const CV: (&str, &str) = ("MS-CV", "Qb5vWRMyn0KjE1Axx0LwQQ.0");
const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");

async fn error_with_key(script: ScriptedTransport) -> CredentialError {
    client_builder(&script).account_key(key()).build().unwrap().exchange().await.unwrap_err()
}

async fn error_with_token(script: ScriptedTransport) -> CredentialError {
    let entra = Entra::without_another();
    client_builder(&script).token_credential(entra).build().unwrap().exchange().await.unwrap_err()
}

#[tokio::test]
async fn the_recorded_answer_of_the_official_sdks() {
    let body = format!(r#"{{"AccessToken":"{RECORDED}"}}"#);
    let headers = [("MS-CV", "/FIUNbCocEW8P13M3ILYDQ.0"), ("mise-correlation-id", "m")];
    let script = ScriptedTransport::new().then(200, &headers, body);
    let exchanged = client_builder(&script).account_key(key()).build().unwrap().exchange().await.unwrap();
    assert_eq!(exchanged.correlation_vector(), Some("/FIUNbCocEW8P13M3ILYDQ.0"));
    assert_eq!(exchanged.headers()["mise-correlation-id"], "m");
    assert_eq!(exchanged.token().expires_at(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_607_978_983));
    assert_eq!(exchanged.into_token().expose(), RECORDED);
}

#[tokio::test]
async fn an_answer_without_a_correlation_vector_will_do() {
    let script = ScriptedTransport::new().then_json(&answer("a", 2_000_000_000));
    let exchanged = client_builder(&script).account_key(key()).build().unwrap().exchange().await.unwrap();
    assert_eq!(exchanged.correlation_vector(), None);
}

/// What it is; status, headers and body of the answer; the kind of error it makes.
type Case<'a> = (&'a str, u16, &'a [(&'a str, &'a str)], &'a str, CredentialErrorKind);

#[tokio::test]
async fn texts_of_refusals_and_failures() {
    use CredentialErrorKind::{Refused, Throttled, Unavailable, UnexpectedAnswer};
    let invalid = ("WWW-Authenticate", "Invalid token: the signature is wrong\u{9} or expired");
    let page = "<html>planted</html>";
    let cases: [Case<'_>; 17] = [
        ("no body, as recorded", 401, &[CV], "", Refused),
        ("with an explanation", 401, &[CV, invalid], "", Refused),
        ("without anything", 401, &[], "", Refused),
        ("malformed", 400, &[CV, ("WWW-Authenticate", "Invalid request: account")], "", Refused),
        ("no role", 403, &[CV], "", Refused),
        ("throttled", 429, &[CV, ("Retry-After", "5")], "", Throttled),
        ("failed without body", 500, &[CV], "", Unavailable),
        ("a gateway's page", 502, &[HTML], page, Unavailable),
        ("a firewall's page", 403, &[HTML], page, UnexpectedAnswer),
        ("a web site's page", 404, &[HTML], page, UnexpectedAnswer),
        ("a redirect", 302, &[("location", "https://login.example/planted")], "", UnexpectedAnswer),
        ("a page as success", 200, &[HTML], page, UnexpectedAnswer),
        ("nothing as success", 200, &[CV], "", UnexpectedAnswer),
        ("no token as success", 200, &[CV], r#"{"Planted":"planted"}"#, UnexpectedAnswer),
        ("half a token as success", 200, &[CV], r#"{"AccessToken":"plant"#, UnexpectedAnswer),
        ("an opaque token", 200, &[CV], r#"{"AccessToken":"planted"}"#, UnexpectedAnswer),
        ("a token without exp", 200, &[CV], r#"{"AccessToken":"planted.e30.s"}"#, UnexpectedAnswer),
    ];
    let mut texts = Vec::new();
    for (case, status, headers, body, kind) in cases {
        let script = || ScriptedTransport::new().then(status, headers, body.to_owned());
        for (input, error) in
            [("key", error_with_key(script()).await), ("token", error_with_token(script()).await)]
        {
            assert_eq!(error.kind(), kind, "{case}: {error:?}");
            assert_eq!(error.status().unwrap(), status, "{case}: {error:?}");
            assert_eq!(error.id("X-MRC-CV"), Some("AAAAAAAAAAAAAAAAAAAAAA"), "{case}: {error:?}");
            let sent_cv = headers.contains(&CV);
            assert_eq!(error.id("ms-cv"), sent_cv.then_some(CV.1), "{case}: {error:?}");
            assert!(!format!("{error:?}").contains("plant"), "{case}: {error:?}");
            texts.push(format!("{case}, {input}\n    {error}"));
        }
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn the_wait_that_the_service_asks_for_is_kept() {
    let script = ScriptedTransport::new().then(429, &[("Retry-After", "5")], "");
    assert_eq!(error_with_key(script).await.retry_after(), Some(Duration::from_secs(5)));
}

#[tokio::test]
async fn waits_are_seconds_or_dates_and_an_hour_at_most() {
    let now = 1_800_000_000; // Fri, 15 Jan 2027 08:00:00 GMT
    let hour = Some(3600);
    for (header, wait) in [
        ("0", Some(0)),
        (" 7 ", Some(7)),
        ("3601", hour),
        ("18446744073709551615", hour),
        ("99999999999999999999999", hour),
        ("Fri, 15 Jan 2027 08:00:30 GMT", Some(30)),
        ("Friday, 15-Jan-27 08:00:30 GMT", Some(30)),
        ("Fri, 15 Jan 2027 07:00:00 GMT", Some(0)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", hour),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("soon", None),
    ] {
        let expected = wait.map(Duration::from_secs);
        let script = ScriptedTransport::new().then(429, &[("Retry-After", header)], "");
        let clock = FakeClock::at(now);
        let client = client_builder(&script).account_key(key()).clock(clock.shared()).build().unwrap();
        assert_eq!(client.exchange().await.unwrap_err().retry_after(), expected, "{header}");

        let script = ScriptedTransport::new().then(429, &[("Retry-After", header)], "");
        let credential =
            credential_builder(&script).account_key(key()).clock(clock.shared()).build().unwrap();
        let error = credential.get_token(&TokenRequest::default()).await.unwrap_err();
        assert_eq!(error.retry_after(), expected, "{header}");
    }
}

/// Marks that turn the direction of text round, and separators that end a line where nobody expects it.
#[tokio::test]
async fn nothing_but_printable_ascii_is_shown() {
    let explanation = "signed\u{202e}gnorw\u{2066}\u{2028}by \u{200b}you";
    let script = ScriptedTransport::new().then(401, &[("WWW-Authenticate", explanation)], "");
    let error = error_with_key(script).await;
    assert!(error.problem().contains("saying \"signed gnorw by you\""), "{error}");
    assert!(format!("{error} {error:?}").chars().all(|c| c.is_ascii_graphic() || c == ' '), "{error:?}");
}

#[tokio::test]
async fn a_long_explanation_is_cut() {
    let long = "x".repeat(100_000);
    let script = ScriptedTransport::new().then(401, &[("WWW-Authenticate", &long)], "");
    let text = error_with_key(script).await.to_string();
    assert!(text.len() < 600, "{}", text.len());
    assert!(text.contains("xxx...\""), "{text}");
}

#[tokio::test]
async fn an_unknown_host_points_at_the_account_domain() {
    let host = "the host sts.eastus2.mixedreality.azure.com does not resolve";
    let unknown = CredentialError::new(CredentialErrorKind::Unreachable, host, "check DNS");
    let script = ScriptedTransport::new().then_result(Err(unknown.with_network_failure(NetworkFailure::Dns)));
    let error = error_with_key(script).await;
    assert_eq!(error.network_failure(), Some(NetworkFailure::Dns));
    insta::assert_snapshot!(error);
}

#[tokio::test]
async fn other_failures_of_the_network_and_of_the_credential_pass_as_they_are() {
    let error = error_with_key(ScriptedTransport::new().then_unreachable()).await;
    assert_eq!(error.problem(), "the scripted host does not answer");

    let expired = credential::AccessToken::new("t", SystemTime::UNIX_EPOCH);
    let script = ScriptedTransport::new();
    let client = client_builder(&script)
        .token_credential(credential::StaticTokenCredential::new(expired))
        .build()
        .unwrap();
    assert_eq!(client.exchange().await.unwrap_err().problem(), "the static token has expired");
    assert!(script.requests().is_empty());
}
