//! The signing vectors captured from official SDKs.

use base64::Engine;
use serde::Deserialize;

/// All vectors of a file.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct Vectors {
    /// The vectors, in the file's order.
    pub vectors: Vec<Vector>,
}

/// One captured request.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct Vector {
    /// The operation and the SDKs that produced it.
    pub id: String,
    /// `hmac` or `bearer`.
    pub auth: String,
    /// `must`: sign exactly this. `info`: the SDK signed something other than it sent.
    pub judge: Option<String>,
    /// The HTTP method.
    pub method: String,
    /// The URL that went on the wire.
    pub url: String,
    /// The body, in base64.
    pub body_b64: Option<String>,
    /// The body as a repeated text.
    pub body_repeat: Option<(String, usize)>,
    /// The access key, in base64.
    #[serde(default)]
    pub access_key: String,
    /// The text that the SDK signed.
    #[serde(default)]
    pub string_to_sign: String,
    /// How the SDK spelled the target that it signed: `wire`, `wire+percent-decoded`, `form-reencoded-query`.
    #[serde(default)]
    pub signed_target_form: String,
    /// How the SDK spelled the host that it signed: `wire`, `endpoint-text`.
    #[serde(default)]
    pub signed_host_form: String,
    /// The headers that the SDK sent.
    #[serde(default)]
    pub expect: Expect,
}

/// The three headers of a signed request.
#[derive(Debug, Default, Deserialize)]
#[non_exhaustive]
pub struct Expect {
    /// The date that was signed.
    #[serde(rename = "x-ms-date", default)]
    pub date: String,
    /// The content hash.
    #[serde(rename = "x-ms-content-sha256", default)]
    pub content_hash: String,
    /// The authorization.
    #[serde(default)]
    pub authorization: String,
}

impl Vectors {
    /// Parses a vector file.
    #[expect(clippy::expect_used, reason = "a broken vector file should stop the test")]
    pub fn parse(json: &str) -> Self {
        serde_json::from_str(json).expect("a vector file")
    }

    /// Returns the vectors that a signer must reproduce exactly.
    pub fn hmac_must(&self) -> impl Iterator<Item = &Vector> {
        self.vectors.iter().filter(|v| v.auth == "hmac" && v.judge.as_deref() == Some("must"))
    }
}

impl Vector {
    /// Returns the body's bytes.
    #[expect(clippy::expect_used, reason = "a broken vector file should stop the test")]
    pub fn body(&self) -> Vec<u8> {
        match (&self.body_repeat, &self.body_b64) {
            (Some((unit, times)), _) => unit.repeat(*times).into_bytes(),
            (None, Some(text)) => {
                base64::engine::general_purpose::STANDARD.decode(text).expect("base64 of a body")
            }
            (None, None) => Vec::new(),
        }
    }
}
