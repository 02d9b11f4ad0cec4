//! How long a service asks to wait.

use std::time::{Duration, SystemTime};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName};

/// Azure's own headers, in milliseconds (azure_core and the other official SDKs read both).
const MILLISECONDS: [HeaderName; 2] =
    [HeaderName::from_static("retry-after-ms"), HeaderName::from_static("x-ms-retry-after-ms")];

/// The longest wait that is believed; MSAL caps the same way.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Returns how long the answer with these headers asks to wait, an hour at most.
///
/// One set of rules for the whole family:
///
/// 1. `retry-after-ms`, then `x-ms-retry-after-ms`, in milliseconds: they are more exact, so they go first.
/// 2. `Retry-After` in seconds, or as an HTTP date (RFC 9110, section 10.2.3).
/// 3. A date counts from the answer's own `Date`, so that a machine whose clock is wrong waits as long as was meant; an
///    answer without one is seen from `now`. Whoever has no clock at hand passes `None`, and then such a date is ignored.
/// 4. A date that has passed means no wait. More digits than a number holds are a long wait, and a long wait is an hour.
/// 5. A value that is none of these (a sign, a fraction, a word, no ASCII) counts as absent, and the next one is read.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("retry-after", "Thu, 01 Jan 1970 00:01:30 GMT".parse()?);
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
/// assert_eq!(credential::retry_after(&headers, now), Some(Duration::from_secs(30)));
/// headers.insert("date", "Thu, 01 Jan 1970 00:01:25 GMT".parse()?);
/// assert_eq!(credential::retry_after(&headers, now), Some(Duration::from_secs(5)));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
pub fn retry_after(headers: &HeaderMap, now: impl Into<Option<SystemTime>>) -> Option<Duration> {
    let in_milliseconds = MILLISECONDS.iter().find_map(|name| {
        values(headers, name).find_map(|text| whole_number(text).map(Duration::from_millis))
    });
    let wait = in_milliseconds.or_else(|| {
        let answered = values(headers, &DATE).find_map(date).or_else(|| now.into());
        values(headers, &RETRY_AFTER).find_map(|text| seconds_or_date(text, answered))
    })?;
    Some(wait.min(LONGEST))
}

fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok()).map(str::trim)
}

fn seconds_or_date(text: &str, answered: Option<SystemTime>) -> Option<Duration> {
    if let Some(seconds) = whole_number(text) {
        return Some(Duration::from_secs(seconds));
    }
    Some(date(text)?.duration_since(answered?).unwrap_or_default())
}

fn date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}

/// Digits only: `u64::from_str` would take a plus sign, too.
fn whole_number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const HOUR: Option<u128> = Some(3_600_000);

    /// Mon, 12 Jan 1970 13:46:40 GMT.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
    }

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in all {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn asked(all: &[(&'static str, &str)]) -> Option<u128> {
        retry_after(&headers(all), now()).map(|wait| wait.as_millis())
    }

    #[test]
    fn every_form() {
        for (headers, expected) in [
            (&[][..], None),
            (&[("retry-after", "5")], Some(5_000)),
            (&[("retry-after", " 0 ")], Some(0)),
            (&[("retry-after", "Mon, 12 Jan 1970 13:46:50 GMT")], Some(10_000)),
            (&[("retry-after", "Monday, 12-Jan-70 13:46:50 GMT")], Some(10_000)),
            (&[("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")], Some(0)),
            (&[("retry-after", "3600")], HOUR),
            (&[("retry-after", "3601")], HOUR),
            (&[("retry-after", "99999999999999999999999")], HOUR),
            (&[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")], HOUR),
            (&[("retry-after-ms", "1500")], Some(1_500)),
            (&[("retry-after-ms", "3600001")], HOUR),
            (&[("x-ms-retry-after-ms", "250")], Some(250)),
            (&[("x-ms-retry-after-ms", "250"), ("retry-after-ms", "100")], Some(100)),
            (&[("retry-after", "9"), ("x-ms-retry-after-ms", "250")], Some(250)),
            (&[("retry-after", "9"), ("retry-after-ms", "soon")], Some(9_000)),
            (&[("retry-after", "soon"), ("retry-after", "9")], Some(9_000)),
            (&[("retry-after", "")], None),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "+1")], None),
            (&[("retry-after", "1.5")], None),
            (&[("retry-after", "soon")], None),
        ] {
            assert_eq!(asked(headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_date_counts_from_the_answers_own() {
        let in_a_minute = ("retry-after", "Fri, 20 Nov 2026 10:01:00 GMT");
        let date = ("date", "Fri, 20 Nov 2026 10:00:00 GMT");
        assert_eq!(asked(&[in_a_minute, date]), Some(60_000), "whatever this machine's clock says");
        assert_eq!(asked(&[in_a_minute, ("date", "today")]), HOUR, "56 years from now");
        let without_clock = |all: &[(&'static str, &str)]| retry_after(&headers(all), None);
        assert_eq!(without_clock(&[in_a_minute, date]), Some(Duration::from_secs(60)));
        assert_eq!(without_clock(&[in_a_minute]), None);
        assert_eq!(without_clock(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
    }

    proptest! {
        #[test]
        fn any_value_is_read_or_ignored(value in proptest::collection::vec(any::<u8>(), 0..60), now in any::<u32>()) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now.into());
                for name in ["retry-after", "date", "retry-after-ms", "x-ms-retry-after-ms"] {
                    let mut headers = headers(&[("retry-after", "Fri, 20 Nov 2026 10:01:00 GMT")]);
                    headers.insert(name, value.clone());
                    prop_assert!(retry_after(&headers, now).is_none_or(|wait| wait <= LONGEST));
                }
            }
        }

        #[test]
        fn digits_are_always_a_wait(value in "[0-9]{1,30}") {
            prop_assert!(asked(&[("retry-after", &value)]).is_some());
        }

        #[test]
        fn seconds_and_dates_agree(wait in 0_u64..10_000, now in 0_u64..4_000_000_000, ahead in 0_u64..100_000) {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
            let until = httpdate::fmt_http_date(now + Duration::from_secs(wait));
            let own = httpdate::fmt_http_date(now);
            let seconds = wait.to_string();
            let expected = Some(Duration::from_secs(wait.min(3600)));
            prop_assert_eq!(retry_after(&headers(&[("retry-after", &seconds)]), now), expected);
            prop_assert_eq!(retry_after(&headers(&[("retry-after", &until)]), now), expected);
            let elsewhere = now + Duration::from_secs(ahead);
            prop_assert_eq!(retry_after(&headers(&[("retry-after", &until), ("date", &own)]), elsewhere), expected);
        }
    }
}
