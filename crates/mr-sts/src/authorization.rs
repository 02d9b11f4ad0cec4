//! What is handed in for a Mixed Reality token.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AccessToken, AuthorizeRequest, CredentialError, CredentialErrorKind, Key, TokenCredential, TokenRequest,
};
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};
use zeroize::Zeroizing;

use crate::account_keys::{AccountKeys, ChosenKey};

/// What is exchanged.
#[derive(Debug)]
pub(crate) enum Input {
    Key(AccountKeys),
    Token { credential: Arc<dyn TokenCredential>, request: TokenRequest },
}

/// What one request carried: to ask for something else after a refusal, and to keep it out of texts.
#[derive(Clone)]
pub(crate) enum Sent {
    Key(ChosenKey),
    Token(AccessToken),
}

impl Sent {
    pub(crate) fn expose(&self) -> &str {
        match self {
            Self::Key(chosen) => chosen.key().expose(),
            Self::Token(token) => token.expose(),
        }
    }
}

/// Authorizes the attempts of one request and remembers what the last one carried.
///
/// The key is read, and the credential asked, at every attempt: a rotated key or a renewed token is in use at once.
pub(crate) struct Authorization<'a> {
    account_id: &'a str,
    input: &'a Input,
    instead: Option<Sent>,
    sent: Mutex<Option<Sent>>,
}

impl<'a> Authorization<'a> {
    /// Uses this key or token, where there is one, instead of the first key or the credential's token.
    pub(crate) fn new(account_id: &'a str, input: &'a Input, instead: Option<Sent>) -> Self {
        Self { account_id, input, instead, sent: Mutex::new(None) }
    }

    pub(crate) fn into_sent(self) -> Option<Sent> {
        self.sent.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn current(&self) -> Result<Sent, CredentialError> {
        Ok(match (self.input, &self.instead) {
            (_, Some(sent)) => sent.clone(),
            (Input::Key(keys), None) => Sent::Key(keys.first()),
            (Input::Token { credential, request }, None) => Sent::Token(credential.get_token(request).await?),
        })
    }
}

#[async_trait]
impl AuthorizeRequest for Authorization<'_> {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
        let sent = self.current().await?;
        let value = match &sent {
            Sent::Key(chosen) => key_header(self.account_id, chosen.key())?,
            Sent::Token(token) => token.to_header_value()?,
        };
        request.headers_mut().insert(AUTHORIZATION, value);
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Some(sent);
        Ok(())
    }
}

/// The id and the key in plain text behind `Bearer`: neither `Basic` nor base64.
fn key_header(account_id: &str, key: &Key) -> Result<HeaderValue, CredentialError> {
    let text = Zeroizing::new(["Bearer ", account_id, ":", key.expose()].concat());
    let mut value = HeaderValue::from_str(&text).map_err(|_| {
        CredentialError::new(
            CredentialErrorKind::InvalidConfiguration,
            "the account key holds characters that cannot stand in a header",
            "copy the key again from the account's Keys page",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization").field("account_id", &self.account_id).finish_non_exhaustive()
    }
}
