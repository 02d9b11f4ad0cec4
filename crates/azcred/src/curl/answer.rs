//! The answer, as it is shown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

use super::request_args::RequestArgs;
use crate::emulator_reasons::REASON;
use crate::failure::Failure;
use crate::output::{print_bytes, print_json};

/// What identifies the call, or says what to do next. Others may hold what is nobody's business.
const HEADERS: [&str; 15] = [
    "content-type",
    "location",
    "operation-location",
    "www-authenticate",
    "retry-after",
    "ms-cv",
    "request-id",
    "x-ms-request-id",
    "x-ms-client-request-id",
    "x-ms-correlation-request-id",
    "x-ms-error-code",
    "mise-correlation-id",
    "api-supported-versions",
    // The emulator's word on why it refused the request.
    REASON,
    "date",
];

/// The answer, as `--json` prints it.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    status: u16,
    headers: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    #[serde(skip)]
    bytes: &'a [u8],
    #[serde(skip)]
    code: StatusCode,
}

impl<'a> Answer<'a> {
    pub(super) fn new(response: &'a Response<Bytes>) -> Self {
        let bytes: &[u8] = response.body();
        let value = |name: &str| response.headers().get(name)?.to_str().ok().map(Value::from);
        let headers = HEADERS.iter().filter_map(|name| Some(((*name).to_owned(), value(name)?))).collect();
        let body: Option<Value> = serde_json::from_slice(bytes).ok();
        let text = std::str::from_utf8(bytes).ok();
        Self {
            status: response.status().as_u16(),
            headers,
            body_base64: text.is_none().then(|| STANDARD.encode(bytes)),
            text: text.filter(|text| body.is_none() && !text.is_empty()),
            body,
            bytes,
            code: response.status(),
        }
    }

    /// Prints the answer, and fails when it is no success.
    pub(super) fn print(&self, args: &RequestArgs) -> Result<(), Failure> {
        if args.json {
            print_json(self)?;
        } else {
            print_bytes(&self.lines())?;
        }
        if self.code.is_success() {
            return Ok(());
        }
        Err(Failure::Failed(format!("the service answered {}", self.code)))
    }

    fn lines(&self) -> Vec<u8> {
        let mut lines = format!("HTTP {}\n", self.code).into_bytes();
        for (name, value) in &self.headers {
            lines.extend_from_slice(format!("{name}: {}\n", value.as_str().unwrap_or_default()).as_bytes());
        }
        lines.push(b'\n');
        lines.extend_from_slice(self.bytes);
        if !self.bytes.is_empty() && !self.bytes.ends_with(b"\n") {
            lines.push(b'\n');
        }
        lines
    }
}
