//! Which Entra principals may exchange their tokens with which applications.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use super::error::CommunicationError;
use super::fields;
use super::identity::IDENTITY;
use super::merge_patch::merge;
use super::service::{Call, Outcome};
use crate::accounts::Accounts;
use crate::answer::{self, Answer};
use crate::id_source::is_guid;
use crate::received::Received;
use crate::services::SharedServices;

/// How many of each kind are kept. More are refused: forgetting one would lock a user out.
const CAPACITY: usize = 10_000;
const TEAMS_PRINCIPALS: [&str; 2] = ["user", "resourceAccount"];
const ENTRA_PRINCIPALS: [&str; 3] = ["user", "group", "tenant"];

/// Which Entra principals may exchange their tokens with which applications, for Teams Phone and for Entra users.
#[derive(Debug)]
pub(crate) struct Assignments(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    /// By tenant and object.
    teams: BTreeMap<(String, String), Assignment>,
    /// By object.
    entra: BTreeMap<String, Assignment>,
}

#[derive(Clone, Debug)]
struct Assignment {
    tenant_id: String,
    principal_type: &'static str,
    client_ids: Vec<String>,
}

impl Assignments {
    /// The well-known user may use Teams Phone with every public application, from the start.
    pub(crate) fn new(accounts: &Accounts) -> Self {
        Self(Mutex::new(Inner::new(accounts)))
    }

    pub(crate) fn reset(&self, accounts: &Accounts) {
        *self.lock() = Inner::new(accounts);
    }

