//! How long tokens live.

/// How long tokens live, in seconds, unless a request asks otherwise. A test that shall see a token expire advances the
/// emulator's clock; shorter lives are for programs that run beside it in real time.
///
/// # Example
/// ```
/// let lifetimes = credential_emulator::Lifetimes::default();
/// assert_eq!(lifetimes.access_token, 3_599);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lifetimes {
    /// Entra's access tokens, but those of clients that handle claims challenges, which live a day: what Entra answers most
    /// often.
    pub access_token: i64,
    /// Entra's refresh tokens.
    pub refresh_token: i64,
    /// Mixed Reality access tokens.
    pub mixed_reality_token: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { access_token: 3_599, refresh_token: 90 * 24 * 3_600, mixed_reality_token: 24 * 3_600 }
    }
}
