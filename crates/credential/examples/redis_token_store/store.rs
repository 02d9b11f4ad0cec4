//! A token store on a Redis server: what to copy.

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use credential::{
    CredentialError, CredentialErrorKind, Lease, Random, SealingKey, StoreKey, StoredToken, SystemRandom,
    TokenStore,
};
use redis::aio::MultiplexedConnection;
use redis::{Client, RedisError, Script, cmd};

/// Deletes a lease if it is still the holder's: between asking and deleting, it may have become another's.
const GIVE_BACK: &str =
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";

/// A token store on a Redis server (6.2 or newer). Tokens are encrypted before they leave, and go when they expire.
///
/// The names under which they lie say authority, client and account; hash them where others read the server's names.
#[derive(Clone)]
pub(crate) struct RedisTokenStore {
    connection: MultiplexedConnection,
    prefix: String,
    key: SealingKey,
}

impl RedisTokenStore {
    /// Connects to a server. What lies there begins with `prefix`, and is encrypted with `key`.
    pub(crate) async fn connect(url: &str, prefix: &str, key: SealingKey) -> Result<Self, RedisError> {
        let connection = Client::open(url)?.get_multiplexed_async_connection().await?;
        Ok(Self { connection, prefix: prefix.to_owned(), key })
    }

    pub(crate) fn connection(&self) -> MultiplexedConnection {
        self.connection.clone()
    }

    /// The name under which a token lies.
    pub(crate) fn name(&self, key: &StoreKey) -> String {
        format!("{}:token:{key}", self.prefix)
    }
}

#[async_trait]
impl TokenStore for RedisTokenStore {
    async fn get(&self, key: &StoreKey) -> Result<Option<StoredToken>, CredentialError> {
        let name = self.name(key);
        let sealed: Option<String> =
            cmd("GET").arg(&name).query_async(&mut self.connection()).await.map_err(failed)?;
        sealed.map(|sealed| StoredToken::from_secret(&self.key.open(&sealed, &name)?)).transpose()
    }

    async fn put(&self, key: &StoreKey, token: &StoredToken) -> Result<(), CredentialError> {
        let name = self.name(key);
        let sealed = self.key.seal(&token.to_secret(), &name)?;
        let expires_at =
            token.token().expires_at().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let expires_at = u64::try_from(expires_at.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut set = cmd("SET");
        set.arg(&name).arg(sealed).arg("PXAT").arg(expires_at);
        set.query_async(&mut self.connection()).await.map_err(failed)
    }

    async fn remove(&self, key: &StoreKey) -> Result<(), CredentialError> {
        cmd("DEL").arg(self.name(key)).query_async(&mut self.connection()).await.map_err(failed)
    }

    async fn lease(&self, key: &StoreKey, duration: Duration) -> Result<Option<Lease>, CredentialError> {
        let mut holder = [0; 16];
        SystemRandom::shared().fill(&mut holder)?;
        let name = format!("{}:lease:{key}", self.prefix);
        let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut set = cmd("SET");
        set.arg(&name).arg(&holder[..]).arg("NX").arg("PX").arg(milliseconds);
        let taken: Option<String> = set.query_async(&mut self.connection()).await.map_err(failed)?;
        Ok(taken.map(|_ok| Lease::new(Holder { connection: self.connection(), name, holder })))
    }
}

/// Gives a lease back when it is dropped. Where that cannot be sent, the lease ends by its duration.
struct Holder {
    connection: MultiplexedConnection,
    name: String,
    holder: [u8; 16],
}

impl Drop for Holder {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (mut connection, name, holder) =
            (self.connection.clone(), std::mem::take(&mut self.name), self.holder);
        drop(runtime.spawn(async move {
            let script = Script::new(GIVE_BACK);
            let _ends_by_itself: Result<(), _> =
                script.key(name).arg(&holder[..]).invoke_async(&mut connection).await;
        }));
    }
}

fn failed(error: RedisError) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::Unavailable,
        "the Redis server did not do what it was asked",
        "check that it runs, and that its version is 6.2 or newer",
    )
    .with_source(error)
}

impl fmt::Debug for RedisTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisTokenStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
