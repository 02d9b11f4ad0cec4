//! Azure Resource Manager, as far as Media Services v3 needs it.

use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use super::assets::{Asset, Page};
use super::error::ArmError;
use super::ravnur;
use crate::accounts::Resource;
use crate::answer::{self, Answer};
use crate::audience;
use crate::bearer::{self, Caller, Expected};
use crate::clock::with_seven_digits;
use crate::received::{Received, is_dated_version};
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

/// The version that answers with the address of REST v2.
const MANAGEMENT_OF_V2: &str = "2015-10-01";

/// What a path below `/subscriptions/` names. ARM compares all of it without regard to case.
struct Target<'a> {
    subscription: &'a str,
    group: &'a str,
    account: &'a str,
    child: Option<&'a str>,
}

/// `GET /subscriptions/{path}`
pub(super) async fn read(
    State(services): State<SharedServices>,
    received: Received,
    Path(path): Path<String>,
) -> Answer {
    let mut verdict = Verdict::of("media-arm");
    let authority = services.origin_of(&received);
    let answer = match resource(&services, &received, &path, &mut verdict) {
        Ok(body) => Answer::granted(verdict, answer::json(StatusCode::OK, &body)),
        Err(error) => {
            let response = error.response(&services, &authority);
            Answer::refused(verdict, error.reason, response)
        }
    };
    let request_id = services.ids.guid();
    answer.map_response(|response| {
        answer::set_header(response, "x-ms-request-id", &request_id);
        answer::set_header(response, "x-ms-correlation-request-id", &request_id);
        answer::set_header(response, "cache-control", "no-cache");
    })
}

fn resource(
    services: &Services,
    received: &Received,
    path: &str,
    verdict: &mut Verdict,
) -> Result<Value, ArmError> {
    let version = api_version(received, verdict)?;
    let caller = caller(services, received, verdict)?;
    let target = Target::parse(path).ok_or_else(|| {
        let message = format!("No resource of this kind was found at '/subscriptions/{path}'.");
        let reason = "path: only Microsoft.Media/mediaServices/{account} and its assets are served";
        ArmError::not_found("InvalidResourceType", message, reason)
    })?;
    check_subscription(services, &target)?;
    if let Some(caller) = caller {
        check_role(services, &caller, path, &target, verdict)?;
    }
    check_account(services, &target)?;
    let id = account_id(services);
    match target.child {
        None if version == MANAGEMENT_OF_V2 => {
            Ok(account_of_v2(services, &id, &services.origin_of(received)))
        }
        None => Ok(account(services, &id)),
        Some(_assets) => {
            let page = Page::of(received).map_err(|reason| {
                ArmError::new(
                    StatusCode::BAD_REQUEST,
                    "BadRequest",
                    "The query is not valid.".to_owned(),
                    reason,
                )
            })?;
            let assets = services.assets.page(page);
            Ok(json!({ "value": assets.iter().map(|listed| asset(listed, &id)).collect::<Vec<_>>() }))
        }
    }
}

/// Returns who calls. Who has a token of the compatible service that is served at the same paths is none,
/// and needs no role.
fn caller<'a>(
    services: &'a Services,
    received: &Received,
    verdict: &mut Verdict,
) -> Result<Option<Caller<'a>>, ArmError> {
    if let Some(judged) = ravnur::judge(services, received, verdict) {
        return judged.map(|()| None).map_err(|reason| {
            let message = "The access token is invalid.".to_owned();
            ArmError::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message, reason)
        });
    }
    let expected = Expected { audiences: &audience::RESOURCE_MANAGER, or_own_origin: false };
    bearer::verify(services, received, &expected, verdict)
        .map(Some)
        .map_err(|fault| ArmError::unauthorized(&fault, &services.origin_of(received)))
}

/// ARM looks at the version before it looks at the token.
fn api_version(received: &Received, verdict: &mut Verdict) -> Result<String, ArmError> {
    let bad_request = |code, message: &str, reason| {
        ArmError::new(StatusCode::BAD_REQUEST, code, message.to_owned(), reason)
    };
    let Some(version) = received.query("api-version") else {
        let message = "The api-version query parameter (?api-version=) is required for all requests.";
        let reason = "api-version: the query parameter is missing".to_owned();
        return Err(bad_request("MissingApiVersionParameter", message, reason));
    };
    if !is_dated_version(&version) {
        let reason = format!("api-version: '{version}' is not a date such as 2021-11-01");
        return Err(bad_request("InvalidApiVersionParameter", "The api-version is invalid.", reason));
    }
    verdict.verified(format!("api-version {version}"));
    Ok(version)
}

