//! The date that is signed.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::Write;
use std::time::{Duration, SystemTime};

use credential::{CredentialError, CredentialErrorKind};
use http::HeaderValue;
use http::header::InvalidHeaderValue;
use httpdate::HttpDate;

const LENGTH: usize = 29;
/// 10000-01-01T00:00:00Z: from here on the year has five digits.
const END: u64 = 253_402_300_800;

/// The date that is signed: an IMF-fixdate (RFC 9110, section 5.6.7) such as `Wed, 13 Apr 2022 18:09:12 GMT`.
///
/// The service refuses a request whose date is more than 5 minutes away from its own, so a retry needs a new date.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
/// use acs_hmac::SigningDate;
///
/// let date = SigningDate::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_649_873_352))?;
/// assert_eq!(date.as_str(), "Wed, 13 Apr 2022 18:09:12 GMT");
/// assert_eq!(SigningDate::parse(date.as_str())?, date);
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SigningDate {
    text: [u8; LENGTH],
    seconds: u64,
}

thread_local! {
    /// The last date made: signing at full speed makes the same one many thousand times over.
    static LAST: Cell<SigningDate> = const { Cell::new(SigningDate { text: [b' '; LENGTH], seconds: u64::MAX }) };
    /// The last date that was put into a header.
    static LAST_VALUE: RefCell<(u64, HeaderValue)> =
        const { RefCell::new((u64::MAX, HeaderValue::from_static(""))) };
}

impl SigningDate {
    /// Makes the date of an instant, whose fraction of a second is dropped.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the instant lies outside the years 1970 to 9999.
    pub fn at(instant: SystemTime) -> Result<Self, CredentialError> {
        match instant.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) if since.as_secs() < END => Ok(Self::at_seconds(since.as_secs())),
            _ => Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the clock shows a time outside the years 1970 to 9999",
                "set the clock; the service accepts 5 minutes of difference",
            )),
        }
    }

    fn at_seconds(seconds: u64) -> Self {
        let last = LAST.get();
        if last.seconds == seconds {
            return last;
        }
        let mut date = Self { text: [b' '; LENGTH], seconds };
        let text = HttpDate::from(date.time());
        // The room is exact, so this cannot fail.
        let _infallible = write!(&mut date.text[..], "{text}");
        LAST.set(date);
        date
    }

    /// Parses an IMF-fixdate, and no other form of a date.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when the text is not exactly of that form, or no such day exists.
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        // The parser also takes the two obsolete forms of HTTP dates, hence the comparison.
        httpdate::parse_http_date(text)
            .ok()
            .and_then(|instant| Self::at(instant).ok())
            .filter(|date| date.as_bytes() == text.as_bytes())
            .ok_or_else(|| {
                CredentialError::new(
                    CredentialErrorKind::InvalidRequest,
                    "the date is not an HTTP date",
                    "write it like Wed, 13 Apr 2022 18:09:12 GMT: English names, two digits for the day, GMT",
                )
            })
    }

    /// Returns the date as it stands in the header.
    pub fn as_str(&self) -> &str {
        // An HTTP date is ASCII, so the default never comes up.
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// Returns the instant.
    pub fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.seconds)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.text
    }

    /// The value of the header, which the requests of one second and one thread share.
    pub(crate) fn header_value(&self) -> Result<HeaderValue, InvalidHeaderValue> {
        let kept = LAST_VALUE.try_with(|last| {
            let mut last = last.try_borrow_mut().ok()?;
            if last.0 != self.seconds {
                *last = (self.seconds, HeaderValue::from_bytes(&self.text).ok()?);
            }
            Some(last.1.clone())
        });
        // Without the thread's own, when the thread is ending, one is made.
        kept.ok().flatten().map_or_else(|| HeaderValue::from_bytes(&self.text), Ok)
    }
}

impl fmt::Display for SigningDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SigningDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningDate({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The dates of the official SDKs' own tests.
    #[test]
    fn dates_have_two_digits_and_the_right_weekday() {
        for (seconds, expected) in [
            (1_577_840_460, "Wed, 01 Jan 2020 01:01:00 GMT"),
            (1_578_618_060, "Fri, 10 Jan 2020 01:01:00 GMT"),
            (1_709_168_460, "Thu, 29 Feb 2024 01:01:00 GMT"),
            (1_577_919_660, "Wed, 01 Jan 2020 23:01:00 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (END - 1, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            let instant = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            // Twice: made, and remembered. Then with a fraction, which is dropped.
            for instant in [instant, instant, instant + Duration::from_millis(999)] {
                let date = SigningDate::at(instant).unwrap();
                assert_eq!(date.as_str(), expected);
                assert_eq!(date.header_value().unwrap(), expected);
            }
            assert_eq!(SigningDate::parse(expected).unwrap().time(), instant);
        }
    }

    #[test]
    fn clocks_out_of_range_are_an_error_and_no_panic() {
        let epoch = SystemTime::UNIX_EPOCH;
        for instant in [epoch - Duration::from_secs(1), epoch + Duration::from_secs(END)] {
            let error = SigningDate::at(instant).unwrap_err();
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
        }
    }

    #[test]
    fn only_the_one_form_is_read() {
        for bad in [
            "",
            "wed, 13 apr 2022 18:09:12 gmt",
            "Thu, 13 Apr 2022 18:09:12 GMT",
            "Wed, 1 Jan 2020 01:01:00 GMT",
            "Wed, 13 Apr 2022 18:09:12 +0000",
            "Wed, 13 Apr 2022 18:09:12 UTC",
            "Wednesday, 13-Apr-22 18:09:12 GMT",
            "Wed Apr 13 18:09:12 2022",
            "2022-04-13T18:09:12Z",
            " Wed, 13 Apr 2022 18:09:12 GMT",
            "Wed, 31 Feb 2022 18:09:12 GMT",
        ] {
            let error = SigningDate::parse(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{bad}");
        }
    }
}
