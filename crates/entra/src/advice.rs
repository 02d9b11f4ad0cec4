//! What to do about an AADSTS code.

use credential::CredentialErrorKind;

/// What some AADSTS codes mean, and what to do about them.
#[derive(Debug)]
pub(crate) struct Advice {
    codes: &'static [u32],
    pub(crate) kind: CredentialErrorKind,
    pub(crate) problem: &'static str,
    pub(crate) fix: &'static str,
}

const fn refused(codes: &'static [u32], problem: &'static str, fix: &'static str) -> Advice {
    Advice { codes, kind: CredentialErrorKind::Refused, problem, fix }
}

const fn transient(codes: &'static [u32], problem: &'static str, fix: &'static str) -> Advice {
    Advice { codes, kind: CredentialErrorKind::Unavailable, problem, fix }
}

const fn throttled(codes: &'static [u32], problem: &'static str, fix: &'static str) -> Advice {
    Advice { codes, kind: CredentialErrorKind::Throttled, problem, fix }
}

/// Finds the advice for a code.
pub(crate) fn advice(code: u32) -> Option<&'static Advice> {
    TABLE.iter().find(|advice| advice.codes.contains(&code))
}

/// Entra documents the codes under "Microsoft Entra authentication and authorization error codes".
const TABLE: &[Advice] = &[
    refused(
        &[50011],
        "the redirect address is not registered for the app",
        "register exactly this address on the app registration's Authentication page",
    ),
    refused(
        &[700027],
        "the client assertion's signature or certificate is unknown to the app",
        "upload this certificate to the app registration, and check that key and thumbprint belong to it",
    ),
    refused(
        &[50012],
        "the client secret, or the client assertion's signature, is wrong",
        "use a secret or certificate that the app registration lists now",
    ),
    refused(
        &[50048],
        "the client assertion's subject is not its issuer",
        "set both `iss` and `sub` to the client id",
    ),
    refused(
        &[700030],
        "the certificate's subject is not authorized for the app",
        "register the certificate's subject and issuer, or upload the certificate itself",
    ),
    refused(
        &[50013, 500133],
        "the incoming token is not valid, or has expired",
        "ask the caller for a new access token for this app",
    ),
    refused(
        &[50020, 16000, 50014, 51004, 90072],
        "the account does not exist in this tenant",
        "sign in to the account's own tenant, or invite it as a guest",
    ),
    refused(&[50034], "there is no such user in this tenant", "check the user name and the tenant"),
    refused(
        &[50053],
        "the account is locked, or its network address is blocked",
        "wait before trying again, or reset the password",
    ),
    refused(&[50055], "the password has expired", "sign in interactively to change it"),
    refused(&[50057], "the user account is disabled", "ask an administrator to enable it"),
    refused(&[50058], "nobody is signed in", "sign in interactively"),
    refused(
        &[50059, 50128, 90002, 90019],
        "the tenant was not found",
        "check the tenant id or domain, and that the authority is the one of the tenant's cloud",
    ),
    refused(
        &[90038, 90051, 900382, 900432],
        "the tenant lives in another national cloud",
        "use the authority of that cloud",
    ),
    refused(
        &[500021, 500022, 500212, 500213],
        "a policy restricts access to this tenant",
        "ask an administrator of the tenant or of the network",
    ),
    refused(
        &[50072, 50074, 50076, 50078, 50079],
        "multi-factor authentication is required",
        "sign in interactively, and pass on the claims of the error",
    ),
    refused(
        &[50097, 50131, 53000, 53001, 53002, 53003, 530032, 530035],
        "a Conditional Access policy denies access",
        "use a device, network and flow that the policy allows, or ask an administrator",
    ),
    refused(&[50105], "the user is not assigned to the app", "ask an administrator to assign the user"),
    refused(&[50126], "the user name or password is wrong", "correct them"),
    refused(&[50132, 50133, 50173, 70043], "the session was revoked or has become too old", "sign in again"),
    refused(
        &[50147, 501481],
        "the PKCE challenge or verifier is wrong",
        "send the verifier that belongs to the challenge of this sign-in",
    ),
    refused(
        &[50194, 90124, 90130, 9002332],
        "the app cannot be used through this authority",
        "give the tenant id, or organizations, as the tenant",
    ),
    throttled(
        &[50196],
        "the app sent the same request too many times",
        "cache the token, and wait some minutes before asking again",
    ),
    refused(
        &[54005, 70000, 70008, 700082, 700084, 50085, 50089],
        "the code or refresh token was used, revoked or has expired",
        "sign in again",
    ),
    refused(
        &[65001],
        "nobody consented to what the app asks for",
        "consent in an interactive sign-in, or ask an administrator to grant consent",
    ),
    refused(&[65002], "the app may not ask for a token of this resource", "use a client id of your own"),
    refused(&[65004], "the person declined to consent", "explain what the app needs, then ask again"),
    refused(
        &[650056, 650057],
        "the resource is not among the app's API permissions",
        "add it on the app registration's API permissions page",
    ),
    refused(
        &[70001, 7000112, 700016],
        "the app does not exist, or is disabled, in this tenant",
        "check the client id and the tenant, and that the tenant has a service principal of the app",
    ),
    refused(
        &[70002, 7000215],
        "the client secret is wrong",
        "use the secret's Value from the Certificates & secrets page, not its Secret ID, whole and without a line break",
    ),
    refused(
        &[7000222],
        "the client secret has expired",
        "create a new one on the app registration's Certificates & secrets page",
    ),
    refused(
        &[7000218],
        "the app must prove who it is with a secret or an assertion",
        "give one, or allow public client flows in the app registration",
    ),
    refused(
        &[700025],
        "a public client sent a secret or an assertion",
        "leave it out, or register the app as a web app",
    ),
    refused(
        &[70011, 700022, 28000, 1002012],
        "the scope is not valid",
        "ask for one resource at a time, followed by /.default",
    ),
    refused(&[70016], "the person has not finished signing in", "go on polling"),
    refused(&[70018], "the device code is unknown", "start the sign-in again"),
    refused(&[70019, 70020], "the device code has expired", "start the sign-in again"),
    refused(&[90119, 90120], "the device code was used or declined already", "start the sign-in again"),
    refused(
        &[70021, 700213],
        "no federated identity credential of the app matches the assertion",
        "make issuer, subject and audience equal, case included; a new credential takes some minutes to work",
    ),
    refused(
        &[700211],
        "no federated identity credential of the app has the assertion's issuer",
        "correct the issuer, without a trailing slash unless the assertion has one",
    ),
    refused(
        &[700212],
        "no federated identity credential of the app has the assertion's audience",
        "use the cloud's token exchange audience, such as api://AzureADTokenExchange",
    ),
    refused(
        &[700229],
        "the assertion is not an app's token",
        "use an assertion that was issued to an app or managed identity",
    ),
    refused(
        &[700024],
        "the client assertion is not valid at this time",
        "set this machine's clock, and read the assertion's file anew for each request",
    ),
    refused(
        &[700005],
        "the code was issued for another tenant",
        "use the same authority and tenant in both steps of the sign-in",
    ),
    refused(
        &[7000114, 240002],
        "the incoming token cannot be exchanged on behalf of its user",
        "pass an access token of a user for this app, not an id token or an app's own",
    ),
    refused(
        &[90014, 900144],
        "the request lacks a parameter",
        "update this library, and report the code if it stays",
    ),
    transient(&[90006, 90012, 90024, 90033, 90090, 50033, 50087], "Entra failed for now", "try again later"),
    throttled(&[90055], "the tenant is sending too many requests", "wait, then try again"),
    refused(&[90094], "an administrator must consent", "ask an administrator to grant consent to the app"),
    refused(
        &[50001, 500011],
        "the resource does not exist in this tenant",
        "check the scope's resource, and that the tenant has a service principal of it",
    ),
    refused(&[9001023], "this flow needs a tenant", "give the tenant id instead of common or consumers"),
    refused(&[901002], "the v2 endpoint takes no resource parameter", "use protocol version v1, or a scope"),
    refused(&[100007], "the app may not use regional endpoints", "leave the region out"),
    refused(
        &[50049],
        "the authority is unknown to Entra",
        "check the authority's address; a private one must be given as a custom authority",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_stands_once() {
        let mut seen = HashSet::new();
        for code in TABLE.iter().flat_map(|advice| advice.codes) {
            assert!(seen.insert(code), "{code} stands twice");
        }
        assert!(seen.len() > 100, "{} codes", seen.len());
    }

    #[test]
    fn texts_are_of_the_form_of_all_errors() {
        for advice in TABLE {
            for text in [advice.problem, advice.fix] {
                assert!(!text.is_empty() && !text.ends_with('.') && text.trim() == text, "{text}");
                let named = text.starts_with("Entra") || text.starts_with(|c: char| c.is_lowercase());
                assert!(named, "{text} does not begin in lower case");
            }
            assert!(!advice.codes.is_empty(), "{}", advice.problem);
        }
    }

    #[test]
    fn the_reference_has_every_code_in_these_words() {
        let page = include_str!("../../../docs/errors.md");
        let mut missing = String::new();
        for advice in TABLE {
            for code in advice.codes {
                let (problem, fix) = (advice.problem, advice.fix);
                let row = format!("| <a id=\"aadsts{code}\"></a>AADSTS{code} | {problem} | {fix} |\n");
                if !page.contains(&row) {
                    missing += &row;
                }
            }
        }
        assert!(missing.is_empty(), "docs/errors.md lacks these rows:\n{missing}");
        let anchors: Vec<&str> =
            page.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let of_codes = anchors.iter().filter(|anchor| anchor.starts_with("aadsts")).count();
        assert_eq!(of_codes, TABLE.iter().flat_map(|advice| advice.codes).count(), "a row has no advice");
        let links = page.split("](#").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links {
            assert!(anchors.contains(&link), "docs/errors.md links to #{link}, which is not there");
        }
    }

    #[test]
    fn codes_find_their_row() {
        assert_eq!(advice(7_000_215).unwrap().problem, "the client secret is wrong");
        assert_eq!(advice(90055).unwrap().kind, CredentialErrorKind::Throttled);
        assert_eq!(advice(90033).unwrap().kind, CredentialErrorKind::Unavailable);
        assert!(advice(1).is_none());
    }
}
