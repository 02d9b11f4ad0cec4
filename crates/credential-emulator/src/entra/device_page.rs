//! The page where a user enters a device's code.

use axum::extract::State;
use bytes::Bytes;
use http::{Response, StatusCode};

use super::SERVICE;
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
            verdict.verified(format!("user code, {word} by {}", services.accounts.user_name));
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
    let approved = match sent.field("decision") {
        Some("approve") => true,
        Some("deny") => false,
        _ => return Err((StatusCode::BAD_REQUEST, "decision: it is neither approve nor deny")),
    };
    let now = services.clock.epoch_seconds();
    let decided = services.sign_ins.device_codes.decide(user_code, approved, now);
    decided.map_err(|fault| (StatusCode::BAD_REQUEST, fault.reason()))?;
    Ok(approved)
}

fn form(services: &Services, status: StatusCode, problem: Option<&str>, user_code: &str) -> Response<Bytes> {
    let alert = problem.map(|text| format!("<p role=\"alert\">{}</p>\n", escape(text))).unwrap_or_default();
    let (name, code) = (escape(&services.accounts.user_name), escape(user_code));
    let body = format!(
        "{alert}<p>An application on another device shows a code. You are signed in as <strong>{name}</strong>.</p>\n\
         <form method=\"post\" action=\"/devicelogin\">\n<label for=\"user_code\">Code</label>\n\
         <input id=\"user_code\" name=\"user_code\" value=\"{code}\" required autofocus autocomplete=\"off\" \
         autocapitalize=\"characters\" spellcheck=\"false\">\n\
         <button name=\"decision\" value=\"approve\">Approve</button>\n\
         <button name=\"decision\" value=\"deny\">Deny</button>\n</form>"
    );
    page(status, TITLE, &body)
}
