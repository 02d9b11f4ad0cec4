//! A date is read only in the one form in which it is written.
#![no_main]

use acs_hmac::SigningDate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(date) = SigningDate::parse(text) {
        assert_eq!(date.as_str(), text);
        assert_eq!(SigningDate::at(date.time()).expect("in range"), date);
    }
});
