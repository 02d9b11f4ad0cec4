//! The client secret in a header.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credential::{CredentialError, CredentialErrorKind};
use http::HeaderValue;
use zeroize::Zeroizing;

/// The header that names an app and its secret, for servers that do not take them in the form: both are form-encoded, so
/// that a colon in one of them does not end it (RFC 6749, section 2.3.1).
pub(crate) fn basic_authorization(client_id: &str, secret: &str) -> Result<HeaderValue, CredentialError> {
    // Growing would leave unwiped copies behind, so the longest possible text fits from the start.
    let mut pair = Zeroizing::new(String::with_capacity(3 * (client_id.len() + secret.len()) + 1));
    pair.extend(form_urlencoded::byte_serialize(client_id.as_bytes()));
    pair.push(':');
    pair.extend(form_urlencoded::byte_serialize(secret.as_bytes()));
    let mut text = Zeroizing::new(String::with_capacity(6 + pair.len().div_ceil(3) * 4));
    text.push_str("Basic ");
    STANDARD.encode_string(pair.as_bytes(), &mut text);
    let value = HeaderValue::from_str(&text).map_err(|_| {
        CredentialError::new(
            CredentialErrorKind::InvalidConfiguration,
            "the client secret cannot stand in a header",
            "use another secret",
        )
    });
    value.map(|mut value| {
        value.set_sensitive(true);
        value
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_are_encoded_and_the_value_is_sensitive() {
        let value = basic_authorization("app:1", "s3cret: ü").unwrap();
        assert_eq!(value, format!("Basic {}", STANDARD.encode("app%3A1:s3cret%3A+%C3%BC")));
        assert!(value.is_sensitive());
    }
}
