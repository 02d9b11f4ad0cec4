//! Authorizes requests with a bearer token.

use std::borrow::Cow;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, header::AUTHORIZATION};

use crate::endpoint::refuse_insecure_uri;
use crate::{AuthorizeRequest, CredentialError, TokenCredential, TokenRequest};

/// Authorizes requests with a bearer token of a credential (RFC 6750).
///
/// The token goes to `https` addresses only, and to `http` on loopback hosts, where an emulator listens.
#[derive(Debug)]
pub struct BearerAuthorizer<C> {
    credential: C,
    request: TokenRequest,
}

impl<C: TokenCredential> BearerAuthorizer<C> {
    /// Uses tokens of `credential` for these scopes; no scopes means the credential's own default.
    pub fn new<S: Into<Cow<'static, str>>>(credential: C, scopes: impl IntoIterator<Item = S>) -> Self {
        Self { credential, request: TokenRequest::new(scopes) }
    }
}

#[async_trait]
impl<C: TokenCredential> AuthorizeRequest for BearerAuthorizer<C> {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
        refuse_insecure_uri(request.uri())?;
        let value = self.credential.get_token(&self.request).await?.to_header_value()?;
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(())
    }
}
