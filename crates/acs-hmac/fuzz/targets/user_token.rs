//! A token is read or refused, and no refusal repeats it.
#![no_main]

use acs_hmac::parse_user_token;
use credential::jwt_expires_at;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    const PLANTED: &str = "pl4nted-s3cret";
    for text in [text.to_owned(), format!("{PLANTED}.{text}"), format!("h.{text}.{PLANTED}")] {
        let errors = [parse_user_token(&text).map(drop), jwt_expires_at(&text).map(drop)];
        for error in errors.into_iter().filter_map(Result::err) {
            assert!(!format!("{error} {error:?}").contains(PLANTED), "{error}");
        }
    }
});
