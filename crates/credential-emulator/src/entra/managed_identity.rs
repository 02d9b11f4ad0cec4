//! Managed identities: tokens for programs that run at Azure, in the forms of a virtual machine and of App Service.

use axum::extract::State;
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::claims::DATED_BACK;
use super::scope;
use crate::accounts::App;
use crate::answer::{self, Answer};
use crate::id_source::shown;
use crate::received::{Received, is_dated_version};
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

const SERVICE: &str = "managed-identity";
/// How long the tokens live, in seconds: managed identities get long ones.
const LIFETIME: i64 = 86_399;

/// Why there is no token.
struct Refused {
    status: StatusCode,
    error: &'static str,
    description: String,
    reason: String,
}

impl Refused {
    fn bad_request(description: &str, reason: impl Into<String>) -> Self {
        let description = description.to_owned();
        Self { status: StatusCode::BAD_REQUEST, error: "invalid_request", description, reason: reason.into() }
    }
}

/// The query parameters that name a user-assigned identity, by what they hold.
const BY_CLIENT_ID: [&str; 2] = ["client_id", "clientid"];
const BY_OBJECT_ID: [&str; 2] = ["object_id", "principal_id"];
const BY_RESOURCE_ID: [&str; 2] = ["mi_res_id", "msi_res_id"];

/// `GET /metadata/identity/oauth2/token`: the instance metadata service of a virtual machine.
pub(super) async fn imds(State(services): State<SharedServices>, received: Received) -> Answer {
    let mut verdict = Verdict::of(SERVICE);
    let outcome = check_metadata_header(&received)
        .and_then(|()| token(&services, &received, &mut verdict))
        .map(|token| {
            json!({
                "access_token": token.text,
                "client_id": token.client_id,
                "expires_in": LIFETIME.to_string(),
                "expires_on": token.expires_at.to_string(),
                "ext_expires_in": LIFETIME.to_string(),
                "not_before": (token.expires_at - LIFETIME - DATED_BACK).to_string(),
                "resource": token.resource,
                "token_type": "Bearer",
            })
        });
    answered(verdict, outcome, |refused| {
        answer::json(
            refused.status,
            &json!({ "error": refused.error, "error_description": refused.description }),
        )
    })
}

/// `GET /msi/token`: what `IDENTITY_ENDPOINT` points at in App Service.
pub(super) async fn app_service(State(services): State<SharedServices>, received: Received) -> Answer {
    let mut verdict = Verdict::of(SERVICE);
    let outcome = check_identity_header(&services, &received)
        .and_then(|()| token(&services, &received, &mut verdict))
        .map(|token| {
            json!({
                "access_token": token.text,
                "client_id": token.client_id,
                "expires_on": token.expires_at.to_string(),
                "resource": token.resource,
                "token_type": "Bearer",
            })
        });
    answered(verdict, outcome, |refused| {
        answer::json(
            refused.status,
            &json!({ "statusCode": refused.status.as_u16(), "message": refused.description }),
        )
    })
}

fn answered(
    verdict: Verdict,
    outcome: Result<Value, Refused>,
    error: impl FnOnce(&Refused) -> Response<Bytes>,
) -> Answer {
    match outcome {
        Ok(body) => Answer::granted(verdict, answer::json(StatusCode::OK, &body)),
        Err(refused) => {
            let response = error(&refused);
            Answer::refused(verdict, refused.reason, response)
        }
    }
}

/// A page in a browser cannot set the header, and a proxy adds the other: neither may have a token.
fn check_metadata_header(received: &Received) -> Result<(), Refused> {
    if !received.header("metadata").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        let reason = "metadata: the header is not 'true'";
        return Err(Refused::bad_request("Required metadata header not specified", reason));
    }
    if received.headers().contains_key("x-forwarded-for") {
        let reason = "x-forwarded-for: the request came by a proxy";
        return Err(Refused::bad_request("The request must not be forwarded", reason));
    }
    Ok(())
}

fn check_identity_header(services: &Services, received: &Received) -> Result<(), Refused> {
    let found = received.header("x-identity-header").unwrap_or_default();
    let known = services.accounts.identity_header.as_bytes();
    if bool::from(found.as_bytes().ct_eq(known)) {
        return Ok(());
    }
    let reason = "x-identity-header: it is not the value of IDENTITY_HEADER".to_owned();
    let description = "The identity header is missing or wrong.".to_owned();
    Err(Refused { status: StatusCode::UNAUTHORIZED, error: "unauthorized", description, reason })
}

