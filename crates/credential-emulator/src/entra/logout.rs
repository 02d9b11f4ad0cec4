//! Signing out (OpenID Connect RP-Initiated Logout 1.0).

use axum::extract::{Path, State};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

use super::SERVICE;
use super::page::{escape, page};
use super::redirect::is_registered;
use super::tenant::Tenant;
use crate::answer::{Answer, empty};
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

const TITLE: &str = "You signed out";

/// `GET` and `POST /{tenant}/oauth2/v2.0/logout`: ends the browser's session, and leads back to where the client wants.
/// Tokens that were issued stay good.
pub(super) async fn end(
    State(services): State<SharedServices>,
    received: Received,
    Path(tenant): Path<String>,
) -> Answer {
    answer(&services, &received, &tenant)
}

pub(super) fn answer(services: &Services, received: &Received, tenant: &str) -> Answer {
    let mut verdict = Verdict::of(SERVICE);
    if let Err(error) = Tenant::named(services, tenant) {
        let body = format!("<p role=\"alert\">{}</p>", escape(&error.reason()));
        return Answer::refused(verdict, error.reason(), page(StatusCode::BAD_REQUEST, TITLE, &body));
    }
    services.sign_ins.browser.end();
    verdict.verified("the browser's session has ended");
    let Some(target) = received.query("post_logout_redirect_uri").filter(|uri| !uri.is_empty()) else {
        return Answer::granted(verdict, page(StatusCode::OK, TITLE, "<p>You can close this page.</p>"));
    };
    if !is_registered(&target) {
        let reason = "post_logout_redirect_uri: it is not http or https on localhost, 127.0.0.1 or [::1]";
        let body = format!("<p role=\"alert\">{reason}</p>");
        return Answer::refused(verdict, reason.to_owned(), page(StatusCode::OK, TITLE, &body));
    }
    let state = received.query("state").map(|state| {
        let pair = form_urlencoded::Serializer::new(String::new()).append_pair("state", &state).finish();
        format!("{}{pair}", if target.contains('?') { '&' } else { '?' })
    });
    let mut response = empty(StatusCode::FOUND);
    if let Ok(url) = HeaderValue::from_str(&(target + &state.unwrap_or_default())) {
        response.headers_mut().insert(LOCATION, url);
    }
    Answer::granted(verdict, response)
}
