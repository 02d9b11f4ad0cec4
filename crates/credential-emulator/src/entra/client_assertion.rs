//! Client assertions (RFC 7523, section 2.2): signed by a certificate's key, or by another issuer that is trusted.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::client::Proof;
use super::error::EntraError;
use super::federation;
use super::tenant::{Authority, Tenant};
use super::token_request::TokenRequest;
use crate::accounts::App;
use crate::client_certificate::ClientCertificate;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far the clocks of client and Entra may differ, in seconds.
pub(super) const LEEWAY: f64 = 300.0;

/// A signed JWT, taken apart and not yet judged.
pub(super) struct Jwt<'a> {
    pub(super) text: &'a str,
    signed: &'a str,
    signature: Vec<u8>,
    header: Value,
    pub(super) claims: Value,
}

impl<'a> Jwt<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |segment| serde_json::from_slice(&unpadded(segment)?).ok().filter(Value::is_object);
        Some(Self {
            text,
            signed,
            signature: unpadded(signature)?,
            header: object(header)?,
            claims: object(claims)?,
        })
    }

    pub(super) fn claim(&self, name: &str) -> &str {
        text_of(&self.claims, name)
    }

    /// Judges `exp`, and `nbf` where there is one: whole or broken seconds since 1970.
    pub(super) fn check_times(&self, now: i64) -> Result<(), EntraError> {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in 53 bits")]
        let now = now as f64;
        let at = |name: &str| self.claims.get(name).and_then(Value::as_f64);
        let message = "Client assertion is not within its valid time range.".to_owned();
        let outside = |reason: String| EntraError::unauthorized(700_024, message).because(reason);
        match (at("exp"), at("nbf")) {
            (None, _) => Err(outside("exp: the assertion has none, or it is not a number".to_owned())),
            (Some(exp), _) if now >= exp + LEEWAY => {
                Err(outside(format!("exp: the assertion was valid until {exp}, it is {now} now")))
            }
            (_, Some(nbf)) if now + LEEWAY < nbf => {
                Err(outside(format!("nbf: the assertion is valid from {nbf}, it is {now} now")))
            }
            _ => Ok(()),
        }
    }
}

/// Base64url, with or without padding: some libraries leave it.
fn unpadded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

fn text_of<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Judges a client assertion. Who is its issuer says what kind it is: the application itself, or another one.
pub(super) fn verify(request: &TokenRequest<'_>, app: App<'_>, assertion: &str) -> Result<Proof, EntraError> {
    let kind = request.form.required("client_assertion_type")?;
    if kind != TYPE {
        let message = "The request is malformed or invalid.".to_owned();
        return Err(EntraError::bad_request("invalid_request", 9_002_313, message)
            .because(format!("client_assertion_type: it is not {TYPE}")));
    }
    let jwt = Jwt::parse(assertion).ok_or_else(|| {
        EntraError::unauthorized(50_027, "JWT token is invalid or malformed.".to_owned())
            .because("client_assertion: it is not a signed JWT")
    })?;
    if !jwt.claim("iss").eq_ignore_ascii_case(app.client_id) {
        return federation::verify(request, app, &jwt);
    }
    certificate(request, app, &jwt)
}

fn certificate(request: &TokenRequest<'_>, app: App<'_>, jwt: &Jwt<'_>) -> Result<Proof, EntraError> {
    let unknown = |reason: &str| {
        let message = "The certificate with identifier used to sign the client assertion is not registered.";
        EntraError::unauthorized(700_027, message.to_owned()).because(reason)
    };
    if app.client_id != request.services.accounts.client_id {
        return Err(unknown("client_assertion: no certificate is registered for this application"));
    }
    let certificate = &request.services.client_certificate;
    check_header(certificate, jwt).map_err(unknown)?;
    let algorithm = text_of(&jwt.header, "alg");
    if request.tenant.authority == Authority::Adfs && algorithm != "RS256" {
        return Err(unknown("alg: ADFS takes RS256 with x5t only"));
    }
    match certificate.has_signed(algorithm, jwt.signed, &jwt.signature) {
        Some(true) => {}
        Some(false) => return Err(unknown("signature: it does not match the assertion and the certificate")),
        None => {
            let message = format!("Invalid JWT token. '{algorithm}' is not a supported signature algorithm.");
            return Err(EntraError::unauthorized(5_002_738, message)
                .because(format!("alg: '{algorithm}' is neither RS256 nor PS256")));
        }
    }
    check_claims(request, app, jwt)?;
    jwt.check_times(request.services.clock.epoch_seconds())?;
    Ok(Proof::Certificate)
}

