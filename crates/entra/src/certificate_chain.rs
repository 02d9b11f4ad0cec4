//! A certificate and those of its issuers.

use std::time::{Duration, SystemTime};

use aws_lc_rs::signature::{KeyPair, RsaKeyPair};
use credential::CredentialError;
use x509_parser::parse_x509_certificate;
use x509_parser::prelude::X509Certificate;
use x509_parser::time::ASN1Time;

use crate::certificate_key::invalid;

/// Orders certificates, which files hold in any order: the key's own first, then each one's issuer (RFC 7515, section 4.1.6).
/// Certificates that do not belong there are left out.
pub(crate) fn ordered_chain(
    mut certificates: Vec<Vec<u8>>,
    key: &RsaKeyPair,
) -> Result<Vec<Vec<u8>>, CredentialError> {
    if certificates.is_empty() {
        return Err(invalid(
            "there is no certificate with the private key",
            "put the certificate and its private key into one file",
        ));
    }
    let own = own_certificate(&certificates, key)?;
    let mut chain = vec![certificates.swap_remove(own)];
    while let Some(issuer) = issuer(&chain[chain.len() - 1], &certificates)? {
        chain.push(certificates.swap_remove(issuer));
    }
    Ok(chain)
}

/// Which of the certificates belongs to the key.
fn own_certificate(certificates: &[Vec<u8>], key: &RsaKeyPair) -> Result<usize, CredentialError> {
    for (at, der) in certificates.iter().enumerate() {
        if *parse(der)?.public_key().subject_public_key.data == *key.public_key().as_ref() {
            return Ok(at);
        }
    }
    Err(invalid(
        "the private key does not belong to the certificate",
        "put the key that the certificate was made with into the same file",
    ))
}

/// Which of the others issued this one; none when it issued itself.
fn issuer(der: &[u8], others: &[Vec<u8>]) -> Result<Option<usize>, CredentialError> {
    let certificate = parse(der)?;
    let wanted = certificate.issuer().as_raw();
    if certificate.subject().as_raw() == wanted {
        return Ok(None);
    }
    for (at, der) in others.iter().enumerate() {
        if parse(der)?.subject().as_raw() == wanted {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// From when until when a certificate is valid.
pub(crate) fn validity(der: &[u8]) -> Result<(SystemTime, SystemTime), CredentialError> {
    let certificate = parse(der)?;
    Ok((instant(certificate.validity().not_before), instant(certificate.validity().not_after)))
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, CredentialError> {
    let (_, certificate) = parse_x509_certificate(der)
        .map_err(|_| invalid("a certificate is broken", "give the file unchanged"))?;
    Ok(certificate)
}

fn instant(time: ASN1Time) -> SystemTime {
    // Before 1970 is before everything that matters here.
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(time.timestamp()).unwrap_or_default())
}
