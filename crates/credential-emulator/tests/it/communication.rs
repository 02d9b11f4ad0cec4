//! Communication Services Identity.

use std::time::{Duration, UNIX_EPOCH};

use acs_hmac::Signer;
use bytes::Bytes;
use credential::AccessKey;
use credential_emulator::{Emulator, UserTokenFault};
use credential_testkit::FakeClock;
use http::{Request, Response};

use crate::client::{
    ACS_SCOPE, ARM_SCOPE, NOW, assert_refused, assert_snapshot, foreign_token_for, json, last, request, send,
    show, start, token_for, unprivileged_token_for,
};
use crate::tokens::claims;

const CREATE: &str = "/identities?api-version=2023-10-01";

pub(crate) fn signer(key: &str, clock: &FakeClock) -> Signer {
    Signer::new(AccessKey::from_base64(key).unwrap()).unwrap().with_clock(clock.shared())
}

pub(crate) fn signed(
    emulator: &Emulator,
    clock: &FakeClock,
    method: &str,
    path: &str,
    body: &str,
) -> Request<Bytes> {
    let mut request = request(emulator, method, path, &["content-type: application/json"], body);
    signer(&emulator.accounts().acs_primary_key, clock).sign(&mut request).unwrap();
    request
}

pub(crate) async fn send_signed(
    emulator: &Emulator,
    clock: &FakeClock,
    method: &str,
    path: &str,
    body: &str,
) -> Response<Bytes> {
    send(emulator, signed(emulator, clock, method, path, body)).await
}

