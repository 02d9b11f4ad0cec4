//! One step of the demo, as it was meant and as it ended.

use std::time::SystemTime;

use credential::AccessToken;
use credential_emulator::RequestRecord;
use serde::Serialize;

/// What a step is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) asked: &'static str,
    pub(crate) expected: Expected,
}

/// How a step should end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Expected {
    Success,
    /// Refused by the service with status 401.
    Refusal,
}

/// Whether it ended so.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) enum Outcome {
    #[serde(rename = "as expected")]
    AsExpected,
    #[serde(rename = "unexpected")]
    Unexpected,
}

/// What a step that succeeded has to show: the token that it got or used, and what came back beside it.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) token: Option<AccessToken>,
    pub(crate) result: Option<String>,
}

impl From<AccessToken> for Shown {
    fn from(token: AccessToken) -> Self {
        Self { token: Some(token), result: None }
    }
}

impl Shown {
    /// Shows also what came back beside a token.
    pub(crate) fn and(mut self, text: impl Into<String>) -> Self {
        self.result = Some(text.into());
        self
    }
}

/// One request and who answered it.
#[derive(Debug, Serialize)]
pub(crate) struct Exchange {
    pub(crate) service: &'static str,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) verified: Vec<String>,
}

impl From<&RequestRecord> for Exchange {
    fn from(record: &RequestRecord) -> Self {
        Self {
            service: service_name(&record.service),
            method: record.method.clone(),
            path: record.path.clone(),
            status: record.status,
            verified: record.verified.clone(),
        }
    }
}

fn service_name(service: &str) -> &'static str {
    match service {
        "entra" => "Microsoft Entra",
        "mixed-reality" => "Mixed Reality STS",
        "communication" => "Communication Services",
        "media-rest-v2" => "Media Services REST v2",
        "media-arm" => "Azure Resource Manager",
        _ => "the emulator",
    }
}

/// One step, done. No token is in it, only what is said about one.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) asked: &'static str,
    /// The last service that answered.
    pub(crate) answered_by: &'static str,
    /// What was checked and found right, by all services, in order.
    pub(crate) verified: Vec<String>,
    pub(crate) requests: Vec<Exchange>,
    /// In characters. The token itself is not kept.
    pub(crate) token_length: Option<usize>,
    /// RFC 3339.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) expires_at: Option<SystemTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) result: Option<String>,
    pub(crate) expected: Expected,
    pub(crate) outcome: Outcome,
    /// What the caller was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// What the service found wrong; a real one keeps that to itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// The whole demo, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) steps: Vec<Step>,
    pub(crate) ok: bool,
}

#[expect(clippy::ref_option, reason = "serde hands the field over by reference")]
fn rfc3339<S: serde::Serializer>(instant: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    instant.map(|instant| humantime::format_rfc3339_seconds(instant).to_string()).serialize(serializer)
}
