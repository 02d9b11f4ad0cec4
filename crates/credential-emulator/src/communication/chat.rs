//! Chat: threads and their messages, for users.

use axum::extract::{Path, State};
use credential::Clock;
use http::StatusCode;
use serde_json::{Value, json};

use super::error::CommunicationError;
use super::fields;
use super::paging::Page;
use super::service::{Call, Outcome, Service};
use super::threads::{Message, Thread};
use super::user_token::UserToken;
use crate::answer::{self, Answer};
use crate::received::Received;
use crate::recent::Recent;
use crate::services::SharedServices;

const CHAT: Service = Service::plain();

/// The scopes that chat with others; those that only join cannot open threads.
const OPENS: [&str; 1] = ["chat"];
const JOINS: [&str; 3] = ["chat", "chat.join", "chat.join.limited"];

const LONGEST_TOPIC: usize = 250;
const KINDS: [&str; 2] = ["text", "html"];

/// `POST /chat/threads`
pub(super) async fn create(State(services): State<SharedServices>, received: Received) -> Answer {
    CHAT.serve_user(&services, &received, &OPENS, |call, user| {
        let topic = fields::text(&call.body, "topic")?;
        if topic.chars().count() > LONGEST_TOPIC {
            let message = format!("The topic field is longer than {LONGEST_TOPIC} characters.");
            return Err(CommunicationError::validation("topic", message));
        }
        let wanted = fields::optional_list(&call.body, "participants")?;
        let wanted: Vec<String> = wanted.iter().map(participant_id).collect::<Result<_, _>>()?;
        let is_unknown = |id: &String| id.starts_with("8:acs:") && !call.services.users.holds(id);
        let (unknown, mut participants): (Vec<String>, Vec<String>) =
            wanted.into_iter().partition(is_unknown);
        if !participants.contains(&user.user_id) {
            participants.insert(0, user.user_id.clone());
        }
        let repeatability_id = received.header("repeatability-request-id").map(str::to_owned);
        let mut contents = call.services.contents();
        let thread = contents.threads.open(Thread {
            id: format!("19:{}@thread.v2", call.services.ids.guid().replace('-', "")),
            topic: topic.to_owned(),
            created_at: call.services.clock.now(),
            created_by: user.user_id.clone(),
            participants,
            messages: Recent::default(),
            repeatability_id,
        });
        let mut created = json!({ "chatThread": thread });
        if !unknown.is_empty() {
            created["invalidParticipants"] = unknown.iter().map(|id| invalid_participant(id)).collect();
        }
        Ok(answer::json(StatusCode::CREATED, &created))
    })
}

/// `GET /chat/threads`
pub(super) async fn list(State(services): State<SharedServices>, received: Received) -> Answer {
    CHAT.serve_user(&services, &received, &JOINS, |call, user| {
        let page = Page::of(call, "maxPageSize")?;
        let contents = call.services.contents();
        let all = contents.threads.of_user(&user.user_id).map(Thread::shown_in_list).collect();
        Ok(answer::json(StatusCode::OK, &page.cut(call, "value", "/chat/threads", all)))
    })
}

/// `GET /chat/threads/{id}`
pub(super) async fn get(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    CHAT.serve_user(&services, &received, &JOINS, |call, user| {
        in_thread(call, user, &id, |thread| Ok(answer::json(StatusCode::OK, &thread.shown())))
    })
}

/// `DELETE /chat/threads/{id}`
pub(super) async fn delete(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    CHAT.serve_user(&services, &received, &OPENS, |call, user| {
        in_thread(call, user, &id, |_| Ok(answer::empty(StatusCode::NO_CONTENT))).inspect(|_| {
            call.services.contents().threads.remove(&id);
        })
    })
}

/// `POST /chat/threads/{id}/messages`
pub(super) async fn send(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    CHAT.serve_user(&services, &received, &JOINS, |call, user| {
        let content = fields::text(&call.body, "content")?.to_owned();
        let has_kind = call.body.get("type").is_some_and(|kind| !kind.is_null());
        let kind = if has_kind { fields::one_of(&call.body, "type", &KINDS)? } else { KINDS[0] };
        let display_name = fields::optional_text(&call.body, "senderDisplayName")?.map(str::to_owned);
        let metadata = fields::optional_object(&call.body, "metadata")?.cloned().unwrap_or_default();
        in_thread(call, user, &id, |thread| {
            let message_id = thread.send(Message {
                kind,
                content,
                display_name,
                metadata,
                sender: user.user_id.clone(),
                sent_at: call.services.clock.now(),
                id: String::new(),
                number: 0,
            });
            Ok(answer::json(StatusCode::CREATED, &json!({ "id": message_id })))
        })
    })
}

/// `GET /chat/threads/{id}/messages`, the newest first
pub(super) async fn messages(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    CHAT.serve_user(&services, &received, &JOINS, |call, user| {
        let page = Page::of(call, "maxPageSize")?;
        in_thread(call, user, &id, |thread| {
            let all = thread.messages.iter().rev().map(Message::shown).collect();
            let path = format!("/chat/threads/{id}/messages");
            Ok(answer::json(StatusCode::OK, &page.cut(call, "value", &path, all)))
        })
    })
}

/// `GET /chat/threads/{id}/messages/{message}`
pub(super) async fn message(
    State(services): State<SharedServices>,
    received: Received,
    Path((id, message_id)): Path<(String, String)>,
) -> Answer {
    CHAT.serve_user(&services, &received, &JOINS, |call, user| {
        in_thread(call, user, &id, |thread| {
            let found = thread.messages.iter().find(|message| message.id == message_id);
            let message = found.ok_or_else(|| {
                let reason = format!("message: '{message_id}' was never sent to this thread");
                CommunicationError::not_found("The message was not found.", reason)
            })?;
            Ok(answer::json(StatusCode::OK, &message.shown()))
        })
    })
}

/// Works on a thread that the user takes part in.
fn in_thread(
    call: &Call<'_>,
    user: &UserToken,
    id: &str,
    work: impl FnOnce(&mut Thread) -> Outcome,
) -> Outcome {
    let mut contents = call.services.contents();
    let thread = contents.threads.find(id).ok_or_else(|| {
        let reason = format!("thread: '{id}' was never created here, or was deleted");
        CommunicationError::not_found("The thread was not found.", reason)
    })?;
    if !thread.participants.contains(&user.user_id) {
        let reason = format!("participants: {} takes no part in thread '{id}'", user.user_id);
        return Err(CommunicationError::forbidden(reason));
    }
    work(thread)
}

/// Reads whom a participant's identifier names; the raw id says it where it is there.
fn participant_id(participant: &Value) -> Result<String, CommunicationError> {
    let identifier = participant.get("communicationIdentifier").unwrap_or(&Value::Null);
    let user = identifier.get("communicationUser").unwrap_or(&Value::Null);
    let raw_id = fields::optional_text(identifier, "rawId")?;
    let id = raw_id.or(fields::optional_text(user, "id")?).filter(|id| !id.is_empty());
    id.map(str::to_owned).ok_or_else(|| {
        let message =
            "participants: each needs a communicationIdentifier with rawId or communicationUser.id.";
        CommunicationError::validation("participants", message)
    })
}

fn invalid_participant(id: &str) -> Value {
    json!({ "code": "NotFound", "message": "The identity was not found.", "target": id })
}
