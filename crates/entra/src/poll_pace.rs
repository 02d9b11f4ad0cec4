//! How often the token endpoint is asked whether the person has signed in.

use std::time::Duration;

use credential::CredentialError;

use crate::OAuthError;

/// RFC 8628, section 3.5.
const SLOWER: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How often the token endpoint is asked, as what it answers decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PollPace {
    interval: Duration,
    wait: Duration,
}

impl PollPace {
    pub(crate) fn new(interval: Duration) -> Self {
        Self { interval, wait: interval }
    }

    /// How long to wait before the next question.
    pub(crate) fn wait(self) -> Duration {
        self.wait
    }

    /// The pace after an answer without a token; `None` when there is nothing left to wait for.
    pub(crate) fn after(self, error: &CredentialError) -> Option<Self> {
        match OAuthError::of(error).map(OAuthError::error) {
            Some("authorization_pending") => Some(Self::new(self.interval)),
            Some("slow_down") => Some(Self::new(self.interval + SLOWER)),
            _ if error.is_transient() => {
                let doubled = (self.wait * 2).min(LONGEST_WAIT).max(self.interval);
                let wait = doubled.max(error.retry_after().unwrap_or_default());
                Some(Self { wait, ..self })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use credential::CredentialErrorKind;

    use super::*;

    fn answer(body: &str) -> CredentialError {
        let response =
            http::Response::builder().status(400).body(bytes::Bytes::from(body.to_owned())).unwrap();
        crate::TokenResponse::read(&response, std::time::SystemTime::UNIX_EPOCH).unwrap_err()
    }

    fn waits(answers: &[CredentialError]) -> Vec<u64> {
        let mut pace = PollPace::new(Duration::from_secs(5));
        let mut waits = vec![5];
        for answer in answers {
            pace = pace.after(answer).unwrap();
            waits.push(pace.wait().as_secs());
        }
        waits
    }

    #[test]
    fn slower_when_told_and_backed_off_while_unreachable() {
        let pending = answer(r#"{"error":"authorization_pending"}"#);
        let slow_down = answer(r#"{"error":"slow_down"}"#);
        let down = CredentialError::new(CredentialErrorKind::Unreachable, "down", "wait");
        let busy = CredentialError::new(CredentialErrorKind::Throttled, "busy", "wait")
            .with_retry_after(Duration::from_secs(90));
        assert_eq!(
            waits(&[pending.clone(), slow_down.clone(), pending.clone(), slow_down]),
            [5, 5, 10, 10, 15]
        );
        let downs = vec![down.clone(); 5];
        assert_eq!(waits(&downs), [5, 10, 20, 40, 60, 60]);
        assert_eq!(waits(&[down.clone(), down, pending, busy]), [5, 10, 20, 5, 90]);
    }

    #[test]
    fn everything_else_is_final() {
        for body in [r#"{"error":"authorization_declined"}"#, r#"{"error":"expired_token"}"#, "<html>", "{}"]
        {
            assert_eq!(PollPace::new(SLOWER).after(&answer(body)), None, "{body}");
        }
    }
}