#[tokio::test]
async fn the_life_of_a_user() {
    let (emulator, clock) = start().await;
    let body = r#"{"createTokenWithScopes":["chat","voip"],"expiresInMinutes":60}"#;
    let created = send_signed(&emulator, &clock, "POST", CREATE, body).await;
    assert_snapshot("acs_created", &show(&created));
    assert_snapshot("acs_created_verified", &last(&emulator).verified.join("\n"));
    let id = json(&created)["identity"]["id"].as_str().unwrap().to_owned();
    let first = json(&created)["accessToken"]["token"].as_str().unwrap().to_owned();
    assert_snapshot("acs_user_token_claims", &format!("{:#}", claims(&first)));

    // Percent-encoded or plain, it is the same user.
    let issue = format!("/identities/{}/:issueAccessToken?api-version=2021-03-07", id.replace(':', "%3A"));
    let issued = send_signed(&emulator, &clock, "POST", &issue, r#"{"scopes":["voip"]}"#).await;
    assert_snapshot("acs_issued", &show(&issued));
    let second = json(&issued)["token"].as_str().unwrap().to_owned();
    assert_ne!(first, second, "tokens of the same second differ");
    let token = emulator.verify_user_token(&second).unwrap();
    assert_eq!((token.user_id.as_str(), token.scopes), (id.as_str(), vec!["voip".to_owned()]));
    assert_eq!(token.expires_at, UNIX_EPOCH + Duration::from_secs(NOW + 24 * 3_600));

    clock.advance(Duration::from_secs(3_600));
    assert_eq!(emulator.verify_user_token(&first), Err(UserTokenFault::Expired));
    assert!(emulator.verify_user_token(&second).is_ok());

    let revoke = format!("/identities/{id}/:revokeAccessTokens?api-version=2025-06-30");
    let revoked = send_signed(&emulator, &clock, "POST", &revoke, "").await;
    assert_eq!((revoked.status().as_u16(), revoked.body().len()), (204, 0));
    assert_eq!(emulator.verify_user_token(&second), Err(UserTokenFault::Revoked));

    let delete = format!("/identities/{id}?api-version=2021-10-31-preview");
    assert_eq!(send_signed(&emulator, &clock, "DELETE", &delete, "").await.status(), 204);
    assert_eq!(emulator.verify_user_token(&second), Err(UserTokenFault::UserDeleted));
    assert_eq!(emulator.verify_user_token("x.y.z"), Err(UserTokenFault::NotIssuedHere));

    for (method, path, body) in
        [("DELETE", &delete, ""), ("POST", &issue, r#"{"scopes":["voip"]}"#), ("POST", &revoke, "")]
    {
        let response = send_signed(&emulator, &clock, method, path, body).await;
        assert_refused(
            &emulator,
            &response,
            404,
            &format!("identity: '{id}' was never created here, or was deleted"),
        );
    }
}

#[tokio::test]
async fn a_user_without_a_token() {
    let (emulator, clock) = start().await;
    for body in ["", "{}", r#"{"createTokenWithScopes":[]}"#] {
        let created = json(&send_signed(&emulator, &clock, "POST", CREATE, body).await);
        assert!(created["identity"]["id"].is_string() && created.get("accessToken").is_none(), "{created}");
    }
}

#[tokio::test]
async fn both_keys_over_http_and_https() {
    let (emulator, clock) = start().await;
    for (key, name) in [
        (&emulator.accounts().acs_primary_key, "primary"),
        (&emulator.accounts().acs_secondary_key, "secondary"),
    ] {
        for origin in [emulator.https_origin(), emulator.http_origin()] {
            let mut request = Request::post(format!("{origin}{CREATE}")).body(Bytes::new()).unwrap();
            signer(key, &clock).sign(&mut request).unwrap();
            assert_eq!(send(&emulator, request).await.status(), 201);
            assert_eq!(last(&emulator).verified[0], format!("hmac-sha256 signature, {name} key"));
        }
    }
    let versions: Vec<_> = emulator.requests().into_iter().map(|record| record.http_version).collect();
    assert_eq!(versions, ["HTTP/2.0", "HTTP/1.1", "HTTP/2.0", "HTTP/1.1"]);
}

#[tokio::test]
async fn an_entra_token_and_a_role() {
    let (emulator, _clock) = start().await;
    for scope in [ACS_SCOPE, "https://communication.azure.com/.default"] {
        let header = format!("authorization: Bearer {}", token_for(&emulator, scope).await);
        let id = "x-ms-client-request-id: 4711";
        let response = send(&emulator, request(&emulator, "POST", CREATE, &[&header, id], "")).await;
        assert_eq!(response.status(), 201, "{:?}", last(&emulator));
        assert_eq!(response.headers()["x-ms-client-request-id"], "4711");
    }
    assert_snapshot("acs_bearer_verified", &last(&emulator).verified.join("\n"));
}

#[tokio::test]
async fn refused_tokens() {
    let (emulator, _clock) = start().await;
    for (token, reason) in [
        (
            token_for(&emulator, ARM_SCOPE).await,
            "audience: the token is for https://management.azure.com, this service accepts https://communication.azure.com/, https://communication.azure.com",
        ),
        (
            unprivileged_token_for(&emulator, ACS_SCOPE).await,
            "role: application c0000000-0000-4000-8000-000000000002 has none",
        ),
        (
            foreign_token_for(&emulator, ACS_SCOPE).await,
            "tenant: the token is of e0000000-0000-4000-8000-000000000002, the resource belongs to e0000000-0000-4000-8000-000000000001",
        ),
        ("x".to_owned(), "token: it is not a signed JWT"),
    ] {
        let header = format!("authorization: Bearer {token}");
        let response = send(&emulator, request(&emulator, "POST", CREATE, &[&header], "")).await;
        assert_refused(&emulator, &response, 401, reason);
        assert_eq!(json(&response)["error"]["code"], "Denied");
    }
}

#[tokio::test]
async fn refused_signatures() {
    let (emulator, clock) = start().await;
    let good = || signed(&emulator, &clock, "POST", CREATE, "{}");
    let change = |name: &'static str, value: &str| {
        let mut request = good();
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    let without = |name: &str| {
        let mut request = good();
        request.headers_mut().remove(name);
        request
    };
    let other_body = good().map(|_| Bytes::from_static(b"{ }"));
    let mut other_path = good();
    *other_path.uri_mut() =
        format!("{}/identities?api-version=2022-06-01", emulator.https_origin()).parse().unwrap();
    let mut other_key = request(&emulator, "POST", CREATE, &[], "{}");
    signer("d3Jvbmc=", &clock).sign(&mut other_key).unwrap();

    for (request, message, reason) in [
        (
            without("authorization"),
            "Denied by the resource provider.",
            "authorization: the header is missing",
        ),
        (
            change("authorization", "HMAC-SHA256 Credential=x"),
            "Given value does not match HMAC header structure",
            "authorization: ",
        ),
        (
            change("authorization", "Basic x"),
            "Given value does not match HMAC header structure",
            "authorization: ",
        ),
        (
            without("x-ms-date"),
            "Denied by the resource provider.",
            "x-ms-date: the header x-ms-date is missing",
        ),
        (change("x-ms-date", "yesterday"), "Denied by the resource provider.", "x-ms-date: "),
        (without("x-ms-content-sha256"), "Denied by the resource provider.", "x-ms-content-sha256: "),
        (
            other_body,
            "Request 'x-ms-content-sha256' differs from generated content hash.",
            "x-ms-content-sha256: ",
        ),
        (other_path, "Denied by the resource provider.", "signature: "),
        (other_key, "Denied by the resource provider.", "signature: "),
    ] {
        let response = send(&emulator, request).await;
        assert_refused(&emulator, &response, 401, reason);
        assert_eq!(json(&response)["error"]["code"], "Denied", "{reason}");
        assert_eq!(json(&response)["error"]["message"], message, "{reason}");
    }
    assert_snapshot("acs_denied", &show(&send(&emulator, change("x-ms-date", "yesterday")).await));
}

#[tokio::test]
async fn five_minutes_of_skew_and_no_second_more() {
    let (emulator, clock) = start().await;
    for (seconds, accepted) in [(NOW - 300, true), (NOW + 300, true), (NOW - 301, false), (NOW + 301, false)]
    {
        let request = signed(&emulator, &FakeClock::at(seconds), "POST", CREATE, "");
        let response = send(&emulator, request).await;
        if accepted {
            assert_eq!(response.status(), 201);
            assert!(last(&emulator).verified[1].starts_with("date within 5 minutes"));
        } else {
            assert_refused(&emulator, &response, 401, "x-ms-date: the date ");
            assert!(last(&emulator).refusal.unwrap().contains("Thu, 29 Feb 2024 12:00:00 GMT"), "both dates");
            let message = json(&response)["error"]["message"].as_str().unwrap().to_owned();
            assert!(message.ends_with("greater than the allowed margin of 5 minutes."), "{message}");
        }
    }
    // A request kept too long goes stale with the emulator's clock.
    let request = signed(&emulator, &clock, "POST", CREATE, "");
    emulator.advance(Duration::from_secs(301));
    assert_refused(&emulator, &send(&emulator, request).await, 401, "x-ms-date: ");
}

#[tokio::test]
async fn refused_requests() {
    let (emulator, clock) = start().await;
    let created = json(&send_signed(&emulator, &clock, "POST", CREATE, "").await);
    let id = created["identity"]["id"].as_str().unwrap();
    let issue = format!("/identities/{id}/:issueAccessToken?api-version=2023-10-01");
    let unknown_action = format!("/identities/{id}/:doSomething?api-version=2023-10-01");
    let scopes = r#"{"scopes":["chat"],"expiresInMinutes":"#;
    for (path, body, status, code, reason) in [
        (
            "/identities",
            String::new(),
            400,
            "ApiVersionUnspecified",
            "api-version: the query parameter is missing",
        ),
        ("/identities?api-version=latest", String::new(), 400, "InvalidApiVersion", "api-version: 'latest'"),
        (CREATE, "[]".into(), 400, "ValidationError", "body: it is not a JSON object"),
        (CREATE, "{".into(), 400, "ValidationError", "body: it is not a JSON object"),
        (
            CREATE,
            r#"{"createTokenWithScopes":["sms"]}"#.into(),
            400,
            "ValidationError",
            "Scopes: Scope sms is invalid.",
        ),
        (CREATE, r#"{"createTokenWithScopes":"chat"}"#.into(), 400, "ValidationError", "Scopes: "),
        (
            CREATE,
            r#"{"createTokenWithScopes":["chat"],"expiresInMinutes":59}"#.into(),
            400,
            "ValidationError",
            "ExpiresInMinutes value 59 is invalid.",
        ),
        (&issue, String::new(), 400, "ValidationError", "Scopes: The Scopes field is required."),
        (
            &issue,
            format!("{scopes}1441}}"),
            400,
            "ValidationError",
            "ExpiresInMinutes value 1441 is invalid.",
        ),
        (&unknown_action, String::new(), 404, "NotFound", "action: ':doSomething' is not served"),
    ] {
        let response = send_signed(&emulator, &clock, "POST", path, &body).await;
        assert_refused(&emulator, &response, status, reason);
        assert_eq!(json(&response)["error"]["code"], code, "{reason}");
    }
    let response = send_signed(&emulator, &clock, "POST", &issue, &format!("{scopes}59}}")).await;
    assert_snapshot("acs_validation_error", &show(&response));
}
