//! One function for each row.

use std::sync::{Arc, Mutex, PoisonError};

use credential::{CredentialError, CredentialErrorKind, Secret, TokenCredential, TokenRequest};
use entra::{
    Authority, ClientCertificate, ClientCertificateCredential, ClientSecretCredential, DeviceCodeCredential,
    InteractiveBrowserCredential, InteractiveBrowserCredentialBuilder, OAuthError, RefreshTokenCredential,
    ResponseMode,
};

use crate::Outcome;
use crate::person::Person;
use crate::server::Server;

pub(crate) const FORM: ResponseMode = ResponseMode::FormPost;
pub(crate) const QUERY: ResponseMode = ResponseMode::Query;

const NONE: &str = Authority::NO_TENANT;
const SECRET: &str = "s3cret:+&%=~";

fn at(issuer: &str) -> Result<Authority, CredentialError> {
    Authority::open_id_local(issuer)
}

fn read() -> TokenRequest {
    TokenRequest::new(["read"])
}

/// What must hold for a row to pass.
fn check(holds: bool, what: &str) -> Outcome {
    if holds { Ok(()) } else { Err(what.into()) }
}

async fn with_secret(issuer: &str, secret: &str) -> Result<(), CredentialError> {
    let credential =
        ClientSecretCredential::builder(NONE, "secret-app", secret).authority(at(issuer)?).build()?;
    credential.get_token(&read()).await?;
    credential.get_token(&TokenRequest::new(["read", "write"])).await.map(drop)
}

pub(crate) async fn secret_in_the_form(server: &Server) -> Outcome {
    Ok(with_secret(&server.usual, SECRET).await?)
}

pub(crate) async fn secret_in_the_header(server: &Server) -> Outcome {
    Ok(with_secret(&server.strict, SECRET).await?)
}

pub(crate) async fn wrong_secret(server: &Server) -> Outcome {
    for issuer in [&server.usual, &server.strict] {
        let Err(error) = with_secret(issuer, "wrong").await else { return Err("it was taken".into()) };
        let oauth = OAuthError::of(&error).ok_or("it was no OAuth error")?;
        check(oauth.error() == "invalid_client", oauth.error())?;
        check(error.kind() == CredentialErrorKind::Refused, "it was not refused")?;
    }
    Ok(())
}

async fn with_certificate(issuer: &str, certificate: ClientCertificate) -> Result<(), CredentialError> {
    let credential = ClientCertificateCredential::builder(NONE, "certificate-app", certificate)
        .authority(at(issuer)?)
        .build()?;
    credential.get_token(&read()).await.map(drop)
}

pub(crate) async fn certificate(issuer: &str) -> Outcome {
    let certificate = ClientCertificate::from_pem(include_str!("../data/pkcs12/app.pem"))?;
    Ok(with_certificate(issuer, certificate).await?)
}

pub(crate) async fn wrong_certificate(server: &Server) -> Outcome {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256)?;
    let pem = key.serialize_pem() + &rcgen::CertificateParams::new(vec![])?.self_signed(&key)?.pem();
    let outcome = with_certificate(&server.usual, ClientCertificate::from_pem(pem)?).await;
    let Err(error) = outcome else { return Err("it was taken".into()) };
    check(error.code() == Some("invalid_client"), &error.to_string())
}

fn person_app(
    server: &Server,
    mode: ResponseMode,
) -> Result<InteractiveBrowserCredentialBuilder, CredentialError> {
    Ok(InteractiveBrowserCredential::builder(NONE, "person-app")
        .authority(at(&server.usual)?)
        .response_mode(mode)
        .browser(Arc::new(Person::new()?)))
}

pub(crate) async fn browser(server: &Server, mode: ResponseMode) -> Outcome {
    let credential = person_app(server, mode)?.build()?;
    let first = credential.get_token(&read()).await?;
    let account = credential.account().ok_or("nobody is signed in")?;
    check(account.home_account_id() == "ada", "another person has signed in")?;
    let again = credential.get_token(&read()).await?;
    check(first.is_same_token(&again), "the token was not cached")
}

/// The refresh token of one sign-in, used three times: each answer brings the next one, and the server refuses an old one.
pub(crate) async fn refresh(server: &Server) -> Outcome {
    let credential = person_app(server, QUERY)?.build()?;
    let mut token = credential.get_token(&read()).await?;
    for _ in 0..3 {
        let next = credential.get_token(&read().not_this_token(token.clone())).await?;
        check(!next.is_same_token(&token), "the same token came again")?;
        token = next;
    }
    let unknown = RefreshTokenCredential::builder(NONE, "person-app", Secret::from("no-such-token"))
        .authority(at(&server.usual)?)
        .build()?;
    let Err(error) = unknown.get_token(&read()).await else { return Err("an unknown one was taken".into()) };
    check(OAuthError::of(&error).is_some_and(OAuthError::needs_interaction), &error.to_string())
}

pub(crate) async fn device_code(server: &Server) -> Outcome {
    let failure: Arc<Mutex<Option<String>>> = Arc::default();
    let seen = failure.clone();
    let runtime = tokio::runtime::Handle::current();
    let credential = DeviceCodeCredential::builder(NONE, "person-app")
        .prompt(move |code| {
            let address = format!("{}?user_code={}", code.verification_uri(), code.user_code());
            let seen = seen.clone();
            runtime.spawn(async move {
                let outcome = match Person::new() {
                    Ok(person) => person.go_to(&address).await.map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                *seen.lock().unwrap_or_else(PoisonError::into_inner) = outcome.err();
            });
        })
        .authority(at(&server.usual)?)
        .build()?;
    let outcome = credential.get_token(&read()).await;
    let failure = failure.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (outcome, failure) {
        (Ok(_), None) => Ok(()),
        (_, Some(failure)) => Err(format!("the person failed: {failure}").into()),
        (Err(error), None) => Err(error.into()),
    }
}

/// The same server under another name names itself, not what was asked for.
pub(crate) async fn other_issuer(server: &Server) -> Outcome {
    let other = server.usual.replace("127.0.0.1", "localhost");
    let Err(error) = with_secret(&other, SECRET).await else { return Err("it was taken".into()) };
    check(error.kind() == CredentialErrorKind::UnexpectedAnswer, &error.to_string())?;
    check(error.problem().contains("another issuer"), &error.to_string())
}
