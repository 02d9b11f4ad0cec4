//! What the adapters are tested against: an emulator over TLS, a clock that is off, keys that were regenerated.

#![cfg(any(feature = "azure_core", feature = "identity", feature = "reqwest-middleware", feature = "tower"))]

use std::time::{Duration, SystemTime};

use acs_hmac::{Resigner, Signer};
use credential::{AccessKey, Clock, SystemClock};
use credential_emulator::Emulator;
use credential_testkit::FakeClock;

pub(crate) const WRONG: &str = "d3Jvbmc=";

/// What is wrong, and how many requests it takes to mend it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wrong {
    Nothing,
    ClockBehind,
    ClockAhead,
    FirstKey,
    ClockAndFirstKey,
    BothKeys,
}

impl Wrong {
    pub(crate) const ALL: [Self; 6] = [
        Self::Nothing,
        Self::ClockBehind,
        Self::ClockAhead,
        Self::FirstKey,
        Self::ClockAndFirstKey,
        Self::BothKeys,
    ];

    pub(crate) fn resigner(self, emulator: &Emulator) -> Resigner {
        Resigner::new(self.signer(emulator))
    }

    pub(crate) fn signer(self, emulator: &Emulator) -> Signer {
        let right = &emulator.accounts().acs_secondary_key;
        let ring = AccessKey::from_base64(right).unwrap();
        match self {
            Self::FirstKey | Self::ClockAndFirstKey => ring.rotate(WRONG, Some(right)).unwrap(),
            Self::BothKeys => ring.rotate(WRONG, Some("YWxzbyB3cm9uZw==")).unwrap(),
            _ => {}
        }
        let now = SystemClock::shared().now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let clock = FakeClock::at(now.as_secs());
        let hour = Duration::from_secs(3_600);
        match self {
            Self::ClockBehind | Self::ClockAndFirstKey => clock.set(clock.now() - hour),
            Self::ClockAhead => clock.set(clock.now() + hour),
            _ => {}
        }
        Signer::new(ring).unwrap().with_clock(clock.shared())
    }

    /// The statuses that the emulator answers when two requests are sent one after the other.
    pub(crate) fn statuses(self) -> Vec<u16> {
        match self {
            Self::Nothing => vec![201, 201],
            Self::ClockBehind | Self::ClockAhead | Self::FirstKey => vec![401, 201, 201],
            Self::ClockAndFirstKey => vec![401, 401, 201, 201],
            Self::BothKeys => vec![401; 4],
        }
    }

    /// Checks what the emulator saw of two requests, after those that it had seen before.
    pub(crate) fn check(self, emulator: &Emulator, before: usize) {
        let seen: Vec<u16> = emulator.requests()[before..].iter().map(|request| request.status).collect();
        assert_eq!(seen, self.statuses(), "{self:?}");
    }
}

#[cfg(any(feature = "azure_core", feature = "reqwest-middleware", feature = "tower"))]
pub(crate) fn users(emulator: &Emulator) -> String {
    format!("{}/identities?api-version=2023-10-01", emulator.acs_endpoint())
}

/// A client of reqwest that trusts the emulator.
#[cfg(any(feature = "azure_core", feature = "reqwest-middleware", feature = "tower"))]
pub(crate) fn reqwest_client(emulator: &Emulator) -> reqwest::Client {
    let ca = reqwest::Certificate::from_pem(emulator.ca_pem().as_bytes()).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([ca])
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}
