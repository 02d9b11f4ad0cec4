//! A part of a list.

use std::fmt;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, TokenCredential, Transport};
use http::{Request, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::MediaAuthorizer;
use crate::service_error::{not_of_form, with_details};

/// As much of a list as the service put into one answer, and the link to the rest.
///
/// # Example
/// ```
/// use ams_aad::{ArmEndpoint, MediaCloud, arm};
///
/// let endpoint = ArmEndpoint::of_cloud(MediaCloud::Public)?;
/// let body = r#"{"value":["a","b"],"nextLink":"https://management.azure.com/subscriptions?api-version=1&$skiptoken=c"}"#;
/// let page = arm::read_page::<String>(&http::Response::new(body.into()))?;
/// assert_eq!(page.items(), ["a", "b"]);
/// let request = arm::next_request(&endpoint, &page)?.expect("there is more");
/// assert_eq!(request.uri().query(), Some("api-version=1&$skiptoken=c"));
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct Page<T> {
    items: Vec<T>,
    next_link: Option<String>,
}

/// Resource Manager's name for the link, then OData's, of version 4, of version 3 and of version 3 in the verbose format.
const NEXT_LINKS: [&str; 4] = ["nextLink", "@odata.nextLink", "odata.nextLink", "__next"];

impl<T> Page<T> {
    /// Returns the items.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// Returns the items alone. Read on first, where there is more.
    pub fn into_items(self) -> Vec<T> {
        self.items
    }

    /// Returns the service's link to the next page, unchecked; `None` on the last one.
    ///
    /// [`arm::next_request`](crate::arm::next_request) and [`rest_v2::next_request`](crate::rest_v2::next_request) make a
    /// request of it that stays with the endpoint.
    pub fn next_link(&self) -> Option<&str> {
        self.next_link.as_deref()
    }

    /// Returns all items, if these are all.
    pub(crate) fn whole(self, response: &Response<Bytes>) -> Result<Vec<T>, CredentialError> {
        if self.next_link.is_none() {
            return Ok(self.items);
        }
        let error = CredentialError::new(
            CredentialErrorKind::UnexpectedAnswer,
            "the service answered with a part of the list, and a link to the next one",
            "read it with read_page, and go on with next_request",
        );
        Err(with_details(error, response, None))
    }
}

impl<T: DeserializeOwned> Page<T> {
    /// Reads a page from an answer's JSON, whose items are in the member of that name or are the whole of it.
    pub(crate) fn read(
        mut body: Value,
        items: &[&str],
        response: &Response<Bytes>,
    ) -> Result<Self, CredentialError> {
        let mut links = NEXT_LINKS.iter().filter_map(|name| body.get_mut(*name).map(Value::take));
        let next_link = match links.find(|link| !link.is_null() && *link != "") {
            None => None,
            Some(Value::String(link)) => Some(link),
            Some(_) => return Err(not_of_form(response)),
        };
        let items = items.iter().find_map(|name| body.get_mut(*name).map(Value::take)).unwrap_or(body);
        let items = serde_json::from_value(items).map_err(|_| not_of_form(response))?;
        Ok(Self { items, next_link })
    }
}

/// As many pages as a list may have before the service is taken to repeat itself: a million items of REST v2.
const MOST_PAGES: usize = 1000;

/// Reads a list to its end, from its first answer on.
pub(crate) async fn all_items<T, C: TokenCredential>(
    authorizer: &MediaAuthorizer<C>,
    transport: &dyn Transport,
    first: Response<Bytes>,
    read: impl Fn(&Response<Bytes>) -> Result<Page<T>, CredentialError>,
    next: impl Fn(&Page<T>) -> Result<Option<Request<Bytes>>, CredentialError>,
) -> Result<Vec<T>, CredentialError> {
    let (mut response, mut items) = (first, Vec::new());
    for _page in 0..MOST_PAGES {
        let page = read(&response)?;
        let request = next(&page)?;
        items.extend(page.into_items());
        match request {
            None => return Ok(items),
            Some(request) => response = authorizer.send(transport, request).await?,
        }
    }
    let error = CredentialError::new(
        CredentialErrorKind::UnexpectedAnswer,
        format!("the list does not end after {MOST_PAGES} pages"),
        "read it with read_page and next_request, or narrow the query",
    );
    Err(with_details(error, &response, None))
}

/// Shows neither the items nor the link, which hold what the service wrote.
impl<T> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("items", &self.items.len())
            .field("is_last", &self.next_link.is_none())
            .finish_non_exhaustive()
    }
}
