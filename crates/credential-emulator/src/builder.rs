//! Chooses how the emulator starts.

use std::sync::Arc;

use credential::{Clock, CredentialError, Random, Sleep, SystemClock, SystemRandom};
use credential_http::{HttpClient, TokioSleep};
use tokio_rustls::TlsAcceptor;

use crate::accounts::{self, Accounts};
use crate::certificate_authority::CertificateAuthority;
use crate::client_certificate::ClientCertificate;
use crate::clock::EmulatorClock;
use crate::origins::{Origins, Scheme};
use crate::routes::router;
use crate::server::{Listeners, Server};
use crate::services::Services;
use crate::signing_key::SigningKey;
use crate::{Emulator, EmulatorError, Lifetimes, MoreApp, MoreTenant, MoreUser};

/// Chooses ports, clock and randomness of an [`Emulator`].
///
/// # Example
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use credential_emulator::Emulator;
/// use credential_testkit::FakeClock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential_emulator::EmulatorError> {
/// let emulator = Emulator::builder().clock(FakeClock::at(1_700_000_000).shared()).start().await?;
/// assert!(emulator.requests().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing runs before start"]
pub struct EmulatorBuilder {
    pub(crate) http_port: u16,
    pub(crate) https_port: u16,
    pub(crate) accounts: Accounts,
    pub(crate) lifetimes: Lifetimes,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    sleep: Arc<dyn Sleep>,
    pub(crate) service_limits: bool,
}

impl EmulatorBuilder {
    pub(crate) fn new() -> Self {
        Self {
            http_port: 0,
            https_port: 0,
            accounts: Accounts::default(),
            lifetimes: Lifetimes::default(),
            clock: SystemClock::shared(),
            random: SystemRandom::shared(),
            sleep: TokioSleep::shared(),
            service_limits: false,
        }
    }

    /// Listens without TLS on this port of 127.0.0.1; 0, the default, takes any free one.
    pub fn http_port(mut self, port: u16) -> Self {
        self.http_port = port;
        self
    }

    /// Listens with TLS on this port of 127.0.0.1; 0, the default, takes any free one.
    pub fn https_port(mut self, port: u16) -> Self {
        self.https_port = port;
        self
    }

    /// Takes the time from another clock. The certificate is valid by the machine's clock all the same.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Takes the seed of all ids from another source: the same seed gives the same ids again.
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Makes the ids of each start the same: those of the same seed.
    ///
    /// # Example
    /// ```
    /// use credential_emulator::Emulator;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), credential_emulator::EmulatorError> {
    /// let emulator = Emulator::builder().seed(7).start().await?;
    /// assert!(emulator.requests().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn seed(self, seed: u64) -> Self {
        self.random(Arc::new(Seed(seed)))
    }

    /// Refuses requests with 429 and `Retry-After` where Communication Services document a limit: identities and tokens by 30
    /// seconds, e-mails by minute and hour, text messages by minute and number. Off by default.
    pub fn service_limits(mut self, are_on: bool) -> Self {
        self.service_limits = are_on;
        self
    }

    /// Adds a tenant beside the two well-known ones.
    pub fn tenant(mut self, tenant: MoreTenant) -> Self {
        self.accounts.more_tenants.push(tenant);
        self
    }

    /// Adds a user beside the well-known one.
    pub fn user(mut self, user: MoreUser) -> Self {
        self.accounts.more_users.push(user);
        self
    }

    /// Adds an application beside the well-known ones.
    pub fn app(mut self, app: MoreApp) -> Self {
        self.accounts.more_apps.push(app);
        self
    }

    /// Lets tokens live as long as chosen.
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// Changes accounts, lifetimes, ports and seed to what a TOML file says; what is chosen after this holds against it.
    #[cfg(feature = "configuration")]
    pub fn configuration(self, configuration: crate::Configuration) -> Self {
        configuration.apply(self)
    }

    /// Waits in another way where a [`Fault`](crate::Fault) is to take time.
    pub fn sleep(mut self, sleep: Arc<dyn Sleep>) -> Self {
        self.sleep = sleep;
        self
    }

    /// Starts. Must be called within a tokio runtime, which then serves.
    ///
    /// # Errors
    /// When a port is taken, both ports are the same, two accounts have the same name or id, a user's tenant is unknown, or
    /// keys cannot be made.
    pub async fn start(self) -> Result<Emulator, EmulatorError> {
        accounts::check(&self.accounts)?;
        if self.http_port == self.https_port && self.http_port != 0 {
            return Err(EmulatorError::new(
                format!("port {} is chosen for both http and https", self.http_port),
                "choose two different ports",
            ));
        }
        // Ports first: they can be taken, and that is found before the keys are computed.
        let http = Listeners::bind(self.http_port, "http").await?;
        let https = Listeners::bind(self.https_port, "https").await?;
        let (authority, signing_key, certificate) = make_keys().await?;
        let origins = Origins::new(http.port, https.port);
        let clock = EmulatorClock::new(self.clock);
        let services = Services::new(self.accounts, clock, &*self.random, signing_key, certificate, origins)?
            .with_limits(self.service_limits)
            .with_lifetimes(self.lifetimes);
        let services = Arc::new(services);
        let http_client = HttpClient::builder().trust_pem(&authority.ca_pem).build().map_err(|source| {
            EmulatorError::new("no HTTP client could be made that trusts the emulator", "start again")
                .caused_by(source)
        })?;

        let mut server = Server::new();
        server.serve(http, &router(services.clone(), Scheme::Http, self.sleep.clone()), None);
        let acceptor = TlsAcceptor::from(authority.server_config);
        server.serve(https, &router(services.clone(), Scheme::Https, self.sleep), Some(&acceptor));
        Ok(Emulator { services, server, ca_pem: authority.ca_pem, http_client: Arc::new(http_client) })
    }
}

/// No randomness at all.
#[derive(Debug)]
struct Seed(u64);

impl Random for Seed {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CredentialError> {
        for (byte, seed) in bytes.iter_mut().zip(self.0.to_be_bytes().into_iter().cycle()) {
            *byte = seed;
        }
        Ok(())
    }
}

type Keys = (CertificateAuthority, SigningKey, ClientCertificate);

/// Computes the keys beside the runtime, which meanwhile serves others: the two slow ones at the same time.
async fn make_keys() -> Result<Keys, EmulatorError> {
    let client = tokio::task::spawn_blocking(ClientCertificate::generate);
    let made = tokio::task::spawn_blocking(|| {
        Ok::<_, EmulatorError>((CertificateAuthority::generate()?, SigningKey::generate()?))
    });
    let failed = |source| {
        EmulatorError::new("the keys could not be computed", "start the emulator again").caused_by(source)
    };
    let (authority, signing_key) = made.await.map_err(failed)??;
    Ok((authority, signing_key, client.await.map_err(failed)??))
}