/// The header must name the certificate, and `x5c` must hold it where there is one.
fn check_header(certificate: &ClientCertificate, jwt: &Jwt<'_>) -> Result<(), &'static str> {
    let named = |name: &str| jwt.header.get(name).map(|value| value.as_str().and_then(unpadded));
    let (sha1, sha256) = (named("x5t"), named("x5t#S256"));
    if sha1.is_none() && sha256.is_none() {
        return Err("x5t: the header has neither x5t nor x5t#S256");
    }
    if sha1.is_some_and(|found| found != Some(certificate.sha1())) {
        return Err("x5t: it is not the SHA-1 thumbprint of the registered certificate in base64url");
    }
    if sha256.is_some_and(|found| found != Some(certificate.sha256())) {
        return Err("x5t#S256: it is not the SHA-256 thumbprint of the registered certificate in base64url");
    }
    let Some(chain) = jwt.header.get("x5c") else { return Ok(()) };
    // Line breaks stand there when the text of a PEM file is taken as it is.
    let leaf: String = chain.get(0).and_then(Value::as_str).unwrap_or_default().split_whitespace().collect();
    if STANDARD_NO_PAD.decode(leaf.trim_end_matches('=')).ok().as_ref() != Some(&certificate.der) {
        return Err("x5c: its first certificate is not the registered one, in base64");
    }
    Ok(())
}

fn check_claims(request: &TokenRequest<'_>, app: App<'_>, jwt: &Jwt<'_>) -> Result<(), EntraError> {
    let subject = jwt.claim("sub");
    if !subject.eq_ignore_ascii_case(app.client_id) {
        let message = "Subject must match Issuer claim in the client assertion.".to_owned();
        return Err(EntraError::unauthorized(50_048, message)
            .because(format!("sub: '{subject}' is not the application {}", app.client_id)));
    }
    let audience = jwt.claims.get("aud").unwrap_or(&Value::Null);
    let found: Vec<&str> = match audience {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    if !found.iter().any(|audience| is_token_endpoint(request, audience)) {
        let message = "Client assertion audience claim does not match Realm issuer.".to_owned();
        return Err(EntraError::unauthorized(700_023, message).because(format!(
            "aud: '{}' is not the token endpoint that was called, {}{}",
            found.join(" "),
            request.services.origin_of(request.received),
            request.received.uri().path(),
        )));
    }
    Ok(())
}

/// The endpoint of the same tenant, under any of its names and any of the emulator's addresses.
fn is_token_endpoint(request: &TokenRequest<'_>, audience: &str) -> bool {
    let ours = |origin: String| audience.strip_prefix(&origin)?.strip_prefix('/').map(str::to_owned);
    let Some(path) = request.services.origins.all().find_map(ours) else { return false };
    // ADFS writes a slash behind its endpoints.
    let path = path.strip_suffix('/').unwrap_or(&path);
    let Some((tenant, "oauth2/v2.0/token" | "oauth2/token")) = path.split_once('/') else { return false };
    let named = Tenant::named(request.services, tenant);
    named.is_ok_and(|named| named.authority == Authority::One && named.one() == request.tenant.one())
        || is_same_shared(request, tenant)
}

fn is_same_shared(request: &TokenRequest<'_>, tenant: &str) -> bool {
    let called = request.received.uri().path().split('/').nth(1).unwrap_or_default();
    called.eq_ignore_ascii_case(tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_input_panics(text in r"[\w.=-]{0,60}|e30=?\.e30=?\.\w{0,8}") {
            if let Some(jwt) = Jwt::parse(&text) {
                proptest::prop_assert!(jwt.header.is_object() && jwt.claims.is_object());
                proptest::prop_assert!(jwt.check_times(0).is_err());
            }
        }
    }

    #[test]
    fn padding_is_allowed_and_three_objects_are_wanted() {
        assert!(Jwt::parse("e30=.e30=.").is_some());
        for bad in ["", "e30", "e30.e30", "W10.e30.", "e30.W10.", "e30.!.", "e30.e30.!"] {
            assert!(Jwt::parse(bad).is_none(), "{bad}");
        }
    }
}
