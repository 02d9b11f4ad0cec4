//! Certificates from PKCS #12 files, which OpenSSL made; see `tests/data/pkcs12/make.sh`.

use credential::{CredentialErrorKind, Secret, TokenCredential, TokenRequest};
use credential_testkit::{FakeClock, LeakCheck, ScriptedTransport};
use entra::{ClientCertificate, ClientCertificateCredential};

use crate::{CLIENT_ID, TENANT, VAULT, shown, token_json};

const PASSWORD: &str = "pl4nted päss";

macro_rules! data {
    ($name:literal) => {
        include_bytes!(concat!("../data/pkcs12/", $name)).as_slice()
    };
}

fn read(file: &[u8], password: &str) -> Result<ClientCertificate, credential::CredentialError> {
    ClientCertificate::from_pkcs12(file, &Secret::from(password))
}

fn app() -> ClientCertificate {
    ClientCertificate::from_pem(data!("app.pem")).unwrap()
}

#[test]
fn every_encryption_that_is_in_use_is_read() {
    for (name, file, password) in [
        ("PBES2 with AES-256", data!("modern.pfx"), PASSWORD),
        ("PBES2 with AES-128", data!("aes128.pfx"), PASSWORD),
        ("triple DES and RC2", data!("legacy.pfx"), PASSWORD),
        ("triple DES", data!("triple_des.pfx"), PASSWORD),
        ("nothing", data!("plain.pfx"), PASSWORD),
        ("no seal", data!("no_mac.pfx"), PASSWORD),
        ("an empty password", data!("no_password.pfx"), ""),
        ("with its issuer", data!("chain.pfx"), PASSWORD),
    ] {
        let certificate = read(file, password).expect(name);
        assert_eq!(certificate.thumbprint(), app().thumbprint(), "{name}");
        assert_eq!(certificate.not_after(), app().not_after(), "{name}");
    }
}

/// The certificates that are sent along.
async fn chain(certificate: ClientCertificate) -> Vec<serde_json::Value> {
    use base64::Engine;
    let entra = ScriptedTransport::new().then_json(&token_json("one"));
    let credential = ClientCertificateCredential::builder(TENANT, CLIENT_ID, certificate.with_chain())
        .transport(entra.shared())
        .clock(FakeClock::at(2_000_000_000).shared())
        .build()
        .unwrap();
    credential.get_token(&TokenRequest::new([VAULT])).await.unwrap();
    let request = entra.requests().pop().unwrap();
    let assertion =
        form_urlencoded::parse(request.body()).find(|(name, _)| name == "client_assertion").unwrap().1;
    let header = assertion.split('.').next().unwrap();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    serde_json::from_slice::<serde_json::Value>(&header).unwrap()["x5c"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_chain_begins_with_the_certificate_whatever_the_order_of_the_file() {
    let packed = chain(read(data!("chain.pfx"), PASSWORD).unwrap()).await;
    let reversed = chain(ClientCertificate::from_pem(data!("reversed.pem")).unwrap()).await;
    assert_eq!(packed.len(), 2);
    assert_eq!(packed, reversed, "the stranger is left out");
    assert_eq!(packed[..1], chain(app()).await);
}

#[test]
fn what_cannot_be_used_is_told_apart() {
    let cut_off = &data!("modern.pfx")[..1000];
    let mut texts = String::new();
    for (name, file, password) in [
        ("wrong password", data!("modern.pfx"), "pl4nted other"),
        ("no password", data!("modern.pfx"), ""),
        ("wrong password, no seal", data!("no_mac.pfx"), "pl4nted other"),
        ("another cipher", data!("odd_cipher.pfx"), PASSWORD),
        ("no key", data!("no_key.pfx"), PASSWORD),
        ("no certificate", data!("no_certificate.pfx"), PASSWORD),
        ("1024 bits", data!("short.pfx"), PASSWORD),
        ("elliptic curve", data!("elliptic.pfx"), PASSWORD),
        ("PEM", data!("app.pem"), PASSWORD),
        ("cut off", cut_off, PASSWORD),
        ("something else", b"pl4nted something".as_slice(), PASSWORD),
        ("empty", b"".as_slice(), PASSWORD),
    ] {
        let error = read(file, password).expect_err(name);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{name}");
        texts += &shown(name, &error, &["pl4nted"]);
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn nothing_shows_the_key_or_the_password() {
    let key: Vec<&str> = std::str::from_utf8(data!("app.pem"))
        .unwrap()
        .lines()
        .take_while(|line| !line.contains("END"))
        .filter(|line| line.len() >= 60)
        .collect();
    assert!(key.len() > 20);
    LeakCheck::new(key.into_iter().chain([PASSWORD])).debug(&read(data!("modern.pfx"), PASSWORD).unwrap());
}

proptest::proptest! {
    #[test]
    fn damaged_files_do_not_panic(at in 0usize..2000, bit in 0u8..8, length in 0usize..2600) {
        let mut file = data!("plain.pfx").to_vec();
        if let Some(byte) = file.get_mut(at) {
            *byte ^= 1 << bit;
        }
        file.truncate(length.max(1));
        let _either = read(&file, PASSWORD);
    }
}
