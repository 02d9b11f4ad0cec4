//! What the services answer, and what becomes of it.

use ams_aad::{ArmEndpoint, MediaCloud, RestV2Endpoint, ServiceError, arm, rest_v2};
use credential::CredentialErrorKind::{InvalidRequest, Refused, Throttled, Unavailable, UnexpectedAnswer};
use credential::{CredentialError, CredentialErrorKind};
use serde_json::{Value, json};

use crate::response;

type Headers = &'static [(&'static str, &'static str)];
type Case = (&'static str, CredentialErrorKind, u16, Headers, &'static str);

const HTML: Headers = &[("content-type", "text/html")];
const ID: Headers = &[("request-id", "0a1b2c3d-0000-0000-0000-000000000001")];
const CHALLENGE: Headers = &[(
    "www-authenticate",
    r#"Bearer authorization_uri="https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47", error="invalid_token""#,
)];
const EMPTY_CODE: &str = r#"{"error":{"code":"","message":{"lang":"en-US","value":"planted"}}}"#;
const LIGHT: &str = r#"{"odata.error":{"code":"","message":{"lang":"en-US","value":"planted"}}}"#;
const BUSY: &str = r#"{"error":{"code":"","message":{"lang":"en-US","value":"Server is busy. planted"}}}"#;
const ACS: &str = "ACS authentication is deprecated, use AAD. planted";

const REST_V2: &[Case] = &[
    ("bad token", Refused, 401, ID, EMPTY_CODE),
    ("bad token, light", Refused, 401, ID, LIGHT),
    ("bad token, reason in a header", Refused, 401, CHALLENGE, ""),
    ("a token of ACS", Refused, 401, &[("content-type", "text/plain")], ACS),
    ("no right", Refused, 403, ID, EMPTY_CODE),
    ("no right, as text", Refused, 403, &[], "planted"),
    ("bad version", InvalidRequest, 400, ID, EMPTY_CODE),
    ("no such asset", InvalidRequest, 404, ID, LIGHT),
    ("conflict", InvalidRequest, 409, ID, EMPTY_CODE),
    ("busy", Throttled, 503, ID, BUSY),
    ("busy, with a time", Throttled, 503, &[("retry-after", "3")], EMPTY_CODE),
    ("too many", Throttled, 429, &[("retry-after", "7")], ""),
    ("broken", Unavailable, 503, ID, EMPTY_CODE),
    ("broken proxy", Unavailable, 502, HTML, "<html>planted</html>"),
    ("moved", UnexpectedAnswer, 301, &[("location", "https://wamsplanted001rest-hs.cloudapp.net/api/")], ""),
    ("a page", UnexpectedAnswer, 403, HTML, "<html>planted</html>"),
    ("a page without type", UnexpectedAnswer, 404, &[], "<!DOCTYPE html>planted"),
];

