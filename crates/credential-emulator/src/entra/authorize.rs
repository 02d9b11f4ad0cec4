//! The authorization endpoint: where a user signs in with a browser (RFC 6749, section 4.1.1).

use axum::extract::{Path, State};
use bytes::Bytes;
use http::{Response, StatusCode};

use super::authorization_codes::Authorized;
use super::client;
use super::code_challenge::CodeChallenge;
use super::error::EntraError;
use super::form::Form;
use super::page::{escape, is_of_another_site, page};
use super::redirect::{BrowserRedirect, RedirectTarget};
use super::scope::UserScopes;
use super::token_request::TokenRequest;
use super::{SERVICE, Version};
use crate::EmulatorError;
use crate::answer::Answer;
use crate::origins::Scheme;
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

/// What the user does at the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Undecided,
    Continue,
    Cancel,
}

/// What comes of it.
enum Outcome {
    /// The user has yet to decide.
    Ask(Authorized),
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
    let decision = match sent.field("decision") {
        Some("continue") => Decision::Continue,
        Some("cancel") => Decision::Cancel,
        _ => Decision::Undecided,
    };
    if decision != Decision::Undecided && is_of_another_site(services, received) {
        let reason = "origin: the form was sent by a page of another site".to_owned();
        let response = page(StatusCode::FORBIDDEN, "Sign in", &alert(&reason));
        return Answer::refused(verdict, reason, response);
    }
    match decide(services, received, tenant, version, decision, &mut verdict) {
        Ok(Outcome::Ask(asked)) => Answer::granted(verdict, ask(services, received, &asked)),
        Ok(Outcome::Granted(redirect)) => Answer::granted(verdict, redirect.response()),
        Ok(Outcome::Refused(redirect, reason)) => Answer::refused(verdict, reason, redirect.response()),
        // Nothing is sent to an address that was not found good.
        Err(error) => {
            let response = page(StatusCode::BAD_REQUEST, "Sign in", &alert(&error.reason()));
            Answer::refused(verdict, error.reason(), response)
        }
    }
}

/// Signs in as the well-known user, as a person would who opens the address in a browser.
pub(crate) fn sign_in(services: &Services, url: &str) -> Result<BrowserRedirect, EmulatorError> {
    let failed = |reason: String| {
        EmulatorError::new(
            reason,
            "give the address that the client opens in the browser, whole and unchanged",
        )
    };
    let foreign = || failed("url: it is not an authorize address of this emulator".to_owned());
    let uri: http::Uri = url.parse().map_err(|_| foreign())?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(foreign()) };
    if !services.origins.holds(&format!("{scheme}://{authority}")) {
        return Err(foreign());
    }
    let path = uri.path().trim_matches('/');
    // A user flow may stand between the tenant and this.
    let (tenant, version) =
        match (path.strip_suffix("/oauth2/v2.0/authorize"), path.strip_suffix("/oauth2/authorize")) {
            (Some(tenant), _) => (tenant.to_owned(), Version::V2),
            (_, Some(tenant)) => (tenant.to_owned(), Version::V1),
            _ => return Err(foreign()),
        };
    let scheme = if scheme == "http" { Scheme::Http } else { Scheme::Https };
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = uri;
    let received = Received::new(request, scheme);
    let mut verdict = Verdict::of(SERVICE);
    match decide(services, &received, &tenant, version, Decision::Continue, &mut verdict) {
        Ok(Outcome::Granted(redirect) | Outcome::Refused(redirect, _)) => Ok(redirect),
        Ok(Outcome::Ask(_)) => Err(foreign()),
        Err(error) => Err(failed(error.reason())),
    }
}

