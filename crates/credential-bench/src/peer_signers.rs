//! How other crates sign the same request.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningInstructions, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::task::noop_waker_ref;
use reqsign_azure_storage::{Credential, RequestSigner};
use reqsign_core::{Context, SignRequest};
use sha2::{Digest, Sha256};

use crate::signing::{HOST, KEY, TARGET};

/// `azure_core::hmac` gives the signature; everything else is written around it.
pub fn azure_core(
    secret: &azure_core::credentials::Secret,
    method: &str,
    body: &[u8],
) -> (String, String, String) {
    let date = httpdate::fmt_http_date(SystemTime::now());
    let hash = STANDARD.encode(Sha256::digest(body));
    let text = format!("{method}\n{TARGET}\n{date};{HOST};{hash}");
    let signature = azure_core::hmac::hmac_sha256(&text, secret).expect("a signature");
    let authorization =
        format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}");
    (date, hash, authorization)
}

/// AWS Signature Version 4: another scheme over the same request.
pub struct Sigv4(Identity);

impl Sigv4 {
    pub fn new() -> Self {
        Self(Credentials::new("AKIDEXAMPLE", KEY, None, None, "bench").into())
    }

    pub fn sign(&self, method: &str, body: &[u8]) -> SigningInstructions {
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let parameters = v4::SigningParams::builder()
            .identity(&self.0)
            .region("us-east-1")
            .name("ses")
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .expect("parameters")
            .into();
        let uri = format!("https://{HOST}{TARGET}");
        let request = SignableRequest::new(method, uri, std::iter::empty(), SignableBody::Bytes(body));
        sign(request.expect("a request"), &parameters).expect("a signature").into_parts().0
    }
}

/// reqsign's Azure Storage shared key: the nearest scheme that it knows. The body is not part of it.
pub struct Reqsign {
    context: Context,
    signer: RequestSigner,
    credential: Credential,
}

impl Reqsign {
    pub fn new() -> Self {
        let credential = Credential::with_shared_key("contoso", KEY);
        Self { context: Context::new(), signer: RequestSigner::new(), credential }
    }

    pub fn sign(&self, method: &str, body: &[u8]) -> http::request::Parts {
        let uri = format!("https://{HOST}{TARGET}");
        let request = http::Request::builder().method(method).uri(uri).header("content-length", body.len());
        let mut parts = request.body(()).expect("a request").into_parts().0;
        {
            let signing = self.signer.sign_request(&self.context, &mut parts, Some(&self.credential), None);
            let mut signing = std::pin::pin!(signing);
            match signing.as_mut().poll(&mut std::task::Context::from_waker(noop_waker_ref())) {
                std::task::Poll::Ready(signed) => signed.expect("a signature"),
                std::task::Poll::Pending => unreachable!("signing does not wait"),
            }
        }
        parts
    }
}
