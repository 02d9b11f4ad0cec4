//! The tenant that a path names.

use super::Version;
use super::error::EntraError;
use crate::services::Services;

/// The tenant of personal accounts.
pub(super) const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The tenant that a path names: one tenant, or one of the authorities that many tenants share.
#[derive(Clone, Copy)]
pub(super) struct Tenant<'a> {
    id: &'a str,
    pub(super) authority: Authority,
    /// The user flow, where the path names one: Azure AD B2C.
    pub(super) policy: Option<Policy>,
}

/// A user flow of Azure AD B2C. All do the same here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    SignIn,
    SignUpOrSignIn,
}

impl Policy {
    fn named(name: &str) -> Option<Self> {
        [Self::SignIn, Self::SignUpOrSignIn].into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }

    /// Returns the name as tokens write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SignIn => "b2c_1_signin",
            Self::SignUpOrSignIn => "b2c_1_susi",
        }
    }
}

/// What a path names: one tenant, or an authority that many share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authority {
    One,
    Common,
    Organizations,
    Consumers,
    /// A server of one's own: Active Directory Federation Services.
    Adfs,
}

impl<'a> Tenant<'a> {
    pub(super) fn named(services: &'a Services, name: &str) -> Result<Self, EntraError> {
        // With a user flow behind it, the path names a tenant of Azure AD B2C.
        if let Some((tenant, policy)) = name.strip_prefix("tfp/").unwrap_or(name).split_once('/') {
            let policy = Policy::named(policy).ok_or_else(|| EntraError::unknown_policy(policy))?;
            return Ok(Self { policy: Some(policy), ..Self::named(services, tenant)? });
        }
        let is = |shared: &str| name.eq_ignore_ascii_case(shared);
        let home = services.accounts.tenant_id.as_str();
        if is("common") {
            return Ok(Self { id: home, authority: Authority::Common, policy: None });
        }
        if is("organizations") {
            return Ok(Self { id: home, authority: Authority::Organizations, policy: None });
        }
        if is("consumers") || is(CONSUMERS) {
            return Ok(Self { id: CONSUMERS, authority: Authority::Consumers, policy: None });
        }
        if is("adfs") {
            return Ok(Self { id: home, authority: Authority::Adfs, policy: None });
        }
        let id = services.accounts.tenant(name).ok_or_else(|| EntraError::unknown_tenant(name))?;
        Ok(Self { id, authority: Authority::One, policy: None })
    }

    /// Returns the tenant where the user signs in: `common` and `organizations` lead to the user's home, `consumers` to
    /// the tenant of personal accounts.
    pub(super) fn of_user(self) -> &'a str {
        self.id
    }

    /// Returns what stands for the tenant in its metadata: its id, and for the shared authorities Entra's placeholder.
    pub(super) fn id_in_metadata(self) -> &'a str {
        match self.authority {
            Authority::Common | Authority::Organizations => "{tenantid}",
            _ => self.id,
        }
    }

    /// Returns the issuer of the tenant's tokens.
    pub(super) fn issuer(self, origin: &str, tenant_id: &str, version: Version) -> String {
        match (self.authority, self.policy, version) {
            (Authority::Adfs, ..) => format!("{origin}/adfs"),
            // B2C's ends in a slash.
            (_, Some(_), _) => format!("{origin}/{tenant_id}/v2.0/"),
            (_, None, Version::V1) => format!("{origin}/{tenant_id}/"),
            (_, None, Version::V2) => format!("{origin}/{tenant_id}/v2.0"),
        }
    }

    /// Returns the tenant where the application signs in, which has no home of its own.
    pub(super) fn of_app(self) -> Result<&'a str, EntraError> {
        if !matches!(self.authority, Authority::One | Authority::Adfs) {
            return Err(EntraError::bad_request(
                "invalid_request",
                50_059,
                "No tenant-identifying information found in the request or in the credentials.".to_owned(),
            )
            .because("tenant: an application has no tenant of its own; name one by id or domain"));
        }
        Ok(self.id)
    }
}
