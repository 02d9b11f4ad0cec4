//! Rooms: where only those who were invited can call.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use axum::extract::{Path, State};
use credential::Clock;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::error::CommunicationError;
use super::fields;
use super::paging::Page;
use super::service::{Call, Outcome, Service};
use crate::answer::{self, Answer};
use crate::clock::{later, rfc3339};
use crate::received::Received;
use crate::recent::Recent;
use crate::services::SharedServices;

const ROOMS: Service = Service::plain();

const ROLES: [&str; 4] = ["Presenter", "Attendee", "Consumer", "Collaborator"];
/// How long a room can be valid, and is when its client does not say.
const LONGEST: Duration = Duration::from_secs(180 * 24 * 3_600);

/// One room.
#[derive(Clone, Debug)]
struct Room {
    id: String,
    created_at: SystemTime,
    valid_from: SystemTime,
    valid_until: SystemTime,
    dials_out: bool,
    /// The raw ids of those who may join, and their roles.
    participants: BTreeMap<String, &'static str>,
    repeatability_id: Option<String>,
}

/// The rooms that clients created, in order; the oldest are forgotten first.
#[derive(Debug, Default)]
pub(super) struct Rooms(Recent<Room>);

/// `POST /rooms`
pub(super) async fn create(State(services): State<SharedServices>, received: Received) -> Answer {
    ROOMS.serve(&services, &received, |call| {
        let repeatability_id = received.header("repeatability-request-id");
        let mut contents = call.services.contents();
        let repeated =
            contents.rooms.0.iter().find(|room| {
                repeatability_id.is_some() && room.repeatability_id.as_deref() == repeatability_id
            });
        if let Some(room) = repeated {
            return Ok(answer::json(StatusCode::CREATED, &room.shown()));
        }
        let now = call.services.clock.now();
        let mut room = Room {
            id: room_id(call),
            created_at: now,
            valid_from: now,
            valid_until: later(now, LONGEST),
            dials_out: false,
            participants: BTreeMap::new(),
            repeatability_id: repeatability_id.map(str::to_owned),
        };
        room.change(&call.body)?;
        if let Some(participants) = fields::optional_object(&call.body, "participants")? {
            room.change_participants(participants)?;
        }
        let response = answer::json(StatusCode::CREATED, &room.shown());
        contents.rooms.0.push(room);
        Ok(response)
    })
}

/// `GET /rooms`
pub(super) async fn list(State(services): State<SharedServices>, received: Received) -> Answer {
    ROOMS.serve(&services, &received, |call| {
        let page = Page::of(call, "top")?;
        let all = call.services.contents().rooms.0.iter().map(Room::shown).collect();
        Ok(answer::json(StatusCode::OK, &page.cut(call, "value", "/rooms", all)))
    })
}

/// `GET /rooms/{id}`
pub(super) async fn get(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    ROOMS.serve(&services, &received, |call| {
        Ok(answer::json(StatusCode::OK, &call.services.contents().rooms.find(&id)?.shown()))
    })
}

/// `PATCH /rooms/{id}`
pub(super) async fn change(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    ROOMS.serve(&services, &received, |call| {
        let mut contents = call.services.contents();
        let room = contents.rooms.find(&id)?;
        // Changed as a whole, or not at all.
        let mut changed = room.clone();
        changed.change(&call.body)?;
        *room = changed;
        Ok(answer::json(StatusCode::OK, &room.shown()))
    })
}

/// `DELETE /rooms/{id}`
pub(super) async fn delete(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    ROOMS.serve(&services, &received, |call| {
        let mut contents = call.services.contents();
        contents.rooms.find(&id)?;
        contents.rooms.0.retain(|room| room.id != id);
        Ok(answer::empty(StatusCode::NO_CONTENT))
    })
}

/// `GET /rooms/{id}/participants`
pub(super) async fn participants(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    ROOMS.serve(&services, &received, |call| {
        let page = Page::of(call, "top")?;
        let mut contents = call.services.contents();
        let participants = &contents.rooms.find(&id)?.participants;
        let all =
            participants.iter().map(|(raw_id, role)| json!({ "rawId": raw_id, "role": role })).collect();
        let path = format!("/rooms/{id}/participants");
        Ok(answer::json(StatusCode::OK, &page.cut(call, "value", &path, all)))
    })
}

