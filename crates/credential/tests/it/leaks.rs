//! No public type and no error shows a secret that was put in.

use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine;
use credential::{
    AccessKey, AccessToken, BearerAuthorizer, CacheOptions, CachedCredential, CredentialIdentity, Endpoint,
    MemoryTokenStore, Secret, StaticTokenCredential, StoreKey, StoredToken, TokenCredential, TokenRequest,
    TokenStore, jwt_expires_at,
};
use credential_testkit::{FakeClock, FakeSleep, LeakCheck};

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
    let stored = StoredToken::new(token.clone(), SystemTime::UNIX_EPOCH);
    let identity = CredentialIdentity::new("authority", "client");
    let store_key = StoreKey::new(&identity, &TokenRequest::default().not_this_token(token.clone()));
    let store = MemoryTokenStore::new().with_clock(FakeClock::at(0).shared());
    store
        .put(
            &store_key,
            &StoredToken::new(
                AccessToken::new(PLANTED, SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(9)),
                SystemTime::UNIX_EPOCH,
            ),
        )
        .await
        .unwrap();
    check.debug(&stored);
    check.debug(&stored.to_secret());
    check.debug(&identity);
    check.debug(&store_key);
    check.debug(&store);
    check.debug(&store.lease(&store_key, std::time::Duration::from_secs(1)).await.unwrap());
    check.error(&StoredToken::from_secret(&Secret::from(PLANTED)).unwrap_err());
    let cache = CachedCredential::new(credential.clone()).with_clock(FakeClock::at(0).shared());
    cache.keep(
        &TokenRequest::default(),
        &AccessToken::new(PLANTED, SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(60)),
    );
    check.debug(&cache);
    check.debug(&cache.cached_token(&TokenRequest::default()).unwrap());
    check.debug(&CacheOptions::new().with_store(Arc::new(store), FakeSleep::on(&FakeClock::at(0)).shared()));
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

#[cfg(feature = "sealing")]
#[test]
fn a_key_that_seals_shows_neither_itself_nor_what_it_sealed() {
    let bytes = *b"pl4nted-s3cretpl4nted-s3cret-234";
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let check = LeakCheck::new([PLANTED, &text]);
    let key = credential::SealingKey::parse(&Secret::from(text.as_str())).unwrap();
    check.debug(&key);
    let sealed = key.seal(&Secret::from(PLANTED), "name").unwrap();
    check.text(&sealed);
    check.error(&key.open(&sealed, "other").unwrap_err());
    check.error(&credential::SealingKey::parse(&Secret::from(PLANTED)).unwrap_err());
}
