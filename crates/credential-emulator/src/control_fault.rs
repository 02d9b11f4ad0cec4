//! A fault as the control API takes it.

use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;

use crate::fault::Fault;
use crate::request_matcher::RequestMatcher;

/// The longest delay: clients have given up by then.
const LONGEST_DELAY: u64 = 600_000;

/// A fault as JSON: `{"on": "POST /sms", "what": "status", "status": 429, "retry_after": 2, "times": 3}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ControlFault {
    /// Which requests: a path's beginning, perhaps after a method.
    on: String,
    what: What,
    status: Option<u16>,
    retry_after: Option<u64>,
    /// Of the clock, for `clock-ahead` and `clock-behind`.
    seconds: Option<u64>,
    delay_ms: Option<u64>,
    /// How often; once when it is left out.
    times: Option<u32>,
    #[serde(default)]
    always: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Status,
    Delay,
    Html,
    ConnectionReset,
    TruncatedBody,
    WrongContentType,
    MalformedJson,
    InsufficientClaims,
    ClockAhead,
    ClockBehind,
}

impl ControlFault {
    /// Returns which requests are meant, and what shall happen to them; or what is wrong with the wish.
    pub(crate) fn into_parts(self) -> Result<(RequestMatcher, Fault), String> {
        let delay = self.delay_ms.unwrap_or_default();
        if delay > LONGEST_DELAY {
            return Err(format!("delay_ms: more than {LONGEST_DELAY}"));
        }
        let fault = self.fault()?.after(Duration::from_millis(delay));
        let fault = match (self.always, self.times) {
            (true, _) => fault.always(),
            (false, Some(times)) => fault.times(times),
            (false, None) => fault,
        };
        Ok((RequestMatcher::from(self.on.as_str()), fault))
    }

    fn fault(&self) -> Result<Fault, String> {
        let skew = || self.seconds.map(Duration::from_secs).ok_or("seconds: say how far the clock is off");
        Ok(match self.what {
            What::Status => self.status()?,
            What::Delay if self.delay_ms.is_none() => return Err("delay_ms: say how long".to_owned()),
            What::Delay => Fault::delay(Duration::ZERO),
            What::Html => Fault::html(),
            What::ConnectionReset => Fault::connection_reset(),
            What::TruncatedBody => Fault::truncated_body(),
            What::WrongContentType => Fault::wrong_content_type(),
            What::MalformedJson => Fault::malformed_json(),
            What::InsufficientClaims => Fault::insufficient_claims(),
            What::ClockAhead => Fault::clock_ahead(skew()?),
            What::ClockBehind => Fault::clock_behind(skew()?),
        })
    }

    fn status(&self) -> Result<Fault, String> {
        let number = self.status.ok_or("status: say which, such as 503")?;
        let status = StatusCode::from_u16(number).ok().filter(|status| !status.is_informational());
        let status = status.ok_or("status: it is not between 200 and 999")?;
        Ok(match self.retry_after {
            Some(seconds) => Fault::status_with_retry_after(status, seconds),
            None => Fault::status(status),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let asked: ControlFault = serde_json::from_str(text).map_err(|error| error.to_string())?;
        asked.into_parts().map(|(on, fault)| format!("{on}: {fault}, {:?}", fault.times))
    }

    #[test]
    fn faults_as_json() {
        for (text, expected) in [
            (
                r#"{"on":"POST /sms","what":"status","status":429,"retry_after":2}"#,
                "POST /sms: status 429, Retry-After 2 s, Some(1)",
            ),
            (r#"{"on":"/","what":"html","always":true}"#, "/: status 502, HTML, None"),
            (r#"{"on":"rooms","what":"delay","delay_ms":5,"times":3}"#, "/rooms: delay of 5ms, Some(3)"),
            (r#"{"on":"/","what":"clock-behind","seconds":60}"#, "/: clock behind by 60s, Some(1)"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn wishes_that_cannot_be_met_say_what_is_missing() {
        for (text, expected) in [
            (r#"{"on":"/","what":"status"}"#, "status: say which, such as 503"),
            (r#"{"on":"/","what":"status","status":100}"#, "status: it is not between 200 and 999"),
            (r#"{"on":"/","what":"delay"}"#, "delay_ms: say how long"),
            (r#"{"on":"/","what":"clock-ahead"}"#, "seconds: say how far the clock is off"),
            (r#"{"on":"/","what":"html","delay_ms":600001}"#, "delay_ms: more than 600000"),
        ] {
            assert_eq!(read(text), Err(expected.to_owned()));
        }
    }
}
