//! A clock that is cheap to read.

#[cfg(target_os = "linux")]
use std::time::{Duration, SystemTime};

#[cfg(target_os = "linux")]
use rustix::time::{ClockId, Timespec, clock_gettime};

#[cfg(target_os = "linux")]
use crate::Clock;

/// The machine's clock as of its last tick, some milliseconds ago at most: a quarter of the cost of asking for the exact
/// time, which is half of the cost of finding a token in a cache.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CoarseClock;

/// Other systems have no such clock.
#[cfg(not(target_os = "linux"))]
pub(crate) use crate::SystemClock as CoarseClock;

#[cfg(target_os = "linux")]
impl Clock for CoarseClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + duration(clock_gettime(ClockId::RealtimeCoarse))
    }

    fn elapsed(&self) -> Duration {
        duration(clock_gettime(ClockId::MonotonicCoarse))
    }
}

/// Times before 1970 count as 1970: no token is that old.
#[cfg(target_os = "linux")]
fn duration(time: Timespec) -> Duration {
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), nanoseconds)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::CoarseClock;
    use crate::{Clock, SystemClock};

    #[test]
    fn agrees_with_the_exact_clock_to_a_second() {
        let coarse = CoarseClock;
        let before = SystemClock.now();
        let second = Duration::from_secs(1);
        assert!(coarse.now() + second > before && coarse.now() < SystemClock.now() + second);
        assert!(coarse.elapsed() <= coarse.elapsed());
    }
}
