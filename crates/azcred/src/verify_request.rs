//! The request that `azcred verify` checks, from flags or as HTTP/1.1 writes it.

use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Request};

use crate::failure::Failure;
use crate::files::{FileFlag, Files};
use crate::verify::VerifyArgs;
use crate::wire_url::WireUrl;

/// Reads the request. Nothing of it is in a failure: a header may be a token.
pub(crate) fn received(args: &VerifyArgs, files: &Files) -> Result<Request<Vec<u8>>, Failure> {
    if let Some(path) = &args.request_file {
        return parse(&files.bytes(FileFlag::REQUEST, path)?);
    }
    let body = match (&args.body, &args.body_file) {
        (Some(text), _) => Some(text.as_bytes().to_vec()),
        (None, Some(path)) => Some(files.bytes(FileFlag::BODY, path)?),
        (None, None) => None,
    };
    let url = WireUrl::parse(args.url.as_deref().unwrap_or_default())?;
    let mut headers = match &args.headers_file {
        Some(path) => headers_of(&files.text(FileFlag::HEADERS, path)?)?,
        None => HeaderMap::new(),
    };
    if !headers.contains_key(HOST) {
        let host = HeaderValue::from_str(&url.host).map_err(|_| bad("the url has no host", "give one"))?;
        headers.insert(HOST, host);
    }
    let method = args.method.as_deref().unwrap_or(if body.is_some() { "POST" } else { "GET" });
    request(&method.to_ascii_uppercase(), &url.target, headers, body.unwrap_or_default())
}

/// Reads a request as HTTP/1.1 writes it, with the line ends of any editor. The `> ` that curl -v puts before each line of
/// the head is dropped.
fn parse(bytes: &[u8]) -> Result<Request<Vec<u8>>, Failure> {
    let (head, body) = split(bytes);
    let head = std::str::from_utf8(head).map_err(|_| bad("the request's head is no text", FORM))?;
    let head = head.trim_start_matches(['\r', '\n']).replace("\r\n", "\n");
    let head = if head.starts_with("> ") { head.replace("\n> ", "\n")[2..].to_owned() } else { head };
    let (first, rest) = head.split_once('\n').unwrap_or((&head, ""));
    let mut words = first.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(bad("the request's first line is not `METHOD TARGET HTTP/1.1`", FORM));
    };
    if !version.starts_with("HTTP/") {
        return Err(bad("the request's first line does not end with HTTP/1.1", FORM));
    }
    let headers = headers_of(rest)?;
    let body = body_of(&headers, body)?;
    request(method, target, headers, body)
}

/// Head and body, divided by the first empty line.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = |mark: &[u8]| {
        bytes.windows(mark.len()).position(|window| window == mark).map(|at| (at, at + mark.len()))
    };
    let ends = [end(b"\r\n\r\n"), end(b"\n\r\n"), end(b"\n\n"), end(b"\n> \n"), end(b"\n>\n")];
    match ends.into_iter().flatten().min() {
        Some((head, body)) => (&bytes[..head], &bytes[body..]),
        None => (bytes, &[]),
    }
}

fn headers_of(text: &str) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = index + 1;
        let named = line.split_once(':').and_then(|(name, value)| {
            let name: HeaderName = name.trim().parse().ok()?;
            Some((name, HeaderValue::from_str(value.trim()).ok()?))
        });
        let Some((name, value)) = named else {
            let problem = format!("header line {number} is not `name: value`");
            return Err(bad(problem, "give one header a line, without curl's -H and quotes"));
        };
        headers.append(name, value);
    }
    Ok(headers)
}

/// The body as long as its header says: editors like to end a file with a line break.
fn body_of(headers: &HeaderMap, rest: &[u8]) -> Result<Vec<u8>, Failure> {
    if headers.contains_key(TRANSFER_ENCODING) {
        let fix = "give the body as it was before, and no Transfer-Encoding";
        return Err(bad("the request's body is chunked", fix));
    }
    let Some(length) = headers.get(CONTENT_LENGTH) else { return Ok(rest.to_vec()) };
    let length: Option<usize> = length.to_str().ok().and_then(|text| text.parse().ok());
    let body = length.and_then(|length| rest.get(..length));
    body.map(<[u8]>::to_vec).ok_or_else(|| {
        let fix = "give the whole body, as it was sent";
        bad("the request's body is shorter than its Content-Length", fix)
    })
}

fn request(
    method: &str,
    target: &str,
    headers: HeaderMap,
    body: Vec<u8>,
) -> Result<Request<Vec<u8>>, Failure> {
    let mut request = Request::builder().method(method).uri(target).body(body).map_err(|_| {
        bad("the request's method or target cannot stand in HTTP", "give them as they were sent")
    })?;
    *request.headers_mut() = headers;
    Ok(request)
}

const FORM: &str =
    "give it as HTTP/1.1 writes it: `GET /path HTTP/1.1`, then headers, an empty line, the body";

fn bad(problem: impl std::fmt::Display, fix: &str) -> Failure {
    Failure::bad_input(problem, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_curls_marks_make_no_difference() {
        let crlf = "POST /a?b HTTP/1.1\r\nHost: h\r\nX-A:  1 \r\n\r\nline\r\n\r\nend";
        let lf = crlf.replacen("\r\n", "\n", 4);
        let curl = "> POST /a?b HTTP/2\n> Host: h\n> X-A: 1\n> \nline\r\n\r\nend";
        for text in [crlf, &lf, &format!("\n{lf}"), curl] {
            let request = parse(text.as_bytes()).unwrap();
            assert_eq!((request.method().as_str(), request.uri().to_string()), ("POST", "/a?b".to_owned()));
            assert_eq!(
                (&request.headers()["host"], &request.headers()["x-a"]),
                (&"h".parse().unwrap(), &"1".parse().unwrap())
            );
            assert_eq!(request.body(), b"line\r\n\r\nend", "{text:?}");
        }
    }

    #[test]
    fn a_length_cuts_what_an_editor_added() {
        let request = parse(b"POST / HTTP/1.1\nHost: h\nContent-Length: 2\n\n{}\n").unwrap();
        assert_eq!(request.body(), b"{}");
        assert!(parse(b"GET / HTTP/1.1\nHost: h").unwrap().body().is_empty());
    }

    #[test]
    fn bad_requests_are_refused_and_not_repeated() {
        for bad in [
            &b""[..],
            b"\xFFplanted",
            b"GET /planted",
            b"GET /a planted HTTP/1.1",
            b"GET /a planted/1.1",
            b"GET /a\xE4planted HTTP/1.1\n",
            b"GET /<planted> HTTP/1.1\n\xFF",
            b"G(T /planted HTTP/1.1",
            b"GET / HTTP/1.1\nAuthorization planted",
            b"GET / HTTP/1.1\nplan ted: 1",
            b"POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n7\nplanted",
            b"POST / HTTP/1.1\nContent-Length: 99\n\nplanted",
            b"POST / HTTP/1.1\nContent-Length: planted\n\n",
        ] {
            let failure = parse(bad).expect_err(&String::from_utf8_lossy(bad));
            assert!(matches!(&failure, Failure::BadInput(text) if !text.contains("planted")), "{failure:?}");
        }
    }
}
