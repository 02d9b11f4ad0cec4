//! Whoever the environment names.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{CredentialErrorKind, Environment, MapEnvironment, Secret, TokenCredential, TokenRequest};
use credential_emulator::Emulator;
use credential_testkit::{FakeClock, LeakCheck, ScriptedTransport};
use entra::{EnvironmentCredential, EnvironmentCredentialBuilder, EnvironmentMethod, Files};

use crate::{CLIENT_ID, SECRET, TENANT, VAULT, shown, token_json};

const PASSWORD: &str = "pl4nted-password";
const ASSERTION: &str = "pl4nted.assertion.sig";

/// One file.
#[derive(Debug)]
struct OneFile(&'static str, Secret);

#[async_trait]
impl Files for OneFile {
    async fn read(&self, path: &Path) -> io::Result<Secret> {
        if path == Path::new(self.0) { Ok(self.1.clone()) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

fn app() -> MapEnvironment {
    MapEnvironment::new().with("AZURE_TENANT_ID", TENANT).with("AZURE_CLIENT_ID", CLIENT_ID)
}

fn with(environment: MapEnvironment, entra: &ScriptedTransport) -> EnvironmentCredentialBuilder {
    EnvironmentCredential::builder().environment(Arc::new(environment)).transport(entra.shared())
}

/// What goes out for these variables.
async fn sent(environment: MapEnvironment) -> String {
    let entra = ScriptedTransport::new().then_json(&token_json("t0ken"));
    let files = OneFile("/run/token", ASSERTION.into());
    let credential = with(environment, &entra).files(Arc::new(files)).build().unwrap();
    let token = credential.get_token(&TokenRequest::new([VAULT])).await.unwrap();
    assert_eq!(token.expose(), "t0ken");
    format!("{}\n{}", credential.selection(), entra.wire())
}

#[tokio::test]
async fn each_way_on_the_wire() {
    let wires = [
        sent(app().with("AZURE_CLIENT_SECRET", SECRET)).await,
        sent(app().with("AZURE_FEDERATED_TOKEN_FILE", "/run/token\n")).await,
        sent(
            app()
                .with("AZURE_CLIENT_SECRET", SECRET)
                .with("AZURE_FEDERATED_TOKEN_FILE", "/run/token")
                .with("AZURE_AUTHORITY_HOST", "login.microsoftonline.us"),
        )
        .await,
        sent(app().with("AZURE_USERNAME", "ada@contoso.com").with("AZURE_PASSWORD", PASSWORD)).await,
        sent(
            MapEnvironment::new()
                .with("AZURE_CLIENT_ID", CLIENT_ID)
                .with("AZURE_USERNAME", "ada@contoso.com")
                .with("AZURE_PASSWORD", PASSWORD),
        )
        .await,
    ];
    insta::assert_snapshot!(wires.join("\n===\n"));
}

#[cfg(feature = "certificate")]
#[tokio::test]
async fn a_certificate_is_read_anew_for_each_exchange() {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    /// A file that somebody renews.
    #[derive(Debug)]
    struct Renewed(Mutex<VecDeque<String>>);
    #[async_trait]
    impl Files for Renewed {
        async fn read(&self, path: &Path) -> io::Result<Secret> {
            assert_eq!(path, Path::new("/etc/app.pem"));
            Ok(self.0.lock().unwrap().pop_front().expect("a reading that the test foresaw").into())
        }
    }

    let make = || {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let certificate = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
        key.serialize_pem() + &certificate.pem()
    };
    let files = Renewed(Mutex::new([make(), make(), "no certificate".to_owned()].into()));
    let entra = ScriptedTransport::new().then_json(&token_json("t0ken-1")).then_json(&token_json("t0ken-2"));
    let clock = FakeClock::at(1_795_132_800);
    let environment = app()
        .with("AZURE_CLIENT_CERTIFICATE_PATH", "/etc/app.pem")
        .with("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "True");
    let credential = with(environment, &entra).files(Arc::new(files)).clock(clock.shared()).build().unwrap();
    assert_eq!(credential.selection().method(), Some(EnvironmentMethod::ClientCertificate));
    let first = credential.get_token(&TokenRequest::new([VAULT])).await.unwrap();
    credential.get_token(&TokenRequest::new([VAULT]).not_this_token(first)).await.unwrap();
    let assertions: Vec<_> = entra
        .requests()
        .iter()
        .map(|request| {
            let form: Vec<_> = form_pairs(request.body());
            form.iter().find(|(name, _)| name == "client_assertion").unwrap().1.clone()
        })
        .collect();
    let header = |assertion: &str| {
        let json = credential::decode_base64(assertion.split('.').next().unwrap()).unwrap();
        serde_json::from_slice::<serde_json::Value>(&json).unwrap()
    };
    assert_ne!(header(&assertions[0])["x5t#S256"], header(&assertions[1])["x5t#S256"], "another certificate");
    assert_eq!(header(&assertions[0])["x5c"].as_array().unwrap().len(), 1, "the chain is sent");
    let error = credential.get_token(&TokenRequest::new(["https://graph.microsoft.com/.default"])).await;
    assert_eq!(error.unwrap_err().kind(), CredentialErrorKind::InvalidConfiguration);
}

#[cfg(feature = "certificate")]
fn form_pairs(body: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(body).unwrap();
    text.split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_named_and_not_shown() {
    let planted = [SECRET, PASSWORD, ASSERTION, "pl4nted"];
    let secret = || app().with("AZURE_CLIENT_SECRET", SECRET);
    let mut texts = Vec::new();
    for (case, environment, kind) in [
        ("nothing", MapEnvironment::new(), CredentialErrorKind::NotConfigured),
        ("an app without proof", app(), CredentialErrorKind::NotConfigured),
        ("no tenant", secret().with("AZURE_TENANT_ID", ""), CredentialErrorKind::NotConfigured),
        (
            "a user without password",
            app().with("AZURE_USERNAME", "ada").with("AZURE_CLIENT_ID", ""),
            CredentialErrorKind::NotConfigured,
        ),
        (
            "a bad tenant",
            secret().with("AZURE_TENANT_ID", "pl4nted/x"),
            CredentialErrorKind::InvalidConfiguration,
        ),
        (
            "no single tenant",
            secret().with("AZURE_TENANT_ID", "common"),
            CredentialErrorKind::InvalidConfiguration,
        ),
        (
            "a bad client",
            secret().with("AZURE_CLIENT_ID", "pl4nted x"),
            CredentialErrorKind::InvalidConfiguration,
        ),
        (
            "a bad authority",
            secret().with("AZURE_AUTHORITY_HOST", "http://pl4nted"),
            CredentialErrorKind::InvalidConfiguration,
        ),
    ] {
        let error = with(environment, &ScriptedTransport::new()).build().expect_err(case);
        assert_eq!(error.kind(), kind, "{case}: {error}");
        texts.push(shown(case, &error, &planted));
    }
    insta::assert_snapshot!(texts.concat());
}

#[cfg(feature = "certificate")]
#[tokio::test]
async fn certificates_that_cannot_be_read_say_so() {
    let build = |variables: MapEnvironment| {
        let files = OneFile("/etc/app.pem", "pl4nted".into());
        with(variables, &ScriptedTransport::new()).files(Arc::new(files)).build()
    };
    let at = |path| app().with("AZURE_CLIENT_CERTIFICATE_PATH", path);
    let mut texts = Vec::new();
    for (case, path) in [("no file", "/pl4nted/none.pem"), ("no certificate", "/etc/app.pem")] {
        let credential = build(at(path)).unwrap();
        let error = credential.get_token(&TokenRequest::new([VAULT])).await.unwrap_err();
        texts.push(shown(case, &error, &["pl4nted"]));
    }
    let locked = build(at("/etc/app.pem").with("AZURE_CLIENT_CERTIFICATE_PASSWORD", PASSWORD)).unwrap();
    let error = locked.get_token(&TokenRequest::new([VAULT])).await.unwrap_err();
    texts.push(shown("a password for PEM", &error, &["pl4nted"]));
    insta::assert_snapshot!(texts.concat());
}

#[cfg(feature = "pkcs12")]
#[tokio::test]
async fn a_pkcs12_file_is_opened_with_its_password() {
    /// The file that `ClientCertificate::from_pkcs12` is tested with.
    #[derive(Debug)]
    struct Pfx;
    #[async_trait]
    impl Files for Pfx {
        async fn read(&self, _path: &Path) -> io::Result<Secret> {
            Err(io::ErrorKind::InvalidData.into())
        }

        async fn read_bytes(&self, _path: &Path) -> io::Result<zeroize::Zeroizing<Vec<u8>>> {
            Ok(include_bytes!("../data/pkcs12/modern.pfx").to_vec().into())
        }
    }
    let at = |password| {
        app()
            .with("AZURE_CLIENT_CERTIFICATE_PATH", "/etc/app.pfx")
            .with("AZURE_CLIENT_CERTIFICATE_PASSWORD", password)
    };
    let get = async |password, entra: &ScriptedTransport| {
        let clock = FakeClock::at(2_000_000_000);
        let builder = with(at(password), entra).files(Arc::new(Pfx)).clock(clock.shared());
        builder.build().unwrap().get_token(&TokenRequest::new([VAULT])).await
    };
    let entra = ScriptedTransport::new().then_json(&token_json("t0ken"));
    get("pl4nted päss", &entra).await.unwrap();
    let error = get("pl4nted wrong", &ScriptedTransport::new()).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
    LeakCheck::new(["pl4nted"]).error(&error);
}

#[tokio::test]
async fn nothing_shows_a_value() {
    let environment = app()
        .with("AZURE_CLIENT_SECRET", SECRET)
        .with("AZURE_PASSWORD", PASSWORD)
        .with("AZURE_USERNAME", PASSWORD);
    let check = LeakCheck::new([SECRET, PASSWORD]);
    check.debug(&environment);
    let builder = with(environment, &ScriptedTransport::new());
    check.debug(&builder);
    let credential = builder.build().unwrap();
    check.debug(&credential);
    check.debug(credential.selection());
    check.text(&credential.selection().to_string());
}

#[tokio::test]
async fn the_tenant_may_be_pinned() {
    let elsewhere = TokenRequest::new([VAULT]).with_tenant("other.example");
    let entra = ScriptedTransport::new().then_json(&token_json("t0ken"));
    let secret = app().with("AZURE_CLIENT_SECRET", SECRET);
    let free = with(secret.clone(), &entra).additionally_allowed_tenants(["*"]).build().unwrap();
    assert!(free.get_token(&elsewhere).await.is_ok());
    let pinned = secret.with("AZURE_IDENTITY_DISABLE_MULTITENANTAUTH", "0");
    let pinned = with(pinned, &entra).additionally_allowed_tenants(["*"]).build().unwrap();
    assert_eq!(pinned.get_token(&elsewhere).await.unwrap_err().kind(), CredentialErrorKind::InvalidRequest);
}

#[tokio::test]
async fn the_emulator_takes_what_its_accounts_put_into_the_environment() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let environment = MapEnvironment::new()
        .with("AZURE_TENANT_ID", &*accounts.tenant_id)
        .with("AZURE_CLIENT_ID", &*accounts.client_id)
        .with("AZURE_CLIENT_SECRET", &*accounts.client_secret)
        .with("AZURE_AUTHORITY_HOST", &*emulator.authority());
    let credential = EnvironmentCredential::builder()
        .environment(Arc::new(environment))
        .transport(emulator.http_client())
        .build()
        .unwrap();
    credential.get_token(&TokenRequest::new(["https://management.azure.com/.default"])).await.unwrap();
}

/// A variable that cannot be read is an error, not a missing one.
#[test]
fn an_unreadable_variable_stops_the_selection() {
    #[derive(Debug)]
    struct Broken;
    impl Environment for Broken {
        fn var(&self, name: &str) -> Result<Option<Secret>, credential::CredentialError> {
            let kind = CredentialErrorKind::InvalidConfiguration;
            Err(credential::CredentialError::new(kind, format!("{name} is not UTF-8 text"), "set it again"))
        }
    }
    let error = EnvironmentCredential::builder().environment(Arc::new(Broken)).build().unwrap_err();
    assert_eq!(error.problem(), "AZURE_TENANT_ID is not UTF-8 text");
}

fn pipelines() -> MapEnvironment {
    MapEnvironment::new()
        .with("AZURESUBSCRIPTION_TENANT_ID", TENANT)
        .with("AZURESUBSCRIPTION_CLIENT_ID", CLIENT_ID)
        .with("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "22222222-2222-3333-4444-555555555555")
        .with("SYSTEM_OIDCREQUESTURI", "https://dev.example/oidctoken")
        .with("SYSTEM_ACCESSTOKEN", PASSWORD)
}

fn github() -> MapEnvironment {
    app()
        .with("ACTIONS_ID_TOKEN_REQUEST_URL", "https://actions.example/token?api-version=2.0")
        .with("ACTIONS_ID_TOKEN_REQUEST_TOKEN", PASSWORD)
}

#[tokio::test]
async fn jobs_of_build_systems_on_the_wire() {
    let mut texts = Vec::new();
    for (environment, answer) in [
        (pipelines(), format!(r#"{{"oidcToken":"{ASSERTION}"}}"#)),
        (github(), format!(r#"{{"value":"{ASSERTION}"}}"#)),
        (
            github().with("AZURE_AUTHORITY_HOST", "https://login.chinacloudapi.cn"),
            format!(r#"{{"value":"{ASSERTION}"}}"#),
        ),
    ] {
        let script = ScriptedTransport::new().then_json(&answer).then_json(&token_json("t0ken"));
        let credential = with(environment, &script).build().unwrap();
        let token = credential.get_token(&TokenRequest::new([VAULT])).await.unwrap();
        assert_eq!(token.expose(), "t0ken");
        LeakCheck::new([PASSWORD, ASSERTION]).debug(&credential);
        texts.push(format!("{}\n{}", credential.selection(), script.wire()));
    }
    insta::assert_snapshot!(texts.join("\n\n"));
}

#[test]
fn what_a_job_was_not_given_is_named() {
    let nothing = ScriptedTransport::new();
    let mut texts = String::new();
    for (name, environment) in [
        ("pipelines without its token", pipelines().with("SYSTEM_ACCESSTOKEN", "")),
        ("pipelines with a bad id", pipelines().with("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "pl4nted/x")),
        ("pipelines with a bad tenant", pipelines().with("AZURESUBSCRIPTION_TENANT_ID", "pl4nted/x")),
        ("github without an app", github().with("AZURE_CLIENT_ID", "")),
        (
            "github with a bad address",
            github().with("ACTIONS_ID_TOKEN_REQUEST_URL", "http://pl4nted.example/"),
        ),
    ] {
        let error = with(environment, &nothing).build().unwrap_err();
        texts += &shown(name, &error, &[PASSWORD, "pl4nted"]);
    }
    insta::assert_snapshot!(texts);
    assert!(nothing.requests().is_empty());
}
