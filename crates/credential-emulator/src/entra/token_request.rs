//! What a client asks of Entra.

use super::Version;
use super::error::EntraError;
use super::form::Form;
use super::tenant::{Authority, Tenant};
use crate::accounts::User;
use crate::id_source::shown;
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

    /// Notes the tenant that the path names, and returns it for people to read. Of an authority that many share, it is noted
    /// once the user is known.
    pub(super) fn note_tenant(&self, verdict: &mut Verdict) -> &'a str {
        if let Some(id) = self.tenant.one() {
            verdict.verified(format!("tenant {id}"));
        }
        self.tenant.shown()
    }

    /// Returns the tenant where the user signs in.
    pub(super) fn tenant_of(&self, user: &User<'a>, verdict: &mut Verdict) -> Result<&'a str, EntraError> {
        let id = self.tenant.of_user(user)?;
        if self.tenant.one().is_none() {
            verdict.verified(format!("tenant {id}"));
        }
        Ok(id)
    }

    /// Finds a user who was there when it began.
    pub(super) fn user_of(&self, object_id: &str) -> Result<User<'a>, EntraError> {
        self.services.accounts.user_of(object_id).ok_or_else(|| {
            EntraError::invalid_grant(50_034, "The user account does not exist in the directory.")
                .because(format!("user: nobody has object id {}", shown(object_id)))
        })
    }
}
