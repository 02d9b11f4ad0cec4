//! How long a service asks to wait.

use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName};

/// Azure's own headers, in milliseconds; they are more exact than `Retry-After` and go first.
const MILLISECONDS: [HeaderName; 2] =
    [HeaderName::from_static("retry-after-ms"), HeaderName::from_static("x-ms-retry-after-ms")];

/// Returns how long the answer with these headers asks to wait, seen from `now`.
///
/// Reads `retry-after-ms` and `x-ms-retry-after-ms` (milliseconds), then `Retry-After` as seconds or as an HTTP date
/// (RFC 9110, section 10.2.3). A date that has passed means no wait; a value that is none of these counts as absent.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("retry-after", "Thu, 01 Jan 1970 00:01:30 GMT".parse()?);
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
/// assert_eq!(credential_http::retry_after(&headers, now), Some(Duration::from_secs(30)));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let in_milliseconds = |name| text(name).and_then(whole_number).map(Duration::from_millis);
    MILLISECONDS.iter().find_map(in_milliseconds).or_else(|| seconds_or_date(text(&RETRY_AFTER)?, now))
}

fn seconds_or_date(text: &str, now: SystemTime) -> Option<Duration> {
    if let Some(seconds) = whole_number(text) {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// Digits only: `u64::from_str` would take a plus sign, too.
fn whole_number(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
    }

    fn asked(headers: &[(&'static str, &str)]) -> Option<u128> {
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
        });
        retry_after(&headers.collect(), now()).map(|wait| wait.as_millis())
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
            (&[("retry-after-ms", "1500")], Some(1_500)),
            (&[("x-ms-retry-after-ms", "250")], Some(250)),
            (&[("retry-after", "9"), ("x-ms-retry-after-ms", "250")], Some(250)),
            (&[("retry-after", "9"), ("retry-after-ms", "soon")], Some(9_000)),
            (&[("retry-after", "")], None),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "+1")], None),
            (&[("retry-after", "1.5")], None),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", "99999999999999999999999")], None),
        ] {
            assert_eq!(asked(headers), expected, "{headers:?}");
        }
    }

    proptest! {
        #[test]
        fn any_value_is_read_or_ignored(value in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(value) = http::HeaderValue::from_bytes(&value) {
                let mut headers = HeaderMap::new();
                headers.insert(RETRY_AFTER, value.clone());
                headers.insert("x-ms-retry-after-ms", value);
                let _whatever = retry_after(&headers, now());
            }
        }

        #[test]
        fn seconds_and_dates_agree(wait in 0_u64..100_000_000) {
            let date = httpdate::fmt_http_date(now() + Duration::from_secs(wait));
            prop_assert_eq!(asked(&[("retry-after", &wait.to_string())]), asked(&[("retry-after", &date)]));
        }
    }
}
