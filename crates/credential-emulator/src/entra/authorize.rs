//! The authorization endpoint: where a user signs in with a browser (RFC 6749, section 4.1.1).

use axum::extract::{Path, State};
use bytes::Bytes;
use http::{Response, StatusCode};

use super::account_choice::{self, Account, Decision};
use super::authorization_codes::Authorized;
use super::client;
use super::code_challenge::CodeChallenge;
use super::error::EntraError;
use super::form::Form;
use super::page::is_of_another_site;
use super::redirect::{BrowserRedirect, RedirectTarget};
use super::scope::UserScopes;
use super::sign_in_page;
use super::token_request::TokenRequest;
use super::{SERVICE, Version};
use crate::EmulatorError;
use crate::accounts::User;
use crate::answer::Answer;
use crate::origins::{Scheme, is_external_id};
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

/// What comes of it.
enum Outcome {
    /// The user has yet to decide, or must do so again because of this.
    Ask(Response<Bytes>, Option<EntraError>),
    Granted(BrowserRedirect),
    /// The client hears of the refusal.
    Refused(BrowserRedirect, String),
}

/// `GET` and `POST /{tenant}/oauth2/v2.0/authorize`
pub(super) async fn version_2(
    State(services): State<SharedServices>,
    received: Received,
    Path(tenant): Path<String>,
) -> Answer {
    answer(&services, &received, &tenant, Version::V2)
}

/// `GET` and `POST /{tenant}/oauth2/authorize`
pub(super) async fn version_1(
    State(services): State<SharedServices>,
    received: Received,
    Path(tenant): Path<String>,
) -> Answer {
    answer(&services, &received, &tenant, Version::V1)
}

pub(super) fn answer(services: &Services, received: &Received, tenant: &str, version: Version) -> Answer {
    let mut verdict = Verdict::of(SERVICE);
    let sent = Form::of(received);
    let decision = Decision::of(&sent);
    if !matches!(decision, Decision::Undecided) && is_of_another_site(services, received) {
        let reason = "origin: the form was sent by a page of another site".to_owned();
        let response = sign_in_page::refusal(StatusCode::FORBIDDEN, &reason);
        return Answer::refused(verdict, reason, response);
    }
    match decide(services, received, tenant, version, decision, &mut verdict) {
        Ok(Outcome::Ask(page, None)) => Answer::granted(verdict, page),
        Ok(Outcome::Ask(page, Some(problem))) => Answer::refused(verdict, problem.reason(), page),
        Ok(Outcome::Granted(redirect)) => Answer::granted(verdict, redirect.response()),
        Ok(Outcome::Refused(redirect, reason)) => Answer::refused(verdict, reason, redirect.response()),
        // Nothing is sent to an address that was not found good.
        Err(error) => {
            let response = sign_in_page::refusal(StatusCode::BAD_REQUEST, &error.reason());
            Answer::refused(verdict, error.reason(), response)
        }
    }
}

/// Signs in as a user, or as whom the page would offer first, as a person would who opens the address in a browser.
pub(crate) fn sign_in(
    services: &Services,
    url: &str,
    user: Option<&str>,
) -> Result<BrowserRedirect, EmulatorError> {
    let failed = |reason: String| {
        EmulatorError::new(
            reason,
            "give the address that the client opens in the browser, whole and unchanged, and a user who can sign in there",
        )
    };
    let foreign = || failed("url: it is not an authorize address of this emulator".to_owned());
    let (received, tenant, version) = opened(services, url).ok_or_else(foreign)?;
    let account = user.map_or(Account::First, Account::Named);
    let mut verdict = Verdict::of(SERVICE);
    match decide(services, &received, &tenant, version, Decision::Accept(account), &mut verdict) {
        Ok(Outcome::Granted(redirect) | Outcome::Refused(redirect, _)) => Ok(redirect),
        Ok(Outcome::Ask(_, problem)) => Err(problem.map_or_else(foreign, |error| failed(error.reason()))),
        Err(error) => Err(failed(error.reason())),
    }
}

/// Takes the address apart as if it had come in by the network.
fn opened(services: &Services, url: &str) -> Option<(Received, String, Version)> {
    let uri: http::Uri = url.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    if !services.origins.holds(&format!("{scheme}://{authority}")) && !is_external_id(authority.as_str()) {
        return None;
    }
    let path = uri.path().trim_matches('/');
    // A user flow may stand between the tenant and this.
    let (tenant, version) =
        match (path.strip_suffix("/oauth2/v2.0/authorize"), path.strip_suffix("/oauth2/authorize")) {
            (Some(tenant), _) => (tenant.to_owned(), Version::V2),
            (_, Some(tenant)) => (tenant.to_owned(), Version::V1),
            _ => return None,
        };
    let scheme = if scheme == "http" { Scheme::Http } else { Scheme::Https };
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = uri;
    Some((Received::new(request, scheme), tenant, version))
}

