//! How long the service asks to wait.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// The longest wait that is believed.
const LONGEST: Duration = Duration::from_secs(3600);

/// Returns the wait, seen from `now`: `Retry-After` as seconds or as an HTTP date (RFC 9110, section 10.2.3), an hour at
/// most. A date that has passed means no wait; a value that is neither counts as absent.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long wait, too.
        return Some(text.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default().min(LONGEST))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_value_panics_or_means_more_than_an_hour(value in "[0-9]{1,30}|[ -~]{0,40}", now in any::<u32>()) {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now.into());
            let wait = retry_after(&headers, now);
            prop_assert!(wait.is_none_or(|wait| wait <= LONGEST));
            prop_assert!(wait.is_some() || !value.bytes().all(|b| b.is_ascii_digit()) || value.is_empty());
        }

        #[test]
        fn dates_are_seen_from_now(now in 0_u64..4_000_000_000, ahead in 0_u64..10_000) {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
            let date = httpdate::fmt_http_date(now + Duration::from_secs(ahead));
            let headers = HeaderMap::from_iter([(RETRY_AFTER, date.parse().unwrap())]);
            prop_assert_eq!(retry_after(&headers, now), Some(Duration::from_secs(ahead.min(3600))));
        }
    }
}
