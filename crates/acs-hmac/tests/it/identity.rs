//! The identity client: its requests on the wire, its answers, and its errors.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use acs_hmac::{ConnectionString, ENTRA_SCOPE, IdentityClient, Signer, TokenScope, VerifiedKey, Verifier};
use credential::{
    AccessKey, AccessToken, BearerAuthorizer, CredentialError, CredentialErrorKind, Endpoint,
    StaticTokenCredential,
};
use credential_testkit::{FakeClock, LeakCheck, ScriptedTransport};

const NOW: u64 = 1_704_164_645;
const KEY: &str = "ZmFrZS1rZXktZm9yLXRlc3RzLW9ubHktbm90LXJlYWw=";
const USER: &str = "8:acs:b6aada1f-0b1d-47ac-866f-91aae00a1d01_00000015-45ee-bad7-0ef8-923e0d008c98";
const PLANTED: &str = "pl4nted-t0ken";

fn client(transport: &ScriptedTransport) -> IdentityClient {
    let signer = Signer::new(AccessKey::from_base64(KEY).unwrap()).unwrap();
    let signer = signer.with_clock(FakeClock::at(NOW).shared());
    let endpoint = Endpoint::parse("endpoint", "https://contoso.communication.azure.com").unwrap();
    IdentityClient::builder(endpoint, Arc::new(signer)).transport(transport.shared()).build().unwrap()
}

