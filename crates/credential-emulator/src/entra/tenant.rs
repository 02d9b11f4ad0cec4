//! The tenant that a path names.

use super::error::EntraError;
use crate::services::Services;

/// The tenant of personal accounts.
pub(super) const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The tenant that a path names: one tenant, or one of the authorities that many tenants share.
#[derive(Clone, Copy)]
pub(super) struct Tenant<'a> {
    id: &'a str,
    pub(super) authority: Authority,
}

/// What a path names: one tenant, or an authority that many share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Authority {
    One,
    Common,
    Organizations,
    Consumers,
}

impl<'a> Tenant<'a> {
    pub(super) fn named(services: &'a Services, name: &str) -> Result<Self, EntraError> {
        let is = |shared: &str| name.eq_ignore_ascii_case(shared);
        let home = services.accounts.tenant_id.as_str();
        if is("common") {
            return Ok(Self { id: home, authority: Authority::Common });
        }
        if is("organizations") {
            return Ok(Self { id: home, authority: Authority::Organizations });
        }
        if is("consumers") || is(CONSUMERS) {
            return Ok(Self { id: CONSUMERS, authority: Authority::Consumers });
        }
        let id = services.accounts.tenant(name).ok_or_else(|| EntraError::unknown_tenant(name))?;
        Ok(Self { id, authority: Authority::One })
    }

    /// Returns the tenant where the user signs in: `common` and `organizations` lead to the user's home, `consumers` to
    /// the tenant of personal accounts.
    pub(super) fn of_user(self) -> &'a str {
        self.id
    }

    /// Returns the tenant where the application signs in, which has no home of its own.
    pub(super) fn of_app(self) -> Result<&'a str, EntraError> {
        if self.authority != Authority::One {
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
