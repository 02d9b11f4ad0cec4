//! Whether another token may help where one was refused.

use bytes::Bytes;
use credential::{AccessToken, ClaimsChallenge, TokenRequest};
use http::{Response, StatusCode};

use crate::challenge::Challenge;
use crate::service_error::ServiceError;

/// What to ask the credential for after an answer, if that may help: a token with the claims that the service demands, or one
/// that is not the refused one.
///
/// A token of another tenant or audience, or of an app without a role, is not asked for again: the next one would be of the
/// same kind.
pub(crate) fn better_token(response: &Response<Bytes>, refused: &AccessToken) -> Option<TokenRequest> {
    if response.status() != StatusCode::UNAUTHORIZED {
        return None;
    }
    if let Some(challenge) = ClaimsChallenge::in_headers(response.headers()) {
        return Some(challenge.answer(&TokenRequest::default()));
    }
    let service = ServiceError::parse(response.body());
    let may_be_old = match service.as_ref().and_then(ServiceError::code) {
        Some(code) => code == "ExpiredAuthenticationToken",
        None => Challenge::read(response.headers()).error.as_deref() == Some("invalid_token"),
    };
    may_be_old.then(|| TokenRequest::default().not_this_token(refused.clone()))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn only_what_another_token_may_mend() {
        let refused = AccessToken::new("t", SystemTime::UNIX_EPOCH);
        let code = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"x"}}}}"#);
        let claims = r#"Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ""#;
        for (status, header, body, again) in [
            (401, r#"Bearer error="invalid_token""#, String::new(), true),
            (401, claims, String::new(), true),
            (401, r#"Bearer error="invalid_token""#, code("ExpiredAuthenticationToken"), true),
            (401, r#"Bearer error="invalid_token""#, code("InvalidAuthenticationTokenTenant"), false),
            (401, r#"Bearer error="invalid_token""#, code("InvalidAuthenticationTokenAudience"), false),
            (401, "", String::new(), false),
            (403, claims, String::new(), false),
            (200, claims, String::new(), false),
        ] {
            let response = Response::builder().status(status).header("www-authenticate", header);
            let ask = better_token(&response.body(Bytes::from(body)).unwrap(), &refused);
            assert_eq!(ask.is_some(), again, "{status} {header}");
            if let Some(ask) = ask {
                assert_eq!(ask.claims().is_some(), header == claims);
                assert_eq!(ask.refuses(&refused), header != claims);
            }
        }
    }
}
