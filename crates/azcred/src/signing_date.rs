//! The date that a signature carries, as a person or a program writes it.

use std::time::{Duration, SystemTime};

use acs_hmac::SigningDate;

use crate::failure::Failure;

/// Returns the date as the header carries it (IMF-fixdate, RFC 9110, section 5.6.7).
///
/// A text that is such a date already is kept as it is. RFC 3339 is converted: any offset from UTC, fractions of a
/// second dropped.
pub(crate) fn signing_date(text: &str) -> Result<SigningDate, Failure> {
    if let Ok(date) = SigningDate::parse(text) {
        return Ok(date);
    }
    parse_rfc3339(text).and_then(|instant| SigningDate::at(instant).ok()).ok_or_else(|| {
        Failure::bad_input(
            "the date is neither RFC 3339 nor an HTTP date, or there is no such day and time",
            "write it as 2024-02-29T23:59:59Z or \"Thu, 29 Feb 2024 23:59:59 GMT\"",
        )
    })
}

/// RFC 3339, section 5.6; `humantime` reads those in UTC.
fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    let upper = text.to_ascii_uppercase();
    let (local, offset) = match upper.strip_suffix('Z') {
        Some(local) => (local, Offset::default()),
        None => {
            let (local, offset) = upper.split_at_checked(upper.len().checked_sub(6)?)?;
            (local, Offset::parse(offset)?)
        }
    };
    offset.to_utc(humantime::parse_rfc3339(&format!("{}Z", without_fraction(local)?)).ok()?)
}

/// `humantime` overlooks what stands after the seconds, so it gets nothing but them.
fn without_fraction(local: &str) -> Option<&str> {
    let (seconds, fraction) = local.split_at_checked("2024-02-29T23:59:59".len())?;
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (fraction.is_empty() || fraction.strip_prefix('.').is_some_and(is_digits)).then_some(seconds)
}

#[derive(Default)]
struct Offset {
    is_east: bool,
    amount: Duration,
}

impl Offset {
    fn parse(text: &str) -> Option<Self> {
        let (sign, rest) = text.split_at_checked(1)?;
        let (hours, minutes) = rest.split_once(':')?;
        let number = |text: &str, below: u64| {
            let is_two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u64>().ok().filter(|&number| is_two_digits && number < below)
        };
        let minutes = number(hours, 24)? * 60 + number(minutes, 60)?;
        matches!(sign, "+" | "-")
            .then_some(Self { is_east: sign == "+", amount: Duration::from_secs(minutes * 60) })
    }

    fn to_utc(&self, local: SystemTime) -> Option<SystemTime> {
        if self.is_east { local.checked_sub(self.amount) } else { local.checked_add(self.amount) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_give_the_header() {
        for (text, expected) in [
            ("Thu, 29 Feb 2024 23:59:59 GMT", "Thu, 29 Feb 2024 23:59:59 GMT"),
            ("2024-02-29T23:59:59Z", "Thu, 29 Feb 2024 23:59:59 GMT"),
            ("2024-02-29t23:59:59z", "Thu, 29 Feb 2024 23:59:59 GMT"),
            ("2024-02-29T23:59:59.999999999Z", "Thu, 29 Feb 2024 23:59:59 GMT"),
            ("2024-03-01T01:59:59.5+02:00", "Thu, 29 Feb 2024 23:59:59 GMT"),
            ("2024-02-29T18:29:59-05:30", "Thu, 29 Feb 2024 23:59:59 GMT"),
            ("2024-02-29T23:59:59+00:00", "Thu, 29 Feb 2024 23:59:59 GMT"),
            ("2021-01-01T00:00:00Z", "Fri, 01 Jan 2021 00:00:00 GMT"),
            ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(signing_date(text).unwrap().as_str(), expected, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_without_a_panic() {
        for bad in [
            "",
            "now",
            "2024-02-30T00:00:00Z",
            "2024-02-29",
            "2024-02-29 23:59:59Z",
            "2024-02-29T23:59:59",
            "2024-02-29T24:00:00Z",
            "2024-02-29T23:59:59+2:00",
            "2024-02-29T23:59:59+24:00",
            "2024-02-29T23:59:59+\u{e9}1:00",
            "2024-02-29T23:59:59Z+00:00",
            "2024-02-29T23:59:59ZabcZ",
            "2024-02-29T23:59:59.Z",
            "2024-02-29T23:59:59.1.2Z",
            "1970-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "1969-12-31T23:59:59Z",
            "Wed, 29 Feb 2024 23:59:59 GMT",
            "Thu, 29 Feb 2024 23:59:59 UTC",
            "thu, 29 feb 2024 23:59:59 gmt",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Fri, 1 Jan 2021 00:00:00 GMT",
            " Thu, 29 Feb 2024 23:59:59 GMT",
        ] {
            assert!(signing_date(bad).is_err(), "{bad}");
        }
    }
}
