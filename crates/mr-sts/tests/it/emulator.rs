//! The whole exchange over TLS, judged by the emulator.

use credential::{AccessKey, CredentialErrorKind, Endpoint, TokenCredential, TokenRequest};
use credential_emulator::Emulator;
use credential_testkit::LeakCheck;
use mr_sts::remote_rendering::{self, SessionSize};
use mr_sts::{DEFAULT_SCOPE, MixedRealityAuthorizer, MixedRealityCredential, MixedRealityStsClient};

fn endpoint(emulator: &Emulator) -> Endpoint {
    Endpoint::parse("endpoint", &emulator.mr_endpoint()).unwrap()
}

fn entra(emulator: &Emulator, id: &str, secret: &str) -> entra::ClientSecretCredential {
    entra::ClientSecretCredential::builder(&emulator.accounts().tenant_id, id, secret)
        .authority(entra::Authority::parse(&emulator.authority()).unwrap())
        .transport(emulator.http_client())
        .build()
        .unwrap()
}

fn by_key(emulator: &Emulator, key: &AccessKey) -> MixedRealityCredential {
    let accounts = emulator.accounts();
    MixedRealityCredential::builder(&accounts.mr_account_id, &accounts.mr_account_domain)
        .account_key(key.clone())
        .endpoint(endpoint(emulator))
        .transport(emulator.http_client())
        .build()
        .unwrap()
}

#[tokio::test]
async fn an_account_key_buys_one_token_for_many_calls() {
    let emulator = Emulator::start().await.unwrap();
    let credential = by_key(&emulator, &AccessKey::from_base64(&emulator.accounts().mr_account_key).unwrap());
    let first = credential.get_token(&TokenRequest::default()).await.unwrap();
    let again = credential.get_token(&TokenRequest::new(["any"])).await.unwrap();
    assert!(first.is_same_token(&again));
    let requests = emulator.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].verified, ["primary account key"]);
}

#[tokio::test]
async fn an_entra_token_buys_a_token_when_its_app_has_a_role() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let client = |id: &str, secret: &str| {
        MixedRealityStsClient::builder(&accounts.mr_account_id, &accounts.mr_account_domain)
            .token_credential(entra(&emulator, id, secret))
            .endpoint(endpoint(&emulator))
            .transport(emulator.http_client())
            .build()
            .unwrap()
    };
    let exchanged = client(&accounts.client_id, &accounts.client_secret).exchange().await.unwrap();
    assert!(exchanged.correlation_vector().unwrap().ends_with(".0"));
    let audience = DEFAULT_SCOPE.strip_suffix("/.default").unwrap();
    let verified = emulator.requests().pop().unwrap().verified;
    assert!(verified.contains(&format!("audience {audience}")), "{verified:?}");

    let without_role = client(&accounts.unprivileged_client_id, &accounts.unprivileged_client_secret);
    let error = without_role.exchange().await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (CredentialErrorKind::Refused, 401));
    assert!(error.id("MS-CV").is_some());
    assert!(emulator.requests().pop().unwrap().refusal.unwrap().contains("role"));
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_its_rotation_is_seen_at_once() {
    let emulator = Emulator::start().await.unwrap();
    let key = AccessKey::from_base64("cGw0bnRlZC1zM2NyZXQ=").unwrap();
    let credential = by_key(&emulator, &key);
    let error = credential.get_token(&TokenRequest::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (CredentialErrorKind::Refused, 401));
    LeakCheck::new(["cGw0bnRlZC1zM2NyZXQ="]).error(&error);
    assert!(emulator.requests().pop().unwrap().refusal.is_some());

    key.rotate(&emulator.accounts().mr_secondary_key, None).unwrap();
    credential.get_token(&TokenRequest::default()).await.unwrap();
    assert_eq!(emulator.requests().pop().unwrap().verified, ["secondary account key"]);
}

