//! What the token is for: Remote Rendering's sessions.

use bytes::Bytes;
use credential::{AuthorizeRequest, CredentialErrorKind, Endpoint};
use credential_testkit::{ScriptedTransport, wire};
use http::{Request, Response};
use mr_sts::MixedRealityAuthorizer;
use mr_sts::remote_rendering::{
    SessionSize, check, create_session, list_sessions, next_sessions, read_session, read_sessions, session,
    stop_session,
};

use crate::account::{Entra, ID, answer, credential_builder, key};

fn endpoint() -> Endpoint {
    Endpoint::parse("endpoint", "https://remoterendering.westeurope.mixedreality.azure.com").unwrap()
}

#[test]
fn requests() {
    let endpoint = endpoint();
    let requests = [
        create_session(&endpoint, &ID.to_uppercase(), "my-session_1", SessionSize::Premium, 15).unwrap(),
        session(&endpoint, ID, "my-session_1").unwrap(),
        list_sessions(&endpoint, ID).unwrap(),
        stop_session(&endpoint, ID, "my-session_1").unwrap(),
    ];
    insta::assert_snapshot!(requests.iter().map(wire).collect::<Vec<_>>().join("\n"));
}

#[test]
fn ids_that_would_be_another_path_are_refused() {
    for bad in ["", "a/b", "..", "a?b", "a b", "a%2f", &"a".repeat(257)] {
        let error = session(&endpoint(), ID, bad).expect_err(bad);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{bad}");
    }
    assert_eq!(
        list_sessions(&endpoint(), "x").unwrap_err().kind(),
        CredentialErrorKind::InvalidConfiguration
    );
}

