//! Which service takes which authentication: every row, over TLS against the emulator.
//!
//! | service | access key | Entra token | user access token |
//! | --- | --- | --- | --- |
//! | Identity, SMS, Phone Numbers, Email, Rooms, Call Automation | yes | yes | no |
//! | Chat, Calling | no | no | yes |
//! | exchange of an Entra user's token | no | yes, a person's | no |

use std::sync::{Arc, Mutex};
use std::time::Duration;

use acs_hmac::{
    CLIENTS_SCOPE, CommunicationIdentifier, ConnectionString, ENTRA_SCOPE, EntraUserTokenCredential,
    IdentityClient, Signer, TEAMS_EXTENSION_SCOPE, TokenScope,
};
use bytes::Bytes;
use credential::{
    AccessToken, AuthorizeRequest, BearerAuthorizer, CredentialErrorKind, Endpoint, Secret,
    StaticTokenCredential, TokenCredential, TokenRequest, Transport,
};
use credential_emulator::{Emulator, Fault};
use credential_http::{HttpClient, RetryPolicy};
use credential_testkit::{FakeClock, FakeSleep};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

/// What a caller shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shows {
    AccessKey,
    EntraToken,
    UserToken,
}

const BY_KEY_OR_ENTRA: &[Shows] = &[Shows::AccessKey, Shows::EntraToken];
const BY_USER_TOKEN: &[Shows] = &[Shows::UserToken];

struct Row {
    service: &'static str,
    method: &'static str,
    target: &'static str,
    body: Value,
    takes: &'static [Shows],
    status: u16,
}

fn row(service: &'static str, call: &'static str, body: Value, takes: &'static [Shows], status: u16) -> Row {
    let (method, target) = call.split_once(' ').unwrap();
    Row { service, method, target, body, takes, status }
}

fn rows() -> Vec<Row> {
    let sms = json!({ "from": "+14255550123", "smsRecipients": [{ "to": "+14255550199" }], "message": "hi" });
    let call =
        json!({ "targets": [{ "rawId": "4:+14255550199" }], "callbackUri": "https://h.example/events" });
    vec![
        row("Identity", "POST /identities?api-version=2023-10-01", json!({}), BY_KEY_OR_ENTRA, 201),
        row("SMS", "POST /sms?api-version=2021-03-07", sms, BY_KEY_OR_ENTRA, 202),
        row(
            "Phone Numbers",
            "GET /phoneNumbers?skip=0&top=100&api-version=2025-06-01",
            Value::Null,
            BY_KEY_OR_ENTRA,
            200,
        ),
        row("Email", "POST /emails:send?api-version=2025-09-01", email(), BY_KEY_OR_ENTRA, 202),
        row("Rooms", "POST /rooms?api-version=2025-03-13", json!({}), BY_KEY_OR_ENTRA, 201),
        row(
            "Call Automation",
            "POST /calling/callConnections?api-version=2024-09-15",
            call,
            BY_KEY_OR_ENTRA,
            201,
        ),
        row(
            "Chat",
            "POST /chat/threads?api-version=2024-03-07",
            json!({ "topic": "hello" }),
            BY_USER_TOKEN,
            201,
        ),
        row(
            "Calling",
            "POST /calling/calls?api-version=2024-09-15",
            json!({ "targets": [{ "rawId": "4:+14255550199" }] }),
            BY_USER_TOKEN,
            201,
        ),
    ]
}

fn email() -> Value {
    json!({
        "senderAddress": "donotreply@contoso.example",
        "content": { "subject": "hello", "plainText": "hi" },
        "recipients": { "to": [{ "address": "ada@example.com" }] },
    })
}

fn endpoint(emulator: &Emulator) -> Endpoint {
    Endpoint::parse("endpoint", &emulator.acs_endpoint()).unwrap()
}

fn by_key(emulator: &Emulator) -> Signer {
    let connection = ConnectionString::parse(&emulator.acs_connection_string()).unwrap();
    Signer::new(connection.into_access_key()).unwrap()
}

fn identity(emulator: &Emulator) -> IdentityClient {
    IdentityClient::builder(endpoint(emulator), Arc::new(by_key(emulator)))
        .transport(emulator.http_client())
        .build()
        .unwrap()
}

