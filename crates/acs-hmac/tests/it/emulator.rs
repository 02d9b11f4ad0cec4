//! Identity calls over TLS, judged by the emulator.

use std::sync::Arc;
use std::time::Duration;

use acs_hmac::{ConnectionString, ENTRA_SCOPE, IdentityClient, Resigner, Signer, TokenScope};
use credential::{
    AccessKey, AuthorizeRequest, BearerAuthorizer, Clock, CredentialErrorKind, Endpoint, SystemClock,
};
use credential_emulator::Emulator;
use credential_testkit::FakeClock;

use crate::mending::Wrong;

fn by_key(emulator: &Emulator) -> IdentityClient {
    let connection_string = ConnectionString::parse(&emulator.acs_connection_string()).unwrap();
    IdentityClient::from_connection_string(&connection_string, emulator.http_client()).unwrap()
}

fn with_signer(emulator: &Emulator, signer: Signer) -> IdentityClient {
    let endpoint = Endpoint::parse("endpoint", &emulator.acs_endpoint()).unwrap();
    IdentityClient::builder(endpoint, Arc::new(signer)).transport(emulator.http_client()).build().unwrap()
}

/// A client that keeps to its own clock.
fn uncorrected(emulator: &Emulator, signer: Signer) -> IdentityClient {
    let endpoint = Endpoint::parse("endpoint", &emulator.acs_endpoint()).unwrap();
    let resigner = Resigner::new(signer).with_longest_correction(Duration::ZERO);
    IdentityClient::signed_by(endpoint, resigner).transport(emulator.http_client()).build().unwrap()
}

#[tokio::test]
async fn a_user_lives_from_creation_to_deletion() {
    let emulator = Emulator::start().await.unwrap();
    let client = by_key(&emulator);
    let user = client.create_user().await.unwrap();
    let token = client.issue_token(user.id(), &[TokenScope::Chat, TokenScope::Voip], Some(60)).await.unwrap();
    emulator.verify_user_token(token.expose()).unwrap();
    let life = token.expires_at().duration_since(SystemClock::shared().now()).unwrap();
    assert!(life > Duration::from_secs(59 * 60) && life <= Duration::from_secs(60 * 60), "{life:?}");

    client.revoke_tokens(user.id()).await.unwrap();
    assert!(emulator.verify_user_token(token.expose()).is_err());
    client.delete_user(user.id()).await.unwrap();
    let error = client.issue_token(user.id(), &[TokenScope::Chat], None).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 404);
}

#[tokio::test]
async fn an_entra_token_serves_in_place_of_a_signature() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let app = entra::ClientSecretCredential::builder(
        &accounts.tenant_id,
        &accounts.client_id,
        &*accounts.client_secret,
    )
    .authority(entra::Authority::parse(&emulator.authority()).unwrap())
    .transport(emulator.http_client())
    .build()
    .unwrap();
    let endpoint = Endpoint::parse("endpoint", &emulator.acs_endpoint()).unwrap();
    let client = IdentityClient::builder(endpoint, Arc::new(BearerAuthorizer::new(app, [ENTRA_SCOPE])))
        .transport(emulator.http_client())
        .build()
        .unwrap();
    client.create_user_and_token(&[TokenScope::Chat], None).await.unwrap();
    let verified = emulator.requests().pop().unwrap().verified;
    assert!(verified.iter().any(|what| what == "audience https://communication.azure.com/"), "{verified:?}");
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_the_emulator_says_why() {
    let emulator = Emulator::start().await.unwrap();
    let client = with_signer(&emulator, Signer::new(AccessKey::from_base64("d3Jvbmc=").unwrap()).unwrap());
    let error = client.create_user().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (CredentialErrorKind::Refused, Some("Denied")));
    assert!(error.id("MS-CV").is_some() && error.id("X-Azure-Ref").is_some(), "{error}");
    assert!(emulator.requests().pop().unwrap().refusal.unwrap().starts_with("signature"));
}

