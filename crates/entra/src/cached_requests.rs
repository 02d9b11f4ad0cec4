//! What a credential does with a request before the cache sees it.

use std::borrow::Cow;

use credential::{AccessToken, CachedCredential, CredentialError, TokenCredential, TokenRequest};

use crate::tenant::Tenant;

/// Fills in the default scope and drops a tenant that is the credential's own, so that requests which mean the same
/// share a token. The usual request passes as it is.
pub(crate) fn normalized<'a>(
    default: Option<&'a TokenRequest>,
    own: &Tenant,
    request: &'a TokenRequest,
) -> Cow<'a, TokenRequest> {
    let tenant = request.tenant().filter(|tenant| !own.is(tenant));
    let default = default.filter(|_| request.scopes().is_empty());
    match default {
        None if tenant == request.tenant() => return Cow::Borrowed(request),
        Some(default)
            if tenant.is_none() && request.claims().is_none() && request.refused_token().is_none() =>
        {
            return Cow::Borrowed(default);
        }
        _ => {}
    }
    let mut full = plain(default.unwrap_or(request), tenant);
    if let Some(claims) = request.claims() {
        full = full.with_claims(claims.to_owned());
    }
    if let Some(refused) = request.refused_token() {
        full = full.not_this_token(refused.clone());
    }
    Cow::Owned(full)
}

/// Scopes and tenant alone.
fn plain(request: &TokenRequest, tenant: Option<&str>) -> TokenRequest {
    let plain = TokenRequest::new(request.scopes().to_vec());
    match tenant {
        Some(tenant) => plain.with_tenant(tenant.to_owned()),
        None => plain,
    }
}

/// Gets a token through the cache. The answer to a claims challenge replaces the token that was challenged, so that
/// requests without the claims get the new one from then on.
pub(crate) async fn get_cached<C: TokenCredential>(
    cached: &CachedCredential<C>,
    request: &TokenRequest,
) -> Result<AccessToken, CredentialError> {
    let is_new_challenge = request.claims().is_some() && cached.cached_token(request).is_none();
    let token = cached.get_token(request).await?;
    if is_new_challenge {
        keep_without_claims(cached, request, &token);
    }
    Ok(token)
}

/// Keeps a token for requests with these scopes and this tenant, and without claims.
pub(crate) fn keep_without_claims<C: TokenCredential>(
    cached: &CachedCredential<C>,
    request: &TokenRequest,
    token: &AccessToken,
) {
    cached.keep(&plain(request, request.tenant()), token);
}
