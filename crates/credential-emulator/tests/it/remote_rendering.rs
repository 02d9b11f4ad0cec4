//! Remote Rendering's sessions.

use std::time::Duration;

use bytes::Bytes;
use credential_emulator::Emulator;
use http::Response;

use crate::client::{
    MR_SCOPE, assert_refused, assert_snapshot, json, last, request, send, show, start, token_for,
};

const VERSION: &str = "?api-version=2021-01-01";
const STANDARD: &str = r#"{"maxLeaseTimeMinutes":15,"size":"Standard"}"#;

async fn mr_token(emulator: &Emulator) -> String {
    let accounts = emulator.accounts();
    let header = format!("authorization: Bearer {}:{}", accounts.mr_account_id, accounts.mr_account_key);
    let path = format!("/Accounts/{}/token", accounts.mr_account_id);
    let answer = send(emulator, request(emulator, "GET", &path, &[&header], "")).await;
    json(&answer)["AccessToken"].as_str().unwrap().to_owned()
}

fn sessions(emulator: &Emulator, rest: &str) -> String {
    format!("/accounts/{}/sessions{rest}{VERSION}", emulator.accounts().mr_account_id)
}

async fn ask(emulator: &Emulator, token: &str, method: &str, path: &str, body: &str) -> Response<Bytes> {
    let header = format!("authorization: Bearer {token}");
    send(emulator, request(emulator, method, path, &[&header], body)).await
}

#[tokio::test]
async fn the_life_of_a_session() {
    let (emulator, clock) = start().await;
    let token = mr_token(&emulator).await;
    let (all, one) = (sessions(&emulator, ""), sessions(&emulator, "/Session_1-a"));
    let created = ask(&emulator, &token, "PUT", &one, STANDARD).await;
    assert_snapshot("rendering_created", &show(&created));
    assert_eq!(
        last(&emulator).verified,
        ["Mixed Reality token of account 3d000000-0000-4000-8000-000000000001"]
    );
    assert_eq!(ask(&emulator, &token, "PUT", &one, STANDARD).await.status(), 200, "the same again");

    assert_eq!(json(&ask(&emulator, &token, "GET", &one, "").await)["status"], "Starting");
    assert_snapshot("rendering_ready", &show(&ask(&emulator, &token, "GET", &one, "").await));
    assert_eq!(json(&ask(&emulator, &token, "GET", &all, "").await)["sessions"].as_array().unwrap().len(), 1);

    let longer = ask(&emulator, &token, "PATCH", &one, r#"{"maxLeaseTimeMinutes":20}"#).await;
    assert_eq!(json(&longer)["maxLeaseTimeMinutes"], 20);
    clock.advance(Duration::from_secs(19 * 60 + 59));
    assert_eq!(json(&ask(&emulator, &token, "GET", &one, "").await)["elapsedTimeMinutes"], 19);
    clock.advance(Duration::from_secs(1));
    assert_eq!(json(&ask(&emulator, &token, "GET", &one, "").await)["status"], "Expired");
    assert_eq!(json(&ask(&emulator, &token, "GET", &all, "").await)["sessions"], serde_json::json!([]));

    let other = sessions(&emulator, "/other");
    ask(&emulator, &token, "PUT", &other, r#"{"maxLeaseTimeMinutes":5,"size":"premium"}"#).await;
    let stop = sessions(&emulator, "/other/:stop");
    let stopped = ask(&emulator, &token, "POST", &stop, "").await;
    assert_eq!((stopped.status().as_u16(), stopped.body().len()), (204, 0));
    assert!(stopped.headers().contains_key("ms-cv"));
    assert_eq!(json(&ask(&emulator, &token, "GET", &other, "").await)["status"], "Stopped");
    emulator.reset();
    assert_eq!(ask(&emulator, &token, "GET", &other, "").await.status(), 404);
}

#[tokio::test]
async fn refused_tokens() {
    let (emulator, clock) = start().await;
    let accounts = emulator.accounts();
    let (entra, good) = (token_for(&emulator, MR_SCOPE).await, mr_token(&emulator).await);
    let one = sessions(&emulator, "/one");
    let other = format!("/accounts/{}/sessions/one{VERSION}", accounts.client_id);
    let key = format!("{}:{}", accounts.mr_account_id, accounts.mr_account_key);
    for (path, token, reason) in [
        (
            &one,
            entra.as_str(),
            "audience: the token is for https://sts.mixedreality.azure.com/, this service accepts https://manage.sa.emulator.mixedreality.test/; exchange it",
        ),
        (&one, "x.y.z", "token: it is not a signed JWT"),
        (&one, key.as_str(), "token: it is not a signed JWT"),
        (
            &other,
            good.as_str(),
            "account id: the token is of account '3d000000-0000-4000-8000-000000000001', the path names 'c0000000",
        ),
    ] {
        let response = ask(&emulator, token, "PUT", path, STANDARD).await;
        assert_refused(&emulator, &response, 401, reason);
        assert!(response.body().is_empty() && response.headers().contains_key("ms-cv"));
        assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Invalid token: "));
    }
    let without = send(&emulator, request(&emulator, "GET", &one, &[], "")).await;
    assert_refused(&emulator, &without, 401, "authorization: the header is missing");
    clock.advance(Duration::from_secs(24 * 3_600));
    let response = ask(&emulator, &good, "PUT", &one, STANDARD).await;
    assert_refused(&emulator, &response, 401, "exp: the token was valid until");
}

#[tokio::test]
async fn refused_requests() {
    let (emulator, _clock) = start().await;
    let token = mr_token(&emulator).await;
    let one = sessions(&emulator, "/one");
    ask(&emulator, &token, "PUT", &one, STANDARD).await;
    let (absent, action) = (sessions(&emulator, "/absent"), sessions(&emulator, "/one/:start"));
    let (bad_id, bare) = (sessions(&emulator, "/a.b"), one.replace(VERSION, ""));
    let old = one.replace("2021-01-01", "2020-01-01");
    for (method, path, body, status, reason) in [
        (
            "PUT",
            &one,
            r#"{"maxLeaseTimeMinutes":16,"size":"Standard"}"#,
            409,
            "session: 'one' exists with another",
        ),
        ("PUT", &one, "", 400, "body: it is not a JSON object"),
        ("PUT", &one, r#"{"maxLeaseTimeMinutes":0,"size":"Standard"}"#, 400, "maxLeaseTimeMinutes: "),
        (
            "PUT",
            &one,
            r#"{"maxLeaseTimeMinutes":1,"size":"Huge"}"#,
            400,
            "size: it is not one of Standard, Premium",
        ),
        ("PUT", &bad_id, STANDARD, 400, "session: its id is not"),
        ("PATCH", &one, r#"{"maxLeaseTimeMinutes":14}"#, 400, "maxLeaseTimeMinutes: 14 is less than the 15"),
        ("GET", &absent, "", 404, "session: 'absent' was never created here"),
        ("POST", &action, "", 404, "action: ':start' is not served"),
        ("GET", &bare, "", 400, "api-version: the query parameter is missing"),
        ("GET", &old, "", 400, "api-version: '2020-01-01' is not served"),
    ] {
        let response = ask(&emulator, &token, method, path, body).await;
        assert_refused(&emulator, &response, status, reason);
        assert!(json(&response)["error"]["code"].is_string());
    }
}
