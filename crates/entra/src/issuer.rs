//! Whether metadata is that of the authority that was asked.

use credential::{CredentialError, Endpoint};
use http::Uri;

use crate::authority_kind::AuthorityKind;
use crate::authority_metadata::unusable;
use crate::tenant::Tenant;
use crate::{Authority, Cloud, ProtocolVersion};

/// Stands in the issuer where the tenant is not one, as for `common`.
const PLACEHOLDER: &str = "{tenantid}";
/// Issues the v1 tokens of China; the other clouds' v1 issuers are among their aliases.
const CHINA_ISSUER: &str = "sts.chinacloudapi.cn";

/// Who was asked, against which an answer is judged.
pub(crate) struct Judge<'a> {
    pub(crate) authority: &'a Authority,
    pub(crate) kind: &'a AuthorityKind,
    pub(crate) tenant: &'a Tenant,
    pub(crate) version: ProtocolVersion,
}

/// Checks that the issuer is the authority. Each kind has a rule of its own:
///
/// - Entra: `https://<host>/<tenant id>/v2.0`, for v1 without the last part; the host is the authority's or one of Entra's. For
///   `common` and `organizations`, `{tenantid}` stands for the id.
/// - External ID: the same, but the host is `<name>.ciamlogin.com` or `<tenant id>.ciamlogin.com`.
/// - Azure AD B2C: `https://<host>/[tfp/]<tenant id>/[<policy>/]v2.0/`, the host being the authority's or B2C's.
/// - AD FS: scheme and host are the authority's.
/// - others: the same text, but for a slash at the end (OpenID Connect Discovery, section 4.3).
pub(crate) fn check_issuer(judge: &Judge<'_>, issuer: &str) -> Result<(), CredentialError> {
    if issuer.is_empty() {
        return Err(unusable("the authority's metadata names no issuer".to_owned()));
    }
    if judge.accepts(issuer) {
        return Ok(());
    }
    Err(unusable("the authority's metadata is that of another issuer".to_owned()))
}

