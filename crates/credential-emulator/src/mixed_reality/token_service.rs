//! The Mixed Reality Security Token Service.

use axum::extract::{Path, State};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::accounts::Resource;
use crate::answer::{self, Answer};
use crate::audience::MIXED_REALITY;
use crate::bearer::{self, Expected};
use crate::id_source::{is_guid, shown};
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

const API_VERSION: &str = "2019-02-28-preview";
const NO_TENANT: &str = "00000000-0000-0000-0000-000000000000";

/// A refusal: a status without a body, and only sometimes a text in `WWW-Authenticate`.
struct Refused {
    status: StatusCode,
    www_authenticate: Option<String>,
    reason: String,
}

impl Refused {
    /// Recorded answers to a wrong key carry nothing at all.
    fn key(reason: String) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, www_authenticate: None, reason }
    }

    fn token(reason: String) -> Self {
        let www_authenticate = Some(format!("Invalid token: {reason}"));
        Self { status: StatusCode::UNAUTHORIZED, www_authenticate, reason }
    }

    fn request(reason: String) -> Self {
        let www_authenticate = Some(format!("Invalid request: {reason}"));
        Self { status: StatusCode::BAD_REQUEST, www_authenticate, reason }
    }
}

/// `GET /Accounts/{account}/token`
pub(super) async fn token(
    State(services): State<SharedServices>,
    received: Received,
    Path(account): Path<String>,
) -> Answer {
    let mut verdict = Verdict::of("mixed-reality");
    let answer = match exchange(&services, &received, &account, &mut verdict) {
        Ok(response) => Answer::granted(verdict, response),
        Err(refused) => {
            let mut response = answer::empty(refused.status);
            if let Some(text) = &refused.www_authenticate {
                answer::set_header(&mut response, "www-authenticate", text);
            }
            Answer::refused(verdict, refused.reason, response)
        }
    };
    let correlation_vector = services.ids.correlation_vector();
    answer.map_response(|response| {
        answer::set_header(response, "ms-cv", &correlation_vector);
        answer::set_header(response, "x-content-type-options", "nosniff");
    })
}

fn exchange(
    services: &Services,
    received: &Received,
    account: &str,
    verdict: &mut Verdict,
) -> Result<Response<Bytes>, Refused> {
    check_request(received, account)?;
    let authorization = received.header("authorization").unwrap_or_default();
    // A JWT holds no colon; `Bearer <account>:<key>` does.
    let tenant_id = if authorization.contains(':') {
        check_key(services, authorization, account, verdict)?;
        NO_TENANT.to_owned()
    } else {
        check_token(services, received, account, verdict)?
    };
    let token = services
        .signing_keys
        .sign_as_service(&claims(services, &tenant_id))
        .map_err(|_| Refused::request("the token could not be signed".to_owned()))?;
    let mut response = answer::json(StatusCode::OK, &json!({ "AccessToken": token }));
    answer::set_header(&mut response, "cache-control", "no-store, no-cache");
    answer::set_header(&mut response, "pragma", "no-cache");
    Ok(response)
}

/// The api-version may be missing: the documentation's samples leave it out.
fn check_request(received: &Received, account: &str) -> Result<(), Refused> {
    if !is_guid(account) {
        return Err(Refused::request(format!("account id: '{account}' is not a UUID")));
    }
    match received.query("api-version") {
        Some(version) if version != API_VERSION => {
            Err(Refused::request(format!("api-version: '{version}' is not served, only {API_VERSION}")))
        }
        _ => Ok(()),
    }
}

fn check_account(services: &Services, account: &str) -> Result<(), String> {
    let served = &services.accounts.mr_account_id;
    if account.eq_ignore_ascii_case(served) {
        return Ok(());
    }
    Err(format!("account id: '{account}' is not served, only {served}"))
}

fn check_key(
    services: &Services,
    authorization: &str,
    account: &str,
    verdict: &mut Verdict,
) -> Result<(), Refused> {
    check_account(services, account).map_err(Refused::key)?;
    let credential =
        authorization.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((id, key)) = credential.and_then(|(_, pair)| pair.trim().split_once(':')) else {
        return Err(Refused::key(
            "authorization: the header is not 'Bearer', account id, ':' and key".to_owned(),
        ));
    };
    if !id.eq_ignore_ascii_case(account) {
        let reason = format!("account id: the path names '{account}', the authorization {}", shown(id));
        return Err(Refused::key(reason));
    }
    let accounts = &services.accounts;
    let is = |known: &str| bool::from(key.as_bytes().ct_eq(known.as_bytes()));
    let name = if is(&accounts.mr_account_key) {
        "primary"
    } else if is(&accounts.mr_secondary_key) {
        "secondary"
    } else {
        return Err(Refused::key(format!("account key: it is neither key of account {account}")));
    };
    verdict.verified(format!("{name} account key"));
    Ok(())
}

/// Returns the tenant that the token speaks for.
fn check_token(
    services: &Services,
    received: &Received,
    account: &str,
    verdict: &mut Verdict,
) -> Result<String, Refused> {
    let expected = Expected { audiences: &MIXED_REALITY, or_own_origin: true };
    let caller = bearer::verify(services, received, &expected, verdict)
        .map_err(|fault| Refused::token(fault.to_string()))?;
    check_account(services, account).map_err(Refused::token)?;
    let role = caller
        .role_on(Resource::MixedReality)
        .ok_or_else(|| Refused::token(format!("role: {} has none on account {account}", caller.subject())))?;
    verdict.verified(format!("role {role}"));
    Ok(caller.tenant_id)
}

/// The claims of real tokens, of 2023.
fn claims(services: &Services, tenant_id: &str) -> Value {
    let accounts = &services.accounts;
    let now = services.clock.epoch_seconds();
    let domain = &accounts.mr_account_domain;
    let region = domain.split('.').next().unwrap_or_default();
    json!({
        "jti": services.ids.guid(),
        "cai": accounts.mr_account_id,
        "aid": accounts.mr_account_id,
        "tid": tenant_id,
        "aao": -1,
        "apr": region,
        "rid": format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MixedReality/remoteRenderingAccounts/emulator",
            accounts.subscription_id, accounts.resource_group
        ),
        "att": "Default",
        "nbf": now,
        "exp": now + services.lifetimes.mixed_reality_token,
        "iat": now,
        "iss": format!("https://sts.{domain}/"),
        "aud": audience(services),
    })
}

/// What the services behind accept: one audience for all of them.
pub(super) fn audience(services: &Services) -> String {
    format!("https://manage.sa.{}/", services.accounts.mr_account_domain)
}
