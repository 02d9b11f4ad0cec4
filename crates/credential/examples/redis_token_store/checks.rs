//! What a token store promises, tried on a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use credential::{
    AccessToken, CacheOptions, CachedCredential, Clock, CredentialError, CredentialIdentity, Sleep, StoreKey,
    StoredToken, SystemClock, TokenCredential, TokenRequest, TokenStore,
};
use redis::cmd;

use crate::Failure;
use crate::store::RedisTokenStore;

const MINUTE: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(300);

/// The promises, and whether they are kept. Two of the instances are of a service; the third one loses its connection.
pub(crate) async fn all([one, two, lost]: [RedisTokenStore; 3]) -> Vec<(&'static str, Result<(), Failure>)> {
    vec![
        ("a token comes back whole, and lies there encrypted", comes_back(&one).await),
        ("a token goes when it expires, or when it is removed", goes(&one).await),
        ("a sealed token that was moved to another name is not taken", is_not_moved(&one).await),
        ("one of twenty gets the lease, and the next one after it is given back", leases(&one, &two).await),
        ("a lease whose holder died ends by itself", ends(&one, &two).await),
        ("a holder that is late does not end the lease of its successor", is_late(&one, &two).await),
        ("a thousand callers of two instances send one request", fetch_once([one.clone(), two]).await),
        ("an instance that has lost the server goes on without it", goes_on(&one, lost).await),
    ]
}

/// Fails when a promise is broken.
fn ensure(kept: bool, what: &str) -> Result<(), Failure> {
    if kept { Ok(()) } else { Err(what.into()) }
}

/// A name of its own for each check and run.
async fn fresh(store: &RedisTokenStore, check: &str) -> Result<StoreKey, Failure> {
    let run: u64 = cmd("INCR").arg("credential-example:runs").query_async(&mut store.connection()).await?;
    let app = CredentialIdentity::new("https://login.example/contoso.com", format!("{check} {run}"));
    Ok(StoreKey::new(&app, &TokenRequest::new(["https://vault.example/.default"])))
}

fn now() -> SystemTime {
    SystemClock::shared().now()
}

fn token(life: Duration) -> StoredToken {
    let now = now();
    let token = AccessToken::new("plain-t0ken", now + life).with_refresh_at(now + life / 2);
    StoredToken::new(token, now)
}

async fn comes_back(store: &RedisTokenStore) -> Result<(), Failure> {
    let key = fresh(store, "whole").await?;
    let put = token(MINUTE);
    store.put(&key, &put).await?;
    let got = store.get(&key).await?.ok_or("nothing is there")?;
    ensure(got.to_secret().expose() == put.to_secret().expose(), "another token came back")?;
    let lies: String = cmd("GET").arg(store.name(&key)).query_async(&mut store.connection()).await?;
    ensure(!lies.contains("plain-t0ken"), "it lies there in plain text")
}

async fn goes(store: &RedisTokenStore) -> Result<(), Failure> {
    let key = fresh(store, "goes").await?;
    store.put(&key, &token(SHORT)).await?;
    ensure(store.get(&key).await?.is_some(), "it went at once")?;
    Timer.sleep(SHORT * 2).await;
    ensure(store.get(&key).await?.is_none(), "it stayed after its expiry")?;
    store.put(&key, &token(MINUTE)).await?;
    store.remove(&key).await?;
    store.remove(&key).await?;
    ensure(store.get(&key).await?.is_none(), "it stayed after it was removed")
}

async fn is_not_moved(store: &RedisTokenStore) -> Result<(), Failure> {
    let (key, other) = (fresh(store, "moved").await?, fresh(store, "there").await?);
    store.put(&key, &token(MINUTE)).await?;
    let (from, to) = (store.name(&key), store.name(&other));
    let () = cmd("RENAME").arg(from).arg(to).query_async(&mut store.connection()).await?;
    ensure(store.get(&other).await.is_err(), "it was taken under another name")
}