impl Judge<'_> {
    fn accepts(&self, issuer: &str) -> bool {
        // A placeholder's braces cannot stand in an address.
        let Ok(there) = Endpoint::parse_local("issuer", &issuer.replace(PLACEHOLDER, "placeholder")) else {
            return false;
        };
        let Ok(here) = self.authority.base() else { return false };
        let has_scheme = issuer.contains("://");
        if !has_scheme || (is_http(&there) && !is_http(&here)) {
            return false;
        }
        let path = there.to_string();
        let path =
            path.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
        let path: Vec<&str> = path.split('/').collect();
        let is_same_host = there.authority() == here.authority();
        match self.kind {
            AuthorityKind::Entra => (is_same_host || self.is_entra(there.host())) && self.is_path(&path),
            AuthorityKind::ExternalId => {
                let label = there.host().split('.').next().unwrap_or_default();
                let is_tenants = is_external_id(&there) && path.first() == Some(&label);
                (is_same_host || is_tenants) && self.is_path(&path)
            }
            AuthorityKind::B2c { policy } => {
                (is_same_host || AuthorityKind::is_b2c_host(there.host())) && self.is_b2c_path(&path, policy)
            }
            AuthorityKind::AdFs => is_same_host && is_http(&there) == is_http(&here),
            AuthorityKind::OpenId => there == here,
        }
    }

    /// A host of the same cloud; a host that is of none is vouched for by Entra, and may belong to any. Version 1 tokens of
    /// several clouds name one issuer.
    fn is_entra(&self, host: &str) -> bool {
        let (own, there) = (self.authority.known_cloud(), Cloud::from_host(host));
        let is_v1 = self.version == ProtocolVersion::V1;
        (there.is_some() && (own.is_none() || own == there || is_v1)) || (is_v1 && host == CHINA_ISSUER)
    }

    fn is_path(&self, path: &[&str]) -> bool {
        match (self.version, self.kind, path) {
            (ProtocolVersion::V1, AuthorityKind::Entra, [tenant]) => self.is_tenant(tenant),
            (ProtocolVersion::V1, AuthorityKind::Entra, _) => false,
            (_, _, [tenant, "v2.0"]) => self.is_tenant(tenant),
            _ => false,
        }
    }

    fn is_b2c_path(&self, path: &[&str], policy: &str) -> bool {
        let path = path.strip_prefix(&["tfp"]).unwrap_or(path);
        match path {
            [tenant, "v2.0"] => self.is_tenant(tenant),
            [tenant, named, "v2.0"] => self.is_tenant(tenant) && named.eq_ignore_ascii_case(policy),
            _ => false,
        }
    }

    /// An id: that of the tenant, where that was given as an id.
    fn is_tenant(&self, segment: &str) -> bool {
        let is_of_many = self.tenant.is("common") || self.tenant.is("organizations");
        match segment {
            "placeholder" => is_of_many,
            id if !is_guid(id) || is_of_many => false,
            id => self.tenant.is(id) || !is_guid(self.tenant.as_str()),
        }
    }

    /// Checks an endpoint: where a secret or a person goes next.
    pub(crate) fn endpoint(&self, name: &str, text: &str) -> Result<Uri, CredentialError> {
        let uri: Option<Uri> = text.parse().ok().filter(|_| !text.contains(['@', '#']));
        let place = uri.as_ref().and_then(|uri| {
            let (scheme, authority) = (uri.scheme()?, uri.authority()?);
            Endpoint::parse_local(name, &format!("{scheme}://{authority}")).ok()
        });
        let (Some(uri), Some(there), Ok(here)) = (uri, place, self.authority.base()) else {
            return Err(unusable(format!("the {name} in the authority's metadata is no address")));
        };
        if is_http(&there) && !is_http(&here) {
            return Err(unusable(format!("the {name} in the authority's metadata is not https")));
        }
        let host = there.host();
        let is_ours = there.authority() == here.authority()
            || match self.kind {
                AuthorityKind::Entra => self.is_entra(host),
                AuthorityKind::ExternalId => AuthorityKind::is_external_id_host(host),
                AuthorityKind::B2c { .. } => AuthorityKind::is_b2c_host(host),
                AuthorityKind::AdFs => false,
                // Issuer and endpoints may live apart; the issuer itself has named them.
                AuthorityKind::OpenId => true,
            };
        if is_ours {
            return Ok(uri);
        }
        Err(unusable(format!("the {name} in the authority's metadata is at a host of somebody else")))
    }
}

fn is_external_id(endpoint: &Endpoint) -> bool {
    AuthorityKind::is_external_id_host(endpoint.host()) && endpoint.authority() == endpoint.host()
}

fn is_http(endpoint: &Endpoint) -> bool {
    endpoint.to_string().starts_with("http://")
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let is_hex = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(is_hex)
}

#[cfg(test)]
mod tests {
    use credential::CredentialErrorKind;
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    const OTHER: &str = "82f988bf-86f1-41af-91ab-2d7cd011db47";

    fn parsed(tenant: &str) -> Tenant {
        Tenant::parse(CredentialErrorKind::InvalidRequest, tenant).unwrap()
    }

    fn accepts(authority: &Authority, tenant: &str, version: ProtocolVersion, issuer: &str) -> bool {
        let (tenant, issuer) = (parsed(tenant), issuer.replace("ID", ID).replace("OTHER", OTHER));
        let kind = authority.kind_for(&tenant);
        check_issuer(&Judge { authority, kind: &kind, tenant: &tenant, version }, &issuer).is_ok()
    }

    fn table(authority: &Authority, version: ProtocolVersion, cases: &[(&str, &str, bool)]) {
        for (tenant, issuer, good) in cases {
            assert_eq!(accepts(authority, tenant, version, issuer), *good, "{authority} {tenant}: {issuer}");
        }
    }

