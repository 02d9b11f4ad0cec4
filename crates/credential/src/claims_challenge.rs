//! A service's demand for a token with more in it.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

use crate::{TokenRequest, tolerant_base64};

/// A service's demand for a token with more in it: Continuous Access Evaluation revoked the present one, or a policy asks
/// for another sign-in (OpenID Connect Core, section 5.5; Entra's claims challenge).
///
/// Ask the credential once more with [`ClaimsChallenge::answer`], and send the request again once. A `CachedCredential` does
/// both the looking and the asking, once per challenge, with `answer_challenge`.
///
/// # Example
/// ```
/// use credential::{ClaimsChallenge, TokenRequest};
/// use http::{HeaderMap, header::WWW_AUTHENTICATE};
///
/// let mut headers = HeaderMap::new();
/// let value = r#"Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ""#;
/// headers.insert(WWW_AUTHENTICATE, value.parse()?);
///
/// let challenge = ClaimsChallenge::in_headers(&headers).expect("a challenge");
/// assert_eq!(challenge.claims(), r#"{"access_token":{}}"#);
/// let request = challenge.answer(&TokenRequest::new(["https://graph.microsoft.com/.default"]));
/// assert_eq!(request.claims(), Some(r#"{"access_token":{}}"#));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimsChallenge {
    claims: String,
}

impl ClaimsChallenge {
    /// Finds the challenge in the headers of a 401 or 403 answer; `None` when there is none that can be acted upon.
    ///
    /// Acted upon: a `Bearer` challenge with `claims` that decode to a JSON object, wherever it stands among other
    /// challenges (RFC 9110, section 11.6.1). A challenge that names a parameter twice is malformed and ignored.
    pub fn in_headers(headers: &HeaderMap) -> Option<Self> {
        headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(Self::in_text)
    }

    fn in_text(text: &str) -> Option<Self> {
        let challenges = parse_challenges(text)?;
        challenges
            .iter()
            .filter(|challenge| challenge.scheme.eq_ignore_ascii_case("bearer"))
            .find_map(|challenge| Some(Self { claims: decode(challenge.unique("claims")?)? }))
    }

    /// Returns the claims as JSON text.
    pub fn claims(&self) -> &str {
        &self.claims
    }

    /// Returns `request`, asking for these claims.
    pub fn answer(&self, request: &TokenRequest) -> TokenRequest {
        request.clone().with_claims(self.claims.clone())
    }
}

/// The claims, when they are what a request can ask for: a JSON object.
fn decode(text: &str) -> Option<String> {
    let bytes = tolerant_base64::decode(text)?;
    let json = std::str::from_utf8(&bytes).ok()?;
    let trimmed = json.trim();
    (trimmed.starts_with('{') && trimmed.ends_with('}')).then(|| trimmed.to_owned())
}

struct Challenge<'a> {
    scheme: &'a str,
    parameters: Vec<(&'a str, String)>,
}

impl Challenge<'_> {
    fn unique(&self, name: &str) -> Option<&str> {
        let named =
            |wanted: &str| self.parameters.iter().filter(|(n, _)| n.eq_ignore_ascii_case(wanted)).count();
        if self.parameters.iter().any(|(name, _)| named(name) > 1) {
            return None;
        }
        self.parameters.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Splits a header value into its challenges; `None` when it is not of the grammar, as the free text of some services.
fn parse_challenges(text: &str) -> Option<Vec<Challenge<'_>>> {
    let mut challenges: Vec<Challenge<'_>> = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let (word, after) = token(rest)?;
        let spaced = after.trim_start_matches([' ', '\t']);
        if let Some(value) = spaced.strip_prefix('=').filter(|value| !value.starts_with('=')) {
            let (value, after) = parameter_value(value.trim_start_matches([' ', '\t']))?;
            challenges.last_mut()?.parameters.push((word, value));
            rest = after;
        } else {
            challenges.push(Challenge { scheme: word, parameters: Vec::new() });
            rest = skip_token68(spaced);
        }
        rest = rest.trim_start_matches([' ', '\t', ',']);
    }
    Some(challenges)
}

/// RFC 9110, section 5.6.2.
fn token(text: &str) -> Option<(&str, &str)> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let end = text.find(|c| !is_token(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn parameter_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        // Unquoted base64 is not of the grammar, but it is what some services send.
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

/// `Basic Zm9v=` has neither a name nor a value; what follows a scheme up to the comma is then one word.
fn skip_token68(text: &str) -> &str {
    let end = text.find(',').unwrap_or(text.len());
    let word = text[..end].trim_end();
    let is_parameter = word.trim_end_matches('=').contains('=');
    if word.is_empty() || is_parameter || word.contains([' ', '"']) { text } else { &text[end..] }
}

#[cfg(test)]
mod tests {
    use base64::Engine;

    use super::*;

    /// `{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}`
    const CLAIMS: &str =
        "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNjA0MTA2NjUxIn19fQ==";
    const JSON: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;

    fn claims(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        ClaimsChallenge::in_headers(&headers).map(|challenge| challenge.claims)
    }

    #[test]
    fn found_wherever_it_stands() {
        let bearer = format!(
            r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="{CLAIMS}""#
        );
        for values in [
            vec![bearer.as_str()],
            vec!["Basic Zm9vYmFy=", &bearer],
            vec![&format!("PoP nonce=\"x\", {bearer}")],
            vec![&format!("{bearer}, PoP nonce=\"x\", claims=\"bad\"")],
            vec![&format!("Negotiate, {bearer}")],
            vec![&format!("NTLM Zm9v==, {bearer}")],
            vec![&bearer.replace("Bearer", "BEARER")],
            vec![&bearer.replace("claims=", "Claims = ")],
            vec![&bearer.replace("==", "")],
            vec![&format!("bearer claims={CLAIMS},error=insufficient_claims")],
            vec![&format!(r#"Bearer error_description="a \"quoted\", b\\", claims="{CLAIMS}""#)],
        ] {
            assert_eq!(claims(&values).as_deref(), Some(JSON), "{values:?}");
        }
    }

    #[test]
    fn base64_of_both_alphabets() {
        let standard = base64::engine::general_purpose::STANDARD.encode(r#"{"a":"??>>??"}"#);
        assert!(standard.contains(['+', '/']));
        for form in [standard.clone(), standard.replace('+', "-").replace('/', "_")] {
            assert_eq!(claims(&[&format!("Bearer claims=\"{form}\"")]).as_deref(), Some(r#"{"a":"??>>??"}"#));
        }
    }

    #[test]
    fn nothing_to_act_upon() {
        for value in [
            "",
            "Bearer",
            "Bearer error=\"insufficient_claims\"",
            "Invalid token: the signature is wrong",
            "Bearer claims=\"not base64!\"",
            "Bearer claims=\"bm90IEpTT04\"",
            "Bearer claims=\"unfinished",
            &format!("PoP claims=\"{CLAIMS}\""),
            &format!("Bearer claims=\"{CLAIMS}\", claims=\"{CLAIMS}\""),
            &format!("Bearer error=\"a\", error=\"b\", claims=\"{CLAIMS}\""),
            &format!("claims=\"{CLAIMS}\""),
        ] {
            assert_eq!(claims(&[value]), None, "{value}");
        }
    }
}
