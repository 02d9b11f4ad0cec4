//! The token endpoints.

use axum::extract::{Path, State};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::claims::{self, DATED_BACK, Validity};
use super::claims_request::ClaimsRequest;
use super::error::{EntraError, set_headers};
use super::grant::{self, Access, Grant, UserAccess};
use super::refresh_tokens::Refreshable;
use super::token_request::TokenRequest;
use super::{SERVICE, Version};
use crate::answer::{self, Answer};
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

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

pub(super) fn token(services: &Services, received: &Received, tenant: &str, version: Version) -> Answer {
    let mut verdict = Verdict::of(SERVICE);
    let result = TokenRequest::read(services, received, tenant, version).and_then(|request| {
        let asked = ClaimsRequest::read(&request.form)?;
        let grant = grant::check(&request, &mut verdict)?;
        let now = services.clock.epoch_seconds();
        issue(&request, &grant, Validity::of(&asked, services.lifetimes.access_token, now))
    });
    match result {
        Ok(response) => Answer::granted(verdict, response),
        Err(error) => Answer::refused(verdict, error.reason(), error.response(services, received)),
    }
}

fn issue(
    request: &TokenRequest<'_>,
    grant: &Grant<'_>,
    validity: Validity,
) -> Result<Response<Bytes>, EntraError> {
    let token = sign(request, &claims::of_access_token(request, grant, validity))?;
    let lifetime = number(request.version, validity.lifetime);
    let mut body = json!({
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": token,
    });
    if validity.is_long() {
        body["refresh_in"] = number(request.version, validity.lifetime / 2);
    }
    let resource = match &grant.access {
        Access::App(resource) => resource,
        Access::User(access) => {
            add_user(&mut body, request, grant, access, validity)?;
            &access.scopes.resource
        }
    };
    if request.version == Version::V1 {
        body["expires_on"] = number(Version::V1, validity.now + validity.lifetime);
        body["not_before"] = number(Version::V1, validity.now - DATED_BACK);
        body["resource"] = json!(resource);
    }
    let mut response = answer::json(StatusCode::OK, &body);
    set_headers(&mut response, request.received, &request.services.ids.guid());
    Ok(response)
}

/// Version 1 writes numbers as strings.
fn number(version: Version, number: i64) -> Value {
    match version {
        Version::V1 => json!(number.to_string()),
        Version::V2 => json!(number),
    }
}

fn add_user(
    body: &mut Value,
    request: &TokenRequest<'_>,
    grant: &Grant<'_>,
    access: &UserAccess<'_>,
    validity: Validity,
) -> Result<(), EntraError> {
    let (services, scopes) = (request.services, &access.scopes);
    body["scope"] = match request.version {
        Version::V1 => json!(scopes.claim()),
        Version::V2 => json!(scopes.granted()),
    };
    if scopes.openid {
        body["id_token"] = json!(sign(request, &claims::of_id_token(request, grant, access, validity))?);
    }
    if scopes.offline_access {
        let kept = Refreshable {
            client_id: grant.client.app.client_id.to_owned(),
            user: access.user.object_id.to_owned(),
            scopes: scopes.clone(),
        };
        let lifetime = services.lifetimes.refresh_token;
        let tokens = &services.sign_ins.refresh_tokens;
        let token = tokens.issue(&services.ids, kept, access.family, lifetime, validity.now);
        body["refresh_token"] = json!(token);
    }
    if request.form.field("client_info") == Some("1") {
        body["client_info"] = json!(claims::client_info(&access.user));
    }
    Ok(())
}

fn sign(request: &TokenRequest<'_>, claims: &Value) -> Result<String, EntraError> {
    request.services.signing_keys.sign_as_entra(claims).map_err(|_| {
        EntraError::bad_request("server_error", 90_033, "A transient error has occurred.".to_owned())
    })
}
