//! What a client asks of Entra.

use super::Version;
use super::error::EntraError;
use super::form::Form;
use super::tenant::{Authority, Tenant};
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
        Ok(Self::new(services, received, Form::of(received), tenant, version))
    }

    /// Reads what a browser asks for in the query.
    pub(super) fn of_query(
        services: &'a Services,
        received: &'a Received,
        tenant: &str,
        version: Version,
    ) -> Result<Self, EntraError> {
        let tenant = Tenant::named(services, tenant)?;
        Ok(Self::new(services, received, Form::of_query(received), tenant, version))
    }

    /// ADFS has one endpoint for both generations: what it is asked for says which it is.
    fn new(
        services: &'a Services,
        received: &'a Received,
        form: Form<'a>,
        tenant: Tenant<'a>,
        version: Version,
    ) -> Self {
        let is_both = tenant.authority == Authority::Adfs && form.field("resource").is_none();
        let version = if is_both { Version::V2 } else { version };
        Self { services, received, form, tenant, version }
    }

    /// Returns the tenant where the user signs in.
    pub(super) fn user_tenant(&self, verdict: &mut Verdict) -> &'a str {
        let id = self.tenant.of_user();
        verdict.verified(format!("tenant {id}"));
        id
    }
}
