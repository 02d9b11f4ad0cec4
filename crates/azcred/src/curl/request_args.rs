//! What is sent, apart from the credential.

use std::path::PathBuf;

use bytes::Bytes;
use clap::Args;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderName, HeaderValue, Method, Request, Uri};

use crate::failure::Failure;
use crate::files::{FileFlag, Files};
use crate::network::NetworkArgs;

/// What is sent, apart from the credential.
#[derive(Args, Debug)]
pub(crate) struct RequestArgs {
    /// The address; https, or http on this machine.
    #[arg(long)]
    url: String,

    /// The HTTP method; without it POST when there is a body, else GET.
    #[arg(long)]
    method: Option<String>,

    /// The body, as UTF-8 text.
    #[arg(long, value_name = "TEXT", conflicts_with = "body_file")]
    body: Option<String>,

    /// A file that holds the body's bytes, or - for standard input.
    #[arg(long, value_name = "FILE")]
    body_file: Option<PathBuf>,

    /// A header, as "name: value"; may be repeated. A body without a
    /// content-type is called JSON.
    #[arg(long, value_name = "HEADER", verbatim_doc_comment)]
    header: Vec<String>,

    /// Sends the credential to this host too, which is not one of its own.
    #[arg(long, value_name = "HOST")]
    pub(super) allow_host: Vec<String>,

    /// Prints one JSON object: status, headers, and body (of JSON), text or
    /// body_base64.
    #[arg(long, verbatim_doc_comment)]
    pub(super) json: bool,

    #[command(flatten)]
    pub(super) network: NetworkArgs,
}

impl RequestArgs {
    /// Returns the address.
    pub(super) fn uri(&self) -> Result<Uri, Failure> {
        let invalid = |problem| {
            let fix = "give a whole address, such as https://host/path?api-version=1, without user info and fragment";
            Failure::bad_input(problem, fix)
        };
        if self.url.contains(['@', '#']) {
            return Err(invalid("the url (not shown) has user info or a fragment"));
        }
        let uri: Uri = self.url.parse().map_err(|_| invalid("the url (not shown) is no address"))?;
        if uri.scheme().is_none() || uri.host().is_none_or(str::is_empty) {
            return Err(invalid("the url (not shown) has no scheme or no host"));
        }
        Ok(uri)
    }

    /// Builds the request.
    pub(super) fn request(&self, files: &Files) -> Result<Request<Bytes>, Failure> {
        let body = match (&self.body, &self.body_file) {
            (Some(text), _) => Some(text.clone().into_bytes()),
            (None, Some(path)) => Some(files.bytes(FileFlag::BODY, path)?),
            (None, None) => None,
        };
        let method = self.method.as_deref().unwrap_or(if body.is_some() { "POST" } else { "GET" });
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes())
            .ok()
            .filter(|method| method != Method::CONNECT);
        let mut request = Request::new(Bytes::from(body.unwrap_or_default()));
        *request.method_mut() = method.ok_or_else(|| {
            Failure::bad_input("the method is no method of a request", "give one such as GET or POST")
        })?;
        *request.uri_mut() = self.uri()?;
        for text in &self.header {
            let (name, value) = header(text)?;
            request.headers_mut().append(name, value);
        }
        let headers = request.headers();
        if !request.body().is_empty() && !headers.contains_key("content-type") {
            request.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
        }
        Ok(request)
    }
}

/// The value may be a secret, so that it is never shown.
fn header(text: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let invalid = |problem| Failure::bad_input(problem, "write it as --header \"name: value\"");
    let (name, value) = text.split_once(':').ok_or_else(|| invalid("a header (not shown) has no colon"))?;
    let name = HeaderName::from_bytes(name.trim().as_bytes())
        .map_err(|_| invalid("the name of a header (not shown) is none"))?;
    if name == AUTHORIZATION || name == HOST {
        return Err(Failure::bad_input(
            format_args!("the header {name} is made by the credential or from the url"),
            "leave it out",
        ));
    }
    let value = HeaderValue::from_str(value.trim())
        .map_err(|_| invalid("the value of a header (not shown) holds what no header may"))?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let (name, value) = header("X-Trace: a:b ").unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-trace", "a:b"));
        for bad in [
            "planted",
            "pl anted: x",
            "x: plan\nted",
            "Authorization: Bearer planted",
            "host: planted",
            ": x",
        ] {
            let failure = header(bad).expect_err(bad);
            assert!(!failure.text().unwrap().contains("planted"), "{bad}");
        }
    }
}
