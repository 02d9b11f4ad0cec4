//! Signs every attempt of a request anew, and mends what a refusal shows to be wrong.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::{Signer, SigningAttempt, VerifiedKey};

const LONGEST_CORRECTION: Duration = Duration::from_secs(24 * 60 * 60);

/// Signs every attempt of a request anew, and mends what a refusal (401) shows to be wrong: a clock that is off, a key that
/// was regenerated.
///
/// The adapters for tower, `reqwest-middleware` and `azure_core` drive it, and so can any other client: see
/// [`SigningAttempt`]. What made a refused request succeed is remembered, so the next one begins with it; clones share
/// that.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use acs_hmac::{Resigner, Signer};
/// use credential::AccessKey;
///
/// let signer = Signer::new(AccessKey::from_base64("pw==")?)?;
/// let resigner = Resigner::new(signer).with_longest_correction(Duration::from_secs(3600));
/// assert_eq!(resigner.clock_correction_seconds(), 0);
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct Resigner {
    pub(crate) signer: Signer,
    pub(crate) longest_correction: Duration,
    learned: Arc<Learned>,
}

/// What is known from earlier answers, by those who sign with the same keys and clock. Both are hints: a wrong one costs another attempt.
#[derive(Default)]
pub(crate) struct Learned {
    /// By how many seconds the service's clock is ahead of ours.
    seconds_ahead: AtomicI64,
    /// 0, or the version of the keys whose secondary one is accepted, doubled, plus 1.
    secondary_at: AtomicU64,
}

impl Resigner {
    /// Signs with this signer.
    pub fn new(signer: Signer) -> Self {
        Self { signer, longest_correction: LONGEST_CORRECTION, learned: Arc::default() }
    }

    /// Signs with this signer, and shares what it learns with it and its clones.
    pub(crate) fn of(signer: &Signer) -> Self {
        let (signer, learned) = (signer.clone(), signer.learned().clone());
        Self { signer, longest_correction: LONGEST_CORRECTION, learned }
    }

    /// Corrects the clock by at most so much (24 hours by default); zero corrects nothing.
    #[must_use]
    pub fn with_longest_correction(mut self, longest: Duration) -> Self {
        self.longest_correction = longest;
        self
    }

    /// Returns by how many seconds the service's clock was found to be ahead of this machine's; negative when behind.
    pub fn clock_correction_seconds(&self) -> i64 {
        self.learned.seconds_ahead.load(Ordering::Relaxed)
    }

    /// Begins a request.
    pub fn attempt(&self) -> SigningAttempt {
        SigningAttempt::new(self.clone())
    }

    /// The key to begin with: the one that was accepted last, as long as the keys are the same.
    pub(crate) fn first_key(&self) -> VerifiedKey {
        let (version, has_secondary) = self.signer.keys();
        if has_secondary && self.learned.secondary_at.load(Ordering::Relaxed) == mark(version) {
            VerifiedKey::Secondary
        } else {
            VerifiedKey::Primary
        }
    }

    /// Remembers what a request succeeded with. Nothing that threads share is written when it is what was known.
    pub(crate) fn learn(&self, seconds_ahead: i64, key: VerifiedKey, version: u64) {
        if self.clock_correction_seconds() != seconds_ahead {
            self.learned.seconds_ahead.store(seconds_ahead, Ordering::Relaxed);
        }
        let secondary_at = if key == VerifiedKey::Secondary { mark(version) } else { 0 };
        if self.learned.secondary_at.load(Ordering::Relaxed) != secondary_at {
            self.learned.secondary_at.store(secondary_at, Ordering::Relaxed);
        }
    }
}

fn mark(version: u64) -> u64 {
    (version << 1) | 1
}

impl fmt::Debug for Resigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resigner")
            .field("signer", &self.signer)
            .field("longest_correction", &self.longest_correction)
            .field("clock_correction_seconds", &self.clock_correction_seconds())
            .finish_non_exhaustive()
    }
}
