//! Everything a client needs to know.

use std::fmt;
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use crate::Emulator;
use crate::accounts::Accounts;

/// Everything a client needs to know: endpoints, ids, keys, connection strings.
///
/// Serializes to one JSON object with a member per service; displays as text for people, with lines that can be pasted
/// into a shell; in the alternate form, `{:#}`, these end with a line that says that the emulator is ready. It shows keys and secrets: all of them are well known (see [`Accounts`]).
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = credential_emulator::Emulator::start().await?;
/// let description = serde_json::to_value(emulator.describe())?;
/// assert_eq!(description["acs"]["connection_string"], emulator.acs_connection_string());
/// assert!(emulator.describe().to_string().contains("export AZURE_TENANT_ID="));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Serialize)]
pub struct Description {
    /// Programs wait for it. Only an emulator that listens can be described.
    ready: bool,
    https_origin: String,
    http_origin: String,
    ca_pem: String,
    ca_file: Option<String>,
    entra: Entra,
    acs: Acs,
    mr: MixedReality,
    ams: Media,
    #[serde(skip)]
    variables: Vec<Group>,
}

#[derive(Clone, Serialize)]
struct Entra {
    authority: String,
    tenant_id: String,
    tenant_domain: String,
    other_tenant_id: String,
    other_tenant_domain: String,
    client_id: String,
    client_secret: String,
    unprivileged_client_id: String,
    unprivileged_client_secret: String,
    client_certificate_pem: String,
    federated_subject: String,
    public_client_id: String,
    user_name: String,
    user_password: String,
    user_object_id: String,
    users: Vec<User>,
    tenants: Vec<Tenant>,
    identity_endpoint: String,
    identity_header: String,
    imds_endpoint: String,
    managed_identity_client_id: String,
    managed_identity_object_id: String,
    managed_identity_resource_id: String,
}

/// One of all users, the well-known one too.
#[derive(Clone, Serialize)]
struct User {
    name: String,
    password: String,
    display_name: String,
    object_id: String,
    tenant_id: String,
    has_roles: bool,
}

/// One of all tenants, the well-known ones too.
#[derive(Clone, Serialize)]
struct Tenant {
    id: String,
    domain: String,
}

fn users(accounts: &Accounts) -> Vec<User> {
    let shown = accounts.users().map(|user| User {
        name: user.name.to_owned(),
        password: user.password.to_owned(),
        display_name: user.display_name.to_owned(),
        object_id: user.object_id.to_owned(),
        tenant_id: user.tenant_id.to_owned(),
        has_roles: user.has_roles,
    });
    shown.collect()
}

fn tenants(accounts: &Accounts) -> Vec<Tenant> {
    accounts.tenants().map(|(id, domain)| Tenant { id: id.to_owned(), domain: domain.to_owned() }).collect()
}

#[derive(Clone, Serialize)]
struct Acs {
    endpoint: String,
    connection_string: String,
    primary_key: String,
    secondary_key: String,
}

#[derive(Clone, Serialize)]
struct MixedReality {
    endpoint: String,
    account_id: String,
    account_domain: String,
    account_key: String,
    secondary_key: String,
}

#[derive(Clone, Serialize)]
struct Media {
    rest_v2_endpoint: String,
    arm_endpoint: String,
    subscription_id: String,
    resource_group: String,
    account_name: String,
    portal_json: Value,
    ravnur_endpoint: String,
    ravnur_api_key: String,
}

impl Description {
    pub(crate) fn of(emulator: &Emulator) -> Self {
        let accounts = emulator.accounts().clone();
        let (users, tenants) = (users(&accounts), tenants(&accounts));
        Self {
            ready: true,
            https_origin: emulator.https_origin().to_owned(),
            http_origin: emulator.http_origin().to_owned(),
            ca_pem: emulator.ca_pem().to_owned(),
            ca_file: None,
            variables: variables(emulator.https_origin(), &accounts),
            ams: Media {
                portal_json: portal_json(emulator, &accounts),
                rest_v2_endpoint: emulator.ams_rest_v2_endpoint(),
                arm_endpoint: emulator.arm_endpoint(),
                subscription_id: accounts.subscription_id,
                resource_group: accounts.resource_group,
                account_name: accounts.ams_account_name,
                ravnur_endpoint: emulator.ravnur_endpoint(),
                ravnur_api_key: accounts.ravnur_api_key,
            },
            entra: Entra {
                authority: emulator.authority(),
                users,
                tenants,
                tenant_id: accounts.tenant_id,
                tenant_domain: accounts.tenant_domain,
                other_tenant_id: accounts.other_tenant_id,
                other_tenant_domain: accounts.other_tenant_domain,
                client_id: accounts.client_id,
                client_secret: accounts.client_secret,
                unprivileged_client_id: accounts.unprivileged_client_id,
                unprivileged_client_secret: accounts.unprivileged_client_secret,
                client_certificate_pem: emulator.client_certificate_pem().to_owned(),
                federated_subject: accounts.federated_subject,
                public_client_id: accounts.public_client_id,
                user_name: accounts.user_name,
                user_password: accounts.user_password,
                user_object_id: accounts.user_object_id,
                identity_endpoint: emulator.identity_endpoint(),
                identity_header: accounts.identity_header,
                imds_endpoint: emulator.imds_endpoint(),
                managed_identity_client_id: accounts.managed_identity_client_id,
                managed_identity_object_id: accounts.managed_identity_object_id,
                managed_identity_resource_id: accounts.managed_identity_resource_id,
            },
            acs: Acs {
                endpoint: emulator.acs_endpoint(),
                connection_string: emulator.acs_connection_string(),
                primary_key: accounts.acs_primary_key,
                secondary_key: accounts.acs_secondary_key,
            },
            mr: MixedReality {
                endpoint: emulator.mr_endpoint(),
                account_id: accounts.mr_account_id,
                account_domain: accounts.mr_account_domain,
                account_key: accounts.mr_account_key,
                secondary_key: accounts.mr_secondary_key,
            },
        }
    }