#[tokio::test]
async fn while_the_primary_key_is_regenerated_the_secondary_one_serves() {
    let emulator = Emulator::start().await.unwrap();
    let keys = AccessKey::from_base64("cGw0bnRlZC1zM2NyZXQ=").unwrap();
    keys.rotate("cGw0bnRlZC1zM2NyZXQ=", Some(&emulator.accounts().mr_secondary_key)).unwrap();
    by_key(&emulator, &keys).get_token(&TokenRequest::default()).await.unwrap();
    let requests = emulator.requests();
    assert!(requests[0].refusal.is_some());
    assert_eq!(requests[1].verified, ["secondary account key"]);
}

#[tokio::test]
async fn a_server_that_is_not_trusted_gets_nothing() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let credential = MixedRealityCredential::builder(&accounts.mr_account_id, &accounts.mr_account_domain)
        .account_key(AccessKey::from_base64(&accounts.mr_account_key).unwrap())
        .endpoint(endpoint(&emulator))
        .transport(std::sync::Arc::new(credential_http::HttpClient::new().unwrap()))
        .build()
        .unwrap();
    let error = credential.get_token(&TokenRequest::default()).await.unwrap_err();
    assert_eq!(error.network_failure(), Some(credential::NetworkFailure::Tls));
    assert!(emulator.requests().is_empty());
}

#[tokio::test]
async fn a_session_is_created_asked_for_listed_and_stopped() {
    let emulator = Emulator::start().await.unwrap();
    let (accounts, transport, endpoint) = (emulator.accounts(), emulator.http_client(), endpoint(&emulator));
    let key = AccessKey::from_base64(&accounts.mr_account_key).unwrap();
    let rendering = MixedRealityAuthorizer::new(by_key(&emulator, &key), &endpoint);
    let (account, id) = (accounts.mr_account_id.as_str(), "Session_1-a");

    let create = remote_rendering::create_session(&endpoint, account, id, SessionSize::Standard, 15).unwrap();
    let created = rendering.send(&*transport, create).await.unwrap();
    let created = remote_rendering::read_session(&created).unwrap();
    assert_eq!((created.id(), created.status(), created.max_lease_minutes()), (id, "Starting", Some(15)));
    assert!(created.created().is_some());
    assert_eq!(emulator.requests().pop().unwrap().verified.len(), 1, "the token of the account");

    let mut asked = 0;
    while !{
        let ask = remote_rendering::session(&endpoint, account, id).unwrap();
        remote_rendering::read_session(&rendering.send(&*transport, ask).await.unwrap()).unwrap().is_ready()
    } {
        asked += 1;
        assert!(asked < 10, "it never gets ready");
    }
    let list = remote_rendering::list_sessions(&endpoint, account).unwrap();
    let page = remote_rendering::read_sessions(&rendering.send(&*transport, list).await.unwrap()).unwrap();
    assert_eq!((page.sessions().len(), page.next_link()), (1, None));

    let stop = remote_rendering::stop_session(&endpoint, account, id).unwrap();
    remote_rendering::check(&rendering.send(&*transport, stop).await.unwrap()).unwrap();
    let exchanges = emulator.requests().iter().filter(|it| it.path.contains("/token?")).count();
    assert_eq!(exchanges, 1, "one token serves all calls");
}

#[tokio::test]
async fn an_entra_token_or_the_token_of_nobody_is_no_use_there() {
    let emulator = Emulator::start().await.unwrap();
    let (accounts, transport, endpoint) = (emulator.accounts(), emulator.http_client(), endpoint(&emulator));
    let entra = entra(&emulator, &accounts.client_id, &accounts.client_secret);
    let scoped = entra.get_token(&TokenRequest::new([DEFAULT_SCOPE])).await.unwrap();
    let rendering = MixedRealityAuthorizer::new(MixedRealityCredential::with_token(scoped), &endpoint);
    let list = remote_rendering::list_sessions(&endpoint, &accounts.mr_account_id).unwrap();
    let error = remote_rendering::check(&rendering.send(&*transport, list).await.unwrap()).unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (CredentialErrorKind::Refused, 401));
    assert!(error.id("MS-CV").is_some(), "{error}");
}
