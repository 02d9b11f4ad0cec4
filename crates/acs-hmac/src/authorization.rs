//! The value of the `Authorization` header.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Refusal;
use crate::content_hash::BASE64_OF_32_BYTES;

/// The header's value with room for the signature.
const TEMPLATE: &[u8; 115] = b"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=\
                               ============================================";

/// The header's value, laid out in place.
pub(crate) type AuthorizationText = [u8; TEMPLATE.len()];

/// Lays out the header's value for a signature.
pub(crate) fn authorization(mac: &[u8; 32]) -> AuthorizationText {
    let mut text = *TEMPLATE;
    // The room is exact, so this cannot fail; were it to, a signature of = signs would be refused by every service.
    let _written = STANDARD.encode_slice(mac, &mut text[TEMPLATE.len() - BASE64_OF_32_BYTES..]);
    text
}

/// The header's value, read.
#[derive(Debug)]
pub(crate) struct Authorization<'a> {
    /// The header that carries the date: `x-ms-date`, or `date` as the SDKs of before mid-2021 sent it.
    pub(crate) date_header: &'static str,
    /// The signature in base64: 44 characters.
    pub(crate) signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads the header's value. Nothing of it enters a refusal: it may be a token of another kind.
    pub(crate) fn parse(text: &'a str) -> Result<Self, Refusal> {
        let refuse = |problem| Err(Refusal::Authorization { problem });
        let Some(parameters) = text.strip_prefix("HMAC-SHA256 ") else {
            return refuse("does not begin with `HMAC-SHA256 ` (one space)");
        };
        if parameters.starts_with("Credential=") {
            return refuse("has a Credential part, which belongs to App Configuration's form of the scheme");
        }
        let Some(parameters) = parameters.strip_prefix("SignedHeaders=") else {
            return refuse("has no `SignedHeaders=` after `HMAC-SHA256 `");
        };
        let Some((names, signature)) = parameters.split_once("&Signature=") else {
            return refuse("has no `&Signature=` after the names of the signed headers");
        };
        let date_header = match names {
            "x-ms-date;host;x-ms-content-sha256" => "x-ms-date",
            "date;host;x-ms-content-sha256" => "date",
            _ => {
                return refuse(
                    "names other signed headers than `x-ms-date;host;x-ms-content-sha256`, in that order",
                );
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "DGdgwggJWnQyc6EHjR/Vbqg1ES64KpD6U2XwTDDj3tU=";

    #[test]
    fn what_is_laid_out_is_read() {
        let mac = STANDARD.decode(SIGNATURE).unwrap().try_into().unwrap();
        let text = authorization(&mac);
        let read = Authorization::parse(std::str::from_utf8(&text).unwrap()).unwrap();
        assert_eq!((read.date_header, read.signature), ("x-ms-date", SIGNATURE));
    }

    #[test]
    fn the_older_form_names_the_date_header() {
        let text = format!("HMAC-SHA256 SignedHeaders=date;host;x-ms-content-sha256&Signature={SIGNATURE}");
        assert_eq!(Authorization::parse(&text).unwrap().date_header, "date");
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
            let refusal = Authorization::parse(&bad).expect_err(&bad);
            assert!(matches!(refusal, Refusal::Authorization { .. }), "{bad}");
            assert!(!refusal.to_string().contains("planted"));
        }
    }
}
