//! What to do about a refusal of Azure Resource Manager.

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind};
use http::{Response, StatusCode};

use crate::challenge::Challenge;
use crate::service_error::{Meaning, ServiceError, error_of, not_json, with_details};

/// Reads an answer that is not a success.
pub(crate) fn failure(response: &Response<Bytes>) -> CredentialError {
    let service = ServiceError::parse(response.body());
    let status = response.status();
    let meaning = match (by_status(status), &service) {
        (Some(meaning), _) => meaning,
        (None, Some(service)) => by_code(service.code().unwrap_or_default(), status),
        (None, None) if status == StatusCode::UNAUTHORIZED => by_code("", status),
        (None, None) => return not_json(response),
    };
    let (kind, section, _, fix) = meaning;
    let error = error_of(meaning);
    let error = match service.as_ref().and_then(ServiceError::code) {
        Some("InvalidAuthenticationTokenTenant") => match Challenge::read(response.headers()).tenant {
            Some(tenant) => error.with_fix(format!("{fix}, {tenant}")),
            None => error,
        },
        Some("AuthorizationFailed") => match service.as_ref().and_then(|it| denied_action(it.message())) {
            Some(action) => error_of((kind, section, format!("{NO_RIGHT} to {action}"), fix)),
            None => error,
        },
        _ => error,
    };
    with_details(error, response, service)
}

const NO_RIGHT: &str = "the service principal has no right";

fn by_status(status: StatusCode) -> Option<Meaning> {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Some((
            CredentialErrorKind::Throttled,
            Some("arm-429"),
            "Resource Manager is getting too many requests",
            "wait before asking again",
        )),
        status if status.is_server_error() => Some((
            CredentialErrorKind::Unavailable,
            Some("arm-5xx"),
            "Resource Manager failed for now",
            "try again later",
        )),
        status if status.is_redirection() => Some((
            CredentialErrorKind::UnexpectedAnswer,
            None,
            "Resource Manager answered with a redirect, which is not followed with a token",
            "check the endpoint's address",
        )),
        _ => None,
    }
}

/// Resource Manager documents the codes under "Resolve errors for ... Azure Resource Manager".
fn by_code(code: &str, status: StatusCode) -> Meaning {
    use CredentialErrorKind::{InvalidRequest, Refused};
    match code {
        "InvalidAuthenticationTokenTenant" => (
            Refused,
            Some("arm-invalidauthenticationtokentenant"),
            "the token is from another tenant than the subscription",
            "get it from the tenant that the subscription belongs to",
        ),
        "InvalidAuthenticationTokenAudience" => (
            Refused,
            Some("arm-invalidauthenticationtokenaudience"),
            "the token is for another service than Resource Manager",
            "get it with ServicePrincipal::arm_credential, or for the cloud's arm_scope; a token for REST v2 is of no use here",
        ),
        "ExpiredAuthenticationToken" => (
            Refused,
            Some("arm-expiredauthenticationtoken"),
            "the token has expired",
            "get a new one, and set this machine's clock if it is a new one",
        ),
        "AuthorizationFailed" | "LinkedAuthorizationFailed" => (
            Refused,
            Some("arm-authorizationfailed"),
            NO_RIGHT,
            "give it the role Contributor, Owner or one of the Media Services roles on the account; a new role takes some \
             minutes to work",
        ),
        "SubscriptionNotFound" | "InvalidSubscriptionId" => (
            InvalidRequest,
            Some("arm-subscriptionnotfound"),
            "the subscription does not exist, or not in the token's tenant",
            "check the subscription id and the tenant",
        ),
        "ResourceGroupNotFound" => (
            InvalidRequest,
            Some("arm-resourcegroupnotfound"),
            "the resource group does not exist",
            "check its name and the subscription",
        ),
        "ResourceNotFound" | "ParentResourceNotFound" | "NotFound" => (
            InvalidRequest,
            Some("arm-resourcenotfound"),
            "the account, or what was asked for in it, does not exist",
            "check the names; Microsoft retired Media Services on 2024-06-30 and removed its accounts",
        ),
        "MissingSubscriptionRegistration" | "NoRegisteredProviderFound" | "InvalidResourceType" => (
            InvalidRequest,
            Some("arm-missingsubscriptionregistration"),
            "this cloud or subscription does not offer Media Services",
            "use a compatible service: Microsoft retired Media Services on 2024-06-30",
        ),
        _ => by_status_without_code(status),
    }
}

fn by_status_without_code(status: StatusCode) -> Meaning {
    use CredentialErrorKind::{InvalidRequest, Refused};
    match status {
        StatusCode::UNAUTHORIZED => (
            Refused,
            Some("arm-401"),
            "Resource Manager does not accept the token",
            "get it with ServicePrincipal::arm_credential, from the tenant that the subscription belongs to",
        ),
        StatusCode::FORBIDDEN => (
            Refused,
            Some("arm-403"),
            "Resource Manager denies access",
            "check the service principal's role on the account, and policies and locks of the subscription",
        ),
        StatusCode::NOT_FOUND => {
            (InvalidRequest, None, "Resource Manager has no such resource", "check the path and its names")
        }
        _ => (
            InvalidRequest,
            None,
            "Resource Manager refused the request",
            "see ServiceError::message of the source for the service's reason",
        ),
    }
}

/// `Microsoft.Media/mediaservices/read` of `.. to perform action 'Microsoft.Media/mediaservices/read' over scope ..`.
fn denied_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("perform action '")?;
    let (action, _) = rest.split_once('\'')?;
    let form = (1..=120).contains(&action.len())
        && action.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'*'));
    form.then_some(action)
}
