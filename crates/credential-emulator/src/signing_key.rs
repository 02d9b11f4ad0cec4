//! The keys that sign all tokens.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::id_source::hex;
use crate::{EmulatorError, der};

/// An RSA key that signs tokens (RS256: RFC 7518, section 3.3), made anew at each start.
pub(crate) struct SigningKey {
    pair: KeyPair,
    /// SHA-1 of the public key. Entra and the Mixed Reality service name keys by such a thumbprint of the certificate.
    thumbprint: Vec<u8>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// How many keys are known at a time: the one that signs, and those before it.
const KEPT: usize = 4;

/// The key that signs, and those that did before it, whose tokens are good still.
#[derive(Debug)]
pub(crate) struct SigningKeys(RwLock<Vec<Arc<SigningKey>>>);

impl SigningKeys {
    pub(crate) fn new(first: SigningKey) -> Self {
        Self(RwLock::new(vec![Arc::new(first)]))
    }

    /// Signs with this key from now on.
    pub(crate) fn rotate(&self, next: SigningKey) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        keys.insert(0, Arc::new(next));
        keys.truncate(KEPT);
    }

    /// Signs with the header that Entra writes: the key is named in base64url.
    pub(crate) fn sign_as_entra(&self, claims: &Value) -> Result<String, SigningFailed> {
        self.newest().sign_as_entra(claims)
    }

    /// Signs with the header that the other services write: the key is named in hexadecimal.
    pub(crate) fn sign_as_service(&self, claims: &Value) -> Result<String, SigningFailed> {
        self.newest().sign_as_service(claims)
    }

    /// Returns the claims of a token that one of the keys signed.
    pub(crate) fn verify(&self, token: &str) -> Result<Value, SignatureFault> {
        let keys = self.all();
        let judged = keys.iter().map(|key| key.verify(token));
        // A key that the token does not name says nothing about it.
        judged
            .reduce(
                |first, next| if matches!(first, Err(SignatureFault::UnknownKey(_))) { next } else { first },
            )
            .unwrap_or(Err(SignatureFault::NotAJwt))
    }

    /// Returns the key set (RFC 7517, section 5), newest first. Each key stands there under both its names.
    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": self.all().iter().flat_map(|key| key.jwks()).collect::<Vec<_>>() })
    }

    fn newest(&self) -> Arc<SigningKey> {
        // There is always one: the first came with `new`.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)[0])
    }

    fn all(&self) -> Vec<Arc<SigningKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Why a token's signature was not accepted.
#[derive(Debug, PartialEq)]
pub(crate) enum SignatureFault {
    NotAJwt,
    Algorithm(String),
    UnknownKey(String),
    Signature,
}

impl SigningKey {
    /// Generates a key of 2048 bits: some hundred milliseconds of computing.
    pub(crate) fn generate() -> Result<Self, EmulatorError> {
        let failed = || EmulatorError::new("no RSA key could be generated", "start the emulator again");
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|source| failed().caused_by(source))?;
        let public_key = pair.public_key().as_ref();
        let (modulus, exponent) = der::rsa_public_key(public_key).ok_or_else(failed)?;
        let (modulus, exponent) = (modulus.to_vec(), exponent.to_vec());
        let thumbprint = digest(&SHA1_FOR_LEGACY_USE_ONLY, public_key).as_ref().to_vec();
        Ok(Self { pair, thumbprint, modulus, exponent })
    }

    /// Signs with the header that Entra writes: the key is named in base64url.
    fn sign_as_entra(&self, claims: &Value) -> Result<String, SigningFailed> {
        let thumbprint = self.entra_key_id();
        self.sign(&json!({ "typ": "JWT", "alg": "RS256", "x5t": thumbprint, "kid": thumbprint }), claims)
    }

    /// Signs with the header that the other services write: the key is named in hexadecimal.
    fn sign_as_service(&self, claims: &Value) -> Result<String, SigningFailed> {
        let header =
            json!({ "alg": "RS256", "kid": self.service_key_id(), "x5t": self.entra_key_id(), "typ": "JWT" });
        self.sign(&header, claims)
    }

    fn sign(&self, header: &Value, claims: &Value) -> Result<String, SigningFailed> {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut token = format!("{}.{}", encode(header), encode(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| SigningFailed)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// Returns the claims of a token that this key signed.
    fn verify(&self, token: &str) -> Result<Value, SignatureFault> {
        let (signed, signature) = token.rsplit_once('.').ok_or(SignatureFault::NotAJwt)?;
        let (header, claims) = signed.split_once('.').ok_or(SignatureFault::NotAJwt)?;
        let header = decode_object(header).ok_or(SignatureFault::NotAJwt)?;
        let member = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if member("alg") != "RS256" {
            return Err(SignatureFault::Algorithm(member("alg")));
        }
        if ![self.entra_key_id(), self.service_key_id()].contains(&member("kid")) {
            return Err(SignatureFault::UnknownKey(member("kid")));
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| SignatureFault::Signature)?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key().as_ref())
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| SignatureFault::Signature)?;
        decode_object(claims).ok_or(SignatureFault::NotAJwt)
    }

    /// Returns the key's entries in a key set, one for each of its names.
    fn jwks(&self) -> [Value; 2] {
        let entry = |key_id: String| {
            json!({
                "kty": "RSA",
                "use": "sig",
                "alg": "RS256",
                "kid": key_id,
                "n": URL_SAFE_NO_PAD.encode(&self.modulus),
                "e": URL_SAFE_NO_PAD.encode(&self.exponent),
            })
        };
        [entry(self.entra_key_id()), entry(self.service_key_id())]
    }

    fn entra_key_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.thumbprint)
    }

    fn service_key_id(&self) -> String {
        hex(&self.thumbprint).to_uppercase()
    }
}

