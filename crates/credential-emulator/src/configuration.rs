//! The TOML file that changes accounts, lifetimes and ports.

use std::path::Path;

use serde::Deserialize;

use crate::accounts::{self, Accounts, MoreApp, MoreTenant, MoreUser};
use crate::{EmulatorBuilder, EmulatorError};

/// What a TOML file changes of an emulator: tenants, applications, users, keys, lifetimes, ports. What it does not name
/// stays as it is well known.
///
/// # Example
/// ```
/// use credential_emulator::{Configuration, Emulator};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential_emulator::EmulatorError> {
/// let configuration = Configuration::parse(r#"
///     [tenant]
///     domain = "contoso.onmicrosoft.com"
///
///     [[apps]]
///     client_id = "99999999-0000-4000-8000-000000000001"
///     secret = "of a test"
///     has_roles = true
///
///     [lifetimes]
///     access_token = 120
/// "#)?;
/// let emulator = Emulator::builder().configuration(configuration).start().await?;
/// assert_eq!(emulator.accounts().tenant_domain, "contoso.onmicrosoft.com");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Configuration {
    http_port: Option<u16>,
    https_port: Option<u16>,
    seed: Option<u64>,
    service_limits: Option<bool>,
    tenant: Tenant,
    other_tenant: Tenant,
    app: App,
    unprivileged_app: App,
    public_app: PublicApp,
    apps: Vec<AnotherApp>,
    tenants: Vec<AnotherTenant>,
    user: User,
    users: Vec<AnotherUser>,
    communication: Communication,
    mixed_reality: MixedReality,
    media: Media,
    lifetimes: Seconds,
}

/// Makes a table of the file: every key is optional, and an unknown one is refused.
macro_rules! table {
    ($name:ident { $($field:ident),* }) => {
        #[derive(Clone, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct $name { $($field: Option<String>,)* }

        /// Keys and secrets of a file are not printed.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

table!(Tenant { id, domain });
table!(App { client_id, secret });
table!(PublicApp { client_id });
table!(User { name, password, display_name, object_id });
table!(Communication { resource_id, primary_key, secondary_key });
table!(MixedReality { account_id, account_domain, primary_key, secondary_key });
table!(Media { account_name, subscription_id, resource_group, location, ravnur_api_key });

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnotherApp {
    client_id: String,
    secret: Option<String>,
    object_id: Option<String>,
    #[serde(default)]
    has_roles: bool,
}

impl std::fmt::Debug for AnotherApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnotherApp").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnotherTenant {
    id: String,
    domain: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnotherUser {
    name: String,
    password: String,
    display_name: Option<String>,
    object_id: Option<String>,
    tenant: Option<String>,
    #[serde(default)]
    guest_of: Vec<String>,
    #[serde(default)]
    has_roles: bool,
}

impl AnotherUser {
    fn described(&self) -> MoreUser {
        let mut user =
            MoreUser::new(&self.name, &self.password).guest_of(&self.guest_of).has_roles(self.has_roles);
        put(&mut user.display_name, self.display_name.clone());
        put(&mut user.object_id, self.object_id.clone());
        put(&mut user.tenant, self.tenant.clone());
        user
    }
}

impl std::fmt::Debug for AnotherUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnotherUser").field("name", &self.name).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Seconds {
    access_token: Option<i64>,
    refresh_token: Option<i64>,
    mixed_reality_token: Option<i64>,
}

const FIX: &str = "correct it; the emulator's README shows every table and key";

impl Configuration {
    /// Reads the text of a TOML file.
    ///
    /// # Errors
    /// When it is no TOML, names a table or key that there is not, gives a lifetime that is not positive, or two accounts the
    /// same name or id. The error names line or key, and repeats no value.
    pub fn parse(text: &str) -> Result<Self, EmulatorError> {
        let configuration: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            let what = error.message().lines().next().unwrap_or("it is no TOML");
            EmulatorError::new(format!("configuration, line {line}: {}", without_values(what)), FIX)
        })?;
        let lives = &configuration.lifetimes;
        for (name, seconds) in [
            ("access_token", lives.access_token),
            ("refresh_token", lives.refresh_token),
            ("mixed_reality_token", lives.mixed_reality_token),
        ] {
            if seconds.is_some_and(|seconds| seconds <= 0) {
                return Err(EmulatorError::new(
                    format!("configuration: lifetimes.{name} is not positive"),
                    "give a number of seconds",
                ));
            }
        }
        let mut changed = Accounts::default();
        configuration.change_accounts(&mut changed);
        accounts::check(&changed)?;
        Ok(configuration)
    }

    /// Reads a TOML file.
    ///
    /// # Errors
    /// When the file cannot be read; else as [`parse`](Self::parse).
    #[expect(clippy::disallowed_methods, reason = "the one place where the emulator reads its configuration")]
    pub fn read(path: &Path) -> Result<Self, EmulatorError> {
        let text = std::fs::read_to_string(path).map_err(|source| {
            let problem = format!("configuration: {} cannot be read", path.display());
            EmulatorError::new(problem, "name a TOML file that exists and that you may read")
                .caused_by(source)
        })?;
        Self::parse(&text)
    }

    pub(crate) fn apply(self, mut builder: EmulatorBuilder) -> EmulatorBuilder {
        self.change_accounts(&mut builder.accounts);
        let lives = &mut builder.lifetimes;
        put(&mut lives.access_token, self.lifetimes.access_token);
        put(&mut lives.refresh_token, self.lifetimes.refresh_token);
        put(&mut lives.mixed_reality_token, self.lifetimes.mixed_reality_token);
        put(&mut builder.http_port, self.http_port);
        put(&mut builder.https_port, self.https_port);
        put(&mut builder.service_limits, self.service_limits);
        match self.seed {
            Some(seed) => builder.seed(seed),
            None => builder,
        }
    }

    fn change_accounts(&self, accounts: &mut Accounts) {
        let (tenant, other) = (&self.tenant, &self.other_tenant);
        let (app, poor, user) = (&self.app, &self.unprivileged_app, &self.user);
        let (acs, mr, ams) = (&self.communication, &self.mixed_reality, &self.media);
        for (place, value) in [
            (&mut accounts.tenant_id, &tenant.id),
            (&mut accounts.tenant_domain, &tenant.domain),
            (&mut accounts.other_tenant_id, &other.id),
            (&mut accounts.other_tenant_domain, &other.domain),
            (&mut accounts.client_id, &app.client_id),
            (&mut accounts.client_secret, &app.secret),
            (&mut accounts.unprivileged_client_id, &poor.client_id),
            (&mut accounts.unprivileged_client_secret, &poor.secret),
            (&mut accounts.public_client_id, &self.public_app.client_id),
            (&mut accounts.user_name, &user.name),
            (&mut accounts.user_password, &user.password),
            (&mut accounts.user_display_name, &user.display_name),
            (&mut accounts.user_object_id, &user.object_id),
            (&mut accounts.acs_resource_id, &acs.resource_id),
            (&mut accounts.acs_primary_key, &acs.primary_key),
            (&mut accounts.acs_secondary_key, &acs.secondary_key),
            (&mut accounts.mr_account_id, &mr.account_id),
            (&mut accounts.mr_account_domain, &mr.account_domain),
            (&mut accounts.mr_account_key, &mr.primary_key),
            (&mut accounts.mr_secondary_key, &mr.secondary_key),
            (&mut accounts.ams_account_name, &ams.account_name),
            (&mut accounts.subscription_id, &ams.subscription_id),
            (&mut accounts.resource_group, &ams.resource_group),
            (&mut accounts.ams_location, &ams.location),
            (&mut accounts.ravnur_api_key, &ams.ravnur_api_key),
        ] {
            put(place, value.clone());
        }
        accounts.more_tenants.extend(self.tenants.iter().map(|one| MoreTenant::new(&one.id, &one.domain)));
        accounts.more_users.extend(self.users.iter().map(AnotherUser::described));
        accounts.more_apps.extend(self.apps.iter().map(|app| MoreApp {
            client_id: app.client_id.clone(),
            secret: app.secret.clone(),
            object_id: app.object_id.clone().unwrap_or_else(|| app.client_id.clone()),
            has_roles: app.has_roles,
        }));
    }
}