const ARM: &[Case] = &[
    (
        "wrong tenant",
        Refused,
        401,
        CHALLENGE,
        r#"{"error":{"code":"InvalidAuthenticationTokenTenant","message":"planted"}}"#,
    ),
    (
        "wrong tenant, unnamed",
        Refused,
        401,
        &[],
        r#"{"error":{"code":"InvalidAuthenticationTokenTenant","message":"planted"}}"#,
    ),
    (
        "wrong audience",
        Refused,
        401,
        &[],
        r#"{"error":{"code":"InvalidAuthenticationTokenAudience","message":"planted"}}"#,
    ),
    ("expired", Refused, 401, &[], r#"{"error":{"code":"ExpiredAuthenticationToken","message":"planted"}}"#),
    ("bad token", Refused, 401, &[], r#"{"error":{"code":"AuthenticationFailed","message":"planted"}}"#),
    ("no body", Refused, 401, &[], ""),
    (
        "no right",
        Refused,
        403,
        &[("x-ms-request-id", "0a1b"), ("x-ms-correlation-request-id", "2c3d")],
        r#"{"error":{"code":"AuthorizationFailed","message":"The client 'planted' with object id 'planted' does not have authorization to perform action 'Microsoft.Media/mediaservices/read' over scope '/planted'."}}"#,
    ),
    (
        "no right, unreadable",
        Refused,
        403,
        &[],
        r#"{"error":{"code":"AuthorizationFailed","message":"perform action 'planted text'"}}"#,
    ),
    (
        "another refusal",
        Refused,
        403,
        &[],
        r#"{"error":{"code":"RequestDisallowedByPolicy","message":"planted"}}"#,
    ),
    (
        "no subscription",
        InvalidRequest,
        404,
        &[],
        r#"{"error":{"code":"SubscriptionNotFound","message":"planted"}}"#,
    ),
    (
        "no group",
        InvalidRequest,
        404,
        &[],
        r#"{"error":{"code":"ResourceGroupNotFound","message":"planted"}}"#,
    ),
    ("no account", InvalidRequest, 404, &[], r#"{"error":{"code":"ResourceNotFound","message":"planted"}}"#),
    (
        "no provider",
        InvalidRequest,
        409,
        &[],
        r#"{"error":{"code":"MissingSubscriptionRegistration","message":"planted"}}"#,
    ),
    (
        "bad request",
        InvalidRequest,
        400,
        &[],
        r#"{"error":{"code":"InvalidApiVersionParameter","message":"planted"}}"#,
    ),
    ("no such path", InvalidRequest, 404, &[], r#"{"error":{"code":"","message":"planted"}}"#),
    (
        "too many",
        Throttled,
        429,
        &[("retry-after", "9")],
        r#"{"error":{"code":"TooManyRequests","message":"planted"}}"#,
    ),
    ("broken", Unavailable, 500, HTML, "<html>planted</html>"),
    ("moved", UnexpectedAnswer, 307, &[("location", "https://planted.example/")], ""),
    ("a page", UnexpectedAnswer, 404, HTML, "<html>planted</html>"),
];

#[expect(clippy::expect_used, reason = "a case that passes should stop the test")]
fn texts(
    cases: &[Case],
    check: impl Fn(&http::Response<bytes::Bytes>) -> Result<(), CredentialError>,
) -> String {
    let mut texts = String::new();
    for (name, kind, status, headers, body) in cases {
        let error = check(&response(*status, headers, body)).expect_err(name);
        assert_eq!(error.kind(), *kind, "{name}: {error}");
        assert!(!format!("{error} {error:?}").contains("planted"), "{name}: {error:?}");
        texts += &format!("{name}\n  {error}\n");
    }
    texts
}

#[test]
fn rest_v2_texts() {
    insta::assert_snapshot!(texts(REST_V2, rest_v2::check));
}

#[test]
fn arm_texts() {
    insta::assert_snapshot!(texts(ARM, arm::check));
}

#[test]
fn the_source_is_the_error_of_the_service() {
    let error = rest_v2::check(&response(401, ID, EMPTY_CODE)).unwrap_err();
    assert_eq!(ServiceError::of(&error).unwrap().message(), "planted");
    assert_eq!((error.code(), error.id("request id")), (None, Some("0a1b2c3d-0000-0000-0000-000000000001")));
    assert!(ServiceError::of(&rest_v2::check(&response(401, &[], "")).unwrap_err()).is_none());
}

#[test]
fn lists_and_entities_in_every_form() {
    let film = json!({"Name": "film"});
    for body in [
        r#"{"d":{"results":[{"Name":"film"}]}}"#,
        r#"{"d":[{"Name":"film"}]}"#,
        r#"{"odata.metadata":"https://x/$metadata#Assets","value":[{"Name":"film"}]}"#,
    ] {
        let list: Vec<Value> = rest_v2::read_list(&response(200, &[], body)).unwrap();
        assert_eq!(list, vec![film.clone()], "{body}");
    }
    for body in [r#"{"d":{"Name":"film"}}"#, r#"{"Name":"film"}"#] {
        assert_eq!(rest_v2::read::<Value>(&response(201, &[], body)).unwrap(), film, "{body}");
    }
    let list: Vec<Value> = arm::read_list(&response(200, &[], r#"{"value":[{"Name":"film"}]}"#)).unwrap();
    assert_eq!(list, vec![film.clone()]);
    assert_eq!(arm::read::<Value>(&response(200, &[], r#"{"Name":"film"}"#)).unwrap(), film);
    assert!(rest_v2::check(&response(204, &[], "")).is_ok());
    assert!(arm::check(&response(202, &[], "")).is_ok());
}

/// The places in which services say where a list goes on.
const LINKS: [&str; 4] = [
    r#"{"value":[{"Name":"film"}],"nextLink":"LINK"}"#,
    r#"{"value":[{"Name":"film"}],"@odata.nextLink":"LINK"}"#,
    r#"{"odata.metadata":"https://x/$metadata#Assets","value":[{"Name":"film"}],"odata.nextLink":"LINK"}"#,
    r#"{"d":{"results":[{"Name":"film"}],"__next":"LINK"}}"#,
];

#[test]
fn a_part_of_a_list_is_not_taken_for_the_whole() {
    let whole = |body: &str| body.replace(r#""LINK""#, "null");
    for body in LINKS {
        let error = rest_v2::read_list::<Value>(&response(200, &[], body)).expect_err(body);
        assert_eq!(error.kind(), UnexpectedAnswer, "{body}");
        assert!(error.fix().contains("read_page"), "{error}");
        assert_eq!(
            rest_v2::read_list::<Value>(&response(200, &[], &whole(body))).unwrap().len(),
            1,
            "{body}"
        );
    }
    for body in &LINKS[..3] {
        let error = arm::read_list::<Value>(&response(200, &[], body)).expect_err(body);
        assert!(error.fix().contains("read_page"), "{error}");
        assert_eq!(arm::read_list::<Value>(&response(200, &[], &whole(body))).unwrap().len(), 1, "{body}");
    }
}

#[test]
fn pages_say_where_the_list_goes_on() {
    let v2 = RestV2Endpoint::parse("https://abc.restv2.westus.media.azure.net/api").unwrap();
    let arm = ArmEndpoint::of_cloud(MediaCloud::Public).unwrap();
    let film = [json!({"Name": "film"})];
    for body in LINKS {
        let link = "https://abc.restv2.westus.media.azure.net:443/api/Assets?$skiptoken=a%20b";
        let page = rest_v2::read_page::<Value>(&response(200, &[], &body.replace("LINK", link))).unwrap();
        assert_eq!((page.items(), page.next_link()), (&film[..], Some(link)), "{body}");
        let request = rest_v2::next_request(&v2, &page).unwrap().unwrap();
        assert_eq!((request.method(), request.uri().to_string().as_str()), (&http::Method::GET, link));
        assert_eq!(request.headers()["x-ms-version"], "2.19");

        let with_null = body.replacen('{', r#"{"nextLink":null,"#, 1).replace("LINK", link);
        if body.contains("odata") {
            let page = rest_v2::read_page::<Value>(&response(200, &[], &with_null)).unwrap();
            assert_eq!(page.next_link(), Some(link), "{with_null}");
        }

        let last = body.replace("LINK", "");
        let page = rest_v2::read_page::<Value>(&response(200, &[], &last)).unwrap();
        assert!(rest_v2::next_request(&v2, &page).unwrap().is_none());
        assert_eq!(page.into_items(), film);
    }
    for body in &LINKS[..3] {
        let link = "/subscriptions/s/assets?api-version=1&$skiptoken=a";
        let page = arm::read_page::<Value>(&response(200, &[], &body.replace("LINK", link))).unwrap();
        let request = arm::next_request(&arm, &page).unwrap().unwrap();
        assert_eq!(request.uri().to_string(), format!("https://management.azure.com{link}"));
        assert_eq!(request.headers()["accept"], "application/json");
        let number = body.replace(r#""LINK""#, "5");
        let error = arm::read_page::<Value>(&response(200, &[], &number)).unwrap_err();
        assert_eq!(error.kind(), UnexpectedAnswer, "{error}");
    }
}

#[test]
fn a_list_does_not_go_on_at_another_host() {
    let v2 = RestV2Endpoint::parse_local("http://localhost:10080/api").unwrap();
    let arm = ArmEndpoint::of_cloud(MediaCloud::Public).unwrap();
    for link in [
        "https://planted.example/subscriptions",
        "http://management.azure.com/planted",
        "https://management.azure.com:8443/planted",
        "https://management.azure.com.planted.example/",
        "https://planted@management.azure.com/",
        "https://management.azure.com@planted.example/",
        "//planted.example/",
        "planted.example",
        "Planted?$skiptoken=a",
        "https://management.azure.com/planted#x",
        "/planted#x",
        "/planted x",
        "https://",
    ] {
        let answer = response(200, &[], &LINKS[0].replace("LINK", link));
        for error in [
            arm::next_request(&arm, &arm::read_page::<Value>(&answer).unwrap()).expect_err(link),
            rest_v2::next_request(&v2, &rest_v2::read_page::<Value>(&answer).unwrap()).expect_err(link),
        ] {
            assert_eq!(error.kind(), UnexpectedAnswer, "{link}: {error}");
            assert!(!format!("{error:?}").to_lowercase().contains("planted"), "{link}: {error:?}");
        }
        let page = arm::read_page::<Value>(&answer).unwrap();
        assert!(!format!("{page:?}").to_lowercase().contains("planted"), "{page:?}");
    }
}

#[test]
fn good_answers_of_another_form() {
    for (headers, body, expected) in [
        (HTML, "<html>planted</html>", "text/html"),
        (&[][..], "", "an empty body"),
        (&[][..], r#"{"planted":1}"#, "JSON of another form"),
        (&[][..], r#"{"value":"planted"}"#, "JSON of another form"),
    ] {
        let answer = response(200, headers, body);
        for error in [
            rest_v2::read_list::<Value>(&answer).expect_err(body),
            arm::read_list::<Value>(&answer).expect_err(body),
        ] {
            assert_eq!(error.kind(), UnexpectedAnswer, "{body}");
            assert!(error.problem().contains(expected), "{body}: {error}");
            assert!(!format!("{error:?}").contains("planted"), "{body}: {error}");
        }
    }
    assert!(rest_v2::read::<u32>(&response(200, &[], "[]")).is_err());
    assert!(arm::read::<u32>(&response(200, &[], "[]")).is_err());
}