fn decide(
    services: &Services,
    received: &Received,
    tenant: &str,
    version: Version,
    decision: Decision,
    verdict: &mut Verdict,
) -> Result<Outcome, EntraError> {
    let request = TokenRequest::of_query(services, received, tenant, version)?;
    let tenant_id = request.user_tenant(verdict);
    let app = client::find(services, request.form.required("client_id")?, tenant_id)?;
    verdict.verified(format!("application {}", app.client_id));
    let target = RedirectTarget::read(&request.form)?;
    verdict.verified(format!("redirect URI {}", target.uri));
    let outcome = authorized(&request, app.client_id, tenant_id, &target)
        .and_then(|asked| concluded(&request, asked, &target, decision, verdict));
    Ok(outcome.unwrap_or_else(|error| Outcome::Refused(refused(&target, &error), error.reason())))
}

fn authorized(
    request: &TokenRequest<'_>,
    client_id: &str,
    tenant_id: &str,
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
        tenant_id: tenant_id.to_owned(),
        redirect_uri: target.uri.clone(),
        scopes: UserScopes::read_for_consent(request, tenant_id)?,
        nonce: request.form.field("nonce").map(str::to_owned),
        challenge: CodeChallenge::read(&request.form)?,
    })
}

fn concluded(
    request: &TokenRequest<'_>,
    asked: Authorized,
    target: &RedirectTarget,
    decision: Decision,
    verdict: &mut Verdict,
) -> Result<Outcome, EntraError> {
    let services = request.services;
    let codes = &services.sign_ins.authorization_codes;
    let is_silent = request.form.field("prompt") == Some("none");
    if is_silent && !(codes.is_signed_in() && hint_is_known(request)) {
        let message = "Session information is not sufficient for single-sign-on.".to_owned();
        return Err(EntraError::bad_request("login_required", 50_058, message)
            .because("prompt: none was asked for, and the user is not signed in"));
    }
    if is_silent {
        services.sign_ins.interaction.check(request)?;
    }
    match decision {
        Decision::Cancel => Err(EntraError::bad_request(
            "access_denied",
            65_004,
            "User declined to consent to access the app.".to_owned(),
        )
        .because("decision: the user cancelled")),
        Decision::Undecided if !is_silent => Ok(Outcome::Ask(asked)),
        _ => {
            verdict.verified(format!("signed in as {}", services.accounts.user_name));
            verdict.verified(format!("scopes {}", asked.scopes.granted()));
            services.sign_ins.interaction.met();
            let code = codes.issue(&services.ids, asked, services.clock.epoch_seconds());
            Ok(Outcome::Granted(target.send(&[("code", &code)])))
        }
    }
}

fn hint_is_known(request: &TokenRequest<'_>) -> bool {
    let name = &request.services.accounts.user_name;
    request.form.field("login_hint").is_none_or(|hint| hint.eq_ignore_ascii_case(name))
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

fn alert(reason: &str) -> String {
    format!("<p role=\"alert\">{}</p>", escape(reason))
}

/// The form posts to its own address, which holds everything that was asked for.
fn ask(services: &Services, received: &Received, asked: &Authorized) -> Response<Bytes> {
    let hint =
        received.query("login_hint").filter(|hint| !hint.eq_ignore_ascii_case(&services.accounts.user_name));
    let hint = hint
        .map(|hint| {
            format!(
                "<p>The application asked for <strong>{}</strong>, whom this emulator does not know.</p>\n",
                escape(&hint)
            )
        })
        .unwrap_or_default();
    let (name, client_id) = (escape(&services.accounts.user_name), escape(&asked.client_id));
    let scopes: String = asked
        .scopes
        .granted()
        .split(' ')
        .map(|scope| format!("<li><code>{}</code></li>\n", escape(scope)))
        .collect();
    let body = format!(
        "{hint}<p>The application <code>{client_id}</code> asks for:</p>\n<ul>\n{scopes}</ul>\n\
         <form method=\"post\">\n\
         <button name=\"decision\" value=\"continue\">Sign in as {name} and accept</button>\n\
         <button name=\"decision\" value=\"cancel\">Cancel</button>\n</form>"
    );
    page(StatusCode::OK, "Sign in", &body)
}
