//! A `Retry-After` is read or ignored, and never asks for more than the longest wait that is believed.
#![no_main]

use std::time::{Duration, SystemTime};

use credential::retry_after;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(value) = HeaderValue::from_bytes(input) else { return };
    for name in ["retry-after", "retry-after-ms", "x-ms-retry-after-ms"] {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.clone());
        for now in [None, Some(SystemTime::UNIX_EPOCH), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40))] {
            assert!(retry_after(&headers, now).unwrap_or_default() <= Duration::from_secs(3_600));
        }
    }
});
