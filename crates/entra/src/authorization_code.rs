//! The code that a sign-in ended with.

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Secret};
use http::Response;

use crate::TokenResponse;
use crate::authorization_request::Redemption;
use crate::identity::id_token_claim;

/// The code that a sign-in ended with, and what proves that it is redeemed by the one who asked for it.
///
/// It is good for one exchange, for about ten minutes: redeem it at once, and when the answer to that is lost, let the
/// person sign in again (RFC 6749, section 4.1.2).
pub struct AuthorizationCode {
    code: Secret,
    redemption: Redemption,
}

impl AuthorizationCode {
    pub(crate) fn new(code: Secret, redemption: Redemption) -> Self {
        Self { code, redemption }
    }

    pub(crate) fn code(&self) -> &Secret {
        &self.code
    }

    pub(crate) fn redemption(&self) -> &Redemption {
        &self.redemption
    }

    /// Reads the answer to the exchange that was sent at `sent_at`, and checks that its id token was made for this sign-in
    /// (the claim `nonce`, OpenID Connect Core, section 3.1.3.7).
    ///
    /// # Errors
    /// Those of [`TokenResponse::read`], and [`CredentialErrorKind::UnexpectedAnswer`] when the id token is of another
    /// sign-in.
    pub fn read(
        &self,
        response: &Response<Bytes>,
        sent_at: SystemTime,
    ) -> Result<TokenResponse, CredentialError> {
        let response = TokenResponse::read(response, sent_at)?;
        let Some(id_token) = response.id_token() else { return Ok(response) };
        let nonce = id_token_claim(id_token, "nonce");
        if nonce.is_some_and(|nonce| nonce.equals(&self.redemption.nonce)) {
            return Ok(response);
        }
        Err(CredentialError::new(
            CredentialErrorKind::UnexpectedAnswer,
            "the id token was not made for this sign-in: its nonce is another, or missing",
            "start the sign-in again; if it stays so, check that the authority is the right server",
        ))
    }
}

impl fmt::Debug for AuthorizationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationCode")
            .field("tenant", &self.redemption.tenant)
            .field("redirect_uri", &self.redemption.redirect_uri)
            .finish_non_exhaustive()
    }
}
