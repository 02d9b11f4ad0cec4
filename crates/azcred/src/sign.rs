//! `azcred sign`: the headers of one request.

use std::borrow::Cow;

use acs_hmac::{ContentHash, SignedHeaders, Signer, SigningDate, StringToSign};
use credential::{Clock, SystemClock};
use serde::Serialize;

use crate::acs_key::AcsResource;
use crate::cli::SignArgs;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::{FileFlag, Files};
use crate::output::{print, print_json, say};
use crate::signing_date::signing_date;
use crate::wire_url::WireUrl;

/// A request as it goes on the wire.
pub(crate) struct HttpRequest<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) body: &'a [u8],
    /// RFC 3339 or IMF-fixdate; without it, now.
    pub(crate) date: Option<&'a str>,
}

/// Signs a request, byte for byte as it is given.
pub(crate) fn sign(signer: &Signer, request: &HttpRequest<'_>) -> Result<SignedHeaders, Failure> {
    sign_and_see(signer, request, |_url, _text| {})
}

/// Signs a request, and shows what is signed before it is.
fn sign_and_see(
    signer: &Signer,
    request: &HttpRequest<'_>,
    see: impl FnOnce(&WireUrl<'_>, &StringToSign<'_>),
) -> Result<SignedHeaders, Failure> {
    let method = method(request.method)?;
    let url = WireUrl::parse(request.url)?;
    let date = match request.date {
        Some(text) => signing_date(text)?,
        None => SigningDate::at(SystemClock::default().now())?,
    };
    let text = StringToSign::new(&method, &url.target, date, &url.host, ContentHash::of(request.body))?;
    see(&url, &text);
    Ok(signer.sign_at(&text))
}

/// A token of RFC 9110, section 5.6.2, in upper case, in which methods are signed.
fn method(text: &str) -> Result<Cow<'_, str>, Failure> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_token) {
        return Err(Failure::bad_input("the method is empty or not a word", "give one such as GET or POST"));
    }
    if text.eq_ignore_ascii_case("CONNECT") {
        let fix = "sign the request that goes through the tunnel, such as GET or POST";
        return Err(Failure::bad_input("the method is CONNECT, which has no path to sign", fix));
    }
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Ok(Cow::Owned(text.to_ascii_uppercase()));
    }
    Ok(Cow::Borrowed(text))
}

/// The three headers as `--json` prints them.
#[derive(Serialize)]
struct PrintedHeaders<'a> {
    #[serde(rename = "x-ms-date")]
    date: &'a str,
    #[serde(rename = "x-ms-content-sha256")]
    content_hash: &'a str,
    authorization: &'a str,
}

/// Prints the headers of the one request that the flags describe.
pub(crate) fn run(args: &SignArgs, verbose: bool, environment: &Environment) -> Result<(), Failure> {
    let files = Files::default();
    let resource = AcsResource::find(args.key_file.as_deref(), environment, &files)?;
    let signer = Signer::new(resource.key()?.clone())?;
    let body = match (&args.body, &args.body_file) {
        (Some(text), _) => Some(text.as_bytes().to_vec()),
        (None, Some(path)) => Some(files.bytes(FileFlag::BODY, path)?),
        (None, None) => None,
    };
    let request = HttpRequest {
        method: args.method.as_deref().unwrap_or(if body.is_some() { "POST" } else { "GET" }),
        url: args.url.as_deref().unwrap_or_default(),
        body: body.as_deref().unwrap_or_default(),
        date: args.date.as_deref(),
    };
    let signed = sign_and_see(&signer, &request, |url, text| {
        if verbose || args.explain {
            say(&format!("signing\n{}", text.explain()));
        }
        if let Some(what) = url.what_clients_rewrite() {
            say(&format!(
                "warning: the url holds {what}, which common clients rewrite before they send it; what they send is then \
                 not what is signed here: sign it as they rewrite it, or send it with a client that keeps it, such as curl \
                 --path-as-is\n"
            ));
        }
    })?;
    let headers = PrintedHeaders {
        date: signed.date(),
        content_hash: signed.content_hash(),
        authorization: signed.authorization(),
    };
    if args.json {
        return print_json(&headers);
    }
    print(&format!(
        "x-ms-date: {}\nx-ms-content-sha256: {}\nauthorization: {}\n",
        headers.date, headers.content_hash, headers.authorization
    ))
}