fn application(emulator: &Emulator) -> entra::ClientSecretCredential {
    let accounts = emulator.accounts();
    entra::ClientSecretCredential::builder(&accounts.tenant_id, &accounts.client_id, &*accounts.client_secret)
        .authority(entra::Authority::parse(&emulator.authority()).unwrap())
        .transport(emulator.http_client())
        .build()
        .unwrap()
}

/// A person, who signs in without a browser because this is a test.
fn person(emulator: &Emulator) -> entra::UsernamePasswordCredential {
    let accounts = emulator.accounts();
    let (user, password) = (accounts.user_name.as_str(), Secret::from(accounts.user_password.as_str()));
    entra::UsernamePasswordCredential::builder(
        &accounts.tenant_id,
        &accounts.public_client_id,
        user,
        password,
    )
    .authority(entra::Authority::parse(&emulator.authority()).unwrap())
    .transport(emulator.http_client())
    .build()
    .unwrap()
}

fn with_token<C: TokenCredential + 'static>(credential: C) -> Arc<dyn AuthorizeRequest> {
    Arc::new(BearerAuthorizer::new(credential, [""; 0]))
}

async fn authorizers(emulator: &Emulator) -> Vec<(Shows, Arc<dyn AuthorizeRequest>)> {
    let scopes = [TokenScope::Chat, TokenScope::Voip];
    let (_, token) = identity(emulator).create_user_and_token(&scopes, None).await.unwrap().into_parts();
    vec![
        (Shows::AccessKey, Arc::new(by_key(emulator))),
        (Shows::EntraToken, Arc::new(BearerAuthorizer::new(application(emulator), [ENTRA_SCOPE]))),
        (Shows::UserToken, with_token(StaticTokenCredential::new(token))),
    ]
}

async fn send(
    emulator: &Emulator,
    authorizer: &dyn AuthorizeRequest,
    method: &str,
    url: &str,
    body: &Value,
) -> Response<Bytes> {
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let request = Request::builder().method(method).uri(url).header("content-type", "application/json");
    emulator.http_client().send_authorized(request.body(body).unwrap(), authorizer).await.unwrap()
}

#[tokio::test]
async fn every_row_takes_what_it_takes_and_refuses_the_rest() {
    let emulator = Emulator::start().await.unwrap();
    let authorizers = authorizers(&emulator).await;
    for Row { service, method, target, body, takes, status } in rows() {
        let url = format!("{}{target}", emulator.acs_endpoint());
        for (shows, authorizer) in &authorizers {
            let response = send(&emulator, authorizer, method, &url, &body).await;
            let expected = if takes.contains(shows) { status } else { 401 };
            let refusal = emulator.requests().pop().unwrap().refusal;
            assert_eq!(response.status(), expected, "{service} by {shows:?}: {refusal:?}");
            assert_eq!(refusal.is_some(), expected == 401, "{service} by {shows:?}");
        }
        let nobody = Request::builder().method(method).uri(&url).body(Bytes::new()).unwrap();
        let status = emulator.http_client().send(nobody).await.unwrap().status();
        assert_eq!(status, 401, "{service} by nobody");
    }
}

#[tokio::test]
async fn an_email_is_followed_to_its_end_each_poll_signed_anew() {
    let emulator = Emulator::start().await.unwrap();
    let endpoint = endpoint(&emulator);
    for (_, authorizer) in authorizers(&emulator).await.into_iter().take(2) {
        let url = format!("{}/emails:send?api-version=2025-09-01", emulator.acs_endpoint());
        let sent = send(&emulator, &authorizer, "POST", &url, &email()).await;
        let location = sent.headers()["operation-location"].to_str().unwrap().to_owned();
        assert_eq!(location.parse::<http::Uri>().unwrap().authority().unwrap(), endpoint.authority());
        let mut polls = 0;
        let status = loop {
            let poll = send(&emulator, &authorizer, "GET", &location, &Value::Null).await;
            assert_eq!(poll.status(), 200);
            let answer: Value = serde_json::from_slice(poll.body()).unwrap();
            polls += 1;
            if !poll.headers().contains_key("retry-after") || polls > 10 {
                break answer["status"].as_str().unwrap().to_owned();
            }
        };
        assert_eq!((status.as_str(), polls > 1), ("Succeeded", true));
    }
}

