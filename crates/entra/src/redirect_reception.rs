//! Judges what arrives at the port that a sign-in ends at.

use bytes::Bytes;
use credential::Secret;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};

use crate::{AuthorizationRequest, AuthorizationResponse, ResponseMode};

/// What is waited for at the port: anybody on this machine, and any page in the browser, can send something there.
#[derive(Clone, Debug)]
pub(crate) struct Awaited {
    /// `localhost:8400`, as the browser writes it in `Host`.
    host: String,
    path: String,
    mode: ResponseMode,
    state: Secret,
}

/// What arrived.
pub(crate) enum Reception {
    Answer(AuthorizationResponse),
    /// Something else; the wait goes on.
    Stray(StatusCode, &'static str),
}

const NOT_AWAITED: Reception =
    Reception::Stray(StatusCode::BAD_REQUEST, "This is not the answer of the sign-in that is waited for.");

impl Awaited {
    /// Waits for the answer to `request` at `host`, `localhost:8400` for example.
    pub(crate) fn new(request: &AuthorizationRequest, host: String, path: String) -> Self {
        Self { host, path, mode: request.response_mode(), state: request.state().clone() }
    }

    /// Judges one request, whole.
    pub(crate) fn judge(&self, request: &Request<Bytes>) -> Reception {
        let host = request.headers().get(HOST).map(|host| host.as_bytes().to_ascii_lowercase());
        // A page of another site that has its name resolve to this machine writes its own name.
        if host.as_deref() != Some(self.host.as_bytes()) {
            return Reception::Stray(StatusCode::BAD_REQUEST, "The request names another host.");
        }
        if request.uri().path() != self.path {
            return Reception::Stray(StatusCode::NOT_FOUND, "There is no such page.");
        }
        match (self.mode, request.method()) {
            (ResponseMode::FormPost, &Method::POST) => self.judge_form(request),
            (_, &Method::GET) => self.judge_query(request.uri().query().unwrap_or_default()),
            _ => Reception::Stray(
                StatusCode::METHOD_NOT_ALLOWED,
                "The answer of a sign-in comes in another way.",
            ),
        }
    }

    fn judge_form(&self, request: &Request<Bytes>) -> Reception {
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Reception::Stray(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The answer of a sign-in comes as a form.",
            );
        }
        self.judge_answer(AuthorizationResponse::from_form(request.body()).ok())
    }

    fn judge_query(&self, query: &str) -> Reception {
        let answer = AuthorizationResponse::from_query(query).ok();
        // Where a form was asked for, a code in an address comes from somebody else. An error may come either way.
        if self.mode == ResponseMode::FormPost
            && answer.as_ref().is_none_or(|answer| answer.error().is_none())
        {
            return NOT_AWAITED;
        }
        self.judge_answer(answer)
    }

    fn judge_answer(&self, answer: Option<AuthorizationResponse>) -> Reception {
        match answer {
            Some(answer) if answer.state().is_some_and(|state| state.equals(&self.state)) => {
                Reception::Answer(answer)
            }
            _ => NOT_AWAITED,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn awaited(mode: ResponseMode) -> Awaited {
        Awaited { host: "localhost:8400".into(), path: "/".into(), mode, state: "right".into() }
    }

    fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Request<Bytes> {
        let builder = Request::builder().method(method).uri(target).header("host", "Localhost:8400");
        let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
        builder.body(Bytes::from(body.to_owned())).unwrap()
    }

    const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")];

    fn judged(mode: ResponseMode, request: &Request<Bytes>) -> u16 {
        match awaited(mode).judge(request) {
            Reception::Answer(_) => 200,
            Reception::Stray(status, _) => status.as_u16(),
        }
    }

    #[test]
    fn a_form_is_awaited() {
        use ResponseMode::FormPost;
        for (expected, method, target, headers, body) in [
            (200, "POST", "/", FORM, "code=c&state=right"),
            (200, "POST", "/?x=y", FORM, "error=access_denied&state=right"),
            (200, "GET", "/?error=access_denied&state=right", &[], ""),
            (400, "POST", "/", FORM, "code=c&state=wrong"),
            (400, "POST", "/", FORM, "code=c&state="),
            (400, "POST", "/", FORM, "code=c"),
            (400, "POST", "/", FORM, "code=c&state=right&state=right"),
            (400, "POST", "/", FORM, "state=right"),
            (400, "POST", "/?code=c&state=right", FORM, ""),
            (400, "GET", "/?code=c&state=right", &[], ""),
            (400, "GET", "/?error=access_denied&state=wrong", &[], ""),
            (400, "GET", "/", &[], ""),
            (415, "POST", "/", &[("content-type", "text/plain")], "code=c&state=right"),
            (415, "POST", "/", &[], "code=c&state=right"),
            (404, "GET", "/favicon.ico", &[], ""),
            (404, "POST", "/elsewhere", FORM, "code=c&state=right"),
            (405, "PUT", "/", FORM, "code=c&state=right"),
            (405, "HEAD", "/", &[], ""),
            (405, "OPTIONS", "/", &[], ""),
        ] {
            let found = judged(FormPost, &request(method, target, headers, body));
            assert_eq!(found, expected, "{method} {target} {body}");
        }
    }

    #[test]
    fn a_query_is_awaited() {
        use ResponseMode::Query;
        for (expected, method, target) in [
            (200, "GET", "/?code=c&state=right&session_state=x"),
            (200, "GET", "/?error=access_denied&state=right"),
            (400, "GET", "/?code=c&state=wrong"),
            (400, "GET", "/?code=c&state=right&code=d"),
            (400, "GET", "/"),
            (404, "GET", "/favicon.ico?code=c&state=right"),
            (405, "POST", "/?code=c&state=right"),
        ] {
            assert_eq!(
                judged(Query, &request(method, target, FORM, "code=c&state=right")),
                expected,
                "{method} {target}"
            );
        }
    }

    #[test]
    fn another_host_is_turned_away() {
        let mut request = request("GET", "/?code=c&state=right", &[], "");
        for host in ["evil.example:8400", "localhost", "localhost:8401", ""] {
            request.headers_mut().insert(HOST, host.parse().unwrap());
            assert_eq!(judged(ResponseMode::Query, &request), 400, "{host}");
        }
        request.headers_mut().remove(HOST);
        assert_eq!(judged(ResponseMode::Query, &request), 400);
    }

    proptest! {
        #[test]
        fn nothing_without_the_state_is_an_answer(state in "[a-z]{0,9}", body in "\\PC{0,80}") {
            prop_assume!(state != "right");
            let body = format!("{body}&code=c&state={state}");
            prop_assert_ne!(judged(ResponseMode::FormPost, &request("POST", "/", FORM, &body)), 200);
        }
    }
}