#[tokio::test]
async fn a_clock_six_minutes_off_is_refused_where_nothing_may_be_corrected() {
    let emulator = Emulator::start().await.unwrap();
    let now =
        SystemClock::shared().now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let key = AccessKey::from_base64(&emulator.accounts().acs_primary_key).unwrap();
    let signer = Signer::new(key).unwrap().with_clock(FakeClock::at(now - 360).shared());
    let error = uncorrected(&emulator, signer).create_user().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 401);
    assert!(emulator.requests().pop().unwrap().refusal.unwrap().starts_with("x-ms-date"));
}

#[tokio::test]
async fn a_rotated_key_is_used_from_the_next_request_on() {
    let emulator = Emulator::start().await.unwrap();
    let key = AccessKey::from_base64("d3Jvbmc=").unwrap();
    let client = with_signer(&emulator, Signer::new(key.clone()).unwrap());
    assert!(client.create_user().await.is_err());
    key.rotate(&emulator.accounts().acs_secondary_key, None).unwrap();
    client.create_user().await.unwrap();
    assert!(emulator.requests().pop().unwrap().verified[0].contains("secondary key"));
}

/// What a client can be given to sign with.
type Way = fn(Wrong, &Emulator) -> Arc<dyn AuthorizeRequest>;

#[tokio::test]
async fn clocks_and_keys_are_mended_and_what_helped_is_remembered_whatever_a_client_signs_with() {
    let emulator = Emulator::start().await.unwrap();
    let ways: [(&str, Way); 3] = [
        ("a signer", |wrong, emulator| Arc::new(wrong.signer(emulator))),
        ("a resigner", |wrong, emulator| Arc::new(wrong.resigner(emulator))),
        ("what is behind pointers", |wrong, emulator| {
            let boxed: Box<dyn AuthorizeRequest> = Box::new(wrong.signer(emulator));
            Arc::new(Arc::new(boxed))
        }),
    ];
    for (way, authorizer) in ways {
        for wrong in Wrong::ALL {
            let before = emulator.requests().len();
            let endpoint = Endpoint::parse("endpoint", &emulator.acs_endpoint()).unwrap();
            let client = IdentityClient::builder(endpoint, authorizer(wrong, &emulator))
                .transport(emulator.http_client())
                .build()
                .unwrap();
            for _ in 0..2 {
                assert_eq!(client.create_user().await.is_ok(), wrong != Wrong::BothKeys, "{way}, {wrong:?}");
            }
            wrong.check(&emulator, before);
        }
    }
}

#[tokio::test]
async fn what_a_signer_has_learned_is_its_clones_but_not_that_of_another_clock() {
    let emulator = Emulator::start().await.unwrap();
    let late = Wrong::ClockBehind.signer(&emulator);
    let right = late.clone().with_clock(SystemClock::shared());
    let client = with_signer(&emulator, late.clone());
    client.create_user().await.unwrap();
    with_signer(&emulator, late.clone()).create_user().await.unwrap();
    with_signer(&emulator, right).create_user().await.unwrap();
    let seen: Vec<u16> = emulator.requests().iter().map(|request| request.status).collect();
    assert_eq!(seen, [401, 201, 201, 201]);
    // One that was told to correct nothing does not take over what others have learned.
    assert!(uncorrected(&emulator, late).create_user().await.is_err());
}

#[tokio::test]
async fn a_key_that_was_regenerated_does_not_stop_a_client_of_a_connection_string() {
    let emulator = Emulator::start().await.unwrap();
    let parsed = ConnectionString::parse(&emulator.acs_connection_string()).unwrap();
    let ring = parsed.access_key().clone();
    let client = IdentityClient::from_connection_string(&parsed, emulator.http_client()).unwrap();
    ring.rotate("d3Jvbmc=", Some(&emulator.accounts().acs_secondary_key)).unwrap();
    client.create_user().await.unwrap();
    client.create_user().await.unwrap();
    let seen: Vec<u16> = emulator.requests().iter().map(|request| request.status).collect();
    assert_eq!(seen, [401, 201, 201]);
}
