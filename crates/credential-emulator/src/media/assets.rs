//! The assets of the Media Services account.

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use crate::received::Received;
use crate::recent::Recent;

/// One asset.
#[derive(Clone, Debug)]
pub(super) struct Asset {
    /// A UUID; REST v2 writes it with a prefix.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) alternate_id: Option<String>,
    pub(super) options: i64,
    pub(super) created: SystemTime,
}

/// The assets that clients created, in order; the oldest are forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Assets(Mutex<Recent<Asset>>);

impl Assets {
    pub(super) fn add(&self, asset: Asset) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(asset);
    }

    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Recent::default();
    }

    pub(super) fn page(&self, page: Page) -> Vec<Asset> {
        let assets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        assets.iter().skip(page.skip).take(page.top).cloned().collect()
    }
}

/// Which part of a list was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Page {
    skip: usize,
    top: usize,
}

/// Lists hold no more than this.
const LONGEST_PAGE: usize = 1_000;

impl Page {
    /// Reads `$skip` and `$top`. Other OData options change what a list holds, so they are refused, not ignored.
    pub(super) fn of(received: &Received) -> Result<Self, String> {
        let mut page = Self { skip: 0, top: LONGEST_PAGE };
        for (name, value) in received.query_pairs() {
            let place = match name.as_ref() {
                "$skip" => &mut page.skip,
                "$top" => &mut page.top,
                other if other.starts_with('$') => {
                    return Err(format!("{other}: this emulator serves $top and $skip only"));
                }
                _ => continue,
            };
            *place = value.parse().map_err(|_| format!("{name}: '{value}' is not a number"))?;
        }
        page.top = page.top.min(LONGEST_PAGE);
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::origins::Scheme;

    fn page(query: &str) -> Result<Page, String> {
        let request = http::Request::get(format!("/api/Assets?{query}")).body(Bytes::new()).unwrap();
        Page::of(&Received::new(request, Scheme::Http))
    }

    #[test]
    fn pages() {
        assert_eq!(page("api-version=2.19"), Ok(Page { skip: 0, top: 1_000 }));
        assert_eq!(page("%24top=1&$skip=2"), Ok(Page { skip: 2, top: 1 }));
        assert_eq!(page("$top=5000"), Ok(Page { skip: 0, top: 1_000 }));
        assert_eq!(page("$top=-1"), Err("$top: '-1' is not a number".to_owned()));
        assert!(page("$filter=Name%20eq%20'a'").unwrap_err().contains("$filter"));
    }
}