#[tokio::test]
async fn the_whole_chain_from_account_key_to_session() {
    let script = ScriptedTransport::new()
        .then_json(&answer("a", 2_000_000_000))
        .then(201, &[], r#"{"id":"s1","status":"Starting","size":"Standard","maxLeaseTimeMinutes":15}"#)
        .then(200, &[], r#"{"id":"s1","status":"Ready"}"#)
        .then(204, &[], "");
    let credential = credential_builder(&script).account_key(key()).build().unwrap();
    let (endpoint, send) = (endpoint(), MixedRealityAuthorizer::new(credential, &endpoint()));
    let create = create_session(&endpoint, ID, "s1", SessionSize::Standard, 15).unwrap();
    let created = read_session(&send.send(&script, create).await.unwrap()).unwrap();
    assert_eq!(
        (created.status(), created.size(), created.max_lease_minutes()),
        ("Starting", Some("Standard"), Some(15))
    );
    assert_eq!((created.created(), created.elapsed_minutes()), (None, None));
    let asked = send.send(&script, session(&endpoint, ID, "s1").unwrap()).await.unwrap();
    assert!(read_session(&asked).unwrap().is_ready());
    check(&send.send(&script, stop_session(&endpoint, ID, "s1").unwrap()).await.unwrap()).unwrap();
    insta::assert_snapshot!(script.wire());
}

#[tokio::test]
async fn a_token_that_the_service_refuses_is_exchanged_anew_once() {
    let script = ScriptedTransport::new()
        .then_json(&answer("a", 2_000_000_000))
        .then(401, &[], "")
        .then_json(&answer("b", 2_000_000_000))
        .then(200, &[], r#"{"sessions":[]}"#)
        .then(401, &[], "")
        .then_json(&answer("c", 2_000_000_000))
        .then(401, &[("MS-CV", "Qb5vWRMyn0KjE1Axx0LwQQ.0")], "");
    let credential = credential_builder(&script).token_credential(Entra::default()).build().unwrap();
    let send = MixedRealityAuthorizer::new(credential, &endpoint());
    let list = || list_sessions(&endpoint(), ID).unwrap();
    assert!(read_sessions(&send.send(&script, list()).await.unwrap()).unwrap().into_sessions().is_empty());
    let error = check(&send.send(&script, list()).await.unwrap()).unwrap_err();
    assert_eq!(error.id("MS-CV"), Some("Qb5vWRMyn0KjE1Axx0LwQQ.0"));
    let bearers: Vec<_> = script
        .requests()
        .iter()
        .map(|it| it.headers()["authorization"].to_str().unwrap()[..9].to_owned())
        .collect();
    assert_eq!(
        bearers,
        ["Bearer en", "Bearer a.", "Bearer en", "Bearer b.", "Bearer b.", "Bearer en", "Bearer c."]
    );
}

#[tokio::test]
async fn without_another_token_the_refusal_stands() {
    let script =
        ScriptedTransport::new().then_json(&answer("a", 2_000_000_000)).then(401, &[], "").then(503, &[], "");
    let credential = credential_builder(&script).account_key(key()).build().unwrap();
    let send = MixedRealityAuthorizer::new(credential, &endpoint());
    let response = send.send(&script, list_sessions(&endpoint(), ID).unwrap()).await.unwrap();
    assert_eq!(check(&response).unwrap_err().kind(), CredentialErrorKind::Refused);
}

#[tokio::test]
async fn other_hosts_get_no_token_and_none_is_exchanged() {
    let script = ScriptedTransport::new();
    let credential = credential_builder(&script).account_key(key()).build().unwrap();
    let authorizer = MixedRealityAuthorizer::new(credential, &endpoint());
    for uri in [
        "https://remoterendering.westeurope.mixedreality.azure.com.example.com/",
        "https://remoterendering.eastus.mixedreality.azure.com/",
        "https://remoterendering.westeurope.mixedreality.azure.com:8443/",
        "http://remoterendering.westeurope.mixedreality.azure.com/",
        "/accounts",
    ] {
        let mut request = Request::get(uri).body(Bytes::new()).unwrap();
        let error = authorizer.authorize(&mut request).await.expect_err(uri);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{uri}");
        assert!(request.headers().is_empty(), "{uri}");
    }
    assert!(script.requests().is_empty());
}

#[test]
fn pages_follow_at_home_only() {
    let page = |link: &str| {
        let body = format!(r#"{{"sessions":[{{"id":"s1","status":"Ready"}}],"@nextLink":"{link}"}}"#);
        read_sessions(&Response::new(body.into())).unwrap()
    };
    let link = format!("{}/accounts/{ID}/sessions?api-version=2021-01-01&skip=1", endpoint());
    let next = next_sessions(&endpoint(), &page(&link)).unwrap().unwrap();
    assert_eq!((next.method().as_str(), next.uri().to_string()), ("GET", link));
    assert!(next_sessions(&endpoint(), &page("")).unwrap().is_none());
    for elsewhere in ["https://example.com/x", "/relative", "http://[", "//example.com"] {
        let error = next_sessions(&endpoint(), &page(elsewhere)).expect_err(elsewhere);
        assert_eq!(error.kind(), CredentialErrorKind::UnexpectedAnswer, "{elsewhere}");
    }
}

#[test]
fn texts_of_refusals() {
    let mut texts = String::new();
    for (status, headers, body) in [
        (200, &[][..], "<html>"),
        (301, &[("location", "https://example.com")], ""),
        (400, &[], r#"{"error":{"code":"BadArgument","message":"x"}}"#),
        (401, &[("ms-cv", "Qb5vWRMyn0KjE1Axx0LwQQ.0")], ""),
        (403, &[], ""),
        (404, &[], ""),
        (409, &[], ""),
        (429, &[("retry-after", "5")], ""),
        (503, &[], ""),
    ] {
        let response = Response::builder().status(status);
        let response = headers.iter().fold(response, |it, (name, value)| it.header(*name, *value));
        let error = read_session(&response.body(Bytes::from(body)).unwrap()).unwrap_err();
        texts += &format!("{status} {:?}\n  {error}\n", error.kind());
    }
    insta::assert_snapshot!(texts);
}
