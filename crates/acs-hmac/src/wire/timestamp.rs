//! An instant as services write it.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::parse_timestamp::parse_timestamp;

/// An instant as services write it (RFC 3339), such as `2021-09-08T21:43:02.0016613+00:00`.
///
/// The text is kept as it came, so that an answer with an odd date in it can be read all the same.
///
/// # Example
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use acs_hmac::Timestamp;
///
/// let instant = UNIX_EPOCH + Duration::from_secs(1_704_164_645);
/// let timestamp = Timestamp::from(instant);
/// assert_eq!(timestamp.as_str(), "2024-01-02T03:04:05Z");
/// assert_eq!(timestamp.time(), Some(instant));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the instant, or nothing where the text is none.
    pub fn time(&self) -> Option<SystemTime> {
        parse_timestamp(&self.0)
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Written in whole seconds; what lies before 1970 becomes its first second.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let (year, month, day) = date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        Self(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The date in the Gregorian calendar, of days since 1970-01-01.
fn date(days: u64) -> (u64, u64, u64) {
    // Years that begin in March have their leap day at the end; 719,468 days lie between 0000-03-01 and the epoch, and
    // 146,097 in 400 years.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + carry, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same_instant(seconds in 0_u64..253_402_300_800) {
            let instant = UNIX_EPOCH + Duration::from_secs(seconds);
            prop_assert_eq!(Timestamp::from(instant).time(), Some(instant));
        }
    }

    #[test]
    fn what_is_no_instant_is_kept_as_text() {
        let odd: Timestamp = serde_json::from_str("\"soon\"").unwrap();
        assert_eq!((odd.as_str(), odd.time()), ("soon", None));
        assert_eq!(Timestamp::from(UNIX_EPOCH - Duration::from_secs(1)).as_str(), "1970-01-01T00:00:00Z");
    }
}
