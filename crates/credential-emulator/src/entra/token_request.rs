//! What a client asks of Entra.

use super::Version;
use super::error::EntraError;
use super::form::Form;
use super::tenant::Tenant;
use crate::received::Received;
use crate::services::Services;
use crate::verdict::Verdict;

/// A form that was posted to one of the endpoints of a tenant.
pub(super) struct TokenRequest<'a> {
    pub(super) services: &'a Services,
    pub(super) received: &'a Received,
    pub(super) form: Form<'a>,
    pub(super) tenant: Tenant<'a>,
    pub(super) version: Version,
}

impl<'a> TokenRequest<'a> {
    pub(super) fn read(
        services: &'a Services,
        received: &'a Received,
        tenant: &str,
        version: Version,
    ) -> Result<Self, EntraError> {
        let tenant = Tenant::named(services, tenant)?;
        Ok(Self { services, received, form: Form::of(received), tenant, version })
    }

    /// Reads what a browser asks for in the query.
    pub(super) fn of_query(
        services: &'a Services,
        received: &'a Received,
        tenant: &str,
        version: Version,
    ) -> Result<Self, EntraError> {
        let tenant = Tenant::named(services, tenant)?;
        Ok(Self { services, received, form: Form::of_query(received), tenant, version })
    }

    /// Returns the tenant where the user signs in.
    pub(super) fn user_tenant(&self, verdict: &mut Verdict) -> &'a str {
        let id = self.tenant.of_user();
        verdict.verified(format!("tenant {id}"));
        id
    }
}
