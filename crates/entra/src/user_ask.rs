//! One token that a user's credential asks for.

use std::borrow::Cow;

use credential::{CredentialError, CredentialErrorKind, TokenRequest};

use crate::claims::with_capability;
use crate::client::{Client, Fields};
use crate::tenant::Tenant;
use crate::user_scopes::UserScopes;

/// One token that a user's credential asks for, checked.
#[derive(Clone, Debug)]
pub(crate) struct UserAsk<'a> {
    pub(crate) tenant: Tenant,
    scopes: UserScopes<'a>,
    claims: Option<Cow<'a, str>>,
    /// The name of the account that is expected to sign in.
    account_name: Option<String>,
}

impl<'a> UserAsk<'a> {
    pub(crate) fn new(
        tenant: Tenant,
        request: &'a TokenRequest,
        handles_challenges: bool,
    ) -> Result<Self, CredentialError> {
        let scopes = UserScopes::parse(CredentialErrorKind::InvalidRequest, request.scopes())?;
        let claims = with_capability(handles_challenges || request.is_cae(), request.claims())?;
        Ok(Self { tenant, scopes, claims, account_name: None })
    }

    /// Checks what a flow is called with.
    pub(crate) fn parse(tenant: &str, request: &'a TokenRequest) -> Result<Self, CredentialError> {
        Self::new(Tenant::parse(CredentialErrorKind::InvalidRequest, tenant)?, request, false)
    }

    /// Asks for the claims that a refusal named instead.
    pub(crate) fn with_claims(&self, claims: Option<String>) -> Self {
        Self { claims: claims.map(Cow::Owned).or_else(|| self.claims.clone()), ..self.clone() }
    }

    /// Expects this account to sign in.
    pub(crate) fn with_account_name(self, account_name: Option<String>) -> Self {
        Self { account_name, ..self }
    }

    pub(crate) fn account_name(&self) -> Option<&str> {
        self.account_name.as_deref()
    }

    /// The fields that name what is asked for, and make the answer say whose token it is.
    pub(crate) fn fields(&self, client: &Client) -> Result<Fields<'_>, CredentialError> {
        let mut fields = vec![self.scopes.field(client.version)?, ("client_info", Cow::Borrowed("1"))];
        fields.extend(self.claims_field());
        Ok(fields)
    }

    /// The same for a renewal. Servers other than Entra may have granted less than was asked for, and a renewal must not ask for
    /// more than was granted (RFC 6749, section 6): the scopes of the library are left out there.
    pub(crate) fn renewal_fields(&self, client: &Client) -> Result<Fields<'_>, CredentialError> {
        if !client.authority.is_open_id() {
            return self.fields(client);
        }
        let scopes = self.scopes.plain_field(client.version).ok();
        Ok(scopes.into_iter().chain(self.claims_field()).collect())
    }

    /// The same where nobody signs in: without the scopes of the library.
    pub(crate) fn plain_fields(&self, client: &Client) -> Result<Fields<'_>, CredentialError> {
        let mut fields = vec![self.scopes.plain_field(client.version)?];
        fields.extend(self.claims_field());
        Ok(fields)
    }

    pub(crate) fn claims_field(&self) -> Option<(&'static str, Cow<'_, str>)> {
        self.claims.as_deref().map(|claims| ("claims", claims.into()))
    }
}
