//! Numbers that spread what would happen at once.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Random;

/// Numbers that spread what would happen at once (SplitMix64): cheap, and different in each process and each cache. They
/// guard nothing.
pub(crate) struct Jitter(AtomicU64);

impl Jitter {
    /// Starts from the process's own seed, which the standard library took from the system already.
    pub(crate) fn seeded() -> Self {
        Self(AtomicU64::new(RandomState::new().hash_one(0)))
    }

    /// Starts from here, so that what follows repeats.
    pub(crate) fn from(random: &dyn Random) -> Self {
        let mut seed = [0; 8];
        match random.fill(&mut seed) {
            Ok(()) => Self(AtomicU64::new(u64::from_le_bytes(seed))),
            Err(_) => Self::seeded(),
        }
    }

    /// The same numbers from here on, for somebody who takes this one's place.
    pub(crate) fn split(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Ordering::Relaxed)))
    }

    pub(crate) fn draw(&self) -> u32 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut mixed = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CredentialError;

    #[derive(Debug)]
    struct Zeros;

    impl Random for Zeros {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), CredentialError> {
            bytes.fill(0);
            Ok(())
        }
    }

    #[test]
    fn numbers_repeat_from_one_seed_and_spread() {
        let draw = |jitter: &Jitter| (0..1000).map(|_| jitter.draw()).collect::<Vec<_>>();
        let numbers = draw(&Jitter::from(&Zeros));
        assert_eq!(numbers[0], 0xE220_A839, "the reference's first output for seed 0, upper half");
        assert_eq!(numbers, draw(&Jitter::from(&Zeros)));
        assert_ne!(numbers, draw(&Jitter::seeded()));
        for tenth in 0..10_u64 {
            let share = numbers.iter().filter(|number| (u64::from(**number) * 10) >> 32 == tenth).count();
            assert!((50..150).contains(&share), "{share} of 1000 in one tenth");
        }
    }
}
