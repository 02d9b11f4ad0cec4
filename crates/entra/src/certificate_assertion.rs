//! Client assertions that a certificate's key signs.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{Clock, CredentialError, Random, Secret, SystemClock, SystemRandom};

use crate::{AssertionRequest, ClientAssertion, ClientCertificate};

/// Client assertions that the key of a certificate signs: a new one for each exchange.
///
/// [`ClientCertificateCredential`](crate::ClientCertificateCredential) uses it by itself. Give it to other builders, such as
/// that of [`OnBehalfOf`](crate::OnBehalfOf), as their client assertion.
#[derive(Clone)]
pub struct CertificateAssertion {
    certificate: ClientCertificate,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl CertificateAssertion {
    /// Signs with the key of this certificate.
    pub fn new(certificate: ClientCertificate) -> Self {
        Self { certificate, clock: SystemClock::shared(), random: SystemRandom::shared() }
    }

    /// Uses another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Takes the ids of assertions from another source of random bytes.
    #[must_use]
    pub fn with_random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }
}

#[async_trait]
impl ClientAssertion for CertificateAssertion {
    async fn assertion(&self, request: &AssertionRequest) -> Result<Secret, CredentialError> {
        let mut id = [0; 16];
        self.random.fill(&mut id)?;
        self.certificate.assertion(request, self.clock.now(), &uuid(id))
    }
}

/// A random UUID (RFC 9562, section 5.4).
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

impl fmt::Debug for CertificateAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CertificateAssertion").field(&self.certificate).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids() {
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
    }
}
