//! Listeners, routes, the log.

use bytes::Bytes;
use credential::CredentialErrorKind;
use credential_emulator::Emulator;
use credential_http::{HttpClient, RetryPolicy};
use http::Request;
use serde_json::Value;

use crate::client::{assert_refused, assert_snapshot, json, last, request, send, show, start};

fn get(address: &str) -> Request<Bytes> {
    Request::get(address).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn answers_on_both_ports_and_under_each_name() {
    let (emulator, _clock) = start().await;
    let (http, https) = (emulator.http_origin(), emulator.https_origin());
    for (origin, version) in [
        (http.to_owned(), "HTTP/1.1"),
        (http.replace("127.0.0.1", "localhost"), "HTTP/1.1"),
        (https.to_owned(), "HTTP/2.0"),
        (https.replace("localhost", "127.0.0.1"), "HTTP/2.0"),
    ] {
        let response = send(&emulator, get(&format!("{origin}/healthz"))).await;
        assert_eq!(
            (response.status().as_u16(), &response.body()[..]),
            (200, &br#"{"status":"ok"}"#[..]),
            "{origin}"
        );
        assert_eq!(last(&emulator).http_version, version, "{origin}");
        assert_eq!(response.headers()["date"], "Thu, 29 Feb 2024 12:00:00 GMT", "by the emulator's clock");
    }
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_certificate_does_not_connect() {
    let (emulator, _clock) = start().await;
    let client = HttpClient::builder().retry(RetryPolicy::none()).build().unwrap();
    let error =
        credential::Transport::send(&client, get(&format!("{}/healthz", emulator.https_origin()))).await;
    assert_eq!(error.unwrap_err().kind(), CredentialErrorKind::Unreachable);
    assert!(emulator.requests().is_empty());
}

#[tokio::test]
async fn several_at_once_know_nothing_of_each_other() {
    let (first, _clock) = start().await;
    let (second, _clock) = start().await;
    assert_ne!(first.https_origin(), second.https_origin());
    assert_ne!(first.ca_pem(), second.ca_pem());
    send(&first, get(&format!("{}/healthz", first.https_origin()))).await;
    assert_eq!((first.requests().len(), second.requests().len()), (1, 0));
}

#[tokio::test]
async fn dropping_it_frees_its_ports() {
    let (first, _clock) = start().await;
    let port = |origin: &str| origin.rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let (http, https) = (port(first.http_origin()), port(first.https_origin()));
    send(&first, get(&format!("{}/healthz", first.https_origin()))).await;

    let taken = Emulator::builder().http_port(http).start().await.unwrap_err();
    assert!(
        taken.to_string().starts_with(&format!("port {http} (http) is taken by another program: ")),
        "{taken}"
    );

    first.shut_down().await;
    let second = Emulator::builder().http_port(http).https_port(https).start().await.unwrap();
    assert_eq!((port(second.http_origin()), port(second.https_origin())), (http, https));
    drop(second);
    // The aborted tasks end when the runtime next looks at them.
    tokio::task::yield_now().await;
    Emulator::builder().http_port(http).https_port(https).start().await.unwrap();
}

#[tokio::test]
async fn one_port_for_both_is_refused() {
    let error = Emulator::builder().http_port(4_711).https_port(4_711).start().await.unwrap_err();
    assert_eq!(error.to_string(), "port 4711 is chosen for both http and https: choose two different ports");
}

#[tokio::test]
async fn unknown_routes_and_methods_say_what_is_served() {
    let (emulator, _clock) = start().await;
    let response = send(
        &emulator,
        get(&format!("{}/faxes?api-version=2021-03-07&code=planted", emulator.https_origin())),
    )
    .await;
    assert_refused(&emulator, &response, 404, "route: nothing is served at /faxes");
    assert_snapshot("unknown_route", &show(&response));
    assert_eq!(last(&emulator).path, "/faxes?api-version=2021-03-07&code=REDACTED");

    let response = send(&emulator, request(&emulator, "DELETE", "/identities/%ff", &[], "")).await;
    assert_refused(&emulator, &response, 400, "path: it is not UTF-8");

    let response = send(&emulator, request(&emulator, "PUT", "/identities", &[], "")).await;
    assert_refused(&emulator, &response, 405, "method: PUT is not served at /identities");
    assert_eq!(json(&response)["error"]["code"], "MethodNotServed");
}

#[tokio::test]
async fn a_body_without_end_is_not_read_to_its_end() {
    let (emulator, _clock) = start().await;
    let body = Bytes::from(vec![b'x'; 16 * 1024 * 1024 + 1]);
    let request = Request::post(format!("{}/identities", emulator.http_origin())).body(body).unwrap();
    // The answer may come before the client has sent all, which some clients take for a broken connection.
    if let Ok(response) = emulator.http_client().send(request).await {
        assert_refused(&emulator, &response, 413, "body: ");
    }
    assert_eq!(last(&emulator).status, 413);
}

#[tokio::test]
async fn the_log_is_bounded_and_serializes() {
    let (emulator, _clock) = start().await;
    for _ in 0..1_001 {
        send(&emulator, get(&format!("{}/healthz", emulator.http_origin()))).await;
    }
    let requests = emulator.requests();
    assert_eq!(requests.len(), 1_000);
    let record: Value = serde_json::to_value(&requests[0]).unwrap();
    assert_eq!(record["received_at"], "2024-02-29T12:00:00Z");
    assert_eq!((&record["service"], &record["refusal"]), (&"emulator".into(), &Value::Null));
}

#[tokio::test]
async fn describes_itself_to_people_and_programs() {
    let (emulator, _clock) = start().await;
    let description = emulator.describe().with_ca_file("/tmp/it's here.pem".as_ref());
    assert_snapshot("description", &description.to_string());
    let mut object = serde_json::to_value(&description).unwrap();
    assert_eq!(object["ca_pem"], emulator.ca_pem());
    object["ca_pem"] = "[pem]".into();
    assert_snapshot("description_json", &format!("{object:#}"));
    let portal: Value = serde_json::from_str(&emulator.ams_portal_json()).unwrap();
    assert_eq!(object["ams"]["portal_json"], portal);
}