    pub(super) fn allows_teams(&self, tenant_id: &str, object_id: &str, client_id: &str) -> bool {
        let key = (tenant_id.to_ascii_lowercase(), object_id.to_ascii_lowercase());
        let is_client = |known: &String| known.eq_ignore_ascii_case(client_id);
        self.lock().teams.get(&key).is_some_and(|found| found.client_ids.iter().any(is_client))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn new(accounts: &Accounts) -> Self {
        let client_ids = vec![accounts.public_client_id.clone(), accounts.other_public_client_id.clone()];
        let assignment =
            Assignment { tenant_id: accounts.tenant_id.clone(), principal_type: "user", client_ids };
        let key = (accounts.tenant_id.clone(), accounts.user_object_id.clone());
        Self { teams: BTreeMap::from([(key, assignment)]), entra: BTreeMap::new() }
    }
}

impl Assignment {
    fn read(body: &Value, tenant_id: &str, principals: &[&'static str]) -> Result<Self, CommunicationError> {
        let principal_type = fields::one_of(body, "principalType", principals)?;
        let id = |value: &Value| {
            value.as_str().filter(|text| is_guid(text)).map(str::to_owned).ok_or_else(|| {
                CommunicationError::validation("clientIds", "The clientIds field is not a list of UUIDs.")
            })
        };
        let client_ids =
            fields::optional_list(body, "clientIds")?.iter().map(id).collect::<Result<_, _>>()?;
        Ok(Self { tenant_id: tenant_id.to_owned(), principal_type, client_ids })
    }

    fn shown(&self, object_id: &str) -> Value {
        json!({
            "objectId": object_id,
            "tenantId": self.tenant_id,
            "principalType": self.principal_type,
            "clientIds": self.client_ids,
        })
    }
}

/// `GET /access/teamsExtension/tenants/{tenant}/assignments/{object}`
pub(super) async fn get_teams(
    State(services): State<SharedServices>,
    received: Received,
    Path((tenant, object)): Path<(String, String)>,
) -> Answer {
    IDENTITY.serve(&services, &received, |_| {
        let inner = services.assignments.lock();
        show(inner.teams.get(&key(&tenant, &object)?), &object)
    })
}

/// `PUT` of the same
pub(super) async fn put_teams(
    State(services): State<SharedServices>,
    received: Received,
    Path((tenant, object)): Path<(String, String)>,
) -> Answer {
    IDENTITY.serve(&services, &received, |Call { body, .. }| {
        let assignment = Assignment::read(body, &tenant, &TEAMS_PRINCIPALS)?;
        put(&mut services.assignments.lock().teams, key(&tenant, &object)?, &object, assignment)
    })
}

/// `DELETE` of the same
pub(super) async fn delete_teams(
    State(services): State<SharedServices>,
    received: Received,
    Path((tenant, object)): Path<(String, String)>,
) -> Answer {
    IDENTITY.serve(&services, &received, |_| {
        let removed = services.assignments.lock().teams.remove(&key(&tenant, &object)?);
        show(removed.as_ref(), &object).map(|_| answer::empty(StatusCode::NO_CONTENT))
    })
}

/// `GET /access/entra/assignments`
pub(super) async fn list_entra(State(services): State<SharedServices>, received: Received) -> Answer {
    IDENTITY.serve(&services, &received, |_| {
        Ok(answer::json(StatusCode::OK, &listed(&services.assignments.lock().entra)))
    })
}

/// `PATCH` of the same: a merge patch (RFC 7396) of what `GET` answers. The service documents the media type and no body; so
/// this is our reading.
pub(super) async fn patch_entra(State(services): State<SharedServices>, received: Received) -> Answer {
    IDENTITY.serve(&services, &received, |Call { body, .. }| {
        let mut inner = services.assignments.lock();
        let mut changed = listed(&inner.entra);
        merge(&mut changed, body);
        let mut all = BTreeMap::new();
        for one in fields::optional_list(&changed, "value")? {
            let (tenant, object) = key(fields::text(one, "tenantId")?, fields::text(one, "objectId")?)?;
            put(&mut all, object.clone(), &object, Assignment::read(one, &tenant, &ENTRA_PRINCIPALS)?)?;
        }
        inner.entra = all;
        Ok(answer::json(StatusCode::OK, &listed(&inner.entra)))
    })
}

fn listed(entra: &BTreeMap<String, Assignment>) -> Value {
    let all: Vec<Value> = entra.iter().map(|(object, found)| found.shown(object)).collect();
    json!({ "value": all })
}

/// `GET /access/entra/assignments/{object}`
pub(super) async fn get_entra(
    State(services): State<SharedServices>,
    received: Received,
    Path(object): Path<String>,
) -> Answer {
    IDENTITY.serve(&services, &received, |_| {
        show(services.assignments.lock().entra.get(&object.to_ascii_lowercase()), &object)
    })
}

/// `PUT` of the same
pub(super) async fn put_entra(
    State(services): State<SharedServices>,
    received: Received,
    Path(object): Path<String>,
) -> Answer {
    IDENTITY.serve(&services, &received, |Call { body, .. }| {
        let (tenant, object_key) = key(fields::text(body, "tenantId")?, &object)?;
        let assignment = Assignment::read(body, &tenant, &ENTRA_PRINCIPALS)?;
        put(&mut services.assignments.lock().entra, object_key, &object, assignment)
    })
}

/// `DELETE` of the same
pub(super) async fn delete_entra(
    State(services): State<SharedServices>,
    received: Received,
    Path(object): Path<String>,
) -> Answer {
    IDENTITY.serve(&services, &received, |_| {
        let removed = services.assignments.lock().entra.remove(&object.to_ascii_lowercase());
        show(removed.as_ref(), &object).map(|_| answer::empty(StatusCode::NO_CONTENT))
    })
}

/// Entra compares ids without regard to case.
fn key(tenant: &str, object: &str) -> Result<(String, String), CommunicationError> {
    for (name, found) in [("tenantId", tenant), ("objectId", object)] {
        if !is_guid(found) {
            return Err(CommunicationError::validation(name, format!("The {name} field is not a UUID.")));
        }
    }
    Ok((tenant.to_ascii_lowercase(), object.to_ascii_lowercase()))
}

fn put<K: Ord>(all: &mut BTreeMap<K, Assignment>, key: K, object: &str, assignment: Assignment) -> Outcome {
    let is_known = all.contains_key(&key);
    if !is_known && all.len() == CAPACITY {
        let message = format!("There are {CAPACITY} assignments already.");
        return Err(CommunicationError::validation("assignments", message));
    }
    let shown = assignment.shown(object);
    all.insert(key, assignment);
    Ok(answer::json(if is_known { StatusCode::OK } else { StatusCode::CREATED }, &shown))
}

fn show(found: Option<&Assignment>, object: &str) -> Outcome {
    let assignment = found.ok_or_else(|| {
        let reason = format!("assignment: '{object}' has none");
        CommunicationError::not_found("The assignment was not found.", reason)
    })?;
    Ok(answer::json(StatusCode::OK, &assignment.shown(object)))
}
