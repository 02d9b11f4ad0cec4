//! Runs Microsoft's Rust crates, unmodified, against the emulator, alone and joined with this family: one line of JSON
//! for each operation.
//!
//! Reads from the environment: EMULATOR (what `credential-emulator --json` printed) and SSL_CERT_FILE (its certificate
//! authority).

use std::error::Error;
use std::sync::Arc;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::TokenCredential as _;
use azure_core::http::policies::Policy;
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::{ClientMethodOptions, ClientOptions, Context, Method, Pipeline, Request, Transport};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use bytes::Bytes;
use credential::{
    BearerAuthorizer, CredentialError, FromAzureCore, IntoAzureCore, TokenCredential as _, TokenRequest,
    Transport as _,
};
use serde_json::{Value, json};

const ARM: &str = "https://management.azure.com/.default";

type Outcome = Result<(), Box<dyn Error>>;

struct Setting {
    emulator: Value,
    ca: String,
}

impl Setting {
    fn text(&self, section: &str, name: &str) -> &str {
        self.emulator[section][name].as_str().unwrap_or_default()
    }

    fn options(&self) -> Result<ClientOptions, Box<dyn Error>> {
        let ca = reqwest::Certificate::from_pem(self.ca.as_bytes())?;
        let client = reqwest::Client::builder().tls_certs_merge([ca]).build()?;
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = self.text("entra", "authority").to_owned();
        Ok(ClientOptions {
            transport: Some(Transport::new(Arc::new(client))),
            cloud: Some(Arc::new(cloud.into())),
            ..ClientOptions::default()
        })
    }

    /// Microsoft's credential.
    fn theirs(&self, secret: &str) -> Result<Arc<ClientSecretCredential>, Box<dyn Error>> {
        let options = ClientSecretCredentialOptions { client_options: self.options()? };
        let (tenant, id) = (self.text("entra", "tenant_id"), self.text("entra", "client_id").to_owned());
        Ok(ClientSecretCredential::new(tenant, id, secret.to_owned().into(), Some(options))?)
    }

    /// Ours.
    fn ours(&self, secret: &str) -> Result<entra::ClientSecretCredential, Box<dyn Error>> {
        let client = credential_http::HttpClient::builder().trust_pem(&self.ca).build()?;
        let (tenant, id) = (self.text("entra", "tenant_id"), self.text("entra", "client_id"));
        Ok(entra::ClientSecretCredential::builder(tenant, id, secret)
            .authority(entra::Authority::parse(self.text("entra", "authority"))?)
            .transport(Arc::new(client))
            .build()?)
    }

    fn secret(&self) -> &str {
        self.text("entra", "client_secret")
    }

    fn media_account(&self) -> String {
        let part = |name| self.text("ams", name);
        format!(
            "{}/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Media/mediaServices/{}?api-version=2021-11-01",
            part("arm_endpoint"),
            part("subscription_id"),
            part("resource_group"),
            part("account_name")
        )
    }
}

async fn theirs_alone(setting: &Setting) -> Outcome {
    let token = setting.theirs(setting.secret())?.get_token(&[ARM], None).await?;
    assert_eq!(token.token.secret().split('.').count(), 3);
    Ok(())
}

/// An assertion that was made before.
#[derive(Debug)]
struct Assertion(String);

#[async_trait::async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _options: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.clone())
    }
}

/// What a build service gives its programs.
async fn assertion(setting: &Setting) -> Result<String, Box<dyn Error>> {
    let origin = setting.text("entra", "authority");
    let url = format!("{origin}/federated-issuer/token?audience=api://AzureADTokenExchange");
    let request = http::Request::get(url)
        .header("authorization", format!("Bearer {}", setting.text("entra", "identity_header")))
        .body(Bytes::new())?;
    let client = credential_http::HttpClient::builder().trust_pem(&setting.ca).build()?;
    let answer: Value = serde_json::from_slice(client.send(request).await?.body())?;
    Ok(answer["value"].as_str().unwrap_or_default().to_owned())
}

async fn theirs_by_assertion(setting: &Setting) -> Outcome {
    let options = ClientAssertionCredentialOptions { client_options: setting.options()? };
    let (tenant, id) = (setting.text("entra", "tenant_id"), setting.text("entra", "client_id"));
    let assertion = Assertion(assertion(setting).await?);
    let credential =
        ClientAssertionCredential::new(tenant.to_owned(), id.to_owned(), assertion, Some(options))?;
    good(&credential.get_token(&[ARM], None).await?)
}

async fn theirs_by_token_file(setting: &Setting) -> Outcome {
    let path = std::env::temp_dir().join(format!("federated-token-{}", std::process::id()));
    std::fs::write(&path, assertion(setting).await?)?;
    let options = WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options: setting.options()? },
        client_id: Some(setting.text("entra", "client_id").to_owned()),
        tenant_id: Some(setting.text("entra", "tenant_id").to_owned()),
        token_file_path: Some(path.clone()),
        ..WorkloadIdentityCredentialOptions::default()
    };
    let token = WorkloadIdentityCredential::new(Some(options))?.get_token(&[ARM], None).await;
    std::fs::remove_file(path)?;
    good(&token?)
}

