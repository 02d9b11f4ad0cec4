//! What all tests share: one account, and credentials and answers for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credential::{
    AccessKey, AccessToken, CredentialError, CredentialErrorKind, TokenCredential, TokenRequest,
};
use credential_testkit::{ScriptedTransport, SequenceRandom};
use mr_sts::{MixedRealityBuilder, MixedRealityCredential, MixedRealityStsClient};

pub(crate) const ID: &str = "68321d5a-7978-4ceb-b880-0f49751daae9";
pub(crate) const DOMAIN: &str = "eastus2.mixedreality.azure.com";

/// The key that the official SDKs' recordings use.
pub(crate) const KEY: &str = "NjgzMjFkNWEtNzk3OC00Y2ViLWI4ODAtMGY0OTc1MWRhYWU5";

pub(crate) fn key() -> AccessKey {
    AccessKey::from_base64(KEY).unwrap()
}

/// The token that the official SDKs' recordings answer with: its `exp`, a string, is 1607978983.
pub(crate) const RECORDED: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJlbWFpbCI6IkJvYkBjb250b3NvLmNvbSIsImdpdmVuX25hbWUiOiJCb2IiLCJpc3MiOiJodHRwOi8vRGVmYXVsdC5Jc3N1ZXIuY29tIiwiYXVkIjoiaHR0cDovL0RlZmF1bHQuQXVkaWVuY2UuY29tIiwiaWF0IjoiMTYwNzk3ODY4MyIsIm5iZiI6IjE2MDc5Nzg2ODMiLCJleHAiOiIxNjA3OTc4OTgzIn0.";

/// A token of that name that expires then, as an answer's body.
pub(crate) fn answer(name: &str, expires_at: u64) -> String {
    let payload = URL_SAFE_NO_PAD.encode(format!(r#"{{"exp":{expires_at}}}"#));
    format!(r#"{{"AccessToken":"{name}.{payload}.s"}}"#)
}

pub(crate) fn client_builder(script: &ScriptedTransport) -> MixedRealityBuilder<MixedRealityStsClient> {
    MixedRealityStsClient::builder(ID, DOMAIN)
        .transport(script.shared())
        .random(Arc::new(SequenceRandom::default()))
}

pub(crate) fn credential_builder(script: &ScriptedTransport) -> MixedRealityBuilder<MixedRealityCredential> {
    MixedRealityCredential::builder(ID, DOMAIN)
        .transport(script.shared())
        .random(Arc::new(SequenceRandom::default()))
}

/// Provides `entra-0`, and the next token whenever a request refuses the present one, as a cache does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entra {
    renewals: Arc<AtomicU32>,
    stays: bool,
    pub(crate) scopes: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Entra {
    /// Has one token only.
    pub(crate) fn without_another() -> Self {
        Self { stays: true, ..Self::default() }
    }
}

#[async_trait]
impl TokenCredential for Entra {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.scopes.lock().unwrap().extend(request.scopes().iter().map(ToString::to_string));
        let token = |number| {
            AccessToken::new(
                format!("entra-{number}"),
                SystemTime::UNIX_EPOCH + Duration::from_secs(32_503_680_000),
            )
        };
        let number = self.renewals.load(Ordering::Relaxed);
        if !request.refuses(&token(number)) {
            return Ok(token(number));
        }
        if self.stays {
            return Err(CredentialError::new(
                CredentialErrorKind::Refused,
                "no other token",
                "sign in again",
            ));
        }
        Ok(token(self.renewals.fetch_add(1, Ordering::Relaxed) + 1))
    }
}
