//! Certificates: what is signed and how, and which texts are no certificate.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey,
    VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use credential::{CredentialErrorKind, TokenCredential, TokenRequest};
use credential_testkit::{FakeClock, LeakCheck, ScriptedTransport, SequenceRandom};
use entra::{
    CertificateAssertion, ClientCertificate, ClientCertificateCredential, ClientCertificateCredentialBuilder,
    OnBehalfOf, ProtocolVersion,
};
use rcgen::{CertificateParams, DnType, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256};
use serde_json::{Value, json};

use crate::{CLIENT_ID, TENANT, VAULT, shown, token_json};

/// 2026-11-20T00:00:00Z; the certificates are valid from 2026-01-01 to 2027-01-01.
const NOW: u64 = 1_795_132_800;

struct Made {
    key: String,
    certificate: String,
    der: Vec<u8>,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2027, 1, 1);
    params
}

fn made_of(key: &KeyPair, certificate: &rcgen::Certificate) -> Made {
    Made { key: key.serialize_pem(), certificate: certificate.pem(), der: certificate.der().to_vec() }
}

fn make(key: &KeyPair) -> Made {
    made_of(key, &params("app.example").self_signed(key).unwrap())
}

/// The app's certificate, and that of its issuer.
fn made() -> &'static [Made; 2] {
    static MADE: OnceLock<[Made; 2]> = OnceLock::new();
    MADE.get_or_init(|| {
        let [own, issuer] = [(); 2].map(|()| KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap());
        let root = made_of(&issuer, &params("issuer.example").self_signed(&issuer).unwrap());
        let signed = params("app.example").signed_by(&own, &Issuer::new(params("issuer.example"), &issuer));
        [made_of(&own, &signed.unwrap()), root]
    })
}

fn pem() -> String {
    let [own, issuer] = made();
    format!("Bag Attributes\n{}{}{}", issuer.certificate, own.key, own.certificate)
}

fn certificate() -> ClientCertificate {
    ClientCertificate::from_pem(pem()).unwrap()
}

fn with(
    tenant: &str,
    certificate: ClientCertificate,
    entra: &ScriptedTransport,
) -> ClientCertificateCredentialBuilder {
    ClientCertificateCredential::builder(tenant, CLIENT_ID, certificate)
        .transport(entra.shared())
        .clock(FakeClock::at(NOW).shared())
        .random(Arc::new(SequenceRandom::default()))
}

/// Header and payload of the assertion that was sent, whose signature is checked.
fn sent(entra: &ScriptedTransport, algorithm: &'static dyn VerificationAlgorithm) -> [Value; 2] {
    let request = entra.requests().pop().unwrap();
    let assertion =
        form_urlencoded::parse(request.body()).find(|(name, _)| name == "client_assertion").unwrap().1;
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let key = KeyPair::from_pem(&made()[0].key).unwrap().serialize_der();
    let public = RsaKeyPair::from_pkcs8(&key).unwrap().public_key().as_ref().to_vec();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    UnparsedPublicKey::new(algorithm, public).verify(signed.as_bytes(), &signature).unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    [header, payload].map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
}

#[tokio::test]
async fn entra_gets_ps256_and_the_sha256_thumbprint() {
    let entra = ScriptedTransport::new().then_json(&token_json("one"));
    let credential = with(TENANT, certificate(), &entra).build().unwrap();
    assert_eq!(credential.get_token(&TokenRequest::new([VAULT])).await.unwrap().expose(), "one");
    let [header, payload] = sent(&entra, &RSA_PSS_2048_8192_SHA256);
    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, &made()[0].der));
    assert_eq!(header, json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint}));
    let expected = json!({
        "aud": format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"),
        "iss": CLIENT_ID, "sub": CLIENT_ID, "jti": "00000000-0000-4000-8000-000000000000",
        "nbf": NOW, "iat": NOW, "exp": NOW + 600,
    });
    assert_eq!(payload, expected);
}

#[tokio::test]
async fn ad_fs_gets_rs256_and_the_sha1_thumbprint_and_the_chain_begins_with_the_certificate() {
    let entra = ScriptedTransport::new().then_json(&token_json("one"));
    let builder = with("adfs", certificate().with_chain(), &entra).version(ProtocolVersion::V1);
    builder.build().unwrap().get_token(&TokenRequest::new([VAULT])).await.unwrap();
    let [header, _] = sent(&entra, &RSA_PKCS1_2048_8192_SHA256);
    let [own, issuer] = made();
    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &own.der));
    let chain = [&own.der, &issuer.der].map(|der| STANDARD.encode(der));
    assert_eq!(header, json!({"alg": "RS256", "typ": "JWT", "x5t": thumbprint, "x5c": chain}));
}

#[tokio::test]
async fn each_exchange_has_an_assertion_of_its_own_and_services_can_use_it_too() {
    let entra = ScriptedTransport::new().then_json(&token_json("one")).then_json(&token_json("two"));
    let assertion = CertificateAssertion::new(certificate())
        .with_clock(FakeClock::at(NOW).shared())
        .with_random(Arc::new(SequenceRandom::default()));
    let service =
        OnBehalfOf::builder(TENANT, CLIENT_ID).client_assertion(assertion).transport(entra.shared());
    let service = service.build().unwrap();
    let mut ids = Vec::new();
    for user in ["ada", "bob"] {
        service.user(user).unwrap().get_token(&TokenRequest::new([VAULT])).await.unwrap();
        ids.push(sent(&entra, &RSA_PSS_2048_8192_SHA256)[1]["jti"].clone());
    }
    assert_eq!(ids, ["00000000-0000-4000-8000-000000000000", "01010101-0101-4101-8101-010101010101"]);
}

