//! No `Authorization` header gets through but the right one, and no refusal repeats any of it.
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use acs_hmac::{Scheme, Signer, Verifier};
use credential::{AccessKey, Clock};
use http::{HeaderValue, Request};
use libfuzzer_sys::fuzz_target;

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_704_164_645)
    }
}

type Case = (Request<&'static str>, Verifier);

static CASES: LazyLock<[Case; 2]> = LazyLock::new(|| {
    [Scheme::communication_services(), Scheme::app_configuration("id").expect("a good id")].map(|scheme| {
        let key = AccessKey::from_base64("pw==").expect("a good key");
        let signer = Signer::new(key.clone()).expect("a key").with_scheme(scheme.clone());
        let mut request = Request::get("https://h/p").body("").expect("a request");
        signer.with_clock(Arc::new(Still)).sign(&mut request).expect("signed");
        (request, Verifier::new(key).with_scheme(scheme).with_clock(Arc::new(Still)))
    })
});

fuzz_target!(|input: &[u8]| {
    for (signed, verifier) in &*CASES {
        verifier.verify(signed).expect("the right one");
        let right = &signed.headers()["authorization"];
        let prefix = right.as_bytes().rsplit(|byte| *byte == b'=').nth(1).map_or(0, <[u8]>::len);
        let prefix = &right.as_bytes()[..right.len() - prefix - 1];
        const PLANTED: &[u8] = b"pl4nted";
        for value in [
            input.to_vec(),
            [prefix, input].concat(),
            [b"HMAC-SHA256 ", input].concat(),
            [input, PLANTED].concat(),
            [PLANTED, input].concat(),
        ] {
            let Ok(value) = HeaderValue::from_bytes(&value) else { continue };
            if value == right {
                continue;
            }
            let mut request = signed.clone();
            request.headers_mut().insert("authorization", value);
            let refusal = verifier.verify(&request).expect_err("another signature");
            assert!(!format!("{refusal} {refusal:?}").contains("pl4nted"), "{refusal}");
        }
    }
});