    #[test]
    fn entra() {
        table(
            &Authority::default(),
            ProtocolVersion::V2,
            &[
                (ID, "https://login.microsoftonline.com/ID/v2.0", true),
                (ID, "https://login.microsoftonline.com/ID/v2.0/", true),
                (ID, "https://login.windows.net/ID/v2.0", true),
                (ID, "https://login.microsoftonline.com/OTHER/v2.0", false),
                (ID, "https://login.microsoftonline.com/{tenantid}/v2.0", false),
                (ID, "https://login.microsoftonline.com/ID/", false),
                (ID, "https://login.microsoftonline.us/ID/v2.0", false),
                (ID, "https://login.microsoftonline.com.evil.example/ID/v2.0", false),
                (ID, "https://evil.example/ID/v2.0", false),
                (ID, "https://login.microsoftonline.com:8443/ID/v2.0", true),
                (ID, "http://login.microsoftonline.com/ID/v2.0", false),
                (ID, "login.microsoftonline.com/ID/v2.0", false),
                (ID, "https://login.microsoftonline.com/ID/v2.0?x", false),
                (ID, "https://a@login.microsoftonline.com/ID/v2.0", false),
                (ID, "", false),
                ("contoso.com", "https://login.microsoftonline.com/ID/v2.0", true),
                ("contoso.com", "https://login.microsoftonline.com/contoso.com/v2.0", false),
                ("common", "https://login.microsoftonline.com/{tenantid}/v2.0", true),
                ("organizations", "https://login.microsoftonline.com/{tenantid}/v2.0", true),
                ("common", "https://login.microsoftonline.com/ID/v2.0", false),
                ("consumers", "https://login.microsoftonline.com/ID/v2.0", true),
                ("common", "https://login.microsoftonline.com/{tenantid}{tenantid}/v2.0", false),
            ],
        );
        table(
            &Authority::default(),
            ProtocolVersion::V1,
            &[
                (ID, "https://sts.windows.net/ID/", true),
                ("common", "https://sts.windows.net/{tenantid}/", true),
                (ID, "https://sts.windows.net/ID/v2.0", false),
                (ID, "https://sts.windows.net/", false),
            ],
        );
        let china = Authority::cloud(Cloud::China);
        table(&china, ProtocolVersion::V1, &[(ID, "https://sts.chinacloudapi.cn/ID/", true)]);
        table(
            &china,
            ProtocolVersion::V2,
            &[
                (ID, "https://login.partner.microsoftonline.cn/ID/v2.0", true),
                (ID, "https://sts.chinacloudapi.cn/ID/v2.0", false),
            ],
        );
        let own_domain = Authority::parse("login.contoso.example").unwrap();
        table(
            &own_domain,
            ProtocolVersion::V2,
            &[
                (ID, "https://login.contoso.example/ID/v2.0", true),
                (ID, "https://login.microsoftonline.com/ID/v2.0", true),
                (ID, "https://login.fabrikam.example/ID/v2.0", false),
            ],
        );
    }

