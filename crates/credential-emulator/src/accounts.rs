//! The well-known accounts.

mod app;
mod directory;
mod distinct;
mod tenant;
mod user;

use std::fmt;

pub use app::MoreApp;
pub(crate) use app::{App, Resource};
pub(crate) use distinct::check;
pub(crate) use tenant::CONSUMERS;
pub use tenant::MoreTenant;
pub use user::MoreUser;
pub(crate) use user::User;

/// The accounts that every emulator has. All values are fixed and published, as those of other Azure emulators are:
/// they protect nothing and belong to nobody at Azure.
///
/// | what | value |
/// | --- | --- |
/// | tenant | `e0000000-0000-4000-8000-000000000001`, `emulator.onmicrosoft.com` |
/// | another tenant, where both applications can sign in too | `e0000000-0000-4000-8000-000000000002`, `other.onmicrosoft.com` |
/// | application with every role | `c0000000-0000-4000-8000-000000000001`, secret `Emul8Q~well.known.secret.of.the.emulator` |
/// | application without any role | `c0000000-0000-4000-8000-000000000002`, secret `Emul8Q~well.known.secret.without.a.role.` |
/// | public applications, without secrets: people sign in to them | `c0000000-0000-4000-8000-000000000003`, `c0000000-0000-4000-8000-000000000004` |
/// | Microsoft's own public applications: Azure CLI, Media Services | `04b07795-8ddb-461a-bbee-02f9e1bf7b46`, `d476653d-842c-4f52-862d-397463ada5e7` |
/// | user with every role, at home in the first tenant | `ada@emulator.onmicrosoft.com`, password `Emul8-well-known-password` |
/// | the user's name and object id | `Ada Emulator`, `a0000000-0000-4000-8000-000000000001` |
/// | federated subject of the application with every role | `system:serviceaccount:default:emulator` |
/// | managed identities: of the system, and one that is assigned by a user | `1d000000-0000-4000-8000-000000000001`, `1d000000-0000-4000-8000-000000000002` |
/// | the header of the managed identities' endpoint | `Emul8-well-known-identity-header` |
/// | Communication Services resource | `ac500000-0000-4000-8000-000000000001` |
/// | Mixed Reality account | `3d000000-0000-4000-8000-000000000001`, domain `emulator.mixedreality.test` |
/// | subscription, resource group | `50b00000-0000-4000-8000-000000000001`, `emulator-rg` |
/// | Media Services account | `emulatormedia` |
/// | API key of Ravnur, the compatible service, for the same subscription | `Emul8-well-known-Ravnur-key` |
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential_emulator::EmulatorError> {
/// let emulator = credential_emulator::Emulator::start().await?;
/// assert_eq!(emulator.accounts().tenant_domain, "emulator.onmicrosoft.com");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Accounts {
    /// The tenant that owns everything.
    pub tenant_id: String,
    /// Its domain, which stands for the id wherever a tenant is named.
    pub tenant_domain: String,
    /// A second tenant, which owns nothing: its tokens are refused by Media Services and Mixed Reality.
    pub other_tenant_id: String,
    /// The second tenant's domain.
    pub other_tenant_domain: String,
    /// The application that has every role.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The object id of its service principal.
    pub client_object_id: String,
    /// An application that gets tokens and has no role anywhere.
    pub unprivileged_client_id: String,
    /// Its secret.
    pub unprivileged_client_secret: String,
    /// The object id of its service principal.
    pub unprivileged_object_id: String,
    /// A public client: an application on a person's device, which has no secret and no role of its own.
    pub public_client_id: String,
    /// Another public client, to which the first one's tokens do not belong.
    pub other_public_client_id: String,
    /// The name with which the user signs in.
    pub user_name: String,
    /// The user's password.
    pub user_password: String,
    /// The user's object id.
    pub user_object_id: String,
    /// The user's name, for people.
    pub user_display_name: String,
    /// The client id of the managed identity that the system gave, which has every role.
    pub system_identity_client_id: String,
    /// Its object id.
    pub system_identity_object_id: String,
    /// The client id of a managed identity that a user assigned, which has every role.
    pub managed_identity_client_id: String,
    /// Its object id.
    pub managed_identity_object_id: String,
    /// Its resource id.
    pub managed_identity_resource_id: String,
    /// What programs in App Service find in `IDENTITY_HEADER`, and send to the endpoint of managed identities.
    pub identity_header: String,
    /// The subject whose federated assertions prove the application that has every role.
    pub federated_subject: String,
    /// The immutable id of the Communication Services resource, which stands in each user's id.
    pub acs_resource_id: String,
    /// The primary access key of the Communication Services resource.
    pub acs_primary_key: String,
    /// The secondary access key of the Communication Services resource.
    pub acs_secondary_key: String,
    /// The Mixed Reality account.
    pub mr_account_id: String,
    /// Its domain. It resolves nowhere: give clients the emulator's address as their endpoint.
    pub mr_account_domain: String,
    /// Its primary key.
    pub mr_account_key: String,
    /// Its secondary key.
    pub mr_secondary_key: String,
    /// The subscription of all resources.
    pub subscription_id: String,
    /// The resource group of all resources.
    pub resource_group: String,
    /// The Media Services account.
    pub ams_account_name: String,
    /// The API key of Ravnur, a service compatible with Media Services.
    pub ravnur_api_key: String,
    /// The Azure region that the Media Services account says it is in.
    pub ams_location: String,
    /// Applications beside the well-known ones. None, unless [`EmulatorBuilder::app`](crate::EmulatorBuilder::app) or a
    /// configuration file adds some; so it is with the tenants and users below.
    pub more_apps: Vec<MoreApp>,
    /// Tenants beside the two well-known ones.
    pub more_tenants: Vec<MoreTenant>,
    /// Users beside the well-known one.
    pub more_users: Vec<MoreUser>,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            tenant_id: "e0000000-0000-4000-8000-000000000001".into(),
            tenant_domain: "emulator.onmicrosoft.com".into(),
            other_tenant_id: "e0000000-0000-4000-8000-000000000002".into(),
            other_tenant_domain: "other.onmicrosoft.com".into(),
            client_id: "c0000000-0000-4000-8000-000000000001".into(),
            client_secret: "Emul8Q~well.known.secret.of.the.emulator".into(),
            client_object_id: "b0000000-0000-4000-8000-000000000001".into(),
            unprivileged_client_id: "c0000000-0000-4000-8000-000000000002".into(),
            unprivileged_client_secret: "Emul8Q~well.known.secret.without.a.role.".into(),
            unprivileged_object_id: "b0000000-0000-4000-8000-000000000002".into(),
            public_client_id: "c0000000-0000-4000-8000-000000000003".into(),
            other_public_client_id: "c0000000-0000-4000-8000-000000000004".into(),
            user_name: "ada@emulator.onmicrosoft.com".into(),
            user_password: "Emul8-well-known-password".into(),
            user_object_id: "a0000000-0000-4000-8000-000000000001".into(),
            user_display_name: "Ada Emulator".into(),
            system_identity_client_id: "1d000000-0000-4000-8000-000000000001".into(),
            system_identity_object_id: "b0000000-0000-4000-8000-000000000005".into(),
            managed_identity_client_id: "1d000000-0000-4000-8000-000000000002".into(),
            managed_identity_object_id: "b0000000-0000-4000-8000-000000000006".into(),
            managed_identity_resource_id: concat!(
                "/subscriptions/50b00000-0000-4000-8000-000000000001/resourceGroups/emulator-rg/providers/",
                "Microsoft.ManagedIdentity/userAssignedIdentities/emulator"
            )
            .into(),
            identity_header: "Emul8-well-known-identity-header".into(),
            federated_subject: "system:serviceaccount:default:emulator".into(),
            acs_resource_id: "ac500000-0000-4000-8000-000000000001".into(),
            // Base64 of 64 readable bytes: "the emulator's primary access key, well known; not for Azure !!!"
            acs_primary_key:
                "dGhlIGVtdWxhdG9yJ3MgcHJpbWFyeSBhY2Nlc3Mga2V5LCB3ZWxsIGtub3duOyBub3QgZm9yIEF6dXJlICEhIQ=="
                    .into(),
            // Base64 of 64 readable bytes: "the emulator's secondary access key, well known, not for Azure !"
            acs_secondary_key:
                "dGhlIGVtdWxhdG9yJ3Mgc2Vjb25kYXJ5IGFjY2VzcyBrZXksIHdlbGwga25vd24sIG5vdCBmb3IgQXp1cmUgIQ=="
                    .into(),
            mr_account_id: "3d000000-0000-4000-8000-000000000001".into(),
            mr_account_domain: "emulator.mixedreality.test".into(),
            // Base64 of 32 readable bytes each, as the service's own keys are.
            mr_account_key: "d2VsbCBrbm93biBtaXhlZCByZWFsaXR5IGtleSAgIDE=".into(),
            mr_secondary_key: "d2VsbCBrbm93biBtaXhlZCByZWFsaXR5IGtleSAgIDI=".into(),
            subscription_id: "50b00000-0000-4000-8000-000000000001".into(),
            resource_group: "emulator-rg".into(),
            ams_account_name: "emulatormedia".into(),
            ravnur_api_key: "Emul8-well-known-Ravnur-key".into(),
            ams_location: "westeurope".into(),
            more_apps: Vec::new(),
            more_tenants: Vec::new(),
            more_users: Vec::new(),
        }
    }
}

/// Published values, and still not printed: a log that shows them teaches to log the real ones.
impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts")
            .field("tenant_id", &self.tenant_id)
            .field("client_id", &self.client_id)
            .field("acs_resource_id", &self.acs_resource_id)
            .field("mr_account_id", &self.mr_account_id)
            .field("ams_account_name", &self.ams_account_name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn keys_have_the_services_sizes() {
        let accounts = Accounts::default();
        for (key, size) in [
            (&accounts.acs_primary_key, 64),
            (&accounts.acs_secondary_key, 64),
            (&accounts.mr_account_key, 32),
            (&accounts.mr_secondary_key, 32),
        ] {
            assert_eq!(STANDARD.decode(key).unwrap().len(), size);
        }
        assert_eq!((accounts.client_secret.len(), accounts.unprivileged_client_secret.len()), (40, 40));
    }
}
