//! Judges access tokens that the emulator's Entra issued.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::accounts::{App, Resource};
use crate::clock::{instant, rfc3339};
use crate::entra::DATED_BACK;
use crate::received::Received;
use crate::services::Services;
use crate::signing_key::SignatureFault;
use crate::verdict::Verdict;

/// How far the clocks of issuer and service may differ when a token starts to be valid.
const LEEWAY_SECONDS: i64 = 300;

/// What a service wants of a token.
pub(crate) struct Expected<'a> {
    pub(crate) audiences: &'a [&'static str],
    /// Accepts the emulator's own address as audience too: SDKs that derive the scope from the endpoint ask for it.
    pub(crate) or_own_origin: bool,
}

/// Whom a good token speaks for.
pub(crate) struct Caller<'a> {
    pub(crate) app: App<'a>,
    /// Whether the user has every role, or the application where it acts for itself.
    has_roles: bool,
    pub(crate) tenant_id: String,
    /// For whom the application acts, where it is not for itself.
    pub(crate) user: Option<Delegated>,
    /// When the token ends, in seconds since 1970.
    pub(crate) expires_at: i64,
}

impl Caller<'_> {
    /// Returns the role assigned on the resource.
    pub(crate) fn role_on(&self, resource: Resource) -> Option<&'static str> {
        self.has_roles.then(|| resource.role())
    }

    /// Returns the object id of who has a role, or none.
    pub(crate) fn object_id(&self) -> &str {
        self.user.as_ref().map_or(self.app.object_id, |user| &user.object_id)
    }

    /// Says who has a role, or none.
    pub(crate) fn subject(&self) -> String {
        match &self.user {
            Some(user) => format!("user {}", user.object_id),
            None => format!("application {}", self.app.client_id),
        }
    }
}

/// The user of a delegated token, and what the application may do in that user's name.
pub(crate) struct Delegated {
    pub(crate) object_id: String,
    pub(crate) scopes: Vec<String>,
}

/// Why a token was not accepted.
#[derive(Debug)]
pub(crate) enum BearerFault {
    Missing,
    NotBearer,
    Signature(SignatureFault),
    Expired { until: String, now: String },
    NotYetValid { from: String, now: String },
    Audience { found: String, accepted: String },
    Issuer { found: String },
    Tenant { found: String, expected: String },
    Application { found: String },
    User { found: String },
    Revoked { object_id: String, at: String },
}

/// Judges the request's bearer token: signature, times, audience, issuer, tenant, application, in that order.
pub(crate) fn verify<'a>(
    services: &'a Services,
    received: &Received,
    expected: &Expected<'_>,
    verdict: &mut Verdict,
) -> Result<Caller<'a>, BearerFault> {
    let authorization = received.header("authorization").ok_or(BearerFault::Missing)?;
    let (scheme, token) = authorization.split_once(' ').ok_or(BearerFault::NotBearer)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(BearerFault::NotBearer);
    }
    verify_token(services, token, expected, verdict)
}

/// Judges a token wherever it stands.
pub(crate) fn verify_token<'a>(
    services: &'a Services,
    token: &str,
    expected: &Expected<'_>,
    verdict: &mut Verdict,
) -> Result<Caller<'a>, BearerFault> {
    let claims = services.signing_keys.verify(token.trim()).map_err(BearerFault::Signature)?;
    verdict.verified("token signature (RS256)");
    verify_times(services, &claims, verdict)?;
    verify_audience(services, &claims, expected, verdict)?;
    verify_caller(services, &claims, verdict)
}

fn verify_times(services: &Services, claims: &Value, verdict: &mut Verdict) -> Result<(), BearerFault> {
    let now = services.clock.epoch_seconds();
    let at = |name| claims.get(name).and_then(Value::as_i64).unwrap_or_default();
    if now >= at("exp") {
        return Err(BearerFault::Expired { until: instant_text(at("exp")), now: instant_text(now) });
    }
    if now + LEEWAY_SECONDS < at("nbf") {
        return Err(BearerFault::NotYetValid { from: instant_text(at("nbf")), now: instant_text(now) });
    }
    verdict.verified(format!("token valid until {}", instant_text(at("exp"))));
    Ok(())
}

fn verify_audience(
    services: &Services,
    claims: &Value,
    expected: &Expected<'_>,
    verdict: &mut Verdict,
) -> Result<(), BearerFault> {
    let found = text_claim(claims, "aud");
    let own = expected.or_own_origin && services.origins.holds(&found);
    if !own && !expected.audiences.contains(&found.as_str()) {
        let mut accepted = expected.audiences.join(", ");
        if expected.or_own_origin {
            accepted.push_str(", or this emulator's own address");
        }
        return Err(BearerFault::Audience { found, accepted });
    }
    verdict.verified(format!("audience {found}"));
    Ok(())
}

