//! What access a client asks for.

use super::Version;
use super::error::EntraError;
use super::form::Form;
use super::token_request::TokenRequest;
use crate::audience;
use crate::services::Services;

/// The access that a client asks for in the name of a user: one resource, some of its scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UserScopes {
    /// The audience, exactly as the client wrote it.
    pub(super) resource: String,
    /// The scopes of the resource, without its name.
    pub(super) names: Vec<String>,
    pub(super) openid: bool,
    pub(super) profile: bool,
    pub(super) offline_access: bool,
}

/// What becomes of scopes of a second resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    Refused,
    Consented,
}

impl UserScopes {
    /// Reads `scope`, or in version 1 `resource`: what a token is for.
    pub(super) fn read(request: &TokenRequest<'_>, tenant_id: &str) -> Result<Self, EntraError> {
        Self::read_all(request, tenant_id, Others::Refused)
    }

    /// Reads what a user is asked to consent to: scopes of several resources, of which the first is kept.
    pub(super) fn read_for_consent(request: &TokenRequest<'_>, tenant_id: &str) -> Result<Self, EntraError> {
        Self::read_all(request, tenant_id, Others::Consented)
    }

    fn read_all(request: &TokenRequest<'_>, tenant_id: &str, others: Others) -> Result<Self, EntraError> {
        let form = &request.form;
        if request.version == Version::V1 {
            let resource = form.required("resource")?.to_owned();
            check_resource(request.services, &resource, tenant_id)?;
            let openid = form.field("scope").is_some_and(|scope| scope.split(' ').any(|one| one == "openid"));
            // Version 1 gives a refresh token without being asked for it.
            let names = vec![".default".to_owned()];
            return Ok(Self { resource, names, openid, profile: openid, offline_access: true });
        }
        refuse_resource(form)?;
        let mut scopes = Self::parse(request.services, form.required("scope")?, tenant_id, others)?;
        if scopes.names.is_empty() {
            audience::GRAPH[0].clone_into(&mut scopes.resource);
            scopes.names.push("User.Read".to_owned());
        }
        Ok(scopes)
    }

    fn parse(services: &Services, text: &str, tenant_id: &str, others: Others) -> Result<Self, EntraError> {
        let mut scopes = Self {
            resource: String::new(),
            names: Vec::new(),
            openid: false,
            profile: false,
            offline_access: false,
        };
        for scope in text.split_whitespace() {
            match scope {
                "openid" => scopes.openid = true,
                "profile" => scopes.profile = true,
                "email" => {}
                "offline_access" => scopes.offline_access = true,
                _ => {
                    let (resource, name) = split(known_resources(services), scope);
                    if name.is_empty() || resource.is_empty() {
                        return Err(bad_scope(text, "a scope is a resource, a slash and a name"));
                    }
                    check_resource(services, resource, tenant_id)?;
                    if !scopes.add(resource, name) && others == Others::Refused {
                        return Err(bad_scope(text, "a token is for one resource"));
                    }
                }
            }
        }
        Ok(scopes)
    }

    /// Says whether the scope is of the same resource as those before it, and keeps it then.
    fn add(&mut self, resource: &str, name: &str) -> bool {
        if self.resource.is_empty() {
            resource.clone_into(&mut self.resource);
        }
        let is_same = self.resource == resource;
        if is_same && self.names.iter().all(|known| known != name) {
            self.names.push(name.to_owned());
        }
        is_same
    }

    /// Returns the claim `scp`: what was consented to stands for `.default`.
    pub(super) fn claim(&self) -> String {
        let names: Vec<&str> = self.names.iter().map(|name| self.consented(name)).collect();
        names.join(" ")
    }

    fn consented<'a>(&'a self, name: &'a str) -> &'a str {
        let resource = self.resource.as_str();
        match name {
            "clients/.default" => "VoIP VoIP.Join",
            ".default" if audience::GRAPH.contains(&resource) => "User.Read",
            ".default" if audience::TEAMS.contains(&resource) => {
                "Teams.ManageCalls Teams.ManageChats TeamsExtension.ManageCalls"
            }
            ".default" => "user_impersonation",
            _ => name.strip_prefix("clients/").unwrap_or(name),
        }
    }

    /// Returns the scopes as the answer names them.
    pub(super) fn granted(&self) -> String {
        let mut granted: Vec<String> =
            self.names.iter().map(|name| format!("{}/{name}", self.resource)).collect();
        granted.extend(self.openid.then(|| "openid".to_owned()));
        granted.extend(self.profile.then(|| "profile".to_owned()));
        granted.extend(self.offline_access.then(|| "offline_access".to_owned()));
        granted.join(" ")
    }
}