/// The cryptographic library refused to sign.
#[derive(Debug)]
pub(crate) struct SigningFailed;

fn decode_object(segment: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(segment).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAJwt => f.write_str("token: it is not a signed JWT"),
            Self::Algorithm(found) => write!(f, "alg: the token says '{found}', only RS256 is issued here"),
            Self::UnknownKey(found) => {
                write!(
                    f,
                    "kid: '{found}' is not a key of this emulator; tokens end with the emulator that issued them"
                )
            }
            Self::Signature => f.write_str("signature: it does not match the token's content"),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.entra_key_id()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn what_was_not_signed_is_refused(token in r"[\w-]{0,40}(\.[\w-]{0,40}){0,3}") {
            static KEY: std::sync::LazyLock<SigningKey> = std::sync::LazyLock::new(|| SigningKey::generate().unwrap());
            proptest::prop_assert!(KEY.verify(&token).is_err());
        }
    }

    #[test]
    fn old_keys_verify_still_until_too_many_came_after() {
        let key = || SigningKey::generate().unwrap();
        let keys = SigningKeys::new(key());
        let token = keys.sign_as_entra(&json!({})).unwrap();
        for rotation in 1..KEPT {
            keys.rotate(key());
            assert_eq!(keys.verify(&token), Ok(json!({})), "{rotation}");
            assert_eq!(keys.jwks()["keys"].as_array().map(Vec::len), Some(2 * (rotation + 1)));
        }
        keys.rotate(key());
        assert!(matches!(keys.verify(&token), Err(SignatureFault::UnknownKey(_))));
        assert!(keys.verify(&keys.sign_as_service(&json!({})).unwrap()).is_ok());
    }

    #[test]
    fn verifies_what_it_signed_and_nothing_else() {
        let key = SigningKey::generate().unwrap();
        let token = key.sign_as_entra(&json!({ "aud": "x" })).unwrap();
        assert_eq!(key.verify(&token), Ok(json!({ "aud": "x" })));
        assert_eq!(key.verify(&key.sign_as_service(&json!({})).unwrap()), Ok(json!({})));

        let (_, rest) = token.split_once('.').unwrap();
        let with_header = |header: Value| format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()));
        for (bad, fault) in [
            (String::new(), SignatureFault::NotAJwt),
            ("a.b".into(), SignatureFault::NotAJwt),
            ("a.b.c".into(), SignatureFault::NotAJwt),
            (with_header(json!([])), SignatureFault::NotAJwt),
            (with_header(json!({ "alg": "none" })), SignatureFault::Algorithm("none".into())),
            (with_header(json!({ "alg": "RS256", "kid": "x" })), SignatureFault::UnknownKey("x".into())),
            (with_header(json!({ "alg": "RS256", "kid": key.entra_key_id() })), SignatureFault::Signature),
            (format!("{token}!"), SignatureFault::Signature),
        ] {
            assert_eq!(key.verify(&bad), Err(fault), "{bad}");
        }
    }
}
