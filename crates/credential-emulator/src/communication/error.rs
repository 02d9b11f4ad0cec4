//! Communication Services' errors.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use super::limits::TooMany;
use crate::answer;

/// An error as Communication Services answer it.
#[derive(Debug)]
pub(super) struct CommunicationError {
    status: StatusCode,
    code: &'static str,
    message: String,
    target: Option<&'static str>,
    /// In seconds.
    retry_after: Option<i64>,
    /// Why, for whoever reads the emulator's log. The service itself mostly does not say.
    pub(super) reason: String,
}

impl CommunicationError {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        reason: String,
    ) -> Self {
        Self { status, code, message: message.into(), target: None, retry_after: None, reason }
    }

    /// What the service answers to every caller that it does not let in.
    pub(super) fn denied(reason: String) -> Self {
        Self::denied_with("Denied by the resource provider.", reason)
    }

    /// The same, where the service says a little more.
    pub(super) fn denied_with(message: &str, reason: String) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Denied", message, reason)
    }

    pub(super) fn validation(target: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        // Some of the service's texts begin with the field's name.
        let reason =
            if message.starts_with(target) { message.clone() } else { format!("{target}: {message}") };
        Self {
            target: Some(target),
            ..Self::new(StatusCode::BAD_REQUEST, "ValidationError", message, reason)
        }
    }

    /// What the service answers to a caller that it knows, and that may not do this.
    pub(super) fn forbidden(reason: String) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", "The caller may not do this.", reason)
    }

    /// What is missing, or no longer here.
    pub(super) fn not_found(message: impl Into<String>, reason: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", message, reason)
    }

    /// What the service answers to a caller that asks too often.
    pub(super) fn too_many(too_many: &TooMany) -> Self {
        let TooMany { limit, retry_after } = too_many;
        let message = "The rate limit of this operation was reached. Try again later.";
        let reason = format!("limit: {limit}, wait {retry_after} s");
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message, reason);
        Self { retry_after: Some(*retry_after), ..error }
    }

    /// The same refusal with another code and message.
    pub(super) fn in_words(self, code: &'static str, message: &str) -> Self {
        Self { code, message: message.to_owned(), ..self }
    }

    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    pub(super) fn response(&self) -> Response<Bytes> {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(target) = self.target {
            error["target"] = json!(target);
        }
        let mut response = answer::json(self.status, &json!({ "error": error }));
        if let Some(seconds) = self.retry_after {
            answer::set_header(&mut response, "retry-after", &seconds.to_string());
        }
        response
    }
}
