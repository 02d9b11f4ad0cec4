//! What is signed verifies; what is refused is left as it came.
#![no_main]

use acs_hmac::{Signer, Verifier};
use credential::AccessKey;
use http::{HeaderValue, Request, Uri};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8], &[u8])| {
    let (uri, host, body) = input;
    let Ok(uri) = uri.parse::<Uri>() else { return };
    let key = AccessKey::from_base64("pw==").expect("a good key");
    let signer = Signer::new(key.clone()).expect("a key");
    for host in [None, HeaderValue::from_bytes(host).ok()] {
        let mut request = Request::put(uri.clone()).body(body).expect("a request");
        if let Some(host) = host {
            request.headers_mut().insert("host", host);
        }
        let before = request.headers().clone();
        match signer.sign(&mut request) {
            Ok(()) => drop(Verifier::new(key.clone()).verify(&request).expect("what is signed verifies")),
            Err(_) => assert_eq!(*request.headers(), before),
        }
    }
});