/// `PATCH /rooms/{id}/participants`
pub(super) async fn change_participants(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    ROOMS.serve(&services, &received, |call| -> Outcome {
        let mut contents = call.services.contents();
        let room = contents.rooms.find(&id)?;
        let wanted = fields::optional_object(&call.body, "participants")?.ok_or_else(|| {
            CommunicationError::validation("participants", "The participants field is required.")
        })?;
        room.change_participants(wanted)?;
        Ok(answer::json(StatusCode::OK, &json!({})))
    })
}

/// Rooms have numbers of 17 digits, which people can dial.
fn room_id(call: &Call<'_>) -> String {
    let [a, b, c, d, e, f, g, ..] = call.services.ids.bytes();
    let number = u64::from_be_bytes([0, a, b, c, d, e, f, g]);
    format!("99{:015}", number % 1_000_000_000_000_000)
}

impl Rooms {
    fn find(&mut self, id: &str) -> Result<&mut Room, CommunicationError> {
        self.0.iter_mut().find(|room| room.id == id).ok_or_else(|| {
            let reason = format!("room: '{id}' was never created here, or was deleted");
            CommunicationError::not_found("The room was not found.", reason)
        })
    }
}

impl Room {
    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "createdAt": rfc3339(self.created_at),
            "validFrom": rfc3339(self.valid_from),
            "validUntil": rfc3339(self.valid_until),
            "pstnDialOutEnabled": self.dials_out,
        })
    }

    /// Takes over what the client says; what it does not say stays.
    fn change(&mut self, wanted: &Value) -> Result<(), CommunicationError> {
        let (from, until) = (instant(wanted, "validFrom")?, instant(wanted, "validUntil")?);
        if let Some(from) = from {
            self.valid_from = from;
            self.valid_until = later(from, LONGEST);
        }
        self.valid_until = until.unwrap_or(self.valid_until);
        match self.valid_until.duration_since(self.valid_from) {
            Ok(length) if length > Duration::ZERO && length <= LONGEST => {}
            _ => {
                let message = "The validUntil field must be after validFrom, and at most 180 days.";
                return Err(CommunicationError::validation("validUntil", message));
            }
        }
        if wanted.get("pstnDialOutEnabled").is_some_and(|value| !value.is_null()) {
            self.dials_out = fields::flag(wanted, "pstnDialOutEnabled")?;
        }
        Ok(())
    }

    /// Invites those with a role, and takes the invitation back from those with `null`.
    fn change_participants(&mut self, wanted: &Map<String, Value>) -> Result<(), CommunicationError> {
        let mut changed = self.participants.clone();
        for (raw_id, participant) in wanted {
            if !raw_id.starts_with("8:") {
                let message = format!("participants: '{raw_id}' is not a user's id, such as 8:acs:...");
                return Err(CommunicationError::validation("participants", message));
            }
            match participant {
                Value::Null => drop(changed.remove(raw_id)),
                _ => {
                    let has_role = participant.get("role").is_some_and(|role| !role.is_null());
                    let role =
                        if has_role { fields::one_of(participant, "role", &ROLES)? } else { "Attendee" };
                    changed.insert(raw_id.clone(), role);
                }
            }
        }
        self.participants = changed;
        Ok(())
    }
}

fn instant(object: &Value, name: &'static str) -> Result<Option<SystemTime>, CommunicationError> {
    let Some(text) = fields::optional_text(object, name)? else { return Ok(None) };
    // Some clients write the offset of UTC in digits, some none at all.
    let utc = text.strip_suffix("+00:00").unwrap_or(text);
    humantime::parse_rfc3339_weak(utc).map(Some).map_err(|_| {
        let message = format!("{name}: '{text}' is not a UTC date such as 2024-02-29T12:00:00Z.");
        CommunicationError::validation(name, message)
    })
}