fn put<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// Types are told by serde with the value that it found: the value may be a secret.
fn without_values(message: &str) -> String {
    let Some((before, rest)) = message.split_once("invalid type: ") else { return message.to_owned() };
    let wanted = rest.split_once("expected ").map_or("", |(_, wanted)| wanted);
    format!("{before}a value has the wrong type, expected {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lifetimes;

    fn problem(text: &str) -> String {
        Configuration::parse(text).expect_err("an error").problem().to_owned()
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_without_its_value() {
        assert!(problem("[tenant]\nidd = \"x\"").starts_with("configuration, line 2: unknown field `idd`"));
        assert!(problem("[tenantz]\n").starts_with("configuration, line 1: unknown field `tenantz`"));
        let wrong = problem("[communication]\nprimary_key = 424242");
        assert_eq!(wrong, "configuration, line 2: a value has the wrong type, expected a string");
        assert!(problem("[tenant\n").starts_with("configuration, line 1: "));
        assert_eq!(
            problem("[lifetimes]\naccess_token = 0"),
            "configuration: lifetimes.access_token is not positive"
        );
    }

    #[test]
    fn what_is_named_changes_and_the_rest_stays() {
        let text = "seed = 3\nhttp_port = 0\n[app]\nsecret = \"s3cret\"\n[[apps]]\nclient_id = \"a\"\n[lifetimes]\naccess_token = 60\n";
        let configuration = Configuration::parse(text).expect("a configuration");
        assert!(!format!("{configuration:?}").contains("s3cret"));
        let builder = configuration.apply(crate::Emulator::builder());
        assert_eq!(builder.accounts.client_secret, "s3cret");
        assert_eq!(builder.accounts.client_id, Accounts::default().client_id);
        assert_eq!(builder.accounts.app("a").map(|app| app.secret.is_none()), Some(true));
        assert_eq!(builder.lifetimes, Lifetimes { access_token: 60, ..Lifetimes::default() });
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r"(\[[a-z_]{0,8}\]|[a-z_]{1,9} = \PC{0,9}|\n|\PC){0,12}") {
            let _read = Configuration::parse(&text).is_ok();
        }
    }
}
