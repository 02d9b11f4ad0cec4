//! No public type and no error shows a secret that was put in.

use std::time::SystemTime;

use base64::Engine;
use credential::{
    AccessKey, AccessToken, BearerAuthorizer, CachedCredential, Endpoint, Secret, StaticTokenCredential,
    TokenCredential, TokenRequest, jwt_expires_at,
};
use credential_testkit::{FakeClock, LeakCheck};

const PLANTED: &str = "pl4nted-s3cret";

#[tokio::test]
async fn nothing_shows_a_planted_secret() {
    let check = LeakCheck::new([PLANTED]);
    let token = AccessToken::new(PLANTED, SystemTime::UNIX_EPOCH);
    let credential = StaticTokenCredential::new(token.clone()).with_clock(FakeClock::at(1).shared());
    let key = AccessKey::from_text(PLANTED).unwrap();
    let base64_key = base64::engine::general_purpose::STANDARD.encode(PLANTED);

    check.debug(&Secret::from(PLANTED));
    check.debug(&token);
    check.debug(&token.to_header_value().unwrap());
    check.debug(&TokenRequest::default().not_this_token(token.clone()));
    check.debug(&credential);
    check.debug(&BearerAuthorizer::new(credential.clone(), ["scope"]));
    check.debug(&CachedCredential::new(credential.clone()));
    check.debug(&key);
    check.debug(&AccessKey::from_base64(&base64_key).unwrap());
    check.debug(&key.load());
    check.debug(key.load().primary());

    check.error(&credential.get_token(&TokenRequest::default()).await.unwrap_err());
    check.error(&AccessKey::from_base64(PLANTED).unwrap_err());
    check.error(&AccessKey::from_text(&format!("{PLANTED} {PLANTED}")).unwrap_err());
    check.error(&key.rotate("good", Some(&format!("{PLANTED} bad"))).unwrap_err());
    check.error(&Endpoint::parse("endpoint", &format!("https://{PLANTED}:{PLANTED}@host")).unwrap_err());
    check.error(&Endpoint::parse("endpoint", &format!("https://host?{PLANTED}")).unwrap_err());
    check.error(&jwt_expires_at(PLANTED).unwrap_err());
    check.error(&jwt_expires_at(&format!("{PLANTED}.{PLANTED}.{PLANTED}")).unwrap_err());
    check.error(&StaticTokenCredential::from_jwt(PLANTED).unwrap_err());
    check.error(
        &AccessToken::new(format!("{PLANTED}\n"), SystemTime::UNIX_EPOCH).to_header_value().unwrap_err(),
    );
}
