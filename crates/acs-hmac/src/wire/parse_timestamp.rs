//! Reads the instants of services.

use std::time::{Duration, SystemTime};

/// Reads an RFC 3339 date-time, such as `2021-09-08T21:43:02.0016613+00:00`.
///
/// Any number of fractional digits is accepted and all beyond nanoseconds are dropped; the offset is `Z` or `+hh:mm`.
/// Nothing comes of a text of another form, or of a day that does not exist.
pub(crate) fn parse_timestamp(text: &str) -> Option<SystemTime> {
    let bytes = text.as_bytes();
    let punctuation = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if punctuation
        .iter()
        .any(|(at, expected)| !bytes.get(*at).is_some_and(|b| b.eq_ignore_ascii_case(expected)))
    {
        return None;
    }
    let field = |at: usize, length: usize| number(bytes.get(at..at + length)?);
    let days = days_since_epoch(field(0, 4)?, field(5, 2)?, field(8, 2)?)?;
    let (hour, minute, second) = (field(11, 2)?, field(14, 2)?, field(17, 2)?);
    // A leap second counts as the first of the next minute.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (nanoseconds, offset) = fraction(bytes.get(19..)?)?;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset_seconds(offset)?;
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let epoch = SystemTime::UNIX_EPOCH;
    let instant = if seconds < 0 { epoch.checked_sub(whole) } else { epoch.checked_add(whole) };
    instant?.checked_add(nanoseconds)
}

/// Reads `.digits`, if it is there, and returns what follows.
fn fraction(rest: &[u8]) -> Option<(Duration, &[u8])> {
    let Some(rest) = rest.strip_prefix(b".") else { return Some((Duration::ZERO, rest)) };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let (digits, rest) = rest.split_at(length);
    let nanoseconds = digits
        .iter()
        .chain(std::iter::repeat(&b'0'))
        .take(9)
        .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    Some((Duration::from_nanos(nanoseconds), rest))
}

/// Reads `Z` or `+hh:mm`.
fn offset_seconds(text: &[u8]) -> Option<i64> {
    let (sign, hour, minute) = match text {
        b"Z" | b"z" => return Some(0),
        [sign, hour @ .., b':', m1, m2] if hour.len() == 2 => (sign, number(hour)?, number(&[*m1, *m2])?),
        _ => return None,
    };
    let seconds = hour * 3600 + minute * 60;
    match sign {
        _ if hour > 23 || minute > 59 => None,
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

/// Counts the days from 1970-01-01 in the Gregorian calendar.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 719,468 days lie between 0000-03-01 and the epoch.
    Some(year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nanoseconds(text: &str) -> Option<i128> {
        let instant = parse_timestamp(text)?;
        Some(match instant.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i128::try_from(after.as_nanos()).unwrap(),
            Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap(),
        })
    }

    #[test]
    fn known_instants() {
        const SECOND: i128 = 1_000_000_000;
        for (text, expected) in [
            // Recorded from the service.
            ("2021-09-08T21:43:02.0016613+00:00", 1_631_137_382 * SECOND + 1_661_300),
            // RFC 3339, section 5.8.
            ("1985-04-12T23:20:50.52Z", 482_196_050 * SECOND + 520_000_000),
            ("1996-12-19T16:39:57-08:00", 851_042_397 * SECOND),
            ("1990-12-31T23:59:60Z", 662_688_000 * SECOND),
            ("1990-12-31T15:59:60-08:00", 662_688_000 * SECOND),
            ("1937-01-01T12:00:27.87+00:20", -1_041_337_172 * SECOND - 130_000_000),
            ("1970-01-01T00:00:00z", 0),
            ("1970-01-01t00:00:00Z", 0),
            ("2000-02-29T00:00:00Z", 951_782_400 * SECOND),
            ("9999-12-31T23:59:59.9999999999Z", 253_402_300_800 * SECOND - 1),
        ] {
            assert_eq!(nanoseconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_texts() {
        for bad in [
            "",
            "2021",
            "2021-09-08",
            "2021-09-08T21:43:02",
            "2021-09-08 21:43:02Z",
            "2021-9-08T21:43:02Z",
            "2021-09-08T21:43Z",
            "2021-09-08T21:43:02.Z",
            "2021-09-08T21:43:02,5Z",
            "2021-09-08T21:43:02+0000",
            "2021-09-08T21:43:02+00",
            "2021-09-08T21:43:02 +00:00",
            "2021-09-08T21:43:02+24:00",
            "2021-09-08T21:43:02+00:60",
            "2021-09-08T21:43:02*00:00",
            "2021-09-08T21:43:02Z ",
            "2021-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2021-04-31T00:00:00Z",
            "2021-13-01T00:00:00Z",
            "2021-00-01T00:00:00Z",
            "2021-01-00T00:00:00Z",
            "2021-01-01T24:00:00Z",
            "2021-01-01T00:60:00Z",
            "2021-01-01T00:00:61Z",
            "+021-01-01T00:00:00Z",
            "20\u{e9}1-01-01T00:00:00Z",
            "Wed, 13 Apr 2022 18:09:12 GMT",
        ] {
            assert_eq!(parse_timestamp(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_http_date_of_the_same_instant(seconds in 0_u64..253_402_300_800, fraction in 0_u32..10_000_000) {
            let instant = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            // Sun, 06 Nov 1994 08:49:37 GMT
            let http = httpdate::fmt_http_date(instant);
            let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
                .iter().position(|name| *name == &http[8..11]).unwrap() + 1;
            let text = format!("{}-{month:02}-{}T{}.{fraction:07}+00:00", &http[12..16], &http[5..7], &http[17..25]);
            prop_assert_eq!(parse_timestamp(&text), Some(instant + Duration::from_nanos(u64::from(fraction) * 100)));
        }

        #[test]
        fn offsets_move_the_instant(hour in 0_u64..24, minute in 0_u64..60) {
            let base = parse_timestamp("2021-09-08T21:43:02Z").unwrap();
            let offset = Duration::from_secs(hour * 3600 + minute * 60);
            prop_assert_eq!(parse_timestamp(&format!("2021-09-08T21:43:02+{hour:02}:{minute:02}")), Some(base - offset));
            prop_assert_eq!(parse_timestamp(&format!("2021-09-08T21:43:02-{hour:02}:{minute:02}")), Some(base + offset));
        }

        #[test]
        fn never_panics(text in "\\PC*", shaped in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,12})?(Z|[+-][0-9:]{0,6})?") {
            let _either = (parse_timestamp(&text), parse_timestamp(&shaped));
        }
    }
}
