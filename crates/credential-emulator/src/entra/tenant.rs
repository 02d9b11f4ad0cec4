//! The tenant that a path names.

use super::Version;
use super::error::EntraError;
use crate::accounts::{Accounts, CONSUMERS, User};
use crate::origins::EXTERNAL_ID;
use crate::services::Services;

/// The tenant that a path names: one tenant, or one of the authorities that many tenants share.
#[derive(Clone, Copy)]
pub(super) struct Tenant<'a> {
    accounts: &'a Accounts,
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
        let accounts = &services.accounts;
        let tenant = |id, authority| Self { accounts, id, authority, policy: None };
        if is("common") {
            return Ok(tenant("common", Authority::Common));
        }
        if is("organizations") {
            return Ok(tenant("organizations", Authority::Organizations));
        }
        if is("consumers") || is(CONSUMERS) {
            return Ok(tenant(CONSUMERS, Authority::Consumers));
        }
        if is("adfs") {
            return Ok(tenant(&accounts.tenant_id, Authority::Adfs));
        }
        let id = accounts.tenant(name).ok_or_else(|| EntraError::unknown_tenant(name))?;
        Ok(tenant(id, Authority::One))
    }

    /// Returns the one tenant that is meant; `common` and `organizations` mean the home of whoever signs in.
    pub(super) fn one(self) -> Option<&'a str> {
        (!matches!(self.authority, Authority::Common | Authority::Organizations)).then_some(self.id)
    }

    /// Returns the tenant's id, or the name of an authority that many share, for people to read.
    pub(super) fn shown(self) -> &'a str {
        self.id
    }

    /// Returns the tenant where the user signs in: the one that is meant, if the user is at home or a guest there.
    pub(super) fn of_user<'u>(self, user: &User<'u>) -> Result<&'u str, EntraError>
    where
        'a: 'u,
    {
        let id = self.one().unwrap_or(user.tenant_id);
        let is_personal = id == CONSUMERS && self.authority == Authority::Organizations;
        if user.is_in(id) && !is_personal { Ok(id) } else { Err(EntraError::not_in_tenant(user, self.id)) }
    }

    /// Returns who can sign in, those who are at home first.
    pub(super) fn users(self) -> Vec<User<'a>> {
        let mut users: Vec<_> = self.accounts.users().filter(|user| self.of_user(user).is_ok()).collect();
        users.sort_by_key(|user| self.one().is_some_and(|id| user.tenant_id != id));
        users
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
            // External ID names the tenant in the host, too, whatever name the client used.
            _ if origin.ends_with(EXTERNAL_ID) => {
                format!("https://{tenant_id}{EXTERNAL_ID}/{tenant_id}/v2.0")
            }
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