    #[test]
    fn the_other_kinds() {
        let v2 = ProtocolVersion::V2;
        table(
            &Authority::parse("contoso.ciamlogin.com").unwrap(),
            v2,
            &[
                ("contoso.onmicrosoft.com", "https://ID.ciamlogin.com/ID/v2.0", true),
                (ID, "https://ID.ciamlogin.com/ID/v2.0", true),
                (ID, "https://contoso.ciamlogin.com/ID/v2.0", true),
                (ID, "https://OTHER.ciamlogin.com/ID/v2.0", false),
                (ID, "https://fabrikam.ciamlogin.com/ID/v2.0", false),
                (ID, "https://ID.ciamlogin.com/OTHER/v2.0", false),
                (ID, "https://OTHER.ciamlogin.com/OTHER/v2.0", false),
                (ID, "https://ID.ciamlogin.com:444/ID/v2.0", false),
            ],
        );
        table(
            &Authority::b2c("contoso.b2clogin.com", "B2C_1_a").unwrap(),
            v2,
            &[
                ("contoso.onmicrosoft.com", "https://contoso.b2clogin.com/ID/v2.0/", true),
                ("contoso.onmicrosoft.com", "https://contoso.b2clogin.com/tfp/ID/b2c_1_a/v2.0/", true),
                ("contoso.onmicrosoft.com", "https://contoso.b2clogin.com/tfp/ID/b2c_1_b/v2.0/", false),
                ("contoso.onmicrosoft.com", "https://contoso.example/ID/v2.0/", false),
                (ID, "https://contoso.b2clogin.com/OTHER/v2.0/", false),
            ],
        );
        table(
            &Authority::parse("fs.contoso.example").unwrap(),
            v2,
            &[
                ("adfs", "https://fs.contoso.example/adfs", true),
                ("adfs", "https://FS.contoso.example/adfs/", true),
                ("adfs", "http://fs.contoso.example/adfs", false),
                ("adfs", "https://fs.contoso.example:8443/adfs", false),
                ("adfs", "https://fs.fabrikam.example/adfs", false),
            ],
        );
        table(
            &Authority::open_id("https://id.example/realms/one").unwrap(),
            v2,
            &[
                ("none", "https://id.example/realms/one", true),
                ("none", "https://id.example/realms/one/", true),
                ("none", "https://id.example/realms/One", false),
                ("none", "https://id.example/realms/two", false),
                ("none", "https://id.example", false),
                ("none", "id.example/realms/one", false),
                ("none", "https://login.microsoftonline.com/ID/v2.0", false),
            ],
        );
        table(
            &Authority::open_id_local("http://127.0.0.1:80/").unwrap(),
            v2,
            &[("none", "http://127.0.0.1", true), ("none", "https://127.0.0.1", false)],
        );
    }

    #[test]
    fn endpoints_belong_to_the_authority() {
        let server = Authority::open_id("id.example").unwrap();
        let (fs, entra) = (Authority::parse("fs.example").unwrap(), Authority::default());
        let local = Authority::open_id_local("http://127.0.0.1:5000").unwrap();
        for (authority, tenant, text, problem) in [
            (&server, "none", "https://tokens.example/token?x=y", None),
            (&server, "none", "http://id.example/token", Some("no address")),
            (&server, "none", "http://127.0.0.1/token", Some("not https")),
            (&server, "none", "https://planted@id.example/token", Some("no address")),
            (&server, "none", "https://id.example/token#planted", Some("no address")),
            (&server, "none", "/token", Some("no address")),
            (&server, "none", "javascript:planted", Some("no address")),
            (&local, "none", "http://127.0.0.1:5001/token", None),
            (&fs, "adfs", "https://fs.example/adfs/oauth2/token/", None),
            (&fs, "adfs", "https://planted.example/adfs/oauth2/token/", Some("somebody else")),
            (&entra, ID, "https://login.windows.net/x/oauth2/token", None),
            (&entra, ID, "https://login.microsoftonline.us/x/oauth2/token", Some("somebody else")),
        ] {
            let tenant = parsed(tenant);
            let kind = authority.kind_for(&tenant);
            let judge = Judge { authority, kind: &kind, tenant: &tenant, version: ProtocolVersion::V2 };
            let outcome = judge.endpoint("token_endpoint", text);
            match (problem, outcome) {
                (None, Ok(uri)) => assert_eq!(uri, text),
                (Some(problem), Err(error)) => {
                    assert!(error.problem().contains(problem), "{text}: {error}");
                    assert!(!error.to_string().contains("planted"), "{error}");
                }
                (_, outcome) => unreachable!("{text}: {outcome:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn only_the_same_address_passes_for_another_server(issuer in "(https://|http://|id|\\.|example|/|:|@|one){0,9}") {
            let server = Authority::open_id("https://id.example/one").unwrap();
            let accepted = accepts(&server, "none", ProtocolVersion::V2, &issuer);
            let trimmed = issuer.trim_end_matches('/').replace("example:443", "example");
            prop_assert_eq!(accepted, trimmed == "https://id.example/one", "{}", issuer);
        }
    }
}
