//! What users and their clients have begun.

use super::authorization_codes::AuthorizationCodes;
use super::browser_session::BrowserSession;
use super::device_codes::DeviceCodes;
use super::interaction::Interaction;
use super::refresh_tokens::RefreshTokens;
use super::revocations::Revocations;

/// What users and their clients have begun: codes to enter, tokens to refresh with.
#[derive(Debug, Default)]
pub(crate) struct SignIns {
    pub(crate) device_codes: DeviceCodes,
    pub(super) authorization_codes: AuthorizationCodes,
    pub(super) browser: BrowserSession,
    pub(super) refresh_tokens: RefreshTokens,
    pub(crate) revocations: Revocations,
    pub(crate) interaction: Interaction,
}

impl SignIns {
    /// Forgets all: codes stay without a token, and refresh tokens get none any more.
    pub(crate) fn clear(&self) {
        self.device_codes.clear();
        self.authorization_codes.clear();
        self.browser.end();
        self.refresh_tokens.clear();
        self.revocations.clear();
        self.interaction.clear();
    }
}
