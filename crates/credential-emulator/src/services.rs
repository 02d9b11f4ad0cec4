//! What all services share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use credential::{AccessKey, Clock, Random};

use crate::EmulatorError;
use crate::accounts::Accounts;
use crate::client_certificate::ClientCertificate;
use crate::clock::EmulatorClock;
use crate::communication::{Assignments, Contents, Limits, Users};
use crate::entra::SignIns;
use crate::faults::Faults;
use crate::id_source::IdSource;
use crate::lifetimes::Lifetimes;
use crate::media::Assets;
use crate::mixed_reality::Sessions;
use crate::origins::Origins;
use crate::received::Received;
use crate::request_log::RequestLog;
use crate::signing_key::{SigningKey, SigningKeys};

/// What all services share: accounts, clock, keys, log, and what their clients created.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) accounts: Accounts,
    pub(crate) clock: EmulatorClock,
    pub(crate) ids: IdSource,
    pub(crate) signing_keys: SigningKeys,
    pub(crate) client_certificate: ClientCertificate,
    pub(crate) origins: Origins,
    pub(crate) log: RequestLog,
    pub(crate) faults: Faults,
    pub(crate) signature_verifier: acs_hmac::Verifier,
    pub(crate) sign_ins: SignIns,
    pub(crate) users: Users,
    pub(crate) assignments: Assignments,
    pub(crate) limits: Limits,
    pub(crate) lifetimes: Lifetimes,
    communication: Mutex<Contents>,
    pub(crate) assets: Assets,
    pub(crate) rendering: Sessions,
}

/// The services behind the pointer that each handler gets.
pub(crate) type SharedServices = Arc<Services>;

impl Services {
    pub(crate) fn new(
        accounts: Accounts,
        clock: EmulatorClock,
        random: &dyn Random,
        signing_key: SigningKey,
        client_certificate: ClientCertificate,
        origins: Origins,
    ) -> Result<Self, EmulatorError> {
        let ids = IdSource::new(random).map_err(|source| {
            EmulatorError::new("the source of randomness failed", "give the builder another, or start again")
                .caused_by(source)
        })?;
        let signature_verifier = signature_verifier(&accounts, clock.clone())?;
        Ok(Self {
            assignments: Assignments::new(&accounts),
            accounts,
            clock,
            ids,
            signing_keys: SigningKeys::new(signing_key),
            client_certificate,
            origins,
            log: RequestLog::default(),
            faults: Faults::default(),
            signature_verifier,
            sign_ins: SignIns::default(),
            users: Users::default(),
            limits: Limits::default(),
            lifetimes: Lifetimes::default(),
            communication: Mutex::default(),
            assets: Assets::default(),
            rendering: Sessions::default(),
        })
    }

    /// Switches the services' limits on or off.
    pub(crate) fn with_limits(mut self, are_on: bool) -> Self {
        self.limits = Limits::new(are_on);
        self
    }

    /// Lets tokens live as long as chosen.
    pub(crate) fn with_lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// Returns what clients made of the Communication Services resource.
    pub(crate) fn contents(&self) -> MutexGuard<'_, Contents> {
        self.communication.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what clients made and asked, and all faults. Keys, clock and ids go on.
    pub(crate) fn reset(&self) {
        self.faults.clear();
        self.sign_ins.clear();
        self.users.clear();
        self.limits.clear();
        self.assignments.reset(&self.accounts);
        *self.contents() = Contents::default();
        self.assets.clear();
        self.rendering.clear();
        self.log.clear();
    }

    /// Returns the origin that a client used, for what the answer links to.
    pub(crate) fn origin_of(&self, received: &Received) -> String {
        self.origins.of_request(received.scheme(), received.host())
    }
}

fn signature_verifier(
    accounts: &Accounts,
    clock: EmulatorClock,
) -> Result<acs_hmac::Verifier, EmulatorError> {
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let bad_key = |source| {
        EmulatorError::new("a Communication Services key is not base64", "correct the accounts")
            .caused_by(source)
    };
    let key = AccessKey::from_base64(&accounts.acs_primary_key).map_err(bad_key)?;
    key.rotate(&accounts.acs_primary_key, Some(&accounts.acs_secondary_key)).map_err(bad_key)?;
    Ok(acs_hmac::Verifier::new(key).with_clock(clock))
}
