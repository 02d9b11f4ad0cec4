//! What a credential does with a request before the cache sees it.

use std::borrow::Cow;

use credential::{
    AccessToken, CachedCredential, CredentialError, CredentialIdentity, TokenCredential, TokenRequest,
};

use crate::client::Client;
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
        Some(default) if is_plain(request) && tenant.is_none() => return Cow::Borrowed(default),
        _ => {}
    }
    let mut full = request.clone();
    if let Some(default) = default {
        full = full.with_scopes(default.scopes().to_vec());
    }
    if tenant.is_none() {
        full = full.without_tenant();
    }
    Cow::Owned(full)
}

/// Whose tokens these are, without an account: the app's at its authority and tenant.
pub(crate) fn identity(
    client: &Client,
    own: &Tenant,
    default: Option<&TokenRequest>,
    handles_challenges: bool,
) -> CredentialIdentity {
    let authority = format!("{}/{}", client.authority.place(), own.as_str());
    let identity = CredentialIdentity::new(authority, client.id.clone());
    let identity = match default {
        Some(default) => identity.with_default_scopes(default.scopes().to_vec()),
        None => identity,
    };
    if handles_challenges { identity.with_cae() } else { identity }
}

/// Says whether a request names nothing beside scopes and a tenant.
fn is_plain(request: &TokenRequest) -> bool {
    request.claims().is_none() && request.refused_token().is_none() && !request.is_cae()
}

/// Gets a token through the cache. The answer to a claims challenge replaces the token that was challenged, so that
/// requests without the claims get the new one from then on.
pub(crate) async fn get_cached<C: TokenCredential>(
    cached: &CachedCredential<C>,
    request: &TokenRequest,
) -> Result<AccessToken, CredentialError> {
    if let Some(token) = cached.cached_token(request) {
        return Ok(token.clone());
    }
    let token = cached.get_token(request).await?;
    if request.claims().is_some() {
        keep_without_claims(cached, request, &token);
    }
    Ok(token)
}

/// Keeps a token for the same request without claims.
pub(crate) fn keep_without_claims<C: TokenCredential>(
    cached: &CachedCredential<C>,
    request: &TokenRequest,
    token: &AccessToken,
) {
    cached.keep(&request.clone().without_claims(), token);
}
