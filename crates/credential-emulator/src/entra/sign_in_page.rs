//! The page where a user signs in and consents.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::account_choice::offered;
use super::authorization_codes::Authorized;
use super::error::EntraError;
use super::page::{escape, page};
use super::token_request::TokenRequest;

const TITLE: &str = "Sign in";

/// Shows nothing but why there is nothing to decide.
pub(super) fn refusal(status: StatusCode, reason: &str) -> Response<Bytes> {
    page(status, TITLE, &alert(reason))
}

/// Asks whether to sign in, and as whom; again, where it was in vain. The forms post to their own address, which holds
/// everything that was asked for.
pub(super) fn ask(
    request: &TokenRequest<'_>,
    asked: &Authorized,
    problem: Option<&EntraError>,
) -> Response<Bytes> {
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let problem = problem.map(|error| alert(&error.reason()) + "\n").unwrap_or_default();
    let client_id = escape(&asked.client_id);
    let scopes: String = asked
        .scopes
        .granted()
        .split(' ')
        .map(|scope| format!("<li><code>{}</code></li>\n", escape(scope)))
        .collect();
    let body = format!(
        "{problem}{}<p>The application <code>{client_id}</code> asks for:</p>\n<ul>\n{scopes}</ul>\n{}\n{}",
        unknown_hint(request),
        one_click(request),
        with_password(request)
    );
    page(status, TITLE, &body)
}

fn alert(reason: &str) -> String {
    format!("<p role=\"alert\">{}</p>", escape(reason))
}

fn unknown_hint(request: &TokenRequest<'_>) -> String {
    let hint = request.form.field("login_hint");
    match hint.filter(|hint| request.services.accounts.user(hint).is_none()) {
        None => String::new(),
        Some(hint) => format!(
            "<p>The application asked for <strong>{}</strong>, whom this emulator does not know.</p>\n",
            escape(hint)
        ),
    }
}

/// A button for each who can sign in: whoever uses an emulator does not want to type.
fn one_click(request: &TokenRequest<'_>) -> String {
    let buttons: String = offered(request)
        .iter()
        .map(|user| {
            let name = escape(user.name);
            format!("<button name=\"account\" value=\"{name}\">Sign in as {name} and accept</button>\n")
        })
        .collect();
    format!(
        "<form method=\"post\">\n{buttons}<button name=\"decision\" value=\"cancel\">Cancel</button>\n</form>"
    )
}

fn with_password(request: &TokenRequest<'_>) -> String {
    let name = escape(request.form.field("login_hint").unwrap_or_default());
    format!(
        "<h2>With a password</h2>\n<form method=\"post\">\n<label for=\"username\">User name</label>\n\
         <input id=\"username\" name=\"username\" value=\"{name}\" required autocomplete=\"username\" spellcheck=\"false\">\n\
         <label for=\"password\">Password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" required autocomplete=\"current-password\">\n\
         <button name=\"decision\" value=\"continue\">Sign in with the password</button>\n</form>"
    )
}
