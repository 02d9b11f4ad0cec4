//! A person at a browser: follows redirects, keeps cookies, fills in the server's own pages.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Transport};
use credential_http::HttpClient;
use entra::Browser;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{Method, Request, Response, Uri};

type Failure = Box<dyn Error + Send + Sync>;

/// Pages and redirects that one sign-in may take.
const STEPS: usize = 25;

/// A person who signs in as `ada` and consents to everything.
#[derive(Debug)]
pub(crate) struct Person {
    transport: Arc<dyn Transport>,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// A form of a page: where it goes, and what stands in it.
struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Person {
    pub(crate) fn new() -> Result<Self, CredentialError> {
        Ok(Self { transport: HttpClient::shared()?, cookies: Mutex::default() })
    }

    /// Goes where an address and its pages lead, until there is nothing more to fill in.
    pub(crate) async fn go_to(&self, address: &str) -> Result<(), Failure> {
        let mut here: Uri = address.parse()?;
        let mut response = self.send(Method::GET, &here, Bytes::new()).await?;
        for _ in 0..STEPS {
            let page = String::from_utf8_lossy(response.body()).into_owned();
            let location = response.headers().get(LOCATION).map(|value| value.to_str().map(str::to_owned));
            (here, response) = if let Some(location) = location.transpose()? {
                let next = resolved(&here, &location)?;
                let response = self.send(Method::GET, &next, Bytes::new()).await?;
                (next, response)
            } else if let Some(form) = Form::of(&page) {
                let next = resolved(&here, &form.action)?;
                let response = self.send(Method::POST, &next, form.encoded()).await?;
                (next, response)
            } else if response.status().is_success() {
                return Ok(());
            } else {
                return Err(format!("{} answered {}", here.path(), response.status()).into());
            };
        }
        Err("the sign-in does not end".into())
    }

    async fn send(&self, method: Method, uri: &Uri, body: Bytes) -> Result<Response<Bytes>, Failure> {
        let mut request = Request::builder().method(method).uri(uri).header(COOKIE, self.cookie_header());
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let response = self.transport.send(request.body(body)?).await?;
        let mut cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                cookies.insert(name.trim().to_owned(), value.to_owned());
            }
        }
        drop(cookies);
        Ok(response)
    }

    fn cookie_header(&self) -> String {
        let cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }
}

impl Form {
    /// Reads the first form of a page, and fills in who signs in.
    fn of(page: &str) -> Option<Self> {
        let (_, form) = page.split_once("<form")?;
        let (form, _) = form.split_once("</form>")?;
        let action = attribute(form, "action")?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for input in form.split("<input").skip(1) {
            let input = input.split('>').next().unwrap_or_default();
            let Some(name) = attribute(input, "name") else { continue };
            let value = match name.as_str() {
                "login" => "ada".to_owned(),
                "password" => "any password will do".to_owned(),
                _ => attribute(input, "value").unwrap_or_default(),
            };
            fields.push((name, value));
        }
        Some(Self { action, fields })
    }

    fn encoded(&self) -> Bytes {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish().into()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let value = rest.split('"').next()?;
    Some(value.replace("&amp;", "&").replace("&quot;", "\"").replace("&#39;", "'"))
}

fn resolved(base: &Uri, reference: &str) -> Result<Uri, Failure> {
    if reference.contains("://") {
        return Ok(reference.parse()?);
    }
    let origin = base.authority().ok_or("an address without a host")?;
    Ok(format!("http://{origin}{reference}").parse()?)
}

#[async_trait]
impl Browser for Person {
    async fn open(&self, url: &str) -> Result<(), CredentialError> {
        self.go_to(url).await.map_err(|error| {
            CredentialError::new(
                CredentialErrorKind::Unavailable,
                format!("the person failed: {error}"),
                "see the page",
            )
        })
    }
}
