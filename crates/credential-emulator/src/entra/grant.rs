//! What a client asks the token endpoint for, and whether it may.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use subtle::ConstantTimeEq;

use super::Version;
use super::error::EntraError;
use crate::accounts::App;
use crate::audience;
use crate::id_source::shown;
use crate::received::Received;
use crate::services::Services;
use crate::verdict::Verdict;

/// A token to issue: all of it was checked.
pub(super) struct Grant<'a> {
    pub(super) app: App<'a>,
    pub(super) tenant_id: &'a str,
    /// The audience, exactly as the client wrote it.
    pub(super) resource: String,
}

/// The fields of the form. Unknown ones are ignored, and so is the content type.
struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Form<'_> {
    fn field(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_ref())
            .filter(|v| !v.is_empty())
    }

    fn required(&self, name: &str) -> Result<&str, EntraError> {
        self.field(name).ok_or_else(|| EntraError::missing_parameter(name))
    }
}

/// Checks a token request: tenant, grant type, application, secret, resource, in the order in which Entra complains.
pub(super) fn check<'a>(
    services: &'a Services,
    received: &Received,
    tenant: &str,
    version: Version,
    verdict: &mut Verdict,
) -> Result<Grant<'a>, EntraError> {
    let form = Form(form_urlencoded::parse(received.body()).collect());
    let tenant_id = tenant_of(services, tenant)?;
    verdict.verified(format!("tenant {tenant_id}"));
    match form.required("grant_type")? {
        "client_credentials" => verdict.verified("grant type client_credentials"),
        other => return Err(unsupported_grant(other)),
    }
    let (client_id, secret) = client(received, &form)?;
    let app = application(services, tenant_id, &client_id, secret.as_deref(), &form)?;
    verdict.verified(format!("application {}, client secret", app.client_id));
    let resource = match version {
        Version::V1 => form.required("resource")?.to_owned(),
        Version::V2 => resource_of_scope(&form)?,
    };
    if !audience::all().any(|known| known == resource) && !services.origins.holds(&resource) {
        return Err(unknown_resource(&resource, tenant_id));
    }
    verdict.verified(format!("resource {resource}"));
    Ok(Grant { app, tenant_id, resource })
}

fn tenant_of<'a>(services: &'a Services, tenant: &str) -> Result<&'a str, EntraError> {
    if ["common", "organizations", "consumers"].iter().any(|shared| tenant.eq_ignore_ascii_case(shared)) {
        return Err(EntraError::bad_request(
            "invalid_request",
            50_059,
            "No tenant-identifying information found in the request or in the credentials.".to_owned(),
        )
        .because(format!(
            "tenant: an application has no tenant of its own at '{tenant}'; name one by id or domain"
        )));
    }
    services.accounts.tenant(tenant).ok_or_else(|| EntraError::unknown_tenant(tenant))
}

/// Returns client id and secret from HTTP Basic or from the form (RFC 6749, section 2.3.1).
fn client(received: &Received, form: &Form<'_>) -> Result<(String, Option<String>), EntraError> {
    let authorization = received.header("authorization").and_then(|text| text.split_once(' '));
    if let Some((_, encoded)) = authorization.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic")) {
        let pair = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let Some((id, secret)) = pair.as_deref().and_then(|pair| pair.split_once(':')) else {
            let message = "The Authorization header is not a valid Basic credential.".to_owned();
            return Err(EntraError::unauthorized(7_000_218, message)
                .because("authorization: the header is not base64 of client_id:client_secret"));
        };
        return Ok((form_decoded(id), Some(form_decoded(secret))));
    }
    let client_id = form.required("client_id")?.to_owned();
    Ok((client_id, form.field("client_secret").map(str::to_owned)))
}

fn form_decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn application<'a>(
    services: &'a Services,
    tenant_id: &str,
    client_id: &str,
    secret: Option<&str>,
    form: &Form<'_>,
) -> Result<App<'a>, EntraError> {
    let app = services.accounts.app(client_id).ok_or_else(|| {
        let id = shown(client_id);
        let message =
            format!("Application with identifier {id} was not found in the directory '{tenant_id}'.");
        EntraError::bad_request("unauthorized_client", 700_016, message)
            .because(format!("client_id: {id} is not known in tenant {tenant_id}"))
    })?;
    let Some(secret) = secret else {
        let message =
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        let reason = match form.field("client_assertion") {
            Some(_) => "client_assertion: this emulator takes client secrets only",
            None => "client_secret: the parameter is missing",
        };
        return Err(EntraError::unauthorized(7_000_218, message.to_owned()).because(reason));
    };
    if !bool::from(secret.as_bytes().ct_eq(app.secret.as_bytes())) {
        let message = format!(
            "Invalid client secret provided for app '{client_id}'. Send the secret's value, not its ID."
        );
        return Err(EntraError::unauthorized(7_000_215, message)
            .because(format!("client_secret: it is not the secret of application {client_id}")));
    }
    Ok(app)
}

/// Returns the resource of the one scope `<resource>/.default`. Exactly one `/.default` is cut off, so that a resource
/// that ends in a slash keeps it.
fn resource_of_scope(form: &Form<'_>) -> Result<String, EntraError> {
    if form.field("resource").is_some() {
        let message = "The 'resource' request parameter is not supported.".to_owned();
        return Err(EntraError::bad_request("invalid_request", 901_002, message)
            .because("resource: the v2.0 endpoint takes scope instead"));
    }
    let scope = form.required("scope")?;
    let bad_scope = |reason: &str| {
        let message = format!(
            "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
        );
        EntraError::bad_request("invalid_scope", 70_011, message)
            .because(format!("scope: {reason}, found '{scope}'"))
    };
    let mut scopes = scope.split_whitespace();
    let (Some(only), None) = (scopes.next(), scopes.next()) else {
        return Err(bad_scope("an application asks for exactly one"));
    };
    let resource = only.strip_suffix("/.default").filter(|resource| !resource.is_empty());
    Ok(resource.ok_or_else(|| bad_scope("an application asks for a resource and /.default"))?.to_owned())
}

fn unsupported_grant(found: &str) -> EntraError {
    let message = format!("The app requested an unsupported grant type '{found}'.");
    EntraError::bad_request("unsupported_grant_type", 70_003, message)
        .because(format!("grant_type: '{found}' is not served, only client_credentials"))
}

fn unknown_resource(resource: &str, tenant_id: &str) -> EntraError {
    let message =
        format!("The resource principal named {resource} was not found in the tenant named {tenant_id}.");
    let known: Vec<&str> = audience::all().collect();
    EntraError::bad_request("invalid_resource", 500_011, message).because(format!(
        "resource: '{resource}' is not known; known are {}, and this emulator's own address",
        known.join(", ")
    ))
}
