//! Proof keys for code exchange (RFC 7636).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::error::EntraError;
use super::form::Form;

/// What the verifier of the exchange must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CodeChallenge {
    challenge: String,
    is_hash: bool,
}

impl CodeChallenge {
    /// Reads `code_challenge` and `code_challenge_method`, where there are any.
    pub(super) fn read(form: &Form<'_>) -> Result<Option<Self>, EntraError> {
        let Some(challenge) = form.field("code_challenge") else { return Ok(None) };
        let bad = |code, message: &str, reason: &str| {
            Err(EntraError::bad_request("invalid_request", code, message.to_owned()).because(reason))
        };
        if !is_well_formed(challenge) {
            let reason = "code_challenge: it is not 43 to 128 letters, digits, '-', '.', '_' or '~'";
            return bad(501_491, "Invalid size of Code_Challenge parameter.", reason);
        }
        let is_hash = match form.field("code_challenge_method") {
            Some("S256") => true,
            // RFC 7636, section 4.3: the default.
            Some("plain") | None => false,
            Some(_) => {
                let reason = "code_challenge_method: it is neither S256 nor plain";
                return bad(9_002_313, "The request is malformed or invalid.", reason);
            }
        };
        Ok(Some(Self { challenge: challenge.to_owned(), is_hash }))
    }

    pub(super) fn is_met_by(&self, verifier: &str) -> bool {
        if !is_well_formed(verifier) {
            return false;
        }
        let found = match self.is_hash {
            true => URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())),
            false => verifier.to_owned(),
        };
        found.as_bytes().ct_eq(self.challenge.as_bytes()).into()
    }
}

/// RFC 7636, section 4.1.
fn is_well_formed(text: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_vector() {
        let challenge =
            CodeChallenge { challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(), is_hash: true };
        assert!(challenge.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        for bad in
            ["", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"]
        {
            assert!(!challenge.is_met_by(bad), "{bad}");
        }
        let plain = CodeChallenge { is_hash: false, ..challenge };
        assert!(plain.is_met_by("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    }
}