fn decide(
    services: &Services,
    received: &Received,
    tenant: &str,
    version: Version,
    decision: Decision<'_>,
    verdict: &mut Verdict,
) -> Result<Outcome, EntraError> {
    let request = TokenRequest::of_query(services, received, tenant, version)?;
    let directory = request.note_tenant(verdict);
    let app = client::find(services, request.form.required("client_id")?, directory)?;
    verdict.verified(format!("application {}", app.client_id));
    let target = RedirectTarget::read(&request.form)?;
    verdict.verified(format!("redirect URI {}", target.uri));
    let outcome = authorized(&request, app.client_id, &target)
        .and_then(|asked| concluded(&request, asked, &target, decision, verdict));
    Ok(outcome.unwrap_or_else(|error| Outcome::Refused(refused(&target, &error), error.reason())))
}

fn authorized(
    request: &TokenRequest<'_>,
    client_id: &str,
    target: &RedirectTarget,
) -> Result<Authorized, EntraError> {
    let response_type = request.form.required("response_type")?;
    if response_type != "code" {
        let message = format!("The response_type '{response_type}' is not enabled for the application.");
        return Err(EntraError::bad_request("unsupported_response_type", 700_054, message)
            .because(format!("response_type: '{response_type}' is not served, only code")));
    }
    Ok(Authorized {
        client_id: client_id.to_owned(),
        tenant: request.tenant.one().map(str::to_owned),
        redirect_uri: target.uri.clone(),
        scopes: UserScopes::read_for_consent(request, request.tenant.shown())?,
        nonce: request.form.field("nonce").map(str::to_owned),
        challenge: CodeChallenge::read(&request.form)?,
    })
}

fn concluded(
    request: &TokenRequest<'_>,
    asked: Authorized,
    target: &RedirectTarget,
    decision: Decision<'_>,
    verdict: &mut Verdict,
) -> Result<Outcome, EntraError> {
    let is_silent = request.form.field("prompt") == Some("none");
    match decision {
        Decision::Cancel => Err(cancelled()),
        _ if is_silent => {
            let user = silent(request, verdict)?;
            Ok(Outcome::Granted(grant(request, asked, target, &user, verdict)))
        }
        Decision::Undecided => Ok(Outcome::Ask(sign_in_page::ask(request, &asked, None), None)),
        Decision::Accept(account) => match account_choice::chosen(request, account, verdict) {
            Ok((user, _)) => Ok(Outcome::Granted(grant(request, asked, target, &user, verdict))),
            // The client hears nothing of it: the user may try again.
            Err(problem) => {
                let page = sign_in_page::ask(request, &asked, Some(&problem));
                Ok(Outcome::Ask(page, Some(problem)))
            }
        },
    }
}

fn cancelled() -> EntraError {
    let message = "User declined to consent to access the app.".to_owned();
    EntraError::bad_request("access_denied", 65_004, message).because("decision: the user cancelled")
}

/// Returns who is signed in already, where the client wants no page.
fn silent<'a>(request: &TokenRequest<'a>, verdict: &mut Verdict) -> Result<User<'a>, EntraError> {
    let user = account_choice::signed_in(request).ok_or_else(|| {
        let message = "Session information is not sufficient for single-sign-on.".to_owned();
        EntraError::bad_request("login_required", 50_058, message)
            .because("prompt: none was asked for, and the user is not signed in")
    })?;
    request.services.sign_ins.interaction.check(request, &user)?;
    request.tenant_of(&user, verdict)?;
    Ok(user)
}

fn grant(
    request: &TokenRequest<'_>,
    asked: Authorized,
    target: &RedirectTarget,
    user: &User<'_>,
    verdict: &mut Verdict,
) -> BrowserRedirect {
    let (services, sign_ins) = (request.services, &request.services.sign_ins);
    verdict.verified(format!("signed in as {}", user.name));
    verdict.verified(format!("scopes {}", asked.scopes.granted()));
    sign_ins.interaction.met(user);
    sign_ins.browser.sign_in(user.object_id);
    let now = services.clock.epoch_seconds();
    let code = sign_ins.authorization_codes.issue(&services.ids, asked, user.object_id, now);
    target.send(&[("code", &code)])
}

/// The client hears of what went wrong at its redirect URI (RFC 6749, section 4.1.2.1).
fn refused(target: &RedirectTarget, error: &EntraError) -> BrowserRedirect {
    let (name, description) = (error.name(), error.description());
    let mut parameters = vec![("error", name), ("error_description", description.as_str())];
    if name == "access_denied" {
        parameters.push(("error_subcode", "cancel"));
    }
    target.send(&parameters)
}
