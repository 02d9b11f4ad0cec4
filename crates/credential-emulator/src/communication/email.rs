//! Email: messages that are sent by a long-running operation.

use axum::extract::{Path, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credential::Clock;
use http::StatusCode;
use serde_json::{Value, json};

use super::error::CommunicationError;
use super::long_running::RETRY_AFTER;
use super::mailbox::{Attachment, Email};
use super::service::{Call, Service};
use super::{fields, limits};
use crate::answer::{self, Answer};
use crate::id_source::is_guid;
use crate::received::Received;
use crate::services::SharedServices;

const EMAIL: Service = Service { code_in_header: true, ..Service::plain() };

/// No message goes to more addresses than this, copies included.
const MOST_RECIPIENTS: usize = 50;

/// `POST /emails:send`
pub(super) async fn send(State(services): State<SharedServices>, received: Received) -> Answer {
    EMAIL.serve(&services, &received, |call| {
        let id = operation_id(call)?;
        let email = read_email(call, id.clone())?;
        if email.sender.to_ascii_lowercase().ends_with(".invalid") {
            let reason = "senderAddress: domains that end in .invalid are never linked here".to_owned();
            let message = "The specified sender domain has not been linked.";
            return Err(CommunicationError::new(StatusCode::NOT_FOUND, "DomainNotLinked", message, reason));
        }
        let is_azures = email.sender.to_ascii_lowercase().ends_with(".azurecomm.net");
        let domain = email.sender.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        call.count(if is_azures { limits::EMAIL_OF_AZURE } else { limits::EMAIL }, &domain)?;
        let mut contents = call.services.contents();
        // The same id again is the same operation: nothing is sent twice.
        if contents.email_operations.find(&id).is_none() {
            contents.email_operations.begin(id.clone(), Value::Null);
            contents.sent.emails.push(email);
        }
        let mut response = answer::json(StatusCode::ACCEPTED, &json!({ "id": id, "status": "Running" }));
        let location = call.link(&format!("/emails/operations/{id}"));
        answer::set_header(&mut response, "operation-location", &location);
        answer::set_header(&mut response, "retry-after", RETRY_AFTER);
        Ok(response)
    })
}

/// `GET /emails/operations/{id}`
pub(super) async fn operation(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    EMAIL.serve(&services, &received, |call| {
        call.count(limits::EMAIL_STATUS, "")?;
        let operation = call.services.contents().email_operations.poll(&id).ok_or_else(|| {
            let reason = format!("operation: '{id}' was never begun here, or is forgotten");
            CommunicationError::not_found("The operation was not found.", reason)
        })?;
        let status = json!({ "id": operation.id, "status": operation.status() });
        let mut response = answer::json(StatusCode::OK, &status);
        if !operation.has_ended() {
            answer::set_header(&mut response, "retry-after", RETRY_AFTER);
        }
        Ok(response)
    })
}

/// The client's own id where it sent one, else a new one.
fn operation_id(call: &Call<'_>) -> Result<String, CommunicationError> {
    match call.received.header("operation-id") {
        None => Ok(call.services.ids.guid()),
        Some(id) if is_guid(id) => Ok(id.to_owned()),
        Some(_) => {
            Err(CommunicationError::validation("Operation-Id", "The header Operation-Id is not a UUID."))
        }
    }
}

fn read_email(call: &Call<'_>, id: String) -> Result<Email, CommunicationError> {
    let body = &call.body;
    let content = body.get("content").unwrap_or(&Value::Null);
    let subject = fields::text(content, "subject")?.to_owned();
    let plain_text = fields::optional_text(content, "plainText")?.map(str::to_owned);
    let html = fields::optional_text(content, "html")?.map(str::to_owned);
    if plain_text.is_none() && html.is_none() {
        return Err(CommunicationError::validation("content", "content: plainText or html is required."));
    }
    let recipients = body.get("recipients").unwrap_or(&Value::Null);
    let [to, cc, bcc] = ["to", "cc", "bcc"].map(|name| addresses(recipients, name));
    let (to, cc, bcc) = (to?, cc?, bcc?);
    let count = to.len() + cc.len() + bcc.len();
    if !(1..=MOST_RECIPIENTS).contains(&count) {
        let message = format!("recipients: there are {count}, 1 to {MOST_RECIPIENTS} are allowed.");
        return Err(CommunicationError::validation("recipients", message));
    }
    fields::flag(body, "userEngagementTrackingDisabled")?;
    if fields::optional_object(body, "headers")?.is_some_and(|all| !all.values().all(Value::is_string)) {
        return Err(CommunicationError::validation("headers", "headers: each value must be a text."));
    }
    let sender = address("senderAddress", fields::text(body, "senderAddress")?)?;
    let attachments = fields::optional_list(body, "attachments")?;
    Ok(Email {
        id,
        sent_at: call.services.clock.now(),
        sender,
        to,
        cc,
        bcc,
        reply_to: addresses(body, "replyTo")?,
        subject,
        plain_text,
        html,
        attachments: attachments.iter().map(attachment).collect::<Result<_, _>>()?,
    })
}

fn addresses(object: &Value, name: &'static str) -> Result<Vec<String>, CommunicationError> {
    let one = |item: &Value| address(name, fields::text(item, "address")?);
    fields::optional_list(object, name)?.iter().map(one).collect()
}

/// A name, `@` and a domain; what else an address must be, the service leaves to the mail servers.
fn address(field: &'static str, text: &str) -> Result<String, CommunicationError> {
    let is_address =
        text.rsplit_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
            && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let message = || format!("{field}: '{text}' is not an e-mail address.");
    is_address.then(|| text.to_owned()).ok_or_else(|| CommunicationError::validation(field, message()))
}

fn attachment(item: &Value) -> Result<Attachment, CommunicationError> {
    let (name, content_type) = (fields::text(item, "name")?, fields::text(item, "contentType")?);
    let content = STANDARD.decode(fields::text(item, "contentInBase64")?).map_err(|_| {
        let message = format!("The contentInBase64 field of attachment '{name}' is not base64.");
        CommunicationError::validation("contentInBase64", message)
    })?;
    Ok(Attachment::new(name, content_type, content.len()))
}
