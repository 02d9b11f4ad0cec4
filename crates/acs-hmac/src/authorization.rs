//! The value of the `Authorization` header.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::content_hash::{BASE64_OF_32_BYTES, base64_of};
use crate::{Refusal, Scheme};

/// The header's value with room for the signature.
const TEMPLATE: &[u8; 115] = b"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=\
                               ============================================";

/// The header's value: laid out in place for Communication Services, on the heap for other forms.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum AuthorizationText {
    InPlace([u8; TEMPLATE.len()]),
    Other(Box<[u8]>),
}

impl AuthorizationText {
    /// Lays out the header's value for a signature.
    pub(crate) fn new(scheme: &Scheme, mac: &[u8; 32]) -> Self {
        if let Some(prefix) = scheme.prefix() {
            return Self::Other([prefix.as_bytes(), &base64_of(mac)].concat().into());
        }
        let mut text = *TEMPLATE;
        // The room is exact, so this cannot fail; were it to, a signature of = signs would be refused by every service.
        let _written = STANDARD.encode_slice(mac, &mut text[TEMPLATE.len() - BASE64_OF_32_BYTES..]);
        Self::InPlace(text)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::InPlace(text) => text,
            Self::Other(text) => text,
        }
    }
}

/// The header's value, read.
#[derive(Debug)]
pub(crate) struct Authorization<'a> {
    /// The header that carries the date.
    pub(crate) date_header: &'static str,
    /// The signature in base64: 44 characters.
    pub(crate) signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads the header's value. Nothing of it enters a refusal: it may be a token of another kind.
    pub(crate) fn parse(text: &'a str, scheme: &Scheme) -> Result<Self, Refusal> {
        let fix = match scheme.credential_id() {
            _ if !scheme.has_usual_headers() => {
                "send the form of this verifier's scheme, with the headers that it names"
            }
            None => "send HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=BASE64",
            Some(_) => {
                "send HMAC-SHA256 Credential=ID&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=BASE64"
            }
        };
        let refuse = |problem| Err(Refusal::Authorization { problem, fix });
        let Some(parameters) = text.strip_prefix("HMAC-SHA256 ") else {
            return refuse("does not begin with `HMAC-SHA256 ` (one space)");
        };
        let credential = parameters.strip_prefix("Credential=").and_then(|rest| rest.split_once('&'));
        let parameters = match (scheme.credential_id(), credential) {
            (None, None) if !parameters.starts_with("Credential=") => parameters,
            (None, _) => {
                return refuse(
                    "has a Credential part, which belongs to App Configuration's form of the scheme",
                );
            }
            (Some(_), None) => return refuse("has no Credential part, which names the key"),
            (Some(expected), Some((id, rest))) if id == expected => rest,
            (Some(_), Some(_)) => return refuse("names another key in its Credential part"),
        };
        let Some(parameters) = parameters.strip_prefix("SignedHeaders=") else {
            return refuse("has no `SignedHeaders=` where it should be");
        };
        let Some((names, signature)) = parameters.split_once("&Signature=") else {
            return refuse("has no `&Signature=` after the names of the signed headers");
        };
        let Some(date_header) = date_header(names, scheme) else {
            return refuse(
                "names other signed headers than the date, the host and the body's hash, in that order",
            );
        };
        let is_base64 =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
        if signature.len() == 64 && signature.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return refuse("has a signature in hex; it must be base64 of the 32 bytes");
        }
        match signature.strip_suffix('=') {
            Some(digits) if signature.len() == BASE64_OF_32_BYTES && is_base64(digits) => {
                Ok(Self { date_header, signature })
            }
            _ => refuse("has a signature that is not base64 of 32 bytes (44 characters, the last one `=`)"),
        }
    }
}

/// The header of the date that is named: the scheme's, or `date` as the SDKs of before mid-2021 sent it.
fn date_header(names: &str, scheme: &Scheme) -> Option<&'static str> {
    let (date, rest) = names.split_once(';')?;
    let others_fit = rest.strip_prefix("host;")? == scheme.content_hash_header();
    [scheme.date_header(), "date"].into_iter().find(|known| others_fit && *known == date)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Scheme = Scheme::communication_services();

    const SIGNATURE: &str = "DGdgwggJWnQyc6EHjR/Vbqg1ES64KpD6U2XwTDDj3tU=";

    #[test]
    fn what_is_laid_out_is_read() {
        let mac = STANDARD.decode(SIGNATURE).unwrap().try_into().unwrap();
        for scheme in [
            PLAIN,
            Scheme::app_configuration("0-l9-s0:x").unwrap(),
            PLAIN.with_date_header("x-when").with_content_hash_header("x-hash"),
        ] {
            let text = AuthorizationText::new(&scheme, &mac);
            let read = Authorization::parse(std::str::from_utf8(text.as_bytes()).unwrap(), &scheme).unwrap();
            assert_eq!((read.date_header, read.signature), (scheme.date_header(), SIGNATURE));
        }
    }

    #[test]
    fn the_forms_are_told_apart() {
        let ours = Scheme::app_configuration("ours").unwrap();
        let names = "SignedHeaders=x-ms-date;host;x-ms-content-sha256";
        for (text, problem) in [
            (format!("HMAC-SHA256 {names}&Signature={SIGNATURE}"), "has no Credential part"),
            (format!("HMAC-SHA256 Credential=planted&{names}&Signature={SIGNATURE}"), "names another key"),
            (format!("HMAC-SHA256 Credential=ours{names}&Signature={SIGNATURE}"), "names another key"),
            ("HMAC-SHA256 Credential=ours".into(), "has no Credential part"),
        ] {
            let refusal = Authorization::parse(&text, &ours).expect_err(&text).to_string();
            assert!(refusal.contains(problem) && refusal.contains("Credential=ID"), "{refusal}");
            assert!(!refusal.contains("planted"));
        }
    }

    #[test]
    fn the_older_form_names_the_date_header() {
        let text = format!("HMAC-SHA256 SignedHeaders=date;host;x-ms-content-sha256&Signature={SIGNATURE}");
        assert_eq!(Authorization::parse(&text, &PLAIN).unwrap().date_header, "date");
    }

    #[test]
    fn everything_else_is_refused() {
        for bad in [
            String::new(),
            "Bearer planted".into(),
            "HMAC-SHA256".into(),
            format!("hmac-sha256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={SIGNATURE}"),
            format!("HMAC-SHA256  SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={SIGNATURE}"),
            format!(
                "HMAC-SHA256 Credential=planted&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={SIGNATURE}"
            ),
            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256".into(),
            format!("HMAC-SHA256 SignedHeaders=host;x-ms-date;x-ms-content-sha256&Signature={SIGNATURE}"),
            format!("HMAC-SHA256 SignedHeaders=X-MS-Date;Host;x-ms-content-sha256&Signature={SIGNATURE}"),
            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=".into(),
            format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={SIGNATURE}="),
            format!(
                "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={}=",
                "-".repeat(43)
            ),
            format!(
                "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={}",
                "a".repeat(64)
            ),
        ] {
            let refusal = Authorization::parse(&bad, &PLAIN).expect_err(&bad);
            assert!(matches!(refusal, Refusal::Authorization { .. }), "{bad}");
            assert!(!refusal.to_string().contains("planted"));
        }
    }
}