#[tokio::test]
async fn a_person_who_signs_in_with_entra_calls_and_chats() {
    let emulator = Emulator::start().await.unwrap();
    let person: Arc<dyn TokenCredential> = Arc::new(person(&emulator));
    let exchange = |scope: &str| {
        EntraUserTokenCredential::builder(endpoint(&emulator), Arc::clone(&person))
            .scopes([scope.to_owned()])
            .transport(emulator.http_client())
            .build()
            .unwrap()
    };
    for (scope, call, body) in [
        (CLIENTS_SCOPE, "/calling/calls?api-version=2024-09-15", json!({ "targets": [{ "rawId": "4:+1" }] })),
        (
            TEAMS_EXTENSION_SCOPE,
            "/calling/calls?api-version=2024-09-15",
            json!({ "targets": [{ "rawId": "4:+1" }] }),
        ),
        (
            "https://communication.azure.com/clients/Chat",
            "/chat/threads?api-version=2024-03-07",
            json!({ "topic": "t" }),
        ),
    ] {
        let url = format!("{}{call}", emulator.acs_endpoint());
        let response = send(&emulator, &with_token(exchange(scope)), "POST", &url, &body).await;
        let refusal = emulator.requests().pop().unwrap().refusal;
        assert_eq!(response.status(), 201, "{scope}: {refusal:?}");
    }
}

#[tokio::test]
async fn the_exchange_takes_a_persons_entra_token_only() {
    let emulator = Emulator::start().await.unwrap();
    let url = format!(
        "{}/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview",
        emulator.acs_endpoint()
    );
    let signed_in = person(&emulator).get_token(&TokenRequest::new([CLIENTS_SCOPE])).await.unwrap();
    let right = with_token(StaticTokenCredential::new(signed_in));
    assert_eq!(send(&emulator, &right, "POST", &url, &json!({})).await.status(), 200);
    for (shows, authorizer) in authorizers(&emulator).await {
        let status = send(&emulator, &authorizer, "POST", &url, &json!({})).await.status();
        assert_eq!(status, 401, "{shows:?}");
    }
}

#[tokio::test]
async fn a_teams_users_token_is_exchanged_by_the_resources_owner() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let scopes = ["https://auth.msft.communication.azure.com/Teams.ManageCalls"];
    let token = person(&emulator).get_token(&TokenRequest::new(scopes)).await.unwrap();
    let client = identity(&emulator);
    let (app, user) = (&accounts.public_client_id, &accounts.user_object_id);
    let exchanged = client.exchange_teams_user_token(&token, app, user).await.unwrap();
    let verified = emulator.verify_user_token(exchanged.expose()).unwrap();
    let identifier = CommunicationIdentifier::parse(&verified.user_id).unwrap();
    assert_eq!(identifier.kind(), "microsoftTeamsUser");

    let other = AccessToken::new("n.o.t", token.expires_at());
    let error = client.exchange_teams_user_token(&other, app, user).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(StatusCode::UNAUTHORIZED), Some("InvalidAccessToken")));
}

/// What a subscriber writes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A 429 sleeps for as long as the service asks, which must not look like a hang, and can be turned off.
#[tokio::test]
async fn a_wait_that_the_service_asks_for_is_told_and_can_be_turned_off() {
    let emulator = Emulator::start().await.unwrap();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let clock = FakeClock::at(0);
    let sleep = FakeSleep::on(&clock);
    let client = |policy| {
        let transport = HttpClient::builder()
            .trust_pem(emulator.ca_pem())
            .retry(policy)
            .clock(clock.shared())
            .sleep(sleep.shared())
            .build()
            .unwrap();
        IdentityClient::builder(endpoint(&emulator), Arc::new(by_key(&emulator)))
            .transport(Arc::new(transport))
            .build()
            .unwrap()
    };
    emulator.fail_next("/identities", Fault::too_many_requests(7));
    client(RetryPolicy::default()).create_user().await.unwrap();
    assert_eq!(sleep.slept(), [Duration::from_secs(7)]);
    let told = String::from_utf8(std::mem::take(&mut *log.0.lock().unwrap())).unwrap();
    assert!(told.contains("WARN") && told.contains("status=429") && told.contains("wait_ms=7000"), "{told}");

    emulator.fail_next("/identities", Fault::too_many_requests(7));
    let error = client(RetryPolicy::none()).create_user().await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Throttled);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(sleep.slept().len(), 1, "and nobody waited");
}
