//! Reads the `WWW-Authenticate` header of a refusal.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// What a `Bearer` challenge says (RFC 6750, section 3).
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// The error's code, such as `invalid_token`.
    pub(crate) error: Option<String>,
    /// The tenant whose tokens the service takes, from the authority that the challenge names.
    pub(crate) tenant: Option<String>,
}

impl Challenge {
    /// Reads the first `Bearer` challenge of the headers.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(bearer_parameters)
            .map(|parameters| Self {
                error: parameter(&parameters, "error").filter(|text| is_code(text)),
                tenant: ["authorization_uri", "authorization"]
                    .iter()
                    .find_map(|name| parameter(&parameters, name))
                    .as_deref()
                    .and_then(tenant_of),
            })
            .unwrap_or_default()
    }
}

type Parameters = Vec<(String, String)>;

fn parameter(parameters: &Parameters, name: &str) -> Option<String> {
    parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
}

fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// The tenant id at the end of `https://login.microsoftonline.com/<tenant>`.
fn tenant_of(authority: &str) -> Option<String> {
    let path = authority.strip_prefix("https://")?.split(['?', '#']).next()?;
    let tenant = path.trim_end_matches('/').split('/').nth(1)?;
    let form = tenant.len() == 36 && tenant.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    form.then(|| tenant.to_owned())
}

/// The parameters after `Bearer`, up to the next scheme.
fn bearer_parameters(header: &str) -> Option<Parameters> {
    let mut rest = skip_to_bearer(header)?;
    let mut parameters = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((name, value)) = rest.split_once('=') else { break };
        let name = name.trim_end();
        // `Bearer a="b", Basic realm="c"`: a name with a space in it begins the next challenge.
        if name.is_empty() || name.contains([' ', ',']) {
            break;
        }
        let (value, after) = read_value(value.trim_start());
        parameters.push((name.to_owned(), value));
        rest = after;
    }
    Some(parameters)
}

/// The text after the scheme `Bearer`, which stands at the beginning or behind a comma, and not inside quotes.
fn skip_to_bearer(header: &str) -> Option<&str> {
    let (mut quoted, mut escaped, mut begins) = (false, false, true);
    for (at, c) in header.char_indices() {
        let scheme = header.get(at..at + 6);
        if begins && !quoted && scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer")) {
            let rest = &header[at + 6..];
            if rest.is_empty() || rest.starts_with([' ', '\t', ',']) {
                return Some(rest);
            }
        }
        begins = matches!(c, ',') || (begins && matches!(c, ' ' | '\t'));
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
    }
    None
}

/// Reads a token or a quoted string, and returns what follows it.
fn read_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            '"' if !escaped => return (value, &quoted[at + 1..]),
            '\\' if !escaped => escaped = true,
            other => {
                value.push(other);
                escaped = false;
            }
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    fn read(header: &str) -> Challenge {
        let mut headers = HeaderMap::new();
        headers.append(WWW_AUTHENTICATE, "Negotiate".parse().unwrap());
        headers.append(WWW_AUTHENTICATE, header.parse().unwrap());
        Challenge::read(&headers)
    }

    #[test]
    fn forms() {
        let uri = format!("https://login.windows.net/{TENANT}");
        let full = Challenge { error: Some("invalid_token".into()), tenant: Some(TENANT.into()) };
        for header in [
            format!(
                r#"Bearer authorization_uri="{uri}", error="invalid_token", error_description="a \"b\", error=c""#
            ),
            format!(r#"bearer error=invalid_token,authorization_uri="{uri}/""#),
            format!(
                r#"Basic realm="Bearer x, Bearer error=no", Bearer error="invalid_token", authorization_uri="{uri}""#
            ),
            format!(r#"Bearer Error="invalid_token", authorization="{uri}", Basic error="other""#),
        ] {
            assert_eq!(read(&header), full, "{header}");
        }
        for header in
            ["", "Bearer", "Bearerx error=a", "Basic error=a", "Bearer =", "Bearer error", "Bearer error=\""]
        {
            assert_eq!(read(header), Challenge::default(), "{header}");
        }
    }

    #[test]
    fn texts_of_odd_form_are_dropped() {
        for header in [
            r#"Bearer error="a planted secret""#,
            r#"Bearer authorization_uri="https://login.windows.net/planted""#,
            r#"Bearer authorization_uri="http://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47""#,
        ] {
            assert_eq!(read(header), Challenge::default(), "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_header_panics(header in "(Bearer )?[ -~\u{e9}]{0,80}") {
            let _parameters = bearer_parameters(&header);
        }
    }
}