    /// Adds the file that the certificate was written to.
    #[must_use]
    pub fn with_ca_file(mut self, path: &Path) -> Self {
        self.ca_file = Some(path.display().to_string());
        self
    }

    pub(crate) fn ams_portal(&self) -> &Value {
        &self.ams.portal_json
    }

    fn variables(&self) -> Vec<Group> {
        let mut groups = self.variables.clone();
        if let Some(path) = self.ca_file.as_deref() {
            let names = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];
            let variables = names.map(|name| (name, path.to_owned())).to_vec();
            groups.insert(0, Group { title: "Trust in the certificate", variables });
        }
        groups.push(Group {
            title: "The same in one block: printf %s \"$AMS_PORTAL_JSON\" | azcred token ams --config - --ca-file FILE",
            variables: vec![("AMS_PORTAL_JSON", self.ams.portal_json.to_string())],
        });
        groups
    }
}

/// Variables that belong together.
#[derive(Clone, Serialize)]
pub(crate) struct Group {
    title: &'static str,
    variables: Vec<(&'static str, String)>,
}

/// Returns the variables that clients read.
pub(crate) fn variables(origin: &str, accounts: &Accounts) -> Vec<Group> {
    let group = |title, variables: &[(&'static str, &str)]| Group {
        title,
        variables: variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
    };
    let connection_string = format!("endpoint={origin}/;accesskey={}", accounts.acs_primary_key);
    vec![
        group(
            "Microsoft Entra",
            &[
                ("AZURE_AUTHORITY_HOST", origin),
                ("AZURE_TENANT_ID", &accounts.tenant_id),
                ("AZURE_CLIENT_ID", &accounts.client_id),
                ("AZURE_CLIENT_SECRET", &accounts.client_secret),
            ],
        ),
        group("Communication Services", &[("COMMUNICATION_SERVICES_CONNECTION_STRING", &connection_string)]),
        group(
            "Mixed Reality (the account domain resolves nowhere: give clients the endpoint too)",
            &[
                ("MIXEDREALITY_ENDPOINT", origin),
                ("MIXEDREALITY_ACCOUNT_ID", &accounts.mr_account_id),
                ("MIXEDREALITY_ACCOUNT_DOMAIN", &accounts.mr_account_domain),
                ("MIXEDREALITY_ACCOUNT_KEY", &accounts.mr_account_key),
            ],
        ),
        group(
            "Media Services",
            &[
                ("AMS_REST_V2_ENDPOINT", &format!("{origin}/api/")),
                ("AZURE_ARM_ENDPOINT", origin),
                ("AZURE_SUBSCRIPTION_ID", &accounts.subscription_id),
                ("AZURE_RESOURCE_GROUP", &accounts.resource_group),
                ("AZURE_MEDIA_SERVICES_ACCOUNT_NAME", &accounts.ams_account_name),
            ],
        ),
    ]
}

/// The block that the portal shows for a service principal, with what REST v2 needs.
fn portal_json(emulator: &Emulator, accounts: &Accounts) -> Value {
    json!({
        "AadClientId": accounts.client_id,
        "AadEndpoint": emulator.authority(),
        "AadSecret": accounts.client_secret,
        "AadTenantDomain": accounts.tenant_domain,
        "AadTenantId": accounts.tenant_id,
        "AccountName": accounts.ams_account_name,
        "AmsApiResource": "https://rest.media.azure.net",
        "AmsRestApiEndpoint": emulator.ams_rest_v2_endpoint(),
        "ArmAadAudience": "https://management.core.windows.net/",
        "ArmEndpoint": emulator.arm_endpoint(),
        "Location": accounts.ams_location,
        "ResourceGroup": accounts.resource_group,
        "SubscriptionId": accounts.subscription_id,
    })
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# One address for all services: {} (or {})", self.https_origin, self.http_origin)?;
        writeln!(f, "# All values are well known and protect nothing. Applications sign in to tenant")?;
        let Entra { tenant_id, tenant_domain, public_client_id, user_name, user_password, .. } = &self.entra;
        writeln!(f, "# {tenant_id} ({tenant_domain}).")?;
        writeln!(f, "# A person signs in as {user_name}, password {user_password},")?;
        writeln!(f, "# to the public client {public_client_id}.")?;
        for User { name, password, tenant_id, .. } in self.entra.users.iter().skip(1) {
            writeln!(f, "# So does {name}, password {password}, of tenant {tenant_id}.")?;
        }
        for Group { title, variables } in self.variables() {
            writeln!(f, "\n# {title}")?;
            for (name, value) in variables {
                writeln!(f, "export {name}='{}'", value.replace('\'', r"'\''"))?;
            }
        }
        if f.alternate() {
            // A comment too, so that a shell can read the whole text as it stands.
            writeln!(f, "\n# ready: {} (Ctrl-C stops it)", self.https_origin)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Description").field("https_origin", &self.https_origin).finish_non_exhaustive()
    }
}
