//! A token that somebody else got.

use std::time::Duration;

use credential::{
    AccessToken, Clock, CredentialErrorKind, StaticTokenCredential, TokenCredential, TokenRequest,
};
use credential_testkit::FakeClock;

/// `{"exp":1607978983}`
const JWT: &str = "aGVhZA.eyJleHAiOjE2MDc5Nzg5ODN9.c2ln";

#[tokio::test]
async fn serves_until_the_second_in_which_it_expires() {
    let clock = FakeClock::at(1_607_978_982);
    let credential =
        StaticTokenCredential::from_jwt(&format!(" {JWT}\n")).unwrap().with_clock(clock.shared());
    assert_eq!(credential.get_token(&TokenRequest::default()).await.unwrap().expose(), JWT);
    clock.advance(Duration::from_secs(1));
    let error = credential.get_token(&TokenRequest::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "the static token has expired: get a new token, and give that one");
}

#[tokio::test]
async fn a_refused_static_token_has_no_successor() {
    let credential = StaticTokenCredential::from_jwt(JWT).unwrap().with_clock(FakeClock::at(0).shared());
    let token = credential.get_token(&TokenRequest::default()).await.unwrap();
    let error = credential.get_token(&TokenRequest::default().not_this_token(token)).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Refused);
}

#[test]
fn what_is_no_jwt_is_refused_at_once() {
    for bad in ["", "opaque", "a.b", "a.!.c", "aGVhZA.e30.c2ln"] {
        let error = StaticTokenCredential::from_jwt(bad).expect_err(bad);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{bad}");
    }
}

#[test]
fn a_static_token_is_at_hand_while_it_can_be_used() {
    let clock = FakeClock::at(0);
    let token = AccessToken::new("t0ken", clock.now() + Duration::from_secs(60));
    let credential = StaticTokenCredential::new(token.clone()).with_clock(clock.shared());
    let request = TokenRequest::default();
    assert!(credential.token_at_hand(&request).is_some());
    assert!(credential.token_at_hand(&request.clone().not_this_token(token)).is_none());
    clock.advance(Duration::from_secs(60));
    assert!(credential.token_at_hand(&request).is_none());
}
