//! The control API and the page at `/`.

use credential_emulator::{Configuration, Emulator};
use serde_json::{Value, json};

use crate::client::{ARM_SCOPE, json as body_of, request, send, start, token_for};
use crate::device_code::{begin, text};

const MARK: &str = "x-emulator-control: test";

async fn control(emulator: &Emulator, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = request(emulator, method, &format!("/_emulator/{path}"), &[MARK], &body);
    let answer = send(emulator, request).await;
    (answer.status().as_u16(), body_of(&answer))
}

async fn state(emulator: &Emulator, after: u64) -> Value {
    control(emulator, "GET", &format!("state?after={after}"), &Value::Null).await.1
}

#[tokio::test]
async fn the_state_shows_what_came_since_and_not_the_asking_itself() {
    let (emulator, _clock) = start().await;
    token_for(&emulator, ARM_SCOPE).await;
    let first = state(&emulator, 0).await;
    assert_eq!(first["requests"].as_array().unwrap().len(), 1);
    assert_eq!((&first["last_request"], &first["now"]), (&json!(1), &json!("2024-02-29T12:00:00Z")));
    assert!(first["requests"][0]["verified"][0].is_string());

    let refused =
        send(&emulator, request(&emulator, "POST", "/identities?api-version=2023-10-01", &[], "{}")).await;
    assert_eq!(refused.status(), 401);
    let second = state(&emulator, 1).await;
    assert_eq!(second["requests"][0]["refusal"], "authorization: the header is missing");
    assert_eq!(second["requests"].as_array().unwrap().len(), 1);
    let groups = second["description"]["groups"].as_array().unwrap();
    assert_eq!(groups[0]["variables"][0], json!(["AZURE_AUTHORITY_HOST", emulator.https_origin()]));
}

#[tokio::test]
async fn a_device_is_approved_or_denied_once() {
    let (emulator, _clock) = start().await;
    let begun = begin(&emulator, "common", "openid").await;
    let code = text(&begun, "user_code");
    assert_eq!(state(&emulator, 0).await["device_sign_ins"][0]["state"], "waiting");
    let path = format!("device-sign-ins/{code}/approve");
    assert_eq!(control(&emulator, "POST", &path, &Value::Null).await.0, 200);
    assert_eq!(state(&emulator, 0).await["device_sign_ins"][0]["state"], "approved");
    let (status, again) = control(&emulator, "POST", &path, &Value::Null).await;
    assert_eq!(
        (status, &again["error"]["message"]),
        (400, &json!("user_code: the code was approved or denied before"))
    );
}

#[tokio::test]
async fn faults_are_switched_on_shown_and_switched_off() {
    let (emulator, _clock) = start().await;
    let fault =
        json!({ "on": "GET /healthz", "what": "status", "status": 503, "retry_after": 1, "times": 2 });
    assert_eq!(control(&emulator, "POST", "faults", &fault).await.0, 200);
    let shown = json!([{ "on": "GET /healthz", "what": "status 503, Retry-After 1 s", "times": 2 }]);
    assert_eq!(state(&emulator, 0).await["faults"], shown);
    let answer = send(&emulator, request(&emulator, "GET", "/common/discovery/instance", &[], "")).await;
    assert_ne!(answer.status(), 503, "only what was meant goes wrong");
    assert_eq!(control(&emulator, "DELETE", "faults", &Value::Null).await.0, 200);
    assert_eq!(state(&emulator, 0).await["faults"], json!([]));

    for (path, body, expected) in [
        ("faults", json!({ "what": "html" }), "on: the member is missing"),
        (
            "faults",
            json!({ "on": "/", "what": "pl4nted" }),
            "what: no such value is known; expected one of `status`, ",
        ),
        ("advance", json!({ "secs": "pl4nted" }), "secs: no such member is known; expected `seconds`"),
        ("advance", json!({ "seconds": "pl4nted" }), "seconds: the value is of the wrong type; expected u64"),
        ("forge", json!({ "claims": "pl4nted" }), "claims: the value is of the wrong type; expected a map"),
    ] {
        let (status, refusal) = control(&emulator, "POST", path, &body).await;
        let message = refusal["error"]["message"].as_str().unwrap();
        assert_eq!(status, 400);
        assert!(message.starts_with(expected) && !message.contains("pl4nted"), "{refusal}");
    }
}

