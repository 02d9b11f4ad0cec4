//! The certificates of the https listener.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use credential::{Clock, SystemClock};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::EmulatorError;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Some platforms refuse server certificates that live longer than 825 days.
const LIFETIME: Duration = Duration::from_secs(800 * 24 * 3600);

/// A certificate authority made at start, and the one server certificate that it signed. Its private key is gone by
/// the time this value exists: trusting it trusts this emulator, and nothing that is made later.
pub(crate) struct CertificateAuthority {
    pub(crate) ca_pem: String,
    pub(crate) server_config: Arc<ServerConfig>,
}

impl CertificateAuthority {
    pub(crate) fn generate() -> Result<Self, EmulatorError> {
        let failed = || {
            EmulatorError::new(
                "no certificate could be made for the https listener",
                "start the emulator again",
            )
        };
        let ca_key = KeyPair::generate().map_err(|source| failed().caused_by(source))?;
        let ca_params = ca_params();
        let ca = ca_params.self_signed(&ca_key).map_err(|source| failed().caused_by(source))?;
        let ca_pem = ca.pem();

        let server_key = KeyPair::generate().map_err(|source| failed().caused_by(source))?;
        let server = server_params()
            .and_then(|params| params.signed_by(&server_key, &Issuer::new(ca_params, ca_key)))
            .map_err(|source| failed().caused_by(source))?;
        let server_config = server_config(server.der().clone(), server_key.serialize_der())
            .map_err(|source| failed().caused_by(source))?;
        Ok(Self { ca_pem, server_config: Arc::new(server_config) })
    }
}

/// The machine's time, not the emulator's: TLS clients judge certificates by the machine's clock.
fn valid_now(mut params: CertificateParams) -> CertificateParams {
    let now = SystemClock::default().now().duration_since(UNIX_EPOCH).unwrap_or(DAY);
    params.not_before = date_time_ymd(1970, 1, 1) + now.saturating_sub(DAY);
    params.not_after = date_time_ymd(1970, 1, 1) + (now + LIFETIME);
    params
}

fn ca_params() -> CertificateParams {
    let mut params = valid_now(CertificateParams::default());
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, "credential-emulator CA (this machine only)");
    params
}

fn server_params() -> Result<CertificateParams, rcgen::Error> {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut params = valid_now(CertificateParams::new(names)?);
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn server_config(
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
) -> Result<ServerConfig, tokio_rustls::rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::Pkcs8(key.into()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_start_has_its_own() {
        let first = CertificateAuthority::generate().unwrap();
        let second = CertificateAuthority::generate().unwrap();
        assert!(first.ca_pem.starts_with("-----BEGIN CERTIFICATE-----"));
        assert_ne!(first.ca_pem, second.ca_pem);
        assert_eq!(first.server_config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    }
}
