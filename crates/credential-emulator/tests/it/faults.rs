//! Faults, as clients see them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use credential::{CredentialErrorKind, Transport};
use credential_emulator::{Emulator, Fault, RequestMatcher};
use credential_http::{HttpClient, RetryPolicy};
use credential_testkit::{FakeClock, FakeSleep};
use http::{Request, Response, StatusCode};
use serde_json::Value;

use crate::chat::{as_user, user};
use crate::client::{NOW, form, json, last, request, send, start};
use crate::communication::send_signed;

/// A client that tries once, and both ways in.
async fn start_once() -> (Emulator, HttpClient, [String; 2]) {
    let (emulator, _clock) = start().await;
    let builder = HttpClient::builder().trust_pem(emulator.ca_pem()).retry(RetryPolicy::none());
    let origins = [emulator.http_origin().to_owned(), emulator.https_origin().to_owned()];
    (emulator, builder.build().unwrap(), origins)
}

async fn get(
    client: &HttpClient,
    origin: &str,
    path: &str,
) -> Result<Response<Bytes>, credential::CredentialError> {
    client.send(Request::get(format!("{origin}{path}")).body(Bytes::new()).unwrap()).await
}

#[tokio::test]
async fn answers_in_the_services_place() {
    let (emulator, client, origins) = start_once().await;
    for origin in &origins {
        for (fault, status, retry_after, text) in [
            (Fault::too_many_requests(2), 429, Some("2"), r#"{"error":{"code":"TooManyRequests""#),
            (Fault::service_unavailable(0), 503, Some("0"), r#"{"error":{"code":"ServiceUnavailable""#),
            (Fault::status(StatusCode::GONE), 410, None, r#"{"error":{"code":"Gone""#),
            (Fault::html(), 502, None, "<!DOCTYPE html>"),
        ] {
            let name = fault.to_string();
            emulator.fail_next("/healthz", fault);
            let response = get(&client, origin, "/healthz").await.unwrap();
            assert_eq!(response.status(), status);
            let found = response.headers().get("retry-after").map(|value| value.to_str().unwrap());
            assert_eq!(found, retry_after);
            assert_eq!(response.headers()["x-emulator-fault"], name.as_str());
            assert!(response.body().starts_with(text.as_bytes()), "{response:?}");
            let record = last(&emulator);
            assert_eq!((record.status, record.fault, record.refusal), (status, Some(name), None));
        }
        assert_eq!(get(&client, origin, "/healthz").await.unwrap().status(), 200, "each happens once");
        assert_eq!(last(&emulator).fault, None);
    }
}

#[tokio::test]
async fn damaged_answers() {
    let (emulator, client, origins) = start_once().await;
    for origin in &origins {
        emulator.fail_next("/healthz", Fault::wrong_content_type());
        let response = get(&client, origin, "/healthz").await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/plain");
        assert_eq!(response.body().as_ref(), br#"{"status":"ok"}"#);

        emulator.fail_next("/healthz", Fault::malformed_json());
        let response = get(&client, origin, "/healthz").await.unwrap();
        assert_eq!((response.status().as_u16(), response.body().as_ref()), (200, &br#"{"statu"#[..]));
        assert!(serde_json::from_slice::<Value>(response.body()).is_err());

        for fault in [Fault::truncated_body(), Fault::connection_reset()] {
            let (name, status) =
                (fault.to_string(), if fault == Fault::connection_reset() { 0 } else { 200 });
            emulator.fail_next("/healthz", fault);
            let error = get(&client, origin, "/healthz").await.unwrap_err();
            assert_eq!(error.kind(), CredentialErrorKind::Unreachable, "{name}: {error}");
            let record = last(&emulator);
            assert_eq!((record.fault, record.status), (Some(name), status));
        }
        assert_eq!(get(&client, origin, "/healthz").await.unwrap().status(), 200, "over a new connection");
    }
}

#[tokio::test]
async fn a_damaged_answer_was_given_by_the_service_all_the_same() {
    let (emulator, clock) = start().await;
    let body = r#"{"from":"me","smsRecipients":[{"to":"+15550101"}],"message":"hi"}"#;
    for (fault, sent) in [(Fault::status(StatusCode::IM_A_TEAPOT), 0), (Fault::malformed_json(), 1)] {
        emulator.fail_next("POST /sms", fault);
        send_signed(&emulator, &clock, "POST", "/sms?api-version=2021-03-07", body).await;
        assert_eq!(emulator.mailbox().sms.len(), sent);
    }
    // An answer without a body gets one.
    let (id, _) = user(&emulator, &clock, "chat").await;
    emulator.fail_next("DELETE /identities/*", Fault::malformed_json());
    let path = format!("/identities/{id}?api-version=2023-10-01");
    assert_eq!(send_signed(&emulator, &clock, "DELETE", &path, "").await.status(), 204);
    assert_eq!(last(&emulator).fault.as_deref(), Some("malformed JSON"));
}

#[tokio::test]
async fn once_n_times_or_always() {
    let (emulator, client, [http, _]) = start_once().await;
    emulator.fail_next(RequestMatcher::any(), Fault::status(StatusCode::BAD_GATEWAY).times(2));
    emulator.fail_next("GET /healthz", Fault::status(StatusCode::GONE).always());
    emulator.fail_next("POST /healthz", Fault::html());
    let mut found = Vec::new();
    for _ in 0..5 {
        found.push(get(&client, &http, "/healthz").await.unwrap().status().as_u16());
    }
    assert_eq!(found, [502, 502, 410, 410, 410]);
    emulator.clear_faults();
    assert_eq!(get(&client, &http, "/healthz").await.unwrap().status(), 200);
}

#[tokio::test]
async fn delays_wait_by_the_port() {
    let clock = FakeClock::at(NOW);
    let sleep = FakeSleep::on(&clock);
    let emulator = Emulator::builder().clock(clock.shared()).sleep(sleep.shared()).start().await.unwrap();
    let client = HttpClient::builder().retry(RetryPolicy::none()).build().unwrap();
    emulator.fail_next("/healthz", Fault::delay(Duration::from_secs(30)));
    emulator.fail_next("/healthz", Fault::too_many_requests(1).after(Duration::from_secs(5)));
    for status in [200, 429] {
        assert_eq!(get(&client, emulator.http_origin(), "/healthz").await.unwrap().status(), status);
    }
    assert_eq!(sleep.slept(), [Duration::from_secs(30), Duration::from_secs(5)]);
    let faults: Vec<_> = emulator.requests().into_iter().filter_map(|record| record.fault).collect();
    assert_eq!(faults, ["delay of 30s", "status 429, Retry-After 1 s, after 5s"]);
}

#[tokio::test]
async fn retrying_clients_get_over_it() {
    let (emulator, _clock) = start().await;
    let sleep = FakeSleep::on(&FakeClock::at(NOW));
    let client = HttpClient::builder().sleep(sleep.shared()).build().unwrap();
    emulator.fail_next("/healthz", Fault::too_many_requests(3));
    assert_eq!(get(&client, emulator.http_origin(), "/healthz").await.unwrap().status(), 200);
    assert_eq!(emulator.requests().len(), 2);
    assert!(sleep.slept()[0] >= Duration::from_secs(3), "{:?}", sleep.slept());
}

#[tokio::test]
async fn reset_forgets_what_clients_did() {
    let (emulator, clock) = start().await;
    let (_, token) = user(&emulator, &clock, "chat").await;
    let threads = "/chat/threads?api-version=2024-03-07";
    as_user(&emulator, &token, "POST", threads, r#"{"topic":"x"}"#).await;
    let sms = r#"{"from":"me","smsRecipients":[{"to":"+15550101"}],"message":"hi"}"#;
    send_signed(&emulator, &clock, "POST", "/sms?api-version=2021-03-07", sms).await;
    send_signed(&emulator, &clock, "POST", "/rooms?api-version=2025-03-13", "").await;
    let fields = form(&[("client_id", &emulator.accounts().public_client_id), ("scope", "openid")]);
    let begun = request(&emulator, "POST", "/organizations/oauth2/v2.0/devicecode", &[], &fields);
    let begun = json(&send(&emulator, begun).await);
    emulator.fail_next("/", Fault::html().always());

    emulator.reset();
    assert!(emulator.requests().is_empty() && emulator.mailbox().sms.is_empty());
    assert!(emulator.verify_user_token(&token).is_err(), "its user is gone");
    let error = emulator.approve(begun["user_code"].as_str().unwrap()).unwrap_err();
    assert_eq!(error.problem(), "user_code: no sign-in waits for this code");
    let rooms = send_signed(&emulator, &clock, "GET", "/rooms?api-version=2025-03-13", "").await;
    assert_eq!(json(&rooms)["value"], serde_json::json!([]), "the keys are the same, and no fault is left");
    let (_, token) = user(&emulator, &clock, "chat").await;
    assert_eq!(json(&as_user(&emulator, &token, "GET", threads, "").await)["value"], serde_json::json!([]));
}

#[tokio::test]
async fn handles_are_shared_between_tasks() {
    let (emulator, client, [http, _]) = start_once().await;
    let emulator = Arc::new(emulator);
    let other = Arc::clone(&emulator);
    tokio::spawn(async move { other.fail_next("/healthz", Fault::html()) }).await.unwrap();
    assert_eq!(get(&client, &http, "/healthz").await.unwrap().status(), 502);
}

#[tokio::test]
async fn a_services_clock_can_be_wrong() {
    let (emulator, clock) = start().await;
    let path = "/identities?api-version=2023-10-01";
    let hour = Duration::from_secs(3_600);
    for (fault, date) in [
        (Fault::clock_ahead(hour), "Thu, 29 Feb 2024 13:00:00 GMT"),
        (Fault::clock_behind(hour), "Thu, 29 Feb 2024 11:00:00 GMT"),
    ] {
        let name = fault.to_string();
        emulator.fail_next("POST /identities", fault);
        let response = send_signed(&emulator, &clock, "POST", path, "").await;
        assert_eq!((response.status().as_u16(), response.headers()["date"].to_str().unwrap()), (401, date));
        let message = json(&response)["error"]["message"].clone();
        assert!(
            message.as_str().unwrap().contains("greater than the allowed margin of 5 minutes"),
            "{message}"
        );
        assert_eq!(last(&emulator).fault.as_deref(), Some(name.as_str()));
        // Only that one request was judged so.
        let response = send_signed(&emulator, &clock, "POST", path, "").await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["date"]),
            (201, &"Thu, 29 Feb 2024 12:00:00 GMT".parse().unwrap())
        );
    }
}
