//! Which application asks, and how it proves itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use subtle::ConstantTimeEq;

use super::client_assertion;
use super::error::EntraError;
use super::token_request::TokenRequest;
use crate::accounts::App;
use crate::id_source::shown;
use crate::received::Received;
use crate::services::Services;
use crate::verdict::Verdict;

/// The application that asks, proven.
#[derive(Clone, Copy)]
pub(super) struct Client<'a> {
    pub(super) app: App<'a>,
    pub(super) proof: Proof,
}

/// How the application proved itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// A public client cannot.
    None,
    Secret,
    Certificate,
    Federated,
}

impl Proof {
    /// Returns the claim `azpacr` (`appidacr` in version 1).
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::Secret => "1",
            Self::Certificate | Self::Federated => "2",
        }
    }
}

/// Whether a public client may use the grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Confidential,
}

/// Returns the application, once it has proved itself as its kind must (RFC 6749, section 2.3).
pub(super) fn authenticate<'a>(
    request: &TokenRequest<'a>,
    directory: &str,
    kind: Kind,
    verdict: &mut Verdict,
) -> Result<Client<'a>, EntraError> {
    let (client_id, secret) = id_and_secret(request)?;
    let app = find(request.services, &client_id, directory)?;
    let assertion = request.form.field("client_assertion");
    let Some(known_secret) = app.secret else {
        return public(app, secret.is_some() || assertion.is_some(), kind, verdict);
    };
    if let Some(assertion) = assertion {
        let proof = client_assertion::verify(request, app, assertion)?;
        let kind = if proof == Proof::Federated { "federated assertion" } else { "certificate" };
        verdict.verified(format!("application {}, {kind}", app.client_id));
        return Ok(Client { app, proof });
    }
    let Some(secret) = secret else {
        return Err(proof_missing().because("client_secret: the parameter is missing"));
    };
    if !bool::from(secret.as_bytes().ct_eq(known_secret.as_bytes())) {
        let message = format!(
            "Invalid client secret provided for app '{client_id}'. Send the secret's value, not its ID."
        );
        return Err(EntraError::unauthorized(7_000_215, message)
            .because(format!("client_secret: it is not the secret of application {client_id}")));
    }
    verdict.verified(format!("application {}, client secret", app.client_id));
    Ok(Client { app, proof: Proof::Secret })
}

/// Finds an application. An id that is none may be a secret in the wrong place, and is not shown.
pub(super) fn find<'a>(
    services: &'a Services,
    client_id: &str,
    directory: &str,
) -> Result<App<'a>, EntraError> {
    services.accounts.app(client_id).ok_or_else(|| {
        let id = shown(client_id);
        let message =
            format!("Application with identifier {id} was not found in the directory '{directory}'.");
        EntraError::bad_request("unauthorized_client", 700_016, message)
            .because(format!("client_id: {id} is not known in tenant {directory}"))
    })
}

fn public<'a>(
    app: App<'a>,
    sent_proof: bool,
    kind: Kind,
    verdict: &mut Verdict,
) -> Result<Client<'a>, EntraError> {
    let id = app.client_id;
    if sent_proof {
        let message =
            "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.";
        return Err(EntraError::unauthorized(700_025, message.to_owned())
            .because(format!("client_id: {id} is a public client, which has no secret and no certificate")));
    }
    if kind == Kind::Confidential {
        return Err(proof_missing().because(format!(
            "client_id: {id} is a public client, this grant is for applications that have a secret or a certificate"
        )));
    }
    verdict.verified(format!("application {id}, public client"));
    Ok(Client { app, proof: Proof::None })
}

fn proof_missing() -> EntraError {
    let message =
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    EntraError::unauthorized(7_000_218, message.to_owned())
}

/// Returns client id and secret from HTTP Basic or from the form (RFC 6749, section 2.3.1).
fn id_and_secret(request: &TokenRequest<'_>) -> Result<(String, Option<String>), EntraError> {
    if let Some(pair) = basic(request.received)? {
        let (id, secret) = pair;
        return Ok((id, Some(secret)));
    }
    let client_id = request.form.required("client_id")?.to_owned();
    Ok((client_id, request.form.field("client_secret").map(str::to_owned)))
}

fn basic(received: &Received) -> Result<Option<(String, String)>, EntraError> {
    let authorization = received.header("authorization").and_then(|text| text.split_once(' '));
    let is_basic = |(scheme, _): &(&str, &str)| scheme.eq_ignore_ascii_case("basic");
    let Some((_, encoded)) = authorization.filter(is_basic) else { return Ok(None) };
    let pair = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((id, secret)) = pair.as_deref().and_then(|pair| pair.split_once(':')) else {
        let message = "The Authorization header is not a valid Basic credential.".to_owned();
        return Err(EntraError::unauthorized(7_000_218, message)
            .because("authorization: the header is not base64 of client_id:client_secret"));
    };
    Ok(Some((form_decoded(id), form_decoded(secret))))
}

fn form_decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