impl<'a> Target<'a> {
    fn parse(path: &'a str) -> Option<Self> {
        let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let [subscription, groups, group, providers, provider, kind, account, ref children @ ..] =
            segments[..]
        else {
            return None;
        };
        let fixed = [
            (groups, "resourceGroups"),
            (providers, "providers"),
            (provider, "Microsoft.Media"),
            (kind, "mediaServices"),
        ];
        let child = match children {
            [] => None,
            [child] if child.eq_ignore_ascii_case("assets") => Some(*child),
            _ => return None,
        };
        let fits = fixed.iter().all(|(found, expected)| found.eq_ignore_ascii_case(expected));
        fits.then_some(Self { subscription, group, account, child })
    }
}

fn check_subscription(services: &Services, target: &Target<'_>) -> Result<(), ArmError> {
    let served = &services.accounts.subscription_id;
    if target.subscription.eq_ignore_ascii_case(served) {
        return Ok(());
    }
    let found = target.subscription;
    let message = format!("The subscription '{found}' could not be found.");
    let reason = format!("subscription: '{found}' is not served, only {served}");
    Err(ArmError::not_found("SubscriptionNotFound", message, reason))
}

fn check_role(
    services: &Services,
    caller: &Caller<'_>,
    path: &str,
    target: &Target<'_>,
    verdict: &mut Verdict,
) -> Result<(), ArmError> {
    if let Some(role) = caller.role_on(Resource::Media) {
        verdict.verified(format!("role {role}"));
        return Ok(());
    }
    let action = if target.child.is_some() { "mediaServices/assets/read" } else { "mediaServices/read" };
    let message = format!(
        "The client '{}' with object id '{}' does not have authorization to perform action 'Microsoft.Media/{action}' over scope '/subscriptions/{path}' or the scope is invalid.",
        caller.app.client_id,
        caller.object_id()
    );
    let account = &services.accounts.ams_account_name;
    let reason = format!("role: {} has none on account {account}", caller.subject());
    Err(ArmError::new(StatusCode::FORBIDDEN, "AuthorizationFailed", message, reason))
}

fn check_account(services: &Services, target: &Target<'_>) -> Result<(), ArmError> {
    let (group, account) = (target.group, target.account);
    let (served_group, served_account) =
        (&services.accounts.resource_group, &services.accounts.ams_account_name);
    if !group.eq_ignore_ascii_case(served_group) {
        let message = format!("Resource group '{group}' could not be found.");
        let reason = format!("resource group: '{group}' does not exist, only {served_group}");
        return Err(ArmError::not_found("ResourceGroupNotFound", message, reason));
    }
    if !account.eq_ignore_ascii_case(served_account) {
        let message = format!(
            "The Resource 'Microsoft.Media/mediaServices/{account}' under resource group '{group}' was not found."
        );
        let reason = format!("account: '{account}' does not exist, only {served_account}");
        return Err(ArmError::not_found("ResourceNotFound", message, reason));
    }
    Ok(())
}

fn account_id(services: &Services) -> String {
    let accounts = &services.accounts;
    format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Media/mediaservices/{}",
        accounts.subscription_id, accounts.resource_group, accounts.ams_account_name
    )
}

fn account(services: &Services, id: &str) -> Value {
    json!({
        "name": services.accounts.ams_account_name,
        "id": id,
        "type": "Microsoft.Media/mediaservices",
        "location": services.accounts.ams_location,
        "properties": {
            "storageAccounts": [{ "id": storage_account_id(id), "type": "Primary" }],
            "storageAuthentication": "System",
            "publicNetworkAccess": "Enabled",
            "provisioningState": "Succeeded",
        },
    })
}

/// The answer of the management interface of v2, the only one that names the address of REST v2.
fn account_of_v2(services: &Services, id: &str, origin: &str) -> Value {
    json!({
        "id": id,
        "name": services.accounts.ams_account_name,
        "type": "Microsoft.Media/mediaservices",
        "location": services.accounts.ams_location,
        "tags": {},
        "properties": {
            "apiEndpoints": [{ "endpoint": format!("{origin}/api/"), "majorVersion": "2" }],
            "storageAccounts": [{ "id": storage_account_id(id), "isPrimary": true }],
        },
    })
}

fn storage_account_id(id: &str) -> String {
    let group = id.split("/providers/").next().unwrap_or_default();
    format!("{group}/providers/Microsoft.Storage/storageAccounts/emulatorstorage")
}

fn asset(asset: &Asset, account_id: &str) -> Value {
    let created = with_seven_digits(asset.created);
    json!({
        "name": asset.name,
        "id": format!("{account_id}/assets/{}", asset.name),
        "type": "Microsoft.Media/mediaservices/assets",
        "properties": {
            "assetId": asset.id,
            "created": created,
            "lastModified": created,
            "alternateId": asset.alternate_id,
            "container": format!("asset-{}", asset.id),
            "storageAccountName": "emulatorstorage",
            "storageEncryptionFormat": "None",
        },
    })
}
