//! The steps of the demo: one function each, short enough to copy into a program of your own.

use std::sync::Arc;

use acs_hmac::{ConnectionString, ENTRA_SCOPE, IdentityClient, Signer, TokenScope};
use ams_aad::{MediaAuthorizer, MediaCredential, ServicePrincipal, arm, rest_v2};
use credential::{
    AccessKey, AuthorizeRequest, BearerAuthorizer, CredentialError, Endpoint, TokenCredential, TokenRequest,
};
use credential_emulator::Emulator;
use entra::{Authority, ClientSecretCredential, ProtocolVersion};
use http::Method;
use mr_sts::MixedRealityCredential;

use super::step::{Expected, Plan, Shown};
use super::walk::Walk;
use crate::failure::Failure;

type Ended = Result<Shown, CredentialError>;

const ARM_SCOPE: &str = "https://management.azure.com/.default";
const MEDIA_SCOPE: &str = "https://rest.media.azure.net/.default";
/// Base64 of "not the key of any resource": well formed, and wrong.
const WRONG_KEY: &str = "bm90IHRoZSBrZXkgb2YgYW55IHJlc291cmNl";

/// Takes all steps.
pub(crate) async fn all(walk: &mut Walk<'_>) -> Result<(), Failure> {
    let emulator = walk.emulator();
    tokens(walk, emulator).await?;
    communication(walk, emulator).await?;
    media(walk, emulator).await?;
    refusals(walk, emulator).await
}

const fn plan(name: &'static str, asked: &'static str) -> Plan {
    Plan { name, asked, expected: Expected::Success }
}

async fn tokens(walk: &mut Walk<'_>, emulator: &Emulator) -> Result<(), Failure> {
    let asked = "a token for Azure Resource Manager, with an application's client secret, by scope";
    walk.step(plan("Entra token, v2 endpoint", asked), entra(emulator, ProtocolVersion::V2, ARM_SCOPE))
        .await?;
    let asked = "a token for Media Services, with the same secret, by resource as older programs do";
    walk.step(plan("Entra token, v1 endpoint", asked), entra(emulator, ProtocolVersion::V1, MEDIA_SCOPE))
        .await?;
    let asked = "a Mixed Reality token, in exchange for the account's key";
    walk.step(plan("Mixed Reality token by account key", asked), mixed_reality_by_key(emulator)).await?;
    let asked = "a Mixed Reality token, in exchange for an Entra token";
    walk.step(plan("Mixed Reality token by Entra token", asked), mixed_reality_by_entra(emulator)).await
}

async fn communication(walk: &mut Walk<'_>, emulator: &Emulator) -> Result<(), Failure> {
    let asked = "a new user, in a request signed with the resource's access key";
    walk.step(plan("Communication Services identity by signed request", asked), acs_user(emulator)).await?;
    let asked = "a token with which a user may chat and call, in a signed request";
    walk.step(plan("Communication Services user token by signed request", asked), acs_token(emulator))
        .await?;
    let asked = "a new user, with an Entra token instead of a signature";
    walk.step(plan("Communication Services call by Entra token", asked), acs_by_entra(emulator)).await
}

async fn media(walk: &mut Walk<'_>, emulator: &Emulator) -> Result<(), Failure> {
    let asked = "the assets of the account (REST v2), as a service principal";
    walk.step(plan("Media Services v2 call by service principal", asked), ams_v2(emulator)).await?;
    let asked = "the account itself (REST v3, Resource Manager), as a service principal";
    walk.step(plan("Media Services v3 call by service principal", asked), ams_v3(emulator)).await
}

async fn refusals(walk: &mut Walk<'_>, emulator: &Emulator) -> Result<(), Failure> {
    let refused = |name, asked| Plan { name, asked, expected: Expected::Refusal };
    let asked = "a new user, in a request signed with a key that is not the resource's";
    walk.step(refused("Communication Services call with the wrong key", asked), acs_wrong_key(emulator))
        .await?;
    let asked = "the assets of the account, with a token meant for Resource Manager";
    walk.step(refused("Media Services call for the wrong audience", asked), ams_wrong_audience(emulator))
        .await
}

fn application(
    emulator: &Emulator,
    version: ProtocolVersion,
) -> Result<ClientSecretCredential, CredentialError> {
    let accounts = emulator.accounts();
    ClientSecretCredential::builder(&accounts.tenant_id, &accounts.client_id, &accounts.client_secret)
        .authority(Authority::parse(&emulator.authority())?)
        .version(version)
        .transport(emulator.http_client())
        .build()
}

async fn entra(emulator: &Emulator, version: ProtocolVersion, scope: &'static str) -> Ended {
    Ok(application(emulator, version)?.get_token(&TokenRequest::new([scope])).await?.into())
}