#[tokio::test]
async fn clock_keys_sessions_and_contents_are_controlled() {
    let (emulator, _clock) = start().await;
    let (_, advanced) = control(&emulator, "POST", "advance", &json!({ "seconds": 60 })).await;
    assert_eq!(advanced["now"], "2024-02-29T12:01:00Z");
    assert_eq!(control(&emulator, "POST", "advance", &json!({ "seconds": u64::MAX })).await.0, 400);
    for (path, body) in [
        ("rotate-signing-key", Value::Null),
        ("demand-interaction", Value::Null),
        ("revoke-sessions", json!({ "principal": emulator.accounts().user_name })),
    ] {
        assert_eq!(control(&emulator, "POST", path, &body).await.0, 200, "{path}");
    }
    let (status, nobody) =
        control(&emulator, "POST", "revoke-sessions", &json!({ "principal": "nobody" })).await;
    assert_eq!(status, 400, "{nobody}");
    let (_, forged) = control(&emulator, "POST", "forge", &json!({ "claims": { "aud": "x" } })).await;
    assert_eq!(forged["token"].as_str().unwrap().split('.').count(), 3);

    token_for(&emulator, ARM_SCOPE).await;
    assert_eq!(control(&emulator, "POST", "reset", &Value::Null).await.0, 200);
    assert!(emulator.requests().is_empty());
}

/// A page of another site may not steer the emulator of whoever looks at it.
#[tokio::test]
async fn other_sites_and_other_names_are_refused() {
    let (emulator, _clock) = start().await;
    for (headers, expected) in [
        (vec![], "x-emulator-control: the header is missing"),
        (vec![MARK, "origin: https://evil.example"], "host or origin"),
        (vec![MARK, "origin: null"], "host or origin"),
        (vec![MARK, "host: rebound.example:443"], "host or origin"),
    ] {
        let client = credential_http::HttpClient::builder().build().unwrap();
        let mut asked = http::Request::post(format!("{}/_emulator/reset", emulator.http_origin()));
        for header in &headers {
            let (name, value) = header.split_once(": ").unwrap();
            asked = asked.header(name, value);
        }
        let answer =
            credential::Transport::send(&client, asked.body(bytes::Bytes::new()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 403, "{headers:?}");
        let reason = body_of(&answer)["error"]["message"].as_str().unwrap().to_owned();
        assert!(reason.starts_with(expected), "{headers:?}: {reason}");
    }
    let answer = send(&emulator, request(&emulator, "GET", "/_emulator/state", &[], "")).await;
    assert!(answer.headers().get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn the_page_brings_everything_with_it() {
    let (emulator, _clock) = start().await;
    let page = send(&emulator, request(&emulator, "GET", "/", &[], "")).await;
    let html = String::from_utf8(page.body().to_vec()).unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    for path in ["/_emulator/dashboard.css", "/_emulator/dashboard.js"] {
        assert!(html.contains(path), "{path}");
        assert_eq!(send(&emulator, request(&emulator, "GET", path, &[], "")).await.status(), 200);
    }
    assert!(!html.contains("http://") && !html.contains("https://"), "no outside resource");
    assert!(emulator.requests().is_empty(), "looking leaves no trace");
}

#[tokio::test]
async fn a_configuration_changes_whom_it_names() {
    let text = "[user]\nname = \"bob@contoso.test\"\n\n[[apps]]\nclient_id = \"99999999-0000-4000-8000-000000000001\"\n\
                secret = \"another secret\"\nhas_roles = true\n\n[lifetimes]\naccess_token = 61\nmixed_reality_token = 62\n";
    let configuration = Configuration::parse(text).unwrap();
    let emulator = Emulator::builder().configuration(configuration).start().await.unwrap();
    assert_eq!(emulator.accounts().user_name, "bob@contoso.test");
    let path = format!("/{}/oauth2/v2.0/token", emulator.accounts().tenant_id);
    let fields = crate::client::form(&[
        ("grant_type", "client_credentials"),
        ("client_id", "99999999-0000-4000-8000-000000000001"),
        ("client_secret", "another secret"),
        ("scope", ARM_SCOPE),
    ]);
    let headers = ["content-type: application/x-www-form-urlencoded"];
    let answer = send(&emulator, request(&emulator, "POST", &path, &headers, &fields)).await;
    assert_eq!((answer.status().as_u16(), &body_of(&answer)["expires_in"]), (200, &json!(61)));
}