/// Splits a scope into resource and name. The longest known resource wins, so that one that ends in a slash keeps it, and
/// that a name may hold one. A bare name is one of Microsoft Graph's.
fn split(known: impl Iterator<Item = String>, scope: &str) -> (&str, &str) {
    let parts = |resource: String| {
        let name = scope.strip_prefix(&resource)?.strip_prefix('/')?;
        Some((&scope[..resource.len()], name))
    };
    if let Some(parts) = known.filter_map(parts).max_by_key(|(resource, _)| resource.len()) {
        return parts;
    }
    scope.rsplit_once('/').unwrap_or((audience::GRAPH[0], scope))
}

/// Returns the resource that an application asks for: in version 2 that of the one scope `<resource>/.default`.
pub(super) fn resource_of_app(request: &TokenRequest<'_>, tenant_id: &str) -> Result<String, EntraError> {
    let resource = match request.version {
        Version::V1 => request.form.required("resource")?.to_owned(),
        Version::V2 => resource_of_scope(&request.form)?,
    };
    check_resource(request.services, &resource, tenant_id)?;
    Ok(resource)
}

/// Exactly one `/.default` is cut off, so that a resource that ends in a slash keeps it.
fn resource_of_scope(form: &Form<'_>) -> Result<String, EntraError> {
    refuse_resource(form)?;
    let scope = form.required("scope")?;
    let mut scopes = scope.split_whitespace();
    let (Some(only), None) = (scopes.next(), scopes.next()) else {
        return Err(bad_scope(scope, "an application asks for exactly one"));
    };
    let resource = only.strip_suffix("/.default").filter(|resource| !resource.is_empty());
    Ok(resource
        .ok_or_else(|| bad_scope(scope, "an application asks for a resource and /.default"))?
        .to_owned())
}

fn refuse_resource(form: &Form<'_>) -> Result<(), EntraError> {
    if form.field("resource").is_none() {
        return Ok(());
    }
    let message = "The 'resource' request parameter is not supported.".to_owned();
    Err(EntraError::bad_request("invalid_request", 901_002, message)
        .because("resource: the v2.0 endpoint takes scope instead"))
}

fn bad_scope(scope: &str, reason: &str) -> EntraError {
    let message = format!(
        "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
    );
    EntraError::bad_request("invalid_scope", 70_011, message)
        .because(format!("scope: {reason}, found '{scope}'"))
}

/// Services, applications by id and by their usual identifier URI, and the emulator itself.
fn known_resources(services: &Services) -> impl Iterator<Item = String> {
    let apps = services.accounts.apps().into_iter().map(|app| app.client_id.to_owned());
    let uris = apps.clone().map(|id| format!("api://{id}"));
    let own = services.origins.all().flat_map(|origin| [format!("{origin}/"), origin]);
    audience::all().map(str::to_owned).chain(apps).chain(uris).chain(own)
}

pub(super) fn check_resource(services: &Services, resource: &str, tenant_id: &str) -> Result<(), EntraError> {
    if known_resources(services).any(|known| known == resource) {
        return Ok(());
    }
    let message =
        format!("The resource principal named {resource} was not found in the tenant named {tenant_id}.");
    let known: Vec<&str> = audience::all().collect();
    Err(EntraError::bad_request("invalid_resource", 500_011, message).because(format!(
        "resource: '{resource}' is not known; known are {}, api:// and an application's id, and this emulator's own \
         address",
        known.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> impl Iterator<Item = String> {
        ["https://a", "https://a/", "https://a/b", "api://c"].into_iter().map(str::to_owned)
    }

    #[test]
    fn the_longest_known_resource_wins() {
        for (scope, resource, name) in [
            ("https://a/x", "https://a", "x"),
            ("https://a//x", "https://a/", "x"),
            ("https://a/b/x/y", "https://a/b", "x/y"),
            ("https://a/bx/y", "https://a", "bx/y"),
            ("https://unknown/x/y", "https://unknown/x", "y"),
            ("User.Read", "https://graph.microsoft.com", "User.Read"),
            ("api://c/", "api://c", ""),
        ] {
            assert_eq!(split(known(), scope), (resource, name), "{scope}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_or_added(scope in r"(https://a|api://c)?\PC{0,20}") {
            let (resource, name) = split(known(), &scope);
            let whole = [resource, "/", name].concat();
            proptest::prop_assert!(scope == whole || scope == name);
        }
    }
}
