//! What to do about an OAuth error.

/// What an OAuth error means where the server names no code of its own, and what to do about it.
#[derive(Debug)]
pub(crate) struct OAuthAdvice {
    errors: &'static [&'static str],
    #[cfg_attr(not(test), expect(dead_code, reason = "the reference page is checked against it"))]
    meaning: &'static str,
    pub(crate) fix: &'static str,
}

const fn advice(errors: &'static [&'static str], meaning: &'static str, fix: &'static str) -> OAuthAdvice {
    OAuthAdvice { errors, meaning, fix }
}

/// Finds the advice for an error.
pub(crate) fn oauth_advice(error: &str) -> Option<&'static OAuthAdvice> {
    TABLE.iter().find(|advice| advice.errors.contains(&error))
}

/// RFC 6749, sections 4.1.2.1 and 5.2; RFC 8628, section 3.5; OpenID Connect Core, section 3.1.2.6; what Entra adds.
const TABLE: &[OAuthAdvice] = &[
    advice(
        &["invalid_request"],
        "a parameter is missing, stands twice or is not of its form",
        "check the tenant, the client id, its secret and the scope",
    ),
    advice(
        &["invalid_client"],
        "the app is unknown, or its proof is not accepted",
        "check the client id and its secret or certificate",
    ),
    advice(
        &["unauthorized_client"],
        "the app is unknown in this tenant, or may not use this flow",
        "check the client id, and that the app may use this flow in this tenant",
    ),
    advice(
        &["invalid_grant"],
        "what was granted is no longer good: a code, a refresh token, an assertion or a password",
        "sign in again",
    ),
    advice(
        &["login_required", "interaction_required", "consent_required", "account_selection_required"],
        "only the person can go on: sign in, consent or choose an account",
        "sign in again",
    ),
    advice(
        &["invalid_scope", "invalid_resource", "invalid_target"],
        "the scope is not known, not of its form, or of several resources",
        "check that the scope is a resource known to the tenant, followed by /.default",
    ),
    advice(
        &["unsupported_grant_type", "unsupported_response_type"],
        "the server does not know this flow",
        "check that the authority serves this flow, and the protocol version",
    ),
    advice(
        &["access_denied", "authorization_declined"],
        "the person, or a policy, said no",
        "start the sign-in again, and let the person accept it",
    ),
    advice(
        &["expired_token", "code_expired", "bad_verification_code"],
        "the device code has expired or is unknown",
        "start the sign-in again",
    ),
    advice(
        &["authorization_pending", "slow_down"],
        "the person has not finished signing in on the other device",
        "go on asking, five seconds slower after slow_down",
    ),
    advice(&["temporarily_unavailable", "server_error"], "the server failed for now", "try again later"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_every_error_in_these_words() {
        let page = include_str!("../../../docs/errors.md");
        let mut missing = String::new();
        for advice in TABLE {
            for error in advice.errors {
                let anchor = error.replace('_', "-");
                let row = format!(
                    "| <a id=\"oauth-{anchor}\"></a>`{error}` | {} | {} |\n",
                    advice.meaning, advice.fix
                );
                assert!(
                    oauth_advice(error).is_some_and(|found| found.fix == advice.fix),
                    "{error} stands twice"
                );
                if !page.contains(&row) {
                    missing += &row;
                }
            }
        }
        assert!(missing.is_empty(), "docs/errors.md lacks these rows:\n{missing}");
    }
}