async fn leases(one: &RedisTokenStore, two: &RedisTokenStore) -> Result<(), Failure> {
    let key = Arc::new(fresh(one, "lease").await?);
    let asking = (0..20).map(|number| {
        let (store, key) = (if number % 2 == 0 { one } else { two }.clone(), key.clone());
        tokio::spawn(async move { store.lease(&key, MINUTE).await })
    });
    let mut given = Vec::new();
    for asked in asking.collect::<Vec<_>>() {
        given.extend(asked.await??);
    }
    ensure(given.len() == 1, "not one of them got it")?;
    drop(given);
    // Giving it back takes a message to the server.
    for _ in 0..100 {
        if two.lease(&key, MINUTE).await?.is_some() {
            return Ok(());
        }
        Timer.sleep(Duration::from_millis(10)).await;
    }
    Err("nobody got it after it was given back".into())
}

async fn ends(one: &RedisTokenStore, two: &RedisTokenStore) -> Result<(), Failure> {
    let key = fresh(one, "dead").await?;
    // What a process leaves behind that is killed.
    std::mem::forget(one.lease(&key, SHORT).await?.ok_or("it was not given")?);
    ensure(two.lease(&key, MINUTE).await?.is_none(), "two have it")?;
    Timer.sleep(SHORT * 2).await;
    ensure(two.lease(&key, MINUTE).await?.is_some(), "it did not end")
}

async fn is_late(one: &RedisTokenStore, two: &RedisTokenStore) -> Result<(), Failure> {
    let key = fresh(one, "late").await?;
    let late = one.lease(&key, SHORT).await?.ok_or("it was not given")?;
    Timer.sleep(SHORT * 2).await;
    let successor = two.lease(&key, MINUTE).await?.ok_or("it did not end")?;
    drop(late);
    Timer.sleep(SHORT).await;
    ensure(one.lease(&key, MINUTE).await?.is_none(), "the late one ended it")?;
    drop(successor);
    Ok(())
}

/// Where tokens come from; it counts.
#[derive(Clone, Debug, Default)]
struct Issuer(Arc<AtomicU64>);

#[async_trait]
impl TokenCredential for Issuer {
    async fn get_token(&self, _request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        Timer.sleep(Duration::from_millis(100)).await;
        Ok(AccessToken::new(format!("token {number}"), now() + MINUTE * 60))
    }
}

fn cache(store: RedisTokenStore, issuer: &Issuer, app: &str) -> CachedCredential<Issuer> {
    CachedCredential::new(issuer.clone())
        .with_identity(CredentialIdentity::new("https://login.example/contoso.com", app.to_owned()))
        .with_options(&CacheOptions::new().with_store(Arc::new(store), Arc::new(Timer)))
}

async fn fetch_once(stores: [RedisTokenStore; 2]) -> Result<(), Failure> {
    let app = fresh(&stores[0], "thousand").await?.to_string();
    let issuer = Issuer::default();
    let instances = stores.map(|store| cache(store, &issuer, &app));
    let callers: Vec<_> = (0..1_000)
        .map(|number| {
            let instance = instances[number % 2].clone();
            tokio::spawn(async move { instance.get_token(&TokenRequest::default()).await })
        })
        .collect();
    for caller in callers {
        ensure(caller.await??.expose() == "token 0", "not all got the same token")?;
    }
    ensure(issuer.0.load(Ordering::SeqCst) == 1, "more than one request was sent")
}

async fn goes_on(store: &RedisTokenStore, lost: RedisTokenStore) -> Result<(), Failure> {
    let app = fresh(store, "lost").await?.to_string();
    let id: u64 = cmd("CLIENT").arg("ID").query_async(&mut lost.connection()).await?;
    let () = cmd("CLIENT").arg("KILL").arg("ID").arg(id).query_async(&mut store.connection()).await?;
    let issuer = Issuer::default();
    let token = cache(lost, &issuer, &app).get_token(&TokenRequest::default()).await?;
    ensure(token.expose() == "token 0", "the token is another's")
}

/// Waits on tokio's timer; `credential_http::TokioSleep` is the same.
#[derive(Debug)]
struct Timer;

#[async_trait]
impl Sleep for Timer {
    #[expect(clippy::disallowed_methods, reason = "the port that waiting goes through")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
