//! What a request looked like, without what could be secret in it.

use std::collections::BTreeMap;

use http::{HeaderMap, Request};
use serde_json::Value;

use crate::id_source::is_guid;

/// Headers whose values say how a client is built, and nothing of whom it speaks for.
const HARMLESS_HEADERS: [&str; 19] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "connection",
    "content-length",
    "content-type",
    "dataserviceversion",
    "maxdataserviceversion",
    "metadata",
    "return-client-request-id",
    "user-agent",
    "x-client-cpu",
    "x-client-current-telemetry",
    "x-client-os",
    "x-client-sku",
    "x-client-ver",
    "x-ms-lib-capability",
    "x-ms-return-client-request-id",
    "x-ms-version",
];
/// Fields of forms whose values come from specifications.
const HARMLESS_FIELDS: [&str; 9] = [
    "client_assertion_type",
    "client_info",
    "code_challenge_method",
    "grant_type",
    "requested_token_use",
    "resource",
    "response_mode",
    "response_type",
    "scope",
];
const SCHEMES: [&str; 3] = ["Basic", "Bearer", "HMAC-SHA256"];
const REDACTED: &str = "REDACTED";
const LONGEST: usize = 256;
/// Larger bodies are not taken apart.
const LARGEST_BODY: usize = 64 * 1024;
const MOST_FIELDS: usize = 100;

/// Returns the headers, names in lower case. Values that are not known to be harmless are named by their kind or not shown.
pub(crate) fn headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let shown = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let (name, value) = (name.as_str(), value.to_str().unwrap_or_default());
        let shown = match name {
            "authorization" => scheme(value),
            _ if HARMLESS_HEADERS.contains(&name) => value.chars().take(LONGEST).collect(),
            _ => kind(value).to_owned(),
        };
        (name.to_owned(), shown)
    };
    headers.iter().map(shown).collect()
}

/// Returns the fields of a form or of a JSON object, nested ones with dots between their names.
pub(crate) fn fields(request: &Request<bytes::Bytes>) -> BTreeMap<String, String> {
    let content_type = request.headers().get("content-type").and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    let mut fields = BTreeMap::new();
    if request.body().len() > LARGEST_BODY {
        return fields;
    }
    if content_type.starts_with("application/x-www-form-urlencoded") {
        for (name, value) in form_urlencoded::parse(request.body()).take(MOST_FIELDS) {
            let is_harmless = HARMLESS_FIELDS.contains(&name.as_ref());
            let value =
                if is_harmless { value.chars().take(LONGEST).collect() } else { kind(&value).to_owned() };
            fields.insert(field_name(&name), value);
        }
    } else if content_type.starts_with("application/json")
        && let Ok(body) = serde_json::from_slice(request.body())
    {
        flatten("", &body, &mut fields);
    }
    fields
}

fn flatten(name: &str, value: &Value, fields: &mut BTreeMap<String, String>) {
    if fields.len() >= MOST_FIELDS {
        return;
    }
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                let member = field_name(member);
                let name = if name.is_empty() { member } else { format!("{name}.{member}") };
                flatten(&name, value, fields);
            }
        }
        Value::Array(items) => {
            for item in items {
                flatten(&format!("{name}[]"), item, fields);
            }
        }
        Value::String(text) => {
            fields.insert(name.to_owned(), kind(text).to_owned());
        }
        other => {
            fields.insert(name.to_owned(), other.to_string());
        }
    }
}

/// A name of letters is one; anything else may be a value in its place.
fn field_name(name: &str) -> String {
    let is_name = name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$' | b'@' | b'.'));
    if is_name { name.to_owned() } else { REDACTED.to_owned() }
}

fn scheme(value: &str) -> String {
    let scheme = value.split(' ').next().unwrap_or_default();
    let known = SCHEMES.into_iter().find(|known| known.eq_ignore_ascii_case(scheme));
    known.map_or_else(|| REDACTED.to_owned(), |known| format!("{known} {REDACTED}"))
}

/// Says what a value is that is not shown.
fn kind(value: &str) -> &'static str {
    if value.is_empty() {
        "EMPTY"
    } else if is_guid(value) {
        "UUID"
    } else if httpdate::parse_http_date(value).is_ok_and(|date| httpdate::fmt_http_date(date) == value) {
        "DATE"
    } else {
        REDACTED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content_type: &str, body: &str) -> Request<bytes::Bytes> {
        let request = Request::post("/").header("content-type", content_type);
        request.body(bytes::Bytes::from(body.to_owned())).unwrap()
    }

    #[test]
    fn headers_without_secrets() {
        let request = Request::get("/")
            .header("Accept", "application/json")
            .header("authorization", "bearer s3cret")
            .header("x-ms-date", "Thu, 29 Feb 2024 12:00:00 GMT")
            .header("x-ms-client-request-id", "70a8e4d2-816a-4d03-a800-aeb20126ae51")
            .header("x-identity-header", "s3cret")
            .body(())
            .unwrap();
        let shown = headers(request.headers());
        let of = |name: &str| shown[name].as_str();
        assert_eq!((of("accept"), of("authorization")), ("application/json", "Bearer REDACTED"));
        assert_eq!((of("x-ms-date"), of("x-ms-client-request-id")), ("DATE", "UUID"));
        assert_eq!(of("x-identity-header"), "REDACTED");
        assert_eq!((scheme("s3cret"), scheme("Basic x")), ("REDACTED".into(), "Basic REDACTED".into()));
    }

    #[test]
    fn forms_and_objects() {
        let form =
            "grant_type=password&password=s3cret&client_id=70a8e4d2-816a-4d03-a800-aeb20126ae51&s3cret=x";
        let shown = fields(&request("application/x-www-form-urlencoded; charset=utf-8", form));
        let expected = [
            ("REDACTED", "REDACTED"),
            ("client_id", "UUID"),
            ("grant_type", "password"),
            ("password", "REDACTED"),
        ];
        assert_eq!(shown, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let object = r#"{"a":{"b":["s3cret"],"c":60},"d":true,"s3cret":1,"e":""}"#;
        let shown = fields(&request("application/json", object));
        let expected =
            [("REDACTED", "1"), ("a.b[]", "REDACTED"), ("a.c", "60"), ("d", "true"), ("e", "EMPTY")];
        assert_eq!(shown, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        for (content_type, body) in [("text/plain", form), ("application/json", "s3cret")] {
            assert!(fields(&request(content_type, body)).is_empty());
        }
    }

    proptest::proptest! {
        #[test]
        fn no_digit_gets_through_but_numbers(body in r#"\{"[a-z0-9]{0,6}":"\PC{0,12}"\}"#) {
            for (name, value) in fields(&request("application/json", &body)) {
                proptest::prop_assert!(!name.contains(|letter: char| letter.is_ascii_digit()), "{}", name);
                proptest::prop_assert!(["REDACTED", "EMPTY", "UUID", "DATE"].contains(&value.as_str()));
            }
        }
    }
}
