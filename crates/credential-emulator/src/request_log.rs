//! What was asked, and how the services judged it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde::Serialize;

use crate::answer::LONGEST_TEXT;
use crate::clock::as_rfc3339;
use crate::recent::Recent;
use crate::request_shape;
use crate::verdict::Verdict;

/// One request as the emulator saw and judged it. Holds no secret: values that are not known to be harmless are replaced, in
/// the query, in headers and in bodies.
///
/// # Example
/// ```
/// use http::Request;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = credential_emulator::Emulator::start().await?;
/// let url = format!("{}/identities?api-version=2023-10-01", emulator.acs_endpoint());
/// emulator.http_client().send(Request::post(url).body(Default::default())?).await?;
///
/// let request = &emulator.requests()[0];
/// assert_eq!((request.service.as_str(), request.status), ("communication", 401));
/// assert_eq!(request.refusal.as_deref(), Some("authorization: the header is missing"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RequestRecord {
    /// When it came, by the emulator's clock.
    #[serde(serialize_with = "as_rfc3339")]
    pub received_at: SystemTime,
    /// Who answered: `entra`, `mixed-reality`, `communication`, `media-rest-v2`, `media-arm` or `emulator`.
    pub service: String,
    /// The HTTP method.
    pub method: String,
    /// The request-target's path and query, as received.
    pub path: String,
    /// The names of the headers, in lower case, with what can be shown of their values; anything else is `REDACTED`, or named
    /// by its kind: `UUID`, `DATE`.
    pub headers: BTreeMap<String, String>,
    /// The fields of the form or the JSON object that was sent, nested ones with dots between their names, with what can be
    /// shown of their values.
    pub fields: BTreeMap<String, String>,
    /// The HTTP version, such as `HTTP/2.0`.
    pub http_version: String,
    /// The status of the answer; 0 where a fault ended the exchange without one.
    pub status: u16,
    /// What was checked and found right, in order.
    pub verified: Vec<String>,
    /// Why the request was refused: the field at fault, and both values where neither is secret.
    pub refusal: Option<String>,
    /// What went wrong because [`Emulator::fail_next`](crate::Emulator::fail_next) asked for it.
    pub fault: Option<String>,
}

/// The latest requests; older ones are forgotten, so that memory stays flat.
#[derive(Debug, Default)]
pub(crate) struct RequestLog(Mutex<Numbered>);

#[derive(Debug, Default)]
struct Numbered {
    records: Recent<RequestRecord>,
    /// How many came, those that are forgotten too.
    count: u64,
}

impl RequestRecord {
    pub(crate) fn new(
        received_at: SystemTime,
        request: &http::Request<bytes::Bytes>,
        status: u16,
        verdict: Verdict,
    ) -> Self {
        Self {
            received_at,
            service: verdict.service.to_owned(),
            method: request.method().to_string(),
            path: without_secrets(request.uri()).chars().take(LONGEST_TEXT).collect(),
            headers: request_shape::headers(request.headers()),
            fields: request_shape::fields(request),
            http_version: format!("{:?}", request.version()),
            status,
            verified: verdict.verified,
            refusal: verdict.refusal,
            fault: None,
        }
    }
}

impl RequestLog {
    pub(crate) fn push(&self, record: RequestRecord) {
        let mut log = self.lock();
        log.count += 1;
        log.records.push(record);
    }

    pub(crate) fn clear(&self) {
        // The count goes on: whoever has read up to a number misses nothing that comes after.
        self.lock().records = Recent::default();
    }

    pub(crate) fn all(&self) -> Vec<RequestRecord> {
        self.lock().records.iter().cloned().collect()
    }

    /// Returns the records that came after the one of this number, oldest first, and the number of the last.
    pub(crate) fn after(&self, number: u64) -> (Vec<RequestRecord>, u64) {
        let log = self.lock();
        let new = usize::try_from(log.count.saturating_sub(number)).unwrap_or(usize::MAX);
        let mut records: Vec<_> = log.records.iter().rev().take(new).cloned().collect();
        records.reverse();
        (records, log.count)
    }

    fn lock(&self) -> MutexGuard<'_, Numbered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Query parameters known to carry no secret. Any other value is not kept.
const HARMLESS: [&str; 9] = [
    "$filter",
    "$orderby",
    "$skip",
    "$top",
    "api-version",
    "authorization_endpoint",
    "maxPageSize",
    "skip",
    "top",
];

fn without_secrets(uri: &http::Uri) -> String {
    let Some(query) = uri.query() else { return uri.path().to_owned() };
    let shown = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if !HARMLESS.contains(&name.replace("%24", "$").as_str()) => {
            format!("{name}=REDACTED")
        }
        _ => pair.to_owned(),
    };
    let pairs: Vec<String> = query.split('&').map(shown).collect();
    format!("{}?{}", uri.path(), pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::recent::CAPACITY;

    #[test]
    fn query_values_that_may_be_secret_are_not_kept() {
        let path = |text: &'static str| without_secrets(&http::Uri::from_static(text));
        assert_eq!(path("/identities/8%3Aacs%3Aa"), "/identities/8%3Aacs%3Aa");
        assert_eq!(
            path("/a?api-version=1&code=planted&client_secret=planted&%24top=1&bare"),
            "/a?api-version=1&code=REDACTED&client_secret=REDACTED&%24top=1&bare"
        );
    }

    #[test]
    fn old_records_are_forgotten() {
        let log = RequestLog::default();
        for status in 0..=u16::try_from(CAPACITY).unwrap() {
            let request = http::Request::new(bytes::Bytes::new());
            log.push(RequestRecord::new(UNIX_EPOCH, &request, status, Verdict::of("emulator")));
        }
        assert_eq!(log.all().len(), CAPACITY);
        assert_eq!(log.all()[0].status, 1);
    }
}
