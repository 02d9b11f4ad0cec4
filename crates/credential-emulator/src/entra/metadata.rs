//! OpenID Connect discovery, keys and instance discovery.

use axum::extract::{Path, State};
use http::{StatusCode, Uri};
use serde_json::{Value, json};

use super::error::EntraError;
use super::grant::GRANT_TYPES;
use super::tenant::Tenant;
use super::{SERVICE, Version};
use crate::answer::{self, Answer};
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub(super) async fn version_2(
    State(services): State<SharedServices>,
    received: Received,
    Path(tenant): Path<String>,
) -> Answer {
    document(&services, &received, &tenant, Version::V2)
}

/// `GET /{tenant}/.well-known/openid-configuration`
pub(super) async fn version_1(
    State(services): State<SharedServices>,
    received: Received,
    Path(tenant): Path<String>,
) -> Answer {
    document(&services, &received, &tenant, Version::V1)
}

/// `GET /{tenant}/discovery/v2.0/keys`: the same keys for every tenant, as Entra's are.
pub(super) async fn keys(
    State(services): State<SharedServices>,
    received: Received,
    Path(tenant): Path<String>,
) -> Answer {
    key_set(&services, &received, &tenant)
}

pub(super) fn key_set(services: &Services, received: &Received, tenant: &str) -> Answer {
    answer_json(services, received, Tenant::named(services, tenant).map(|_| services.signing_keys.jwks()))
}

/// `GET /common/discovery/instance`: says whether an authority's host can be trusted, and which hosts are the same.
pub(super) async fn instance_discovery(State(services): State<SharedServices>, received: Received) -> Answer {
    let result = instance(&services, &received);
    answer_json(&services, &received, result)
}

fn instance(services: &Services, received: &Received) -> Result<Value, EntraError> {
    let endpoint = received
        .query("authorization_endpoint")
        .ok_or_else(|| EntraError::missing_parameter("authorization_endpoint"))?;
    let host_is_ours = |uri: &Uri| {
        uri.scheme_str()
            .zip(uri.authority())
            .is_some_and(|(scheme, authority)| services.origins.holds(&format!("{scheme}://{authority}")))
    };
    let uri: Uri = endpoint.parse().ok().filter(host_is_ours).ok_or_else(|| {
        EntraError::bad_request("invalid_instance", 50_049, "Unknown or invalid instance.".to_owned())
            .because(format!("authorization_endpoint: '{endpoint}' is not an address of this emulator"))
    })?;
    let tenant = uri.path().split('/').nth(1).unwrap_or_default();
    let origin = services.origin_of(received);
    let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
    let aliases: Vec<String> = services
        .origins
        .all()
        .filter_map(|origin| origin.split_once("://").map(|(_, alias)| alias.to_owned()))
        .collect();
    Ok(json!({
        "tenant_discovery_endpoint": format!("{origin}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": received.query("api-version").unwrap_or_else(|| "1.1".to_owned()),
        "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": aliases }],
    }))
}

pub(super) fn document(services: &Services, received: &Received, tenant: &str, version: Version) -> Answer {
    let document = Tenant::named(services, tenant).map(|named| {
        let origin = services.origin_of(received);
        let issuer = named.issuer(&origin, named.id_in_metadata(), version);
        let (base, keys) = match version {
            Version::V1 => ("oauth2", "discovery/keys"),
            Version::V2 => ("oauth2/v2.0", "discovery/v2.0/keys"),
        };
        let mut document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{origin}/{tenant}/{base}/authorize"),
            "token_endpoint": format!("{origin}/{tenant}/{base}/token"),
            "end_session_endpoint": format!("{origin}/{tenant}/{base}/logout"),
            "jwks_uri": format!("{origin}/{tenant}/{keys}"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "grant_types_supported": GRANT_TYPES,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "code_challenge_methods_supported": ["S256", "plain"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "tenant_region_scope": "EU",
        });
        // User flows of Azure AD B2C need the browser.
        if named.policy.is_none() {
            document["device_authorization_endpoint"] = json!(format!("{origin}/{tenant}/{base}/devicecode"));
        }
        document
    });
    answer_json(services, received, document)
}

fn answer_json(services: &Services, received: &Received, result: Result<Value, EntraError>) -> Answer {
    let verdict = Verdict::of(SERVICE);
    match result {
        Ok(body) => Answer::granted(verdict, answer::json(StatusCode::OK, &body)),
        Err(error) => Answer::refused(verdict, error.reason(), error.response(services, received)),
    }
}