async fn mixed_reality_by_key(emulator: &Emulator) -> Ended {
    let accounts = emulator.accounts();
    let credential = MixedRealityCredential::builder(&accounts.mr_account_id, &accounts.mr_account_domain)
        .account_key(AccessKey::from_base64(&accounts.mr_account_key)?)
        .endpoint(Endpoint::parse("endpoint", &emulator.mr_endpoint())?)
        .transport(emulator.http_client())
        .build()?;
    Ok(credential.get_token(&TokenRequest::default()).await?.into())
}

async fn mixed_reality_by_entra(emulator: &Emulator) -> Ended {
    let accounts = emulator.accounts();
    let credential = MixedRealityCredential::builder(&accounts.mr_account_id, &accounts.mr_account_domain)
        .token_credential(application(emulator, ProtocolVersion::V2)?)
        .endpoint(Endpoint::parse("endpoint", &emulator.mr_endpoint())?)
        .transport(emulator.http_client())
        .build()?;
    Ok(credential.get_token(&TokenRequest::default()).await?.into())
}

fn identity_by_key(emulator: &Emulator) -> Result<IdentityClient, CredentialError> {
    let connection_string = ConnectionString::parse(&emulator.acs_connection_string())?;
    IdentityClient::from_connection_string(&connection_string, emulator.http_client())
}

fn identity(emulator: &Emulator, by: Arc<dyn AuthorizeRequest>) -> Result<IdentityClient, CredentialError> {
    let endpoint = Endpoint::parse("endpoint", &emulator.acs_endpoint())?;
    IdentityClient::builder(endpoint, by).transport(emulator.http_client()).build()
}

async fn acs_user(emulator: &Emulator) -> Ended {
    let user = identity_by_key(emulator)?.create_user().await?;
    Ok(Shown::default().and(format!("the new user's id, {}", user.id())))
}

async fn acs_token(emulator: &Emulator) -> Ended {
    let client = identity_by_key(emulator)?;
    let user = client.create_user().await?;
    let scopes = [TokenScope::Chat, TokenScope::Voip];
    let token = client.issue_token(user.id(), &scopes, Some(60)).await?;
    Ok(Shown::from(token).and("it is good for chat and voip, until it expires or is revoked"))
}

async fn acs_by_entra(emulator: &Emulator) -> Ended {
    let credential = Arc::new(application(emulator, ProtocolVersion::V2)?);
    let bearer = BearerAuthorizer::new(Arc::clone(&credential), [ENTRA_SCOPE]);
    let user = identity(emulator, Arc::new(bearer))?.create_user().await?;
    // The one that was just used, from the credential's cache.
    let token = credential.get_token(&TokenRequest::new([ENTRA_SCOPE])).await?;
    Ok(Shown::from(token).and(format!("the new user's id, {}", user.id())))
}

fn principal(emulator: &Emulator) -> Result<ServicePrincipal, CredentialError> {
    ServicePrincipal::from_portal_json(&emulator.ams_portal_json())
}

/// Asks REST v2 for the assets, with tokens of this credential.
async fn assets(emulator: &Emulator, credential: MediaCredential) -> Ended {
    let endpoint = principal(emulator)?.rest_v2_endpoint()?.clone();
    let request = rest_v2::request(&endpoint, Method::GET, "Assets?$top=5", "")?;
    let credential = Arc::new(credential);
    let authorizer = MediaAuthorizer::rest_v2(Arc::clone(&credential), &endpoint);
    let response = authorizer.send(&emulator.http_client(), request).await?;
    let assets: Vec<serde_json::Value> = rest_v2::read_list(&response)?;
    let token = credential.get_token(&TokenRequest::default()).await?;
    Ok(Shown::from(token).and(format!("{} assets", assets.len())))
}

async fn ams_v2(emulator: &Emulator) -> Ended {
    assets(emulator, principal(emulator)?.rest_v2_credential(emulator.http_client())?).await
}

async fn ams_v3(emulator: &Emulator) -> Ended {
    let principal = principal(emulator)?;
    let (endpoint, account) = (principal.arm_endpoint()?, principal.account()?);
    let request = arm::request(&endpoint, Method::GET, &account.path(), "")?;
    let credential = Arc::new(principal.arm_credential(emulator.http_client())?);
    let authorizer = MediaAuthorizer::arm(Arc::clone(&credential), &endpoint);
    let response = authorizer.send(&emulator.http_client(), request).await?;
    let found: serde_json::Value = arm::read(&response)?;
    let name = found.get("name").and_then(serde_json::Value::as_str).unwrap_or("without a name");
    let token = credential.get_token(&TokenRequest::default()).await?;
    Ok(Shown::from(token).and(format!("the account {name}")))
}

async fn acs_wrong_key(emulator: &Emulator) -> Ended {
    let signer = Signer::new(AccessKey::from_base64(WRONG_KEY)?)?;
    let user = identity(emulator, Arc::new(signer))?.create_user().await?;
    Ok(Shown::default().and(format!("the new user's id, {}", user.id())))
}

async fn ams_wrong_audience(emulator: &Emulator) -> Ended {
    assets(emulator, principal(emulator)?.arm_credential(emulator.http_client())?).await
}
