//! Every text that a person may see when an input is wrong.

use acs_hmac::{ConnectionString, ContentHash, Signer, SigningDate, StringToSign};
use credential::{AccessKey, CredentialError};
use http::Request;

#[test]
fn texts_of_bad_connection_strings() {
    let mut texts = Vec::new();
    for text in [
        "",
        "endpoint=https://h;;accesskey=pw==",
        "endpoint=https://h;accesskey",
        "endpoint=https://h;accesskey=pw==;region=east",
        "endpoint=https://h;endpoint=https://h;accesskey=pw==",
        "endpoint=https://h",
        "accesskey=pw==",
        "endpoint=;accesskey=pw==",
        "endpoint=h;accesskey=pw==",
        "endpoint=http://h;accesskey=pw==",
        "endpoint=https://h?a=b;accesskey=pw==",
        "endpoint=https://user@h;accesskey=pw==",
        "endpoint=https://h;accesskey=p w",
    ] {
        texts.push(format!("{text}\n    {}", ConnectionString::parse(text).unwrap_err()));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn texts_of_bad_requests() {
    let signer = Signer::new(AccessKey::from_base64("pw==").unwrap()).unwrap();
    let mut texts = Vec::new();
    let mut add = |case: &str, error: CredentialError| texts.push(format!("{case}\n    {error}"));
    for (case, method, uri, hosts) in [
        ("no host", "GET", "/p", &[][..]),
        ("no path", "OPTIONS", "*", &["h"]),
        ("authority only", "GET", "h:443", &[]),
        ("plain http", "GET", "http://contoso.communication.azure.com/p", &[]),
        ("user info", "GET", "https://user:password@h/p", &[]),
        ("bad port", "GET", "https://h:/p", &[]),
        ("another Host", "GET", "https://h/p", &["other"]),
        ("two Hosts", "GET", "https://h/p", &["h", "h"]),
        ("CONNECT", "CONNECT", "https://h/p", &[]),
        ("lower case", "get", "https://h/p", &[]),
    ] {
        let builder = Request::builder().method(method).uri(uri);
        let builder = hosts.iter().fold(builder, |builder, host| builder.header("host", *host));
        add(case, signer.sign(&mut builder.body("").unwrap()).unwrap_err());
    }
    let mut signed = Request::get("https://h/p").header("authorization", "Bearer planted").body("").unwrap();
    add("signed already", signer.sign(&mut signed).unwrap_err());
    add("key id", acs_hmac::Scheme::app_configuration("a&b").unwrap_err());
    add("date", SigningDate::parse("2024-01-02T03:04:05Z").unwrap_err());
    let date = SigningDate::parse("Tue, 02 Jan 2024 03:04:05 GMT").unwrap();
    let mut field = |case: &str, method, target, host| {
        add(case, StringToSign::new(method, target, date, host, ContentHash::EMPTY).unwrap_err());
    };
    field("method", "get", "/", "h");
    field("target", "GET", "p", "h");
    field("host", "GET", "/", "h/p");
    insta::assert_snapshot!(texts.join("\n"));
}
