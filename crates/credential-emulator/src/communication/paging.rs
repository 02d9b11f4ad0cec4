//! Lists that come in pages.

use serde_json::{Value, json};

use super::error::CommunicationError;
use super::service::Call;

/// Which part of a list was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    skip: usize,
    top: usize,
    top_name: &'static str,
}

/// Lists hold no more than this.
const LONGEST_PAGE: usize = 100;

impl Page {
    /// Reads `skip` and the parameter that bounds the page, whose name differs between services.
    pub(super) fn of(call: &Call<'_>, top_name: &'static str) -> Result<Self, CommunicationError> {
        let number = |name: &'static str, least: usize| match call.received.query(name) {
            None => Ok(None),
            Some(text) => text.parse().ok().filter(|found| *found >= least).map(Some).ok_or_else(|| {
                let message = format!("{name}: '{text}' is not a number of at least {least}.");
                CommunicationError::validation(name, message)
            }),
        };
        let top = number(top_name, 1)?.unwrap_or(LONGEST_PAGE).min(LONGEST_PAGE);
        Ok(Self { skip: number("skip", 0)?.unwrap_or_default(), top, top_name })
    }

    /// Returns this part of the list under `name`, and `nextLink` where there is more.
    pub(super) fn cut(self, call: &Call<'_>, name: &str, path: &str, all: Vec<Value>) -> Value {
        let end = self.skip.saturating_add(self.top);
        let has_more = end < all.len();
        let items: Vec<Value> = all.into_iter().skip(self.skip).take(self.top).collect();
        let mut page = json!({ name: items });
        if has_more {
            let next = format!("{path}?skip={end}&{}={}", self.top_name, self.top);
            page["nextLink"] = json!(call.link(&next));
        }
        page
    }
}