#[test]
fn what_the_text_says_is_read() {
    let certificate = certificate();
    let day = |text: &str| SystemTime::UNIX_EPOCH + Duration::from_secs(text.parse().unwrap());
    assert_eq!(certificate.not_before(), day("1767225600"));
    assert_eq!(certificate.not_after(), day("1798761600"));
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &made()[0].der);
    let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(certificate.thumbprint(), hex);
}

#[tokio::test]
async fn a_self_signed_certificate_is_its_own_chain_and_strangers_are_left_out() {
    let entra = ScriptedTransport::new().then_json(&token_json("one"));
    let alone = make(&KeyPair::from_pem(&made()[0].key).unwrap());
    let text = format!("{}{}{}", made()[1].certificate, alone.key, alone.certificate);
    let certificate = ClientCertificate::from_pem(text).unwrap().with_chain();
    with(TENANT, certificate, &entra).build().unwrap().get_token(&TokenRequest::new([VAULT])).await.unwrap();
    let [header, _] = sent(&entra, &RSA_PSS_2048_8192_SHA256);
    assert_eq!(header["x5c"], json!([STANDARD.encode(&alone.der)]));
}

#[test]
fn a_key_of_the_older_form_is_read_too() {
    let [own, _] = made();
    let pkcs8 = KeyPair::from_pem(&own.key).unwrap().serialize_der();
    // PKCS #8 puts a head of fixed length before the PKCS #1 key.
    let body = STANDARD.encode(&pkcs8[26..]);
    let text = format!(
        "-----BEGIN RSA PRIVATE KEY-----\r\n{body}\r\n-----END RSA PRIVATE KEY-----\r\n{}",
        own.certificate
    );
    assert_eq!(ClientCertificate::from_pem(text).unwrap().thumbprint(), certificate().thumbprint());
}

#[tokio::test]
async fn a_certificate_is_used_only_while_it_is_valid() {
    let mut texts = String::new();
    for (name, now) in [("early", 1_767_225_599), ("late", 1_798_761_601)] {
        let clock = FakeClock::at(now);
        let error = with(TENANT, certificate(), &ScriptedTransport::new())
            .clock(clock.shared())
            .build()
            .expect_err(name);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
        texts += &shown(name, &error, &["planted"]);
    }
    let clock = FakeClock::at(NOW);
    let credential =
        with(TENANT, certificate(), &ScriptedTransport::new()).clock(clock.shared()).build().unwrap();
    clock.advance(Duration::from_secs(400 * 86_400));
    let error = credential.get_token(&TokenRequest::new([VAULT])).await.unwrap_err();
    texts += &shown("expired since", &error, &["planted"]);
    insta::assert_snapshot!(texts);
}

#[test]
fn texts_that_are_no_certificate_with_its_key_are_told_apart() {
    let [own, other] = made();
    let elliptic = make(&KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap());
    let block = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    let mut texts = String::new();
    for (name, text) in [
        ("empty", String::new()),
        ("no key", own.certificate.clone()),
        ("no certificate", own.key.clone()),
        ("another's certificate", format!("{}{}", own.key, other.certificate)),
        ("two keys", format!("{}{}{}", own.key, other.key, own.certificate)),
        ("elliptic curve", format!("{}{}", elliptic.key, elliptic.certificate)),
        ("1024 bits", include_str!("../data/pkcs12/short.pem").to_owned()),
        ("old elliptic curve", block("EC PRIVATE KEY", "AQID") + &own.certificate),
        ("encrypted", block("ENCRYPTED PRIVATE KEY", "AQID") + &own.certificate),
        (
            "encrypted the old way",
            block("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\n\nAQID") + &own.certificate,
        ),
        ("broken key", block("PRIVATE KEY", "AQID") + &own.certificate),
        ("broken certificate", own.key.clone() + &block("CERTIFICATE", "AQID")),
        ("not base64", block("PRIVATE KEY", "planted!") + &own.certificate),
        ("cut off", own.certificate[..200].to_owned()),
    ] {
        let error = ClientCertificate::from_pem(&text).expect_err(name);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{name}");
        texts += &shown(name, &error, &["planted"]);
    }
    let error = ClientCertificate::from_pem([0x30, 0x82, 0xff]).unwrap_err();
    texts += &shown("not text", &error, &["planted"]);
    insta::assert_snapshot!(texts);
}

#[tokio::test]
async fn nothing_shows_the_key_or_the_assertion() {
    let lines: Vec<&str> = made()[0].key.lines().filter(|line| line.len() >= 60).collect();
    let check = LeakCheck::new(lines);
    let entra = ScriptedTransport::new().then(400, &[], "planted");
    let builder = with(TENANT, certificate(), &entra);
    check.debug(&certificate());
    check.debug(&CertificateAssertion::new(certificate()));
    check.debug(&builder);
    let credential = builder.build().unwrap();
    let error = credential.get_token(&TokenRequest::new([VAULT])).await.unwrap_err();
    check.error(&error);
    check.debug(&credential);
    let sent = entra.requests().pop().unwrap();
    let assertion =
        form_urlencoded::parse(sent.body()).find(|(name, _)| name == "client_assertion").unwrap().1;
    LeakCheck::new([assertion.into_owned()]).error(&error);
}
