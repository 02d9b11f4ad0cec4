//! Tenants.

/// The tenant of personal accounts.
pub(crate) const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// A tenant beside the two well-known ones. It owns no resource; every application can sign in there.
///
/// # Example
/// ```
/// use credential_emulator::{Emulator, MoreTenant, MoreUser};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential_emulator::EmulatorError> {
/// let emulator = Emulator::builder()
///     .tenant(MoreTenant::new("e0000000-0000-4000-8000-000000000003", "fabrikam.onmicrosoft.com"))
///     .user(MoreUser::new("bob@fabrikam.onmicrosoft.com", "Bob's password"))
///     .start()
///     .await?;
/// assert_eq!(emulator.accounts().more_tenants[0].domain, "fabrikam.onmicrosoft.com");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MoreTenant {
    /// Its id.
    pub id: String,
    /// Its domain, which stands for the id wherever a tenant is named.
    pub domain: String,
}

impl MoreTenant {
    /// Describes a tenant. The id is a UUID.
    pub fn new(id: impl Into<String>, domain: impl Into<String>) -> Self {
        Self { id: id.into(), domain: domain.into() }
    }
}
