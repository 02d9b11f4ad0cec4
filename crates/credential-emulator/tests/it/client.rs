//! What the tests ask with, and how they look at answers.

use bytes::Bytes;
use credential_emulator::{Emulator, RequestRecord};
use credential_testkit::{FakeClock, SequenceRandom};
use http::{Request, Response};
use serde_json::Value;
use std::sync::Arc;

pub(crate) const ACS_SCOPE: &str = "https://communication.azure.com//.default";
pub(crate) const MR_SCOPE: &str = "https://sts.mixedreality.azure.com//.default";
pub(crate) const AMS_SCOPE: &str = "https://rest.media.azure.net/.default";
pub(crate) const ARM_SCOPE: &str = "https://management.azure.com/.default";

/// 2024-02-29T12:00:00Z
pub(crate) const NOW: u64 = 1_709_208_000;

/// An emulator whose clock stands still, and what moves it.
pub(crate) async fn start() -> (Emulator, FakeClock) {
    let clock = FakeClock::at(NOW);
    let random = Arc::new(SequenceRandom::default());
    let emulator = Emulator::builder().clock(clock.shared()).random(random).start().await.unwrap();
    (emulator, clock)
}

pub(crate) async fn send(emulator: &Emulator, request: Request<Bytes>) -> Response<Bytes> {
    emulator.http_client().send(request).await.unwrap()
}

/// A request over https with headers written as `name: value`.
pub(crate) fn request(
    emulator: &Emulator,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &str,
) -> Request<Bytes> {
    let mut builder = Request::builder().method(method).uri(format!("{}{path}", emulator.https_origin()));
    for header in headers {
        let (name, value) = header.split_once(": ").unwrap();
        builder = builder.header(name, value);
    }
    builder.body(Bytes::from(body.to_owned())).unwrap()
}

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Asks the version 2 endpoint of the first tenant.
pub(crate) async fn token_for(emulator: &Emulator, scope: &str) -> String {
    let accounts = emulator.accounts();
    token_of(emulator, &accounts.tenant_id, (&accounts.client_id, &accounts.client_secret), scope).await
}

/// A token of the application that has no role.
pub(crate) async fn unprivileged_token_for(emulator: &Emulator, scope: &str) -> String {
    let accounts = emulator.accounts();
    let client = (accounts.unprivileged_client_id.as_str(), accounts.unprivileged_client_secret.as_str());
    token_of(emulator, &accounts.tenant_domain, client, scope).await
}

/// A token of the tenant that owns nothing.
pub(crate) async fn foreign_token_for(emulator: &Emulator, scope: &str) -> String {
    let accounts = emulator.accounts();
    token_of(emulator, &accounts.other_tenant_id, (&accounts.client_id, &accounts.client_secret), scope).await
}

async fn token_of(emulator: &Emulator, tenant: &str, client: (&str, &str), scope: &str) -> String {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", client.0),
        ("client_secret", client.1),
        ("scope", scope),
    ];
    let path = format!("/{tenant}/oauth2/v2.0/token");
    let response = send(emulator, request(emulator, "POST", &path, &[], &form(&fields))).await;
    assert_eq!(response.status(), 200, "{response:?}");
    json(&response)["access_token"].as_str().unwrap().to_owned()
}

pub(crate) fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap_or_else(|error| panic!("{error}: {response:?}"))
}

pub(crate) fn last(emulator: &Emulator) -> RequestRecord {
    emulator.requests().pop().unwrap()
}

/// Says that the request was refused with this status, for a reason that begins so, and that log and header agree.
#[track_caller]
pub(crate) fn assert_refused(emulator: &Emulator, response: &Response<Bytes>, status: u16, reason: &str) {
    let record = last(emulator);
    let refusal = record.refusal.as_deref().unwrap_or("(not refused)");
    assert!(refusal.starts_with(reason), "expected '{reason}', found '{refusal}'");
    assert_eq!((response.status().as_u16(), record.status), (status, status), "{refusal}");
    assert_eq!(response.headers()["x-emulator-reason"], refusal);
}

/// Shows a response whole, headers in order of name.
pub(crate) fn show(response: &Response<Bytes>) -> String {
    let mut headers: Vec<String> = response
        .headers()
        .iter()
        .filter(|(name, _)| !["content-length", "date"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let body = match serde_json::from_slice::<Value>(response.body()) {
        Ok(body) => format!("{body:#}"),
        Err(_) => String::from_utf8_lossy(response.body()).into_owned(),
    };
    format!("{}\n{}\n\n{body}", response.status(), headers.join("\n"))
}

/// Compares with a file snapshot in which everything random has a name.
pub(crate) fn assert_snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.add_filter(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "[jwt]");
    // The well-known ids keep their ends, all others are fresh.
    settings.add_filter(r"([0-9a-f]{8})-0000-4000-8000-00000000000(\d)", "$1..$2");
    settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "[guid]");
    settings.add_filter(r"(localhost|127\.0\.0\.1|\[::1\]):\d+", "$1:[port]");
    settings.add_filter(r"[A-Za-z0-9+/]{21}[AQgw]\.0", "[correlation vector]");
    settings.add_filter(r#""(device_code|refresh_token|client_info)": "[\w-]+""#, r#""$1": "[$1]""#);
    settings.add_filter(r#""client_certificate_pem": "[^"]+""#, r#""client_certificate_pem": "[pem]""#);
    settings.add_filter(r#"code=[\w-]{43}"#, "code=[code]");
    settings.add_filter(r#"name="code" value="[\w-]{43}""#, r#"name="code" value="[code]""#);
    settings.add_filter(r#""user_code": "[A-Z]{9}""#, r#""user_code": "[user code]""#);
    settings.add_filter(r"enter the code [A-Z]{9}\.", "enter the code [user code].");
    settings.add_filter(r#""n": "[\w-]+""#, r#""n": "[modulus]""#);
    settings.add_filter(r#""kid": "[\w-]+""#, r#""kid": "[key id]""#);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