fn verify_caller<'a>(
    services: &'a Services,
    claims: &Value,
    verdict: &mut Verdict,
) -> Result<Caller<'a>, BearerFault> {
    let (issuer, tenant_id) = (text_claim(claims, "iss"), text_claim(claims, "tid"));
    let is_issuer = |origin: String| {
        [format!("{origin}/{tenant_id}/"), format!("{origin}/{tenant_id}/v2.0")].contains(&issuer)
    };
    if !services.origins.all().any(is_issuer) {
        return Err(BearerFault::Issuer { found: issuer });
    }
    let expected = &services.accounts.tenant_id;
    if tenant_id != *expected {
        return Err(BearerFault::Tenant { found: tenant_id, expected: expected.clone() });
    }
    verdict.verified(format!("tenant {tenant_id}"));
    // Version 2 tokens name the application in azp, version 1 tokens in appid.
    let client_id = Some(text_claim(claims, "azp")).filter(|id| !id.is_empty());
    let client_id = client_id.unwrap_or_else(|| text_claim(claims, "appid"));
    let app = services.accounts.principal(&client_id).ok_or(BearerFault::Application { found: client_id })?;
    verdict.verified(format!("application {}", app.client_id));
    check_session(services, claims, &tenant_id, verdict)?;
    let expires_at = claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    let scopes: Vec<String> = text_claim(claims, "scp").split_whitespace().map(str::to_owned).collect();
    // In a delegated token the user's roles count.
    if scopes.is_empty() {
        return Ok(Caller { app, has_roles: app.has_roles, tenant_id, user: None, expires_at });
    }
    let object_id = text_claim(claims, "oid");
    let Some(user) = services.accounts.user_of(&object_id) else {
        return Err(BearerFault::User { found: object_id });
    };
    verdict.verified(format!("user {object_id}"));
    let delegated = Some(Delegated { object_id, scopes });
    Ok(Caller { app, has_roles: user.has_roles, tenant_id, user: delegated, expires_at })
}

/// Continuous access evaluation: a client that said that it handles claims challenges gets one when the session behind its
/// token was revoked. Others keep their token, which is short-lived.
fn check_session(
    services: &Services,
    claims: &Value,
    tenant_id: &str,
    verdict: &mut Verdict,
) -> Result<(), BearerFault> {
    let object_id = text_claim(claims, "oid");
    let Some(revoked_at) = services.sign_ins.revocations.revoked_at(&object_id) else { return Ok(()) };
    let capabilities = claims.get("xms_cc").and_then(Value::as_array);
    if !capabilities.is_some_and(|all| all.iter().any(|one| one == "cp1")) {
        return Ok(());
    }
    let at = |name| claims.get(name).and_then(Value::as_i64).unwrap_or_default();
    if at("iat") + DATED_BACK > revoked_at || at("nbf") >= revoked_at {
        return Ok(());
    }
    let authority = format!("{}/{tenant_id}", services.origins.https);
    verdict.challenge = Some(claims_challenge(&authority, revoked_at));
    Err(BearerFault::Revoked { object_id, at: instant_text(revoked_at) })
}

/// Returns the challenge that asks for a token that is valid from this instant, in seconds since 1970: what services that
/// evaluate access continuously write into `WWW-Authenticate`.
pub(crate) fn claims_challenge(authority: &str, not_before: i64) -> String {
    let claims = json!({ "access_token": { "nbf": { "essential": true, "value": not_before.to_string() } } });
    let claims = STANDARD.encode(claims.to_string());
    format!(
        "Bearer realm=\"\", authorization_uri=\"{authority}/oauth2/v2.0/authorize\", \
         error=\"insufficient_claims\", claims=\"{claims}\""
    )
}

fn instant_text(seconds: i64) -> String {
    rfc3339(instant(seconds))
}

fn text_claim(claims: &Value, name: &str) -> String {
    claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl fmt::Display for BearerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("authorization: the header is missing"),
            Self::NotBearer => f.write_str("authorization: the header is not 'Bearer' and a token"),
            Self::Signature(fault) => fault.fmt(f),
            Self::Expired { until, now } => {
                write!(f, "exp: the token was valid until {until}, it is {now} now")
            }
            Self::NotYetValid { from, now } => {
                write!(f, "nbf: the token is valid from {from}, it is {now} now")
            }
            Self::Audience { found, accepted } => {
                write!(f, "audience: the token is for {found}, this service accepts {accepted}")
            }
            Self::Issuer { found } => write!(f, "issuer: '{found}' is no tenant's issuer here"),
            Self::Tenant { found, expected } => {
                write!(f, "tenant: the token is of {found}, the resource belongs to {expected}")
            }
            Self::Application { found } => write!(f, "application: '{found}' is not known here"),
            Self::User { found } => write!(f, "user: nobody has the object id '{found}'"),
            Self::Revoked { object_id, at } => {
                write!(f, "session: those of {object_id} were revoked at {at}, after the token was issued")
            }
        }
    }
}
