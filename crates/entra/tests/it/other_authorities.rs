//! The flows at authorities of other kinds, judged by the emulator: External ID, Azure AD B2C, AD FS.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use credential::{AccessToken, CredentialError, TokenCredential, TokenRequest, Transport};
use credential_emulator::{Emulator, MoreTenant, MoreUser};
use entra::{Authority, ClientSecretCredential, DeviceCodeCredential};
use serde_json::Value;

use crate::emulator::EmulatorTime;

const ID: &str = "e0000000-0000-4000-8000-000000000003";
const DOMAIN: &str = "contoso.onmicrosoft.com";
const USER: &str = "bob@contoso.onmicrosoft.com";
const ARM: &str = "https://management.azure.com/.default";

async fn start() -> Arc<Emulator> {
    let builder = Emulator::builder().tenant(MoreTenant::new(ID, DOMAIN));
    Arc::new(builder.user(MoreUser::new(USER, "Bob's password")).start().await.unwrap())
}

/// Leads every name to the emulator, as a test's hosts file would.
#[derive(Debug)]
struct Names {
    origin: String,
    inner: Arc<dyn Transport>,
}

#[async_trait]
impl Transport for Names {
    async fn send(
        &self,
        mut request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, CredentialError> {
        let uri = request.uri().clone();
        let host = uri.authority().unwrap().as_str().parse().unwrap();
        request.headers_mut().insert("host", host);
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        *request.uri_mut() = format!("{}{target}", self.origin).parse().unwrap();
        self.inner.send(request).await
    }
}

/// An authority of another kind, and how it is reached.
struct Place {
    authority: Authority,
    tenant: &'static str,
    transport: Arc<dyn Transport>,
    /// What its tokens name as their issuer.
    issuer: String,
}

fn external_id(emulator: &Emulator) -> Place {
    Place {
        authority: Authority::parse("contoso.ciamlogin.com").unwrap(),
        tenant: DOMAIN,
        transport: Arc::new(Names {
            origin: emulator.http_origin().to_owned(),
            inner: emulator.http_client(),
        }),
        issuer: format!("https://{ID}.ciamlogin.com/{ID}/v2.0"),
    }
}

fn b2c(emulator: &Emulator) -> Place {
    Place {
        authority: Authority::b2c(emulator.https_origin(), "B2C_1_susi").unwrap(),
        tenant: DOMAIN,
        transport: emulator.http_client(),
        issuer: format!("{}/{ID}/v2.0/", emulator.https_origin()),
    }
}

fn ad_fs(emulator: &Emulator) -> Place {
    Place {
        authority: Authority::parse(&format!("{}/adfs", emulator.https_origin())).unwrap(),
        tenant: "adfs",
        transport: emulator.http_client(),
        issuer: format!("{}/adfs", emulator.https_origin()),
    }
}

fn claims(token: &AccessToken) -> Value {
    let payload = token.expose().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn applications_prove_themselves_after_the_authority_did() {
    let emulator = start().await;
    let accounts = emulator.accounts();
    for place in [external_id(&emulator), b2c(&emulator), ad_fs(&emulator)] {
        let before = emulator.requests().len();
        let credential =
            ClientSecretCredential::builder(place.tenant, &accounts.client_id, &*accounts.client_secret)
                .authority(place.authority)
                .transport(place.transport)
                .build()
                .unwrap();
        let token = credential.get_token(&TokenRequest::new([ARM])).await.unwrap();
        assert_eq!(claims(&token)["iss"], place.issuer);
        let asked: Vec<String> =
            emulator.requests().split_off(before).into_iter().map(|request| request.path).collect();
        assert!(asked[0].ends_with("/.well-known/openid-configuration"), "{asked:?}");
        assert_eq!(asked.len(), 2, "metadata, then the token: {asked:?}");
    }
}

#[tokio::test]
async fn a_device_signs_in_where_there_is_such_a_flow() {
    let emulator = start().await;
    for (place, name) in [(external_id(&emulator), USER), (ad_fs(&emulator), &emulator.accounts().user_name)]
    {
        let witness = emulator.clone();
        let credential = DeviceCodeCredential::builder(place.tenant, &emulator.accounts().public_client_id)
            .prompt(move |code| witness.approve(code.user_code()).unwrap())
            .authority(place.authority)
            .transport(place.transport)
            .sleep(Arc::new(EmulatorTime(emulator.clone())))
            .build()
            .unwrap();
        let first = credential.get_token(&TokenRequest::new([ARM])).await.unwrap();
        assert_eq!((&claims(&first)["iss"], &claims(&first)["upn"]), (&place.issuer.into(), &name.into()));
        let again =
            credential.get_token(&TokenRequest::new([ARM]).not_this_token(first.clone())).await.unwrap();
        assert!(!first.is_same_token(&again), "by the refresh token");
    }
}

#[cfg(feature = "browser")]
#[tokio::test]
async fn people_sign_in_with_the_browser() {
    let emulator = start().await;
    let person = crate::browser::Person::at(&emulator);
    let ada = emulator.accounts().user_name.as_str();
    for (place, name) in [(external_id(&emulator), USER), (b2c(&emulator), USER), (ad_fs(&emulator), ada)] {
        let credential =
            entra::InteractiveBrowserCredential::builder(place.tenant, &emulator.accounts().public_client_id)
                .authority(place.authority)
                .transport(place.transport)
                .browser(person.clone())
                .build()
                .unwrap();
        let first = credential.get_token(&TokenRequest::new([ARM])).await.unwrap();
        assert_eq!((&claims(&first)["iss"], &claims(&first)["upn"]), (&place.issuer.into(), &name.into()));
        let again =
            credential.get_token(&TokenRequest::new([ARM]).not_this_token(first.clone())).await.unwrap();
        assert!(!first.is_same_token(&again), "by the refresh token");
    }
}

/// Whoever answers for the name must be the tenant that was asked for.
#[tokio::test]
async fn another_tenants_external_id_is_refused() {
    let emulator = start().await;
    let accounts = emulator.accounts();
    let place = external_id(&emulator);
    let credential = ClientSecretCredential::builder(
        "fabrikam.onmicrosoft.com",
        &accounts.client_id,
        &*accounts.client_secret,
    )
    .authority(place.authority)
    .transport(place.transport)
    .build()
    .unwrap();
    let error = credential.get_token(&TokenRequest::new([ARM])).await.unwrap_err();
    let token_requests =
        emulator.requests().iter().filter(|request| request.path.ends_with("/token")).count();
    assert_eq!(token_requests, 0, "no secret was sent: {error}");
}