/// A token, and what the answer says of it.
struct Token<'a> {
    text: String,
    client_id: &'a str,
    resource: String,
    expires_at: i64,
}

fn token<'a>(
    services: &'a Services,
    received: &Received,
    verdict: &mut Verdict,
) -> Result<Token<'a>, Refused> {
    let version = received.query("api-version").unwrap_or_default();
    if !is_dated_version(&version) {
        let reason = format!("api-version: '{version}' is not a date such as 2018-02-01");
        return Err(Refused::bad_request("The api-version is missing or not valid.", reason));
    }
    let app = identity(services, received)?;
    verdict.verified(format!("managed identity {}", app.client_id));
    let resource = received.query("resource").filter(|text| !text.is_empty()).ok_or_else(|| {
        Refused::bad_request("The resource is missing.", "resource: the query parameter is missing")
    })?;
    scope::check_resource(services, &resource, &services.accounts.tenant_id).map_err(|error| Refused {
        status: StatusCode::BAD_REQUEST,
        error: error.name(),
        description: error.description(),
        reason: error.reason(),
    })?;
    verdict.verified(format!("resource {resource}"));
    let now = services.clock.epoch_seconds();
    let claims = claims(services, received, app, &resource, now);
    let text = services.signing_keys.sign_as_entra(&claims).map_err(|_| {
        Refused::bad_request("The token could not be issued.", "signature: the token could not be signed")
    })?;
    Ok(Token { text, client_id: app.client_id, resource, expires_at: now + LIFETIME })
}

/// Finds the identity: the one that the system gave, unless the request names another.
fn identity<'a>(services: &'a Services, received: &Received) -> Result<App<'a>, Refused> {
    let accounts = &services.accounts;
    let [system, user] = accounts.managed_identities();
    let asked = |names: [&str; 2]| {
        names.into_iter().find_map(|name| received.query(name).map(|value| (name.to_owned(), value)))
    };
    let by_resource = asked(BY_RESOURCE_ID).map(|(name, id)| {
        (name, id.eq_ignore_ascii_case(&accounts.managed_identity_resource_id).then_some(user), String::new())
    });
    let by_object = asked(BY_OBJECT_ID).map(|(name, id)| {
        let found = [system, user].into_iter().find(|app| app.object_id.eq_ignore_ascii_case(&id));
        (name, found, shown(&id))
    });
    let by_client = asked(BY_CLIENT_ID).map(|(name, id)| {
        let found = [system, user].into_iter().find(|app| app.client_id.eq_ignore_ascii_case(&id));
        (name, found, shown(&id))
    });
    match by_client.or(by_object).or(by_resource) {
        None => Ok(system),
        Some((_, Some(app), _)) => Ok(app),
        Some((name, None, id)) => Err(Refused::bad_request(
            "Identity not found",
            format!("{name}: {id} no identity is assigned by it"),
        )),
    }
}

/// Returns whose identity it is: its own resource, or the machine that the system gave it to.
fn resource_id(services: &Services, app: App<'_>) -> String {
    let accounts = &services.accounts;
    if app.client_id == accounts.managed_identity_client_id {
        return accounts.managed_identity_resource_id.clone();
    }
    format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Compute/virtualMachines/emulator",
        accounts.subscription_id, accounts.resource_group
    )
}

fn claims(services: &Services, received: &Received, app: App<'_>, resource: &str, now: i64) -> Value {
    let tenant_id = &services.accounts.tenant_id;
    let issuer = format!("{}/{tenant_id}/", services.origins.https);
    let mut claims = json!({
        "aud": resource,
        "iss": issuer,
        "idp": issuer,
        "iat": now - DATED_BACK,
        "nbf": now - DATED_BACK,
        "exp": now + LIFETIME,
        "appid": app.client_id,
        "appidacr": "2",
        "idtyp": "app",
        "oid": app.object_id,
        "sub": app.object_id,
        "tid": tenant_id,
        "uti": services.ids.guid(),
        "ver": "1.0",
        "xms_mirid": resource_id(services, app),
    });
    if received.query("xms_cc").is_some_and(|all| all.split(',').any(|one| one == "cp1")) {
        claims["xms_cc"] = json!(["cp1"]);
    }
    claims
}
