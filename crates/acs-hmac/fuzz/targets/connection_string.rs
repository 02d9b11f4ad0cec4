//! A connection string is read or refused, and no refusal repeats what it held.
#![no_main]

use acs_hmac::ConnectionString;
use libfuzzer_sys::fuzz_target;

const PLANTED: &str = "cGw0bnRlZC1zM2NyZXQ=";

fuzz_target!(|input: (&str, usize)| {
    let (text, at) = input;
    for parse in [ConnectionString::parse, ConnectionString::parse_local] {
        if let Ok(parsed) = parse(text) {
            let key = parsed.access_key().load();
            let again = format!("accesskey={};endpoint={}", key.primary().expose(), parsed.endpoint());
            let again = parse(&again).expect("what was read can be written and read again");
            assert_eq!(again.endpoint().to_string(), parsed.endpoint().to_string());
            assert_eq!(again.access_key().load().primary().bytes(), key.primary().bytes());
        }
        let mut planted = text.to_owned();
        let at = (0..=text.len()).cycle().skip(at % (text.len() + 1)).find(|at| text.is_char_boundary(*at));
        planted.insert_str(at.unwrap_or_default(), PLANTED);
        if let Err(error) = parse(&planted) {
            assert!(!format!("{error} {error:?}").contains("cGw0bnRlZC1zM2"), "{error}");
        }
    }
});
