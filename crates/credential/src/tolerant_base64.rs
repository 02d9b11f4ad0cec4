//! Base64 as services write it.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes base64 or base64url, padded or not; services use all of them. What is decoded may be part of a token, so
/// every copy is wiped.
///
/// # Example
/// ```
/// for text in ["Pz8+", "Pz8-", "Pw==", "Pw"] {
///     assert!(credential::decode_base64(text).unwrap().starts_with(b"?"));
/// }
/// assert!(credential::decode_base64("no base64").is_none());
/// ```
pub fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let to_url_safe = |byte| match byte {
        b'+' => b'-',
        b'/' => b'_',
        other => other,
    };
    let url_safe: Zeroizing<Vec<u8>> = Zeroizing::new(text.bytes().map(to_url_safe).collect());
    TOLERANT.decode(&*url_safe).ok().map(Zeroizing::new)
}
