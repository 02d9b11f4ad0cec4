//! Every raw id gives itself back, and so does the identifier's JSON.
#![no_main]

use acs_hmac::CommunicationIdentifier;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(identifier) = CommunicationIdentifier::parse(text) {
        assert_eq!(identifier.raw_id(), text);
        let json = serde_json::to_string(&identifier).expect("an identifier is JSON");
        let again: CommunicationIdentifier = serde_json::from_str(&json).expect("its JSON is an identifier");
        assert_eq!(again, identifier);
    }
    if let Ok(identifier) = serde_json::from_str::<CommunicationIdentifier>(text) {
        assert!(!identifier.raw_id().trim().is_empty());
    }
});