/// Their managed identity, where `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` say that this is App Service.
async fn theirs_in_app_service(setting: &Setting, id: Option<UserAssignedId>) -> Outcome {
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: id,
        client_options: setting.options()?,
        ..ManagedIdentityCredentialOptions::default()
    };
    good(&ManagedIdentityCredential::new(Some(options))?.get_token(&[ARM], None).await?)
}

fn good(token: &azure_core::credentials::AccessToken) -> Outcome {
    assert_eq!(token.token.secret().split('.').count(), 3);
    Ok(())
}

async fn theirs_with_a_wrong_secret(setting: &Setting) -> Outcome {
    let error = setting.theirs("wrong")?.get_token(&[ARM], None).await.expect_err("a refusal");
    assert!(error.to_string().contains("AADSTS7000215"), "{error}");
    Ok(())
}

/// Our credential in a pipeline of `azure_core`, as their service clients use it.
async fn ours_in_their_pipeline(setting: &Setting) -> Outcome {
    let credential = setting.ours(setting.secret())?.into_azure_core();
    let bearer: Arc<dyn Policy> = Arc::new(BearerTokenAuthorizationPolicy::new(credential, [ARM]));
    let pipeline =
        Pipeline::new(Some("conformance"), Some("0.1.0"), setting.options()?, Vec::new(), vec![bearer], None);
    let mut request = Request::new(setting.media_account().parse()?, Method::Get);
    let response = pipeline.send(&Context::new(), &mut request, None).await?;
    let account: Value = serde_json::from_slice(response.body())?;
    assert_eq!(account["name"], setting.text("ams", "account_name"));
    Ok(())
}

async fn our_error_inside_theirs(setting: &Setting) -> Outcome {
    let credential = setting.ours("wrong")?.into_azure_core();
    let error = credential.get_token(&[ARM], None).await.expect_err("a refusal");
    let ours = error.downcast_ref::<CredentialError>().expect("our error inside theirs");
    assert_eq!(ours.code(), Some("AADSTS7000215"));
    Ok(())
}

/// Their credential behind our authorizer and transport.
async fn theirs_in_our_calls(setting: &Setting) -> Outcome {
    let bearer = BearerAuthorizer::new(FromAzureCore::new(setting.theirs(setting.secret())?), [ARM]);
    let client = credential_http::HttpClient::builder().trust_pem(&setting.ca).build()?;
    let request = http::Request::get(setting.media_account()).body(Bytes::new())?;
    let response = client.send_authorized(request, &bearer).await?;
    assert_eq!(response.status(), 200);
    Ok(())
}

async fn their_error_as_ours(setting: &Setting) -> Outcome {
    let credential = FromAzureCore::new(setting.theirs("wrong")?);
    let error = credential.get_token(&TokenRequest::new([ARM])).await.expect_err("a refusal");
    assert_eq!(error.kind(), credential::CredentialErrorKind::Refused);
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let emulator = serde_json::from_str(&std::env::var("EMULATOR")?)?;
    let setting = Setting { emulator, ca: std::fs::read_to_string(std::env::var("SSL_CERT_FILE")?)? };
    let theirs = "azure_identity 1.0.0 (Rust)";
    let joined = "azure_core 1.1.0 with this family (Rust)";
    report(theirs, "ClientSecretCredential", theirs_alone(&setting).await);
    report(theirs, "wrong secret is refused with its AADSTS code", theirs_with_a_wrong_secret(&setting).await);
    report(theirs, "ClientAssertionCredential, federated assertion", theirs_by_assertion(&setting).await);
    report(theirs, "WorkloadIdentityCredential", theirs_by_token_file(&setting).await);
    let assigned = UserAssignedId::ClientId(setting.text("entra", "managed_identity_client_id").to_owned());
    let in_app_service = theirs_in_app_service(&setting, None).await;
    report(theirs, "ManagedIdentityCredential, App Service: of the system", in_app_service);
    let in_app_service = theirs_in_app_service(&setting, Some(assigned)).await;
    report(theirs, "ManagedIdentityCredential, App Service: of a user", in_app_service);
    report(joined, "our credential in an azure_core pipeline, Resource Manager", ours_in_their_pipeline(&setting).await);
    report(joined, "our error found inside theirs", our_error_inside_theirs(&setting).await);
    report(joined, "azure_identity in our authorizer, Resource Manager", theirs_in_our_calls(&setting).await);
    report(joined, "azure_identity's refusal as our error", their_error_as_ours(&setting).await);
    Ok(())
}

fn report(client: &str, operation: &str, outcome: Outcome) {
    let note = outcome.as_ref().err().map(|error| error.to_string()).unwrap_or_default();
    println!("{}", json!({ "client": client, "operation": operation, "passed": outcome.is_ok(), "note": note }));
}