fn user_json() -> String {
    format!(r#"{{"identity":{{"id":"{USER}"}}}}"#)
}

fn user_and_token_json(expires_on: &str) -> String {
    format!(
        r#"{{"identity":{{"id":"{USER}"}},"accessToken":{{"token":"{PLANTED}","expiresOn":"{expires_on}"}}}}"#
    )
}

#[tokio::test]
async fn requests_on_the_wire() {
    let transport = ScriptedTransport::new()
        .then(201, &[], user_json())
        .then(201, &[], user_and_token_json("2024-01-03T03:04:05.0016613+00:00"))
        .then_json(r#"{"token":"t","expiresOn":"2024-01-02T04:04:05Z"}"#)
        .then_json(r#"{"token":"t","expiresOn":"2024-01-02T04:04:05Z"}"#)
        .then(204, &[], "")
        .then(204, &[], "");
    let client = client(&transport);
    assert_eq!(client.create_user().await.unwrap().id(), USER);
    client.create_user_and_token(&[TokenScope::Chat, TokenScope::Voip], Some(60)).await.unwrap();
    client.issue_token(USER, &[TokenScope::ChatJoin], None).await.unwrap();
    client.issue_token(USER, &[TokenScope::Chat, TokenScope::VoipJoin], Some(1440)).await.unwrap();
    client.revoke_tokens(USER).await.unwrap();
    client.delete_user(USER).await.unwrap();
    insta::assert_snapshot!(transport.wire());

    let verifier =
        Verifier::new(AccessKey::from_base64(KEY).unwrap()).with_clock(FakeClock::at(NOW).shared());
    for request in transport.requests() {
        assert_eq!(verifier.verify(&request).unwrap().key(), VerifiedKey::Primary);
    }
}

#[tokio::test]
async fn tokens_have_the_services_expiry() {
    let transport =
        ScriptedTransport::new().then(201, &[], user_and_token_json("2021-09-08T21:43:02.0016613+00:00"));
    let created = client(&transport).create_user_and_token(&[TokenScope::Chat], None).await.unwrap();
    assert_eq!(created.user().to_string(), USER);
    assert_eq!(created.token().expose(), PLANTED);
    let expected =
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_631_137_382) + Duration::from_nanos(1_661_300);
    assert_eq!(created.token().expires_at(), expected);
    LeakCheck::new([PLANTED]).debug(&created);
    let (user, token) = created.into_parts();
    assert_eq!((user.id(), token.expose()), (USER, PLANTED));
}

#[tokio::test]
async fn an_entra_token_authorizes_too() {
    let transport = ScriptedTransport::new().then(201, &[], user_json());
    let token = AccessToken::new(PLANTED, SystemTime::UNIX_EPOCH + Duration::from_secs(NOW));
    let credential = StaticTokenCredential::new(token).with_clock(FakeClock::at(1).shared());
    let endpoint = Endpoint::parse("endpoint", "https://contoso.communication.azure.com").unwrap();
    let client =
        IdentityClient::builder(endpoint, Arc::new(BearerAuthorizer::new(credential, [ENTRA_SCOPE])))
            .transport(transport.shared())
            .api_version("2025-06-30")
            .build()
            .unwrap();
    client.create_user().await.unwrap();
    insta::assert_snapshot!(transport.wire());
    LeakCheck::new([PLANTED]).debug(&client);
}

#[tokio::test]
async fn a_connection_string_is_all_it_takes() {
    let transport = ScriptedTransport::new().then(204, &[], "");
    let text = format!("endpoint=https://localhost:7443/;accesskey={KEY}");
    let parsed = ConnectionString::parse(&text).unwrap();
    let client = IdentityClient::from_connection_string(&parsed, transport.shared()).unwrap();
    client.delete_user(USER).await.unwrap();
    let request = &transport.requests()[0];
    assert_eq!(request.uri().authority().unwrap(), "localhost:7443");
    Verifier::new(parsed.into_access_key()).verify(request).unwrap();
    LeakCheck::new([KEY]).debug(&client);
}

/// A transport without any prepared answer fails the test when it is asked.
#[tokio::test]
async fn bad_arguments_are_found_before_anything_is_sent() {
    let client = client(&ScriptedTransport::new());
    let chat = &[TokenScope::Chat][..];
    let mut texts = Vec::new();
    let mut add = |case: &str, error: CredentialError| {
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{case}");
        texts.push(format!("{case}\n    {error}"));
    };
    add("59 minutes", client.issue_token(USER, chat, Some(59)).await.unwrap_err());
    add("1441 minutes", client.create_user_and_token(chat, Some(1441)).await.unwrap_err());
    add("no scopes", client.issue_token(USER, &[], None).await.unwrap_err());
    add("no scopes for a new user", client.create_user_and_token(&[], Some(60)).await.unwrap_err());
    add("no user", client.issue_token("", chat, None).await.unwrap_err());
    add("blank user", client.revoke_tokens(" ").await.unwrap_err());
    add("a path for a user", client.delete_user("..").await.unwrap_err());
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn api_versions_are_checked() {
    let endpoint = || Endpoint::parse("endpoint", "https://h").unwrap();
    let authorizer = || Arc::new(Signer::new(AccessKey::from_base64(KEY).unwrap()).unwrap());
    for bad in ["", "2023-10-01&x=y", "2023 10", "planted\n"] {
        let error = IdentityClient::builder(endpoint(), authorizer())
            .transport(ScriptedTransport::new().shared())
            .api_version(bad)
            .build()
            .expect_err(bad);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
        assert!(!error.to_string().contains("planted"));
    }
}

#[cfg(not(feature = "reqwest"))]
#[test]
fn a_missing_transport_is_named() {
    let authorizer = Arc::new(Signer::new(AccessKey::from_base64(KEY).unwrap()).unwrap());
    let endpoint = Endpoint::parse("endpoint", "https://h").unwrap();
    let error = IdentityClient::builder(endpoint, authorizer).build().unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::NotConfigured);
}

#[cfg(feature = "reqwest")]
#[test]
fn the_shared_client_is_the_default_transport() {
    let authorizer = Arc::new(Signer::new(AccessKey::from_base64(KEY).unwrap()).unwrap());
    let endpoint = Endpoint::parse("endpoint", "https://h").unwrap();
    let client = IdentityClient::builder(endpoint, authorizer).build().unwrap();
    assert!(format!("{client:?}").contains("transport"));
}

type Case = (&'static str, u16, &'static [(&'static str, &'static str)], &'static str, CredentialErrorKind);

const IDS: &[(&str, &str)] = &[("MS-CV", "abc.0"), ("X-Azure-Ref", "0ref"), ("x-ms-client-request-id", "c1")];

const REFUSALS: &[Case] = &[
    (
        "denied",
        401,
        IDS,
        r#"{"error":{"code":"Denied","message":"Denied by the resource provider."}}"#,
        CredentialErrorKind::Refused,
    ),
    (
        "body hash",
        401,
        IDS,
        r#"{"error":{"code":"Denied","message":"Request 'x-ms-content-sha256' differs from generated content hash."}}"#,
        CredentialErrorKind::Refused,
    ),
    (
        "skew",
        401,
        &[],
        r#"{"error":{"code":"Denied","message":"The given request could not be resolved.\nThe time difference between the originating client and the server is greater than the allowed margin of 5 minutes."}}"#,
        CredentialErrorKind::Refused,
    ),
    (
        "header structure",
        401,
        &[],
        r#"{"error":{"code":"Denied","message":"Given value does not match HMAC header structure"}}"#,
        CredentialErrorKind::Refused,
    ),
    ("refused without an envelope", 401, &[], "<html>pl4nted-t0ken</html>", CredentialErrorKind::Refused),
    ("forbidden", 403, &[], r#"{"error":{"code":"Forbidden","message":"m"}}"#, CredentialErrorKind::Refused),
    (
        "validation",
        400,
        IDS,
        r#"{"error":{"code":"ValidationError","target":"ExpiresInMinutes","message":"ExpiresInMinutes value pl4nted-t0ken is invalid."}}"#,
        CredentialErrorKind::InvalidRequest,
    ),
    (
        "a target that is no name",
        400,
        &[],
        r#"{"error":{"code":"ValidationError","target":"a b","message":"m"}}"#,
        CredentialErrorKind::InvalidRequest,
    ),
    (
        "unknown user",
        404,
        IDS,
        r#"{"error":{"code":"NotFound","message":"m"}}"#,
        CredentialErrorKind::InvalidRequest,
    ),
    ("another service", 404, &[], "pl4nted-t0ken", CredentialErrorKind::UnexpectedAnswer),
    (
        "throttled",
        429,
        &[("retry-after", "30"), ("MS-CV", "abc.0")],
        r#"{"error":{"code":"TooManyRequests","message":"m"}}"#,
        CredentialErrorKind::Throttled,
    ),
    (
        "throttled until a date",
        429,
        &[("retry-after", "Tue, 02 Jan 2024 03:05:05 GMT"), ("date", "Tue, 02 Jan 2024 03:04:05 GMT")],
        "",
        CredentialErrorKind::Throttled,
    ),
    (
        "unavailable",
        503,
        &[("retry-after", "5")],
        "<html>pl4nted-t0ken</html>",
        CredentialErrorKind::Unavailable,
    ),
    ("redirect", 302, &[("location", "https://pl4nted-t0ken/")], "", CredentialErrorKind::UnexpectedAnswer),
    ("a page instead", 200, IDS, "<html>pl4nted-t0ken</html>", CredentialErrorKind::UnexpectedAnswer),
    ("no expiry", 200, &[], r#"{"token":"pl4nted-t0ken"}"#, CredentialErrorKind::UnexpectedAnswer),
    (
        "a token of another type",
        200,
        &[],
        r#"{"token":["pl4nted-t0ken"],"expiresOn":"pl4nted-t0ken"}"#,
        CredentialErrorKind::UnexpectedAnswer,
    ),
    (
        "an expiry that is no time",
        200,
        &[],
        r#"{"token":"pl4nted-t0ken","expiresOn":"pl4nted-t0ken"}"#,
        CredentialErrorKind::UnexpectedAnswer,
    ),
    (
        "an empty token",
        200,
        &[],
        r#"{"token":"","expiresOn":"2024-01-02T04:04:05Z"}"#,
        CredentialErrorKind::UnexpectedAnswer,
    ),
];

#[tokio::test]
async fn refusals_say_what_to_do_and_show_nothing_of_the_body() {
    let check = LeakCheck::new([PLANTED]);
    let mut texts = Vec::new();
    for (case, status, headers, body, kind) in REFUSALS {
        let transport = ScriptedTransport::new().then(*status, headers, *body);
        let error = client(&transport).issue_token(USER, &[TokenScope::Chat], None).await.expect_err(case);
        assert_eq!(error.kind(), *kind, "{case}: {error}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(*status), "{case}");
        assert_eq!(error.id("ms-cv").is_some(), headers.iter().any(|(name, _)| *name == "MS-CV"), "{case}");
        check.error(&error);
        texts.push(format!("{case}\n    {error}"));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn answers_that_are_not_the_services_are_no_success() {
    let transport = ScriptedTransport::new()
        .then(200, &[], "<html>")
        .then(201, &[], r#"{"identity":{"id":""}}"#)
        .then(201, &[], user_json())
        .then_unreachable();
    let client = client(&transport);
    let unexpected = CredentialErrorKind::UnexpectedAnswer;
    assert_eq!(client.delete_user(USER).await.unwrap_err().kind(), unexpected);
    assert_eq!(client.create_user().await.unwrap_err().kind(), unexpected);
    let error = client.create_user_and_token(&[TokenScope::Chat], None).await.unwrap_err();
    assert_eq!(error.kind(), unexpected);
    assert!(client.revoke_tokens(USER).await.unwrap_err().is_transient());
}
