//! Settings of an HTTP client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use credential::{
    Clock, CredentialError, CredentialErrorKind, Environment, Random, Sleep, SystemEnvironment,
};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

use crate::named_proxy::NamedProxy;
use crate::{HttpClient, ReqwestTransport, RetryPolicy, RetryTransport};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(30);
const USER_AGENT: &str = concat!("credential-http/", env!("CARGO_PKG_VERSION"));

/// Settings of an [`HttpClient`]; made by [`HttpClient::builder`].
#[derive(Default)]
pub struct HttpClientBuilder {
    pem: Vec<String>,
    connect_timeout: Option<Duration>,
    timeout: Option<Duration>,
    user_agent: Option<String>,
    client: Option<Client>,
    retry: Option<RetryPolicy>,
    clock: Option<Arc<dyn Clock>>,
    sleep: Option<Arc<dyn Sleep>>,
    random: Option<Arc<dyn Random>>,
    environment: Option<Arc<dyn Environment>>,
}

impl HttpClientBuilder {
    /// Trusts these certificate authorities (one or more PEM certificates) beside those of the machine.
    #[must_use]
    pub fn trust_pem(mut self, pem: &str) -> Self {
        self.pem.push(pem.to_owned());
        self
    }

    /// Waits at most this long for a connection (10 seconds by default).
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Waits at most this long for one attempt, from connecting to the answer's last byte (30 seconds by default).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sends this `User-Agent` (`credential-http/<version>` by default).
    #[must_use]
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        self.user_agent = Some(user_agent.to_owned());
        self
    }

    /// Sends through this client, which then decides time-outs, `User-Agent`, proxies and trusted certificates.
    ///
    /// Build it with [`reqwest::redirect::Policy::none`].
    #[must_use]
    pub fn reqwest(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// Retries by this policy.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Uses another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Uses another way to wait between attempts.
    #[must_use]
    pub fn sleep(mut self, sleep: Arc<dyn Sleep>) -> Self {
        self.sleep = Some(sleep);
        self
    }

    /// Uses another source of random bytes, for request ids and jitter.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = Some(random);
        self
    }

    /// Reads the proxy's variables here instead of in the process's environment.
    #[must_use]
    pub fn environment(mut self, environment: Arc<dyn Environment>) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when a setting or a proxy's variable is bad, when settings that a given reqwest client
    /// decides are set as well, and when this machine has no trusted certificate authorities.
    pub fn build(self) -> Result<HttpClient, CredentialError> {
        let transport = match &self.client {
            Some(client) => {
                self.refuse_settings_of_the_client()?;
                ReqwestTransport::new(client.clone())
            }
            None => {
                let settings = self.checked()?;
                let client = settings.client(true)?;
                let proxy = settings.proxy.as_ref().map(NamedProxy::in_words);
                ReqwestTransport::with_direct(client, proxy, move || settings.client(false))
            }
        };
        let mut retrying = RetryTransport::new(transport);
        if let Some(policy) = self.retry {
            retrying = retrying.with_policy(policy);
        }
        if let Some(clock) = self.clock {
            retrying = retrying.with_clock(clock);
        }
        if let Some(sleep) = self.sleep {
            retrying = retrying.with_sleep(sleep);
        }
        if let Some(random) = self.random {
            retrying = retrying.with_random(random);
        }
        Ok(HttpClient::new_with(retrying))
    }

    fn refuse_settings_of_the_client(&self) -> Result<(), CredentialError> {
        let set = [
            (!self.pem.is_empty(), "trust_pem"),
            (self.connect_timeout.is_some(), "connect_timeout"),
            (self.timeout.is_some(), "timeout"),
            (self.user_agent.is_some(), "user_agent"),
            (self.environment.is_some(), "environment"),
        ];
        match set.iter().find(|(is_set, _)| *is_set) {
            None => Ok(()),
            Some((_, name)) => Err(invalid(
                format!("{name} is set beside a reqwest client, which decides it"),
                "set it on the reqwest client, or leave that client out",
            )),
        }
    }

    fn checked(&self) -> Result<Settings, CredentialError> {
        let positive = |name: &str, value: Option<Duration>, default| match value {
            Some(Duration::ZERO) => {
                Err(invalid(format!("the {name} is zero"), "give the time that an answer may take"))
            }
            other => Ok(other.unwrap_or(default)),
        };
        let user_agent = self.user_agent.as_deref().unwrap_or(USER_AGENT);
        if user_agent.is_empty() || !user_agent.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(invalid(
                "the user agent is empty or not printable ASCII",
                "give a text such as my-app/1.0",
            ));
        }
        let mut roots = Vec::new();
        for pem in &self.pem {
            roots.extend(certificates(pem)?);
        }
        let environment = self.environment.clone().unwrap_or_else(SystemEnvironment::shared);
        Ok(Settings {
            roots,
            proxy: NamedProxy::find(&*environment)?,
            connect_timeout: positive("connect_timeout", self.connect_timeout, CONNECT_TIMEOUT)?,
            timeout: positive("timeout", self.timeout, TIMEOUT)?,
            user_agent: user_agent.to_owned(),
        })
    }
}

fn invalid(problem: impl Into<String>, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem.into(), fix)
}

fn certificates(pem: &str) -> Result<Vec<Certificate>, CredentialError> {
    match Certificate::from_pem_bundle(pem.as_bytes()) {
        Ok(found) if !found.is_empty() => Ok(found),
        // The text is not in the error: somebody may have handed in a private key.
        _ => Err(invalid(
            "the text given to trust_pem holds no PEM certificate",
            "give the content of the CA's file, from -----BEGIN CERTIFICATE----- on",
        )),
    }
}

/// Settings that were checked, from which two clients may be built: one for the world, one for this machine.
struct Settings {
    roots: Vec<Certificate>,
    proxy: Option<NamedProxy>,
    connect_timeout: Duration,
    timeout: Duration,
    user_agent: String,
}

impl Settings {
    fn client(&self, through_proxy: bool) -> Result<Client, CredentialError> {
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            .user_agent(self.user_agent.as_str())
            .tls_certs_merge(self.roots.iter().cloned());
        // reqwest would read the environment itself, and pass over a variable that it cannot read.
        builder = builder.no_proxy();
        if let Some(proxy) = self.proxy.as_ref().filter(|_| through_proxy) {
            builder = builder.proxy(proxy.to_reqwest()?);
        }
        builder.build().map_err(|source| {
            let (problem, fix) = if self.roots.is_empty() {
                (
                    "TLS could not be set up: this machine has no usable certificate authorities",
                    "install the ca-certificates package, or give a CA with trust_pem",
                )
            } else {
                (
                    "TLS could not be set up with the certificates given to trust_pem",
                    "check that each of them is a CA certificate",
                )
            };
            invalid(problem, fix).with_source(source.without_url())
        })
    }
}

impl fmt::Debug for HttpClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("user_agent", &self.user_agent)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
