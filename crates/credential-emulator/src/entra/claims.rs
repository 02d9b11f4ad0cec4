//! What the tokens say.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Version;
use super::claims_request::ClaimsRequest;
use super::grant::{Access, Grant, UserAccess};
use super::token_request::TokenRequest;
use crate::accounts::User;

/// How long tokens live for clients that handle claims challenges, in seconds.
const LONG_LIFETIME: i64 = 86_399;

/// Entra dates tokens back, for clients whose clocks run late.
pub(crate) const DATED_BACK: i64 = 300;

/// When a token is valid, in seconds since 1970, and for how long.
#[derive(Clone, Copy)]
pub(super) struct Validity {
    pub(super) now: i64,
    pub(super) lifetime: i64,
    /// From when on a claims challenge wants it to be valid.
    pub(super) wanted_from: Option<i64>,
    /// Whether the client handles claims challenges.
    pub(super) handles_challenges: bool,
}

impl Validity {
    /// A client that handles claims challenges gets tokens that live a day: they can be revoked.
    pub(super) fn of(asked: &ClaimsRequest, usual: i64, now: i64) -> Self {
        let lifetime = if asked.handles_challenges { LONG_LIFETIME } else { usual };
        Self { now, lifetime, wanted_from: asked.not_before, handles_challenges: asked.handles_challenges }
    }

    pub(super) fn is_long(self) -> bool {
        self.lifetime == LONG_LIFETIME
    }

    fn not_before(self) -> i64 {
        let dated_back = self.now - DATED_BACK;
        self.wanted_from.map_or(dated_back, |wanted| wanted.clamp(dated_back, self.now))
    }
}

/// Returns the claims of the access token.
pub(super) fn of_access_token(request: &TokenRequest<'_>, grant: &Grant<'_>, validity: Validity) -> Value {
    let mut claims = common(request, grant, validity);
    match &grant.access {
        Access::App(resource) => {
            claims["aud"] = json!(resource);
            claims["oid"] = json!(grant.client.app.object_id);
            claims["sub"] = json!(grant.client.app.object_id);
            claims["idtyp"] = json!("app");
        }
        Access::User(access) => add_user(&mut claims, request, access),
    }
    if validity.handles_challenges {
        claims["xms_cc"] = json!(["cp1"]);
    }
    let (client_id, class) = (grant.client.app.client_id, grant.client.proof.class());
    match request.version {
        Version::V1 => {
            claims["idp"] = claims["iss"].clone();
            claims["appid"] = json!(client_id);
            claims["appidacr"] = json!(class);
        }
        Version::V2 => {
            claims["azp"] = json!(client_id);
            claims["azpacr"] = json!(class);
        }
    }
    claims
}

fn add_user(claims: &mut Value, request: &TokenRequest<'_>, access: &UserAccess<'_>) {
    let (user, scopes) = (&access.user, &access.scopes);
    claims["aud"] = json!(scopes.resource);
    claims["scp"] = json!(scopes.claim());
    claims["sub"] = json!(pairwise(user.object_id, &scopes.resource));
    claims["oid"] = json!(user.object_id);
    claims["name"] = json!(user.display_name);
    claims["upn"] = json!(user.name);
    match request.version {
        Version::V1 => {
            claims["unique_name"] = json!(user.name);
            claims["amr"] = json!(["pwd"]);
            claims["acr"] = json!("1");
        }
        Version::V2 => claims["preferred_username"] = json!(user.name),
    }
}

/// Returns the claims of the id token (OpenID Connect Core 1.0, section 2).
pub(super) fn of_id_token(
    request: &TokenRequest<'_>,
    grant: &Grant<'_>,
    access: &UserAccess<'_>,
    validity: Validity,
) -> Value {
    let user = &access.user;
    let client_id = grant.client.app.client_id;
    let mut claims = common(request, grant, validity);
    claims["aud"] = json!(client_id);
    claims["sub"] = json!(pairwise(user.object_id, client_id));
    if let Some(nonce) = &access.nonce {
        claims["nonce"] = json!(nonce);
    }
    if access.scopes.profile {
        claims["oid"] = json!(user.object_id);
        claims["name"] = json!(user.display_name);
        let name = if request.version == Version::V1 { "upn" } else { "preferred_username" };
        claims[name] = json!(user.name);
    }
    claims
}

fn common(request: &TokenRequest<'_>, grant: &Grant<'_>, validity: Validity) -> Value {
    let (origin, tenant_id) = (request.services.origin_of(request.received), grant.tenant_id);
    let issuer = request.tenant.issuer(&origin, tenant_id, request.version);
    let version = if request.version == Version::V1 { "1.0" } else { "2.0" };
    let mut claims = json!({
        "iss": issuer,
        "tid": tenant_id,
        "iat": validity.now - DATED_BACK,
        "nbf": validity.not_before(),
        "exp": validity.now + validity.lifetime,
        "uti": request.services.ids.guid(),
        "ver": version,
    });
    if let Some(policy) = request.tenant.policy {
        claims["tfp"] = json!(policy.name());
    }
    claims
}

/// A subject that only one audience knows the user by.
fn pairwise(object_id: &str, audience: &str) -> String {
    let hash = digest(&SHA256, format!("{object_id} {audience}").as_bytes());
    URL_SAFE_NO_PAD.encode(hash)
}

/// Returns `client_info`: who the user is at home, so that libraries can name the account.
pub(super) fn client_info(user: &User<'_>) -> String {
    let info = json!({ "uid": user.object_id, "utid": user.tenant_id });
    URL_SAFE_NO_PAD.encode(info.to_string())
}
