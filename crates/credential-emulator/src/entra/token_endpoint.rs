//! The token endpoints.

use axum::extract::{Path, State};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::error::{EntraError, set_headers};
use super::grant::{self, Grant};
use super::{SERVICE, Version};
use crate::answer::{self, Answer};
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

/// How long tokens live, in seconds: what Entra answers for applications.
const LIFETIME: i64 = 3_599;
/// Entra dates tokens back, for clients whose clocks run late.
const DATED_BACK: i64 = 300;

/// `POST /{tenant}/oauth2/v2.0/token`
pub(super) async fn version_2(
    State(services): State<SharedServices>,
    received: Received,
    Path(tenant): Path<String>,
) -> Answer {
    token(&services, &received, &tenant, Version::V2)
}

/// `POST /{tenant}/oauth2/token`
pub(super) async fn version_1(
    State(services): State<SharedServices>,
    received: Received,
    Path(tenant): Path<String>,
) -> Answer {
    token(&services, &received, &tenant, Version::V1)
}

fn token(services: &Services, received: &Received, tenant: &str, version: Version) -> Answer {
    let mut verdict = Verdict::of(SERVICE);
    let result = grant::check(services, received, tenant, version, &mut verdict)
        .and_then(|grant| issue(services, received, &grant, version));
    match result {
        Ok(response) => Answer::granted(verdict, response),
        Err(error) => Answer::refused(verdict, error.reason(), error.response(services, received)),
    }
}

fn issue(
    services: &Services,
    received: &Received,
    grant: &Grant<'_>,
    version: Version,
) -> Result<Response<Bytes>, EntraError> {
    let now = services.clock.epoch_seconds();
    let claims = claims(services, &services.origin_of(received), grant, version, now);
    let token = services.signing_key.sign_as_entra(&claims).map_err(|_| {
        EntraError::bad_request("server_error", 90_033, "A transient error has occurred.".to_owned())
    })?;
    let body = match version {
        Version::V2 => json!({
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "ext_expires_in": LIFETIME,
            "access_token": token,
        }),
        // Version 1 writes numbers as strings.
        Version::V1 => json!({
            "token_type": "Bearer",
            "expires_in": LIFETIME.to_string(),
            "ext_expires_in": LIFETIME.to_string(),
            "expires_on": (now + LIFETIME).to_string(),
            "not_before": (now - DATED_BACK).to_string(),
            "resource": grant.resource,
            "access_token": token,
        }),
    };
    let mut response = answer::json(StatusCode::OK, &body);
    set_headers(&mut response, received, &services.ids.guid());
    Ok(response)
}

fn claims(services: &Services, origin: &str, grant: &Grant<'_>, version: Version, now: i64) -> Value {
    let tenant_id = grant.tenant_id;
    let mut claims = json!({
        "aud": grant.resource,
        "iat": now - DATED_BACK,
        "nbf": now - DATED_BACK,
        "exp": now + LIFETIME,
        "oid": grant.app.object_id,
        "sub": grant.app.object_id,
        "tid": tenant_id,
        "idtyp": "app",
        "uti": services.ids.guid(),
    });
    match version {
        Version::V1 => {
            let issuer = format!("{origin}/{tenant_id}/");
            claims["idp"] = json!(issuer);
            claims["iss"] = json!(issuer);
            claims["appid"] = json!(grant.app.client_id);
            // "1": the application proved itself by a secret.
            claims["appidacr"] = json!("1");
            claims["ver"] = json!("1.0");
        }
        Version::V2 => {
            claims["iss"] = json!(format!("{origin}/{tenant_id}/v2.0"));
            claims["azp"] = json!(grant.app.client_id);
            claims["azpacr"] = json!("1");
            claims["ver"] = json!("2.0");
        }
    }
    claims
}
