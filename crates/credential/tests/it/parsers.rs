//! Parsers meet arbitrary input: they never panic, and what they accept they accept for a reason.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use credential::{AccessKey, ClaimsChallenge, Endpoint, jwt_expires_at};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_challenge_parser_takes_any_header(text in "[ -~]{0,120}", scheme in "(Bearer|PoP|bearer) ") {
        for value in [text.clone(), format!("{scheme}{text}"), format!("{scheme}claims=\"{text}\"")] {
            let mut headers = http::HeaderMap::new();
            headers.insert(http::header::WWW_AUTHENTICATE, value.parse().unwrap());
            let _whatever = ClaimsChallenge::in_headers(&headers);
        }
    }

    #[test]
    fn quoted_parameters_before_the_claims_do_not_hide_them(noise in "[ -~]{0,40}") {
        let quoted = noise.replace('\\', "\\\\").replace('"', "\\\"");
        let value = format!(r#"Bearer x="{quoted}", claims="e30""#);
        let mut headers = http::HeaderMap::new();
        headers.insert(http::header::WWW_AUTHENTICATE, value.parse().unwrap());
        prop_assert_eq!(ClaimsChallenge::in_headers(&headers).map(|c| c.claims().to_owned()), Some("{}".to_owned()));
    }

    #[test]
    fn a_jwt_reader_takes_any_text(text in ".{0,200}") {
        let _whatever = jwt_expires_at(&text);
    }

    #[test]
    fn every_encoding_of_a_payload_gives_its_exp(exp in 0_u64..253_402_300_799, pad in "[ -~]{0,30}", form in 0_usize..4) {
        let pad = pad.replace(['"', '\\'], "?");
        let payload = format!(r#"{{"n":"{pad}","exp":{exp}}}"#);
        let encoded = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD][form].encode(payload);
        prop_assert_eq!(jwt_expires_at(&format!("h.{encoded}.")).unwrap(), SystemTime::UNIX_EPOCH + Duration::from_secs(exp));
    }

    #[test]
    fn an_endpoint_parser_takes_any_text_and_its_output(text in ".{0,80}") {
        if let Ok(endpoint) = Endpoint::parse_local("endpoint", &text) {
            let shown = endpoint.to_string();
            prop_assert!(!shown.contains(['@', '?', '#']), "{}", shown);
            prop_assert_eq!(Endpoint::parse_local("endpoint", &shown).unwrap(), endpoint);
        }
    }

    #[test]
    fn host_and_port_survive(host in "[a-z][a-z0-9]{0,10}(\\.[a-z][a-z0-9]{0,10}){0,3}", port in 1_u16..) {
        let endpoint = Endpoint::parse("endpoint", &format!("HTTPS://{}:{port}/", host.to_uppercase())).unwrap();
        prop_assert_eq!(endpoint.host(), &host);
        let authority = if port == 443 { host } else { format!("{host}:{port}") };
        prop_assert_eq!(endpoint.authority(), authority);
    }

    #[test]
    fn any_bytes_make_a_key(bytes in proptest::collection::vec(any::<u8>(), 1..100)) {
        let keys = AccessKey::from_base64(&STANDARD.encode(&bytes)).unwrap().load();
        prop_assert_eq!(keys.primary().bytes(), bytes);
    }
}
