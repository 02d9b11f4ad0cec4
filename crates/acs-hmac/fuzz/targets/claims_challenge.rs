//! A challenge is found or not; what is found is a JSON object's text.
#![no_main]

use credential::ClaimsChallenge;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let prefix: &[u8] = b"Bearer error=\"insufficient_claims\", claims=\"";
    for value in [input.to_vec(), [prefix, input, b"\""].concat()] {
        let Ok(value) = HeaderValue::from_bytes(&value) else { continue };
        let mut headers = HeaderMap::new();
        headers.insert("www-authenticate", value);
        if let Some(challenge) = ClaimsChallenge::in_headers(&headers) {
            assert!(challenge.claims().starts_with('{') && challenge.claims().ends_with('}'));
        }
    }
});
