//! The device code flow (RFC 8628).

use axum::extract::{Path, State};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use super::client::{self, Kind};
use super::device_codes::{Asked, INTERVAL, LIFETIME, NoToken};
use super::error::{EntraError, set_headers};
use super::grant::{Access, Grant, UserAccess};
use super::scope::UserScopes;
use super::token_request::TokenRequest;
use super::{SERVICE, Version};
use crate::answer::{self, Answer};
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

/// `POST /{tenant}/oauth2/v2.0/devicecode`
pub(super) async fn version_2(
    State(services): State<SharedServices>,
    received: Received,
    Path(tenant): Path<String>,
) -> Answer {
    begin(&services, &received, &tenant, Version::V2)
}

/// `POST /{tenant}/oauth2/devicecode`
pub(super) async fn version_1(
    State(services): State<SharedServices>,
    received: Received,
    Path(tenant): Path<String>,
) -> Answer {
    begin(&services, &received, &tenant, Version::V1)
}

fn begin(services: &Services, received: &Received, tenant: &str, version: Version) -> Answer {
    let mut verdict = Verdict::of(SERVICE);
    let result = TokenRequest::read(services, received, tenant, version)
        .and_then(|request| codes(&request, &mut verdict));
    match result {
        Ok(response) => Answer::granted(verdict, response),
        Err(error) => Answer::refused(verdict, error.reason(), error.response(services, received)),
    }
}

fn codes(request: &TokenRequest<'_>, verdict: &mut Verdict) -> Result<Response<Bytes>, EntraError> {
    let services = request.services;
    let directory = request.note_tenant(verdict);
    // The client proves itself when it asks for the token, not here (RFC 8628, section 3.1).
    let app = client::find(services, request.form.required("client_id")?, directory)?;
    verdict.verified(format!("application {}", app.client_id));
    let scopes = UserScopes::read(request, directory)?;
    verdict.verified(format!("scopes {}", scopes.granted()));

    let tenant = request.tenant.one().map(str::to_owned);
    let asked = Asked { client_id: app.client_id.to_owned(), tenant, scopes };
    let (device_code, user_code) =
        services.sign_ins.device_codes.begin(&services.ids, asked, services.clock.epoch_seconds());
    let page = format!("{}/devicelogin", services.origin_of(request.received));
    let mut body = json!({
        "user_code": user_code,
        "device_code": device_code,
        "message": format!("To sign in, open {page} in a web browser and enter the code {user_code}."),
    });
    match request.version {
        Version::V2 => {
            body["verification_uri"] = json!(page);
            body["expires_in"] = json!(LIFETIME);
            body["interval"] = json!(INTERVAL);
        }
        // Version 1 has another name for the page, and writes numbers as strings.
        Version::V1 => {
            body["verification_url"] = json!(page);
            body["expires_in"] = json!(LIFETIME.to_string());
            body["interval"] = json!(INTERVAL.to_string());
        }
    }
    let mut response = answer::json(StatusCode::OK, &body);
    set_headers(&mut response, request.received, &services.ids.guid());
    Ok(response)
}

/// A poll: the token once the user has approved, else why not.
pub(super) fn check<'a>(request: &TokenRequest<'a>, verdict: &mut Verdict) -> Result<Grant<'a>, EntraError> {
    let directory = request.note_tenant(verdict);
    verdict.verified("grant type device_code");
    let client = client::authenticate(request, directory, Kind::Any, verdict)?;
    let client_id = client.app.client_id;
    // Version 1 calls the field `code`.
    let code = match request.form.field("device_code") {
        Some(code) => code,
        None => request.form.field("code").ok_or_else(|| EntraError::missing_parameter("device_code"))?,
    };
    let now = request.services.clock.epoch_seconds();
    let sign_ins = &request.services.sign_ins;
    let (scopes, approver) = sign_ins
        .device_codes
        .redeem(code, client_id, request.tenant.one(), now)
        .map_err(|fault| no_token(&fault, client_id, directory))?;
    let user = request.user_of(&approver.object_id)?;
    let tenant_id = request.tenant_of(&user, verdict)?;
    sign_ins.interaction.met(&user);
    verdict.verified(format!("device code, approved by {}", user.name));
    Ok(Grant { client, tenant_id, access: Access::User(UserAccess::signed_in(user, scopes)) })
}

fn no_token(fault: &NoToken, client_id: &str, tenant_id: &str) -> EntraError {
    let error = |error, code, message: &str| EntraError::bad_request(error, code, message.to_owned());
    let bad_code = || error("bad_verification_code", 70_018, "The device code is not valid.");
    let pending = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
    match fault {
        NoToken::Unknown => bad_code().because("device_code: it was not issued here, or long ago"),
        NoToken::OtherClient(owner) => bad_code()
            .because(format!("device_code: it was issued to application {owner}, not to {client_id}")),
        NoToken::OtherTenant(owner) => {
            EntraError::invalid_grant(700_005, "The code was issued for another tenant.")
                .because(format!("device_code: it was issued in tenant {owner}, not in {tenant_id}"))
        }
        NoToken::Waiting => error("authorization_pending", 70_016, pending)
            .because("device_code: the user has neither approved nor denied yet"),
        // RFC 8628 wants the error; Entra documents no code of its own for it.
        NoToken::TooFast(interval) => error("slow_down", 70_016, pending)
            .because(format!("device_code: polled too soon, wait {interval} s from now on")),
        NoToken::Denied => {
            error("authorization_declined", 65_004, "User declined to consent to access the app.")
                .because("device_code: the user denied")
        }
        NoToken::Expired => error("expired_token", 70_020, "The device code has expired.")
            .because(format!("device_code: it was valid for {LIFETIME} s")),
        NoToken::Redeemed => EntraError::invalid_grant(90_120, "The device code was used before.")
            .because("device_code: the client has had the token for it"),
    }
}
