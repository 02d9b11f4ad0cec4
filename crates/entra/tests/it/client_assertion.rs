//! Federated assertions: from a function, from a file, on the wire.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use credential::{CredentialError, CredentialErrorKind, Secret, TokenCredential, TokenRequest};
use credential_testkit::{LeakCheck, ScriptedTransport, wire};
use entra::{
    AssertionFn, Authority, ClientAssertionCredential, ClientAssertionFlow, Files, ProtocolVersion,
    SystemFiles, TokenFile,
};

use crate::{CLIENT_ID, TENANT, VAULT, entra_error, shown, token_json};

const ASSERTION: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2ln";

fn vault() -> TokenRequest {
    TokenRequest::new([VAULT])
}

/// Files that hold something else at each reading.
#[derive(Debug, Default)]
struct ChangingFile(Mutex<VecDeque<io::Result<&'static str>>>);

impl ChangingFile {
    fn with(contents: impl IntoIterator<Item = io::Result<&'static str>>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(contents.into_iter().collect())))
    }
}

#[async_trait]
impl Files for ChangingFile {
    async fn read(&self, path: &Path) -> io::Result<Secret> {
        assert_eq!(path, Path::new("/var/run/secrets/token"));
        self.0.lock().unwrap().pop_front().expect("a reading that the test foresaw").map(Secret::from)
    }
}

fn from_file(files: Arc<dyn Files>, entra: &ScriptedTransport) -> ClientAssertionCredential {
    let file = TokenFile::new("/var/run/secrets/token").unwrap().with_files(files);
    ClientAssertionCredential::builder(TENANT, CLIENT_ID, file)
        .additionally_allowed_tenants(["*"])
        .transport(entra.shared())
        .build()
        .unwrap()
}

#[test]
fn requests_of_both_versions() {
    let flow = ClientAssertionFlow::new(CLIENT_ID).unwrap();
    let assertion = Secret::from(ASSERTION);
    let v2 = flow.request(TENANT, VAULT, &assertion, Some(r#"{"access_token":{}}"#)).unwrap();
    let v1 = flow.with_version(ProtocolVersion::V1).request(TENANT, VAULT, &assertion, None).unwrap();
    insta::assert_snapshot!(format!("{}\n---\n{}", wire(&v2), wire(&v1)));
}

#[tokio::test]
async fn the_file_is_read_for_each_exchange() {
    let entra = ScriptedTransport::new().then_json(&token_json("one")).then_json(&token_json("two"));
    let credential = from_file(ChangingFile::with([Ok("first\n"), Ok(" second\r\n")]), &entra);
    for _ in 0..2 {
        assert_eq!(credential.get_token(&vault()).await.unwrap().expose(), "one");
    }
    let elsewhere = vault().with_tenant("fabrikam.com");
    assert_eq!(credential.get_token(&elsewhere).await.unwrap().expose(), "two");
    let sent = entra.wire();
    assert!(sent.contains("client_assertion=first&") && sent.contains("client_assertion=second&"), "{sent}");
}

#[tokio::test]
async fn files_that_hold_no_token_are_told_apart() {
    let mut texts = String::new();
    for (name, content) in [
        ("missing", Err(io::Error::from(io::ErrorKind::NotFound))),
        ("forbidden", Err(io::Error::from(io::ErrorKind::PermissionDenied))),
        ("binary", Err(io::Error::from(io::ErrorKind::InvalidData))),
        ("broken disk", Err(io::Error::other("input/output error"))),
        ("empty", Ok(" \n")),
        ("two tokens", Ok("planted-token planted-token")),
    ] {
        let credential = from_file(ChangingFile::with([content]), &ScriptedTransport::new());
        let error = credential.get_token(&vault()).await.expect_err(name);
        texts += &shown(name, &error, &["planted-token"]);
    }
    insta::assert_snapshot!(texts);
}

#[tokio::test]
async fn the_machines_files_are_read() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    assert!(SystemFiles::shared().read(&manifest).await.unwrap().expose().contains("[package]"));
    let missing = SystemFiles::default().read(Path::new("/no/such/file")).await.unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    let credential = ClientAssertionCredential::workload_identity(TENANT, CLIENT_ID, "/no/such/file")
        .unwrap()
        .transport(ScriptedTransport::new().shared())
        .build()
        .unwrap();
    let error = credential.get_token(&vault()).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
}

#[tokio::test]
async fn a_function_learns_what_the_assertion_is_for() {
    let metadata = r#"{"issuer":"https://login.stack.example/adfs",
        "token_endpoint":"https://login.stack.example/a/adfs/oauth2/token/"}"#;
    let entra = ScriptedTransport::new().then_json(metadata).then_json(&token_json("one"));
    let source = AssertionFn::new(|request| async move {
        assert_eq!(request.client_id(), CLIENT_ID);
        assert!(request.is_adfs() && !request.takes_ps256());
        Ok(Secret::from(request.token_endpoint().to_owned()))
    });
    let credential = ClientAssertionCredential::builder("adfs", CLIENT_ID, source)
        .authority(Authority::parse("login.stack.example/a").unwrap())
        .version(ProtocolVersion::V1)
        .default_scope(VAULT)
        .handles_claims_challenges()
        .transport(entra.shared())
        .build()
        .unwrap();
    credential.get_token(&TokenRequest::default()).await.unwrap();
    insta::assert_snapshot!(entra.wire());
}

#[tokio::test]
async fn a_source_without_assertion_is_the_error_and_is_asked_again() {
    let answers = Mutex::new(VecDeque::from([
        Err(CredentialError::new(CredentialErrorKind::Unavailable, "the vault is sealed", "unseal it")),
        Ok(Secret::from(ASSERTION)),
    ]));
    let source = AssertionFn::new(move |_| std::future::ready(answers.lock().unwrap().pop_front().unwrap()));
    let entra = ScriptedTransport::new().then_json(&token_json("one"));
    let credential = ClientAssertionCredential::builder(TENANT, CLIENT_ID, source)
        .transport(entra.shared())
        .build()
        .unwrap();
    assert_eq!(credential.get_token(&vault()).await.unwrap_err().problem(), "the vault is sealed");
    assert_eq!(credential.get_token(&vault()).await.unwrap().expose(), "one");
}

#[test]
fn constructors_name_what_is_wrong() {
    let error = TokenFile::new("").unwrap_err();
    assert!(error.problem().contains("federated token file"), "{error}");
    assert!(ClientAssertionCredential::workload_identity(TENANT, CLIENT_ID, "").is_err());
    for (tenant, client_id, named) in
        [("", CLIENT_ID, "tenant"), ("common", CLIENT_ID, "tenant"), (TENANT, "", "client id")]
    {
        let file = TokenFile::new("/token").unwrap();
        let built = ClientAssertionCredential::builder(tenant, client_id, file)
            .transport(ScriptedTransport::new().shared())
            .build();
        let error = built.unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
        assert!(error.problem().contains(named), "{error}");
    }
    let flow = ClientAssertionFlow::new(CLIENT_ID).unwrap();
    for (tenant, scope, assertion, claims) in [
        ("common", VAULT, ASSERTION, None),
        (TENANT, "x", ASSERTION, None),
        (TENANT, VAULT, "", None),
        (TENANT, VAULT, ASSERTION, Some("x")),
    ] {
        assert!(flow.request(tenant, scope, &assertion.into(), claims).is_err(), "{tenant} {scope}");
    }
}

#[tokio::test]
async fn nothing_shows_the_assertion() {
    let check = LeakCheck::new([ASSERTION]);
    for status in [200, 400, 503] {
        for body in [
            ASSERTION.to_owned(),
            entra_error("invalid_client", 700_213, &format!(r#","suberror":"{ASSERTION}""#)),
        ] {
            let entra = ScriptedTransport::new().then(status, &[], body);
            let source = AssertionFn::new(|_| async { Ok(Secret::from(ASSERTION)) });
            let builder =
                ClientAssertionCredential::builder(TENANT, CLIENT_ID, source).transport(entra.shared());
            check.debug(&builder);
            let credential = builder.build().unwrap();
            check.error(&credential.get_token(&vault()).await.unwrap_err());
            check.debug(&credential);
        }
    }
}
