//! The page where a user enters a device's code.

use axum::extract::State;
use bytes::Bytes;
use http::{Response, StatusCode};

use super::SERVICE;
use super::device_decision::{DeviceDecision, decide_device};
use super::form::Form;
use super::page::{escape, is_of_another_site, page};
use crate::answer::Answer;
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

const TITLE: &str = "Sign in on another device";

/// `GET /devicelogin`
pub(super) async fn show(State(services): State<SharedServices>) -> Answer {
    Answer::granted(Verdict::of(SERVICE), form(&services, StatusCode::OK, None, ""))
}

/// `POST /devicelogin`: `user_code`, and `decision` is `approve` or `deny`.
pub(super) async fn decide(State(services): State<SharedServices>, received: Received) -> Answer {
    let mut verdict = Verdict::of(SERVICE);
    let sent = Form::of(&received);
    let user_code = sent.field("user_code").unwrap_or_default();
    match decided(&services, &received, &sent, user_code) {
        Ok(approved) => {
            let word = if approved { "approved" } else { "denied" };
            let by = sent.field("user").unwrap_or(&services.accounts.user_name);
            verdict.verified(format!("user code, {word} by {by}"));
            let body = format!("<p role=\"status\">You {word} the sign-in. You can close this page.</p>");
            Answer::granted(verdict, page(StatusCode::OK, TITLE, &body))
        }
        Err((status, reason)) => {
            let response = form(&services, status, Some(reason), user_code);
            Answer::refused(verdict, reason.to_owned(), response)
        }
    }
}

type Refusal = (StatusCode, &'static str);

fn decided(
    services: &Services,
    received: &Received,
    sent: &Form<'_>,
    user_code: &str,
) -> Result<bool, Refusal> {
    if is_of_another_site(services, received) {
        return Err((StatusCode::FORBIDDEN, "origin: the form was sent by a page of another site"));
    }
    let decision = match sent.field("decision") {
        Some("approve") => DeviceDecision::Approve(sent.field("user")),
        Some("deny") => DeviceDecision::Deny,
        _ => return Err((StatusCode::BAD_REQUEST, "decision: it is neither approve nor deny")),
    };
    decide_device(services, user_code, decision)
        .map_err(|fault| (StatusCode::BAD_REQUEST, fault.reason()))?;
    Ok(decision != DeviceDecision::Deny)
}

fn form(services: &Services, status: StatusCode, problem: Option<&str>, user_code: &str) -> Response<Bytes> {
    let alert = problem.map(|text| format!("<p role=\"alert\">{}</p>\n", escape(text))).unwrap_or_default();
    let (who, code) = (who(services), escape(user_code));
    let body = format!(
        "{alert}<p>An application on another device shows a code.{}</p>\n\
         <form method=\"post\" action=\"/devicelogin\">\n<label for=\"user_code\">Code</label>\n\
         <input id=\"user_code\" name=\"user_code\" value=\"{code}\" required autofocus autocomplete=\"off\" \
         autocapitalize=\"characters\" spellcheck=\"false\">\n{}\
         <button name=\"decision\" value=\"approve\">Approve</button>\n\
         <button name=\"decision\" value=\"deny\">Deny</button>\n</form>",
        who.0, who.1
    );
    page(status, TITLE, &body)
}

/// Says who decides: in the text where there is one user only, else by a choice in the form.
fn who(services: &Services) -> (String, String) {
    let users: Vec<_> = services.accounts.users().collect();
    if let [only] = users.as_slice() {
        return (format!(" You are signed in as <strong>{}</strong>.", escape(only.name)), String::new());
    }
    let options: String =
        users.iter().map(|user| format!("<option>{}</option>\n", escape(user.name))).collect();
    let choice = format!(
        "<label for=\"user\">Sign in as</label>\n<select id=\"user\" name=\"user\">\n{options}</select>\n"
    );
    (String::new(), choice)
}
