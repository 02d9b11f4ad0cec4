//! `azcred verify`: what it says of good requests and of bad ones.

use credential_testkit::LeakCheck;

use crate::azcred::{Azcred, Folder};

const KEY: &str = "cGxhbnRlZCBhY2Nlc3Mga2V5";
const DATE: &str = "2024-02-29T23:59:59Z";
const URL: &str = "https://contoso.communication.azure.com/rooms?api-version=2025-03-13";
const NAMES: &str = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=";

/// The headers that `azcred sign` prints for this address.
fn signed(url: &str, body: Option<&str>) -> String {
    let mut words = vec!["sign", "--url", url, "--date", DATE];
    words.extend(body.into_iter().flat_map(|body| ["--body", body]));
    Azcred::new(words).env("ACS_ACCESS_KEY", KEY).run().success()
}

/// The request as it went over the wire.
fn request(target: &str, headers: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: contoso.communication.azure.com\r\n{headers}\r\n")
}

/// Runs `verify` on the request, and checks its exit status and that it shows no secret.
#[track_caller]
fn verify(request: &str, more: &[&str], code: i32) -> String {
    let words = ["verify", "--request-file", "-"].iter().chain(more);
    let ran = Azcred::new(words).env("ACS_ACCESS_KEY", KEY).run_with(request.as_bytes());
    assert_eq!((ran.status.code(), ran.stderr.as_str()), (Some(code), ""), "{ran:?}");
    let signatures = request.split("Signature=").skip(1).filter_map(|rest| rest.split_whitespace().next());
    let secrets = signatures.filter(|text| text.len() > 6).chain([KEY, "planted access key", "pl4nted"]);
    LeakCheck::new(secrets).text(&ran.stdout);
    ran.stdout
}

#[test]
fn a_good_request_is_good_from_flags_and_from_a_file() {
    let headers = signed(URL, None);
    let expected = "good: this key signed it, and its date is 9 s ahead of the clock\n";
    let at = ["--date", "2024-02-29T23:59:50Z"];
    assert_eq!(verify(&request("/rooms?api-version=2025-03-13", &headers), &at, 0), expected);
    let folder = Folder::new();
    let file = folder.file("headers", &headers);
    let words = ["verify", "--url", URL, "--headers-file", &file].into_iter().chain(at);
    let ran = Azcred::new(words).env("ACS_ACCESS_KEY", KEY).run();
    assert_eq!(ran.success(), expected);

    let body = r#"{"a":1}"#;
    let with_body = signed(URL, Some(body));
    let file = folder.file("with-body", with_body);
    let text = format!("endpoint=https://contoso.communication.azure.com;accesskey={KEY}");
    let key = folder.file("connection.txt", text);
    for body in [["--body", body], ["--body-file", &folder.file("body.json", body)]] {
        let words = ["verify", "--url", URL, "--headers-file", &file, "--key-file", &key, "--date", DATE];
        let json = Azcred::new(words.into_iter().chain(body).chain(["--json"])).run().success();
        assert_eq!(json, "{\"ok\":true,\"key\":\"primary\",\"skew_seconds\":0}\n");
    }
}

#[test]
fn a_signature_of_the_secondary_key_is_good_and_said_to_be_its() {
    let text = request("/rooms?api-version=2025-03-13", &signed(URL, None));
    let folder = Folder::new();
    let (own, other) = (folder.file("own", KEY), folder.file("other", "cGw0bnRlZA=="));
    let run = |primary: &str, secondary: &str, more: &[&str], code: i32| {
        let files = ["--key-file", primary, "--secondary-key-file", secondary, "--date", DATE];
        verify(&text, &[&files[..], more].concat(), code)
    };
    assert!(run(&own, &other, &[], 0).starts_with("good: the primary key signed it"));
    assert!(run(&other, &own, &[], 0).starts_with("good: the secondary key signed it"));
    assert_eq!(run(&other, &own, &["--json"], 0), "{\"ok\":true,\"key\":\"secondary\",\"skew_seconds\":0}\n");
    let refused = run(&other, &other, &[], 1);
    assert!(refused.starts_with("refused: the signature fits neither key"), "{refused}");
}

#[test]
fn what_is_wrong_is_told() {
    let right = signed(URL, None);
    let target = "/rooms?api-version=2025-03-13";
    let as_written = |target: &str, headers: &str| request(target, headers);
    let mut shown = Vec::new();
    for (case, text) in [
        (
            "the query was not signed",
            as_written(target, &signed("https://contoso.communication.azure.com/rooms", None)),
        ),
        (
            "two mistakes",
            as_written("/a%3Ab", &signed("https://contoso.communication.azure.com:80/a:b", None)),
        ),
        ("another method", as_written(target, &right).replacen("GET", "POST", 1)),
        ("another target", as_written("/chat", &right)),
        ("another body", as_written(target, &right) + "{}"),
        ("a line break too many", as_written(target, &right) + "\n"),
        ("no headers", as_written(target, "")),
        ("a token", as_written(target, "Authorization: Bearer pl4nted\r\n")),
        (
            "App Configuration",
            as_written(target, &right.replace("SignedHeaders", "Credential=pl4nted&SignedHeaders")),
        ),
        ("hex", as_written(target, &format!("authorization: {NAMES}{}\r\n", "0f".repeat(32)))),
        ("no date", as_written(target, &right.replace("Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29"))),
    ] {
        shown.push(format!("{case}\n{}", verify(&text, &["--date", DATE], 1)));
    }
    insta::assert_snapshot!(shown.join("\n-----\n"));
}

#[test]
fn an_old_request_is_checked_as_of_its_date() {
    let text = request("/rooms?api-version=2025-03-13", &signed(URL, None));
    let other = text.replace("/rooms?api-version=2025-03-13", "/rooms");
    let at = ["--date", "2024-03-01T12:00:00Z"];
    let shown = [
        verify(&text, &at, 1),
        verify(&other, &at, 1),
        verify(&text, &[&at[..], &["--json"]].concat(), 1),
        verify(&other, &[&at[..], &["--json"]].concat(), 1),
    ];
    insta::assert_snapshot!(shown.join("\n-----\n"));
    assert!(verify(&text, &[], 1).starts_with("refused: the date "), "without --date, now counts");
}

#[test]
fn app_configuration_is_a_form_of_its_own() {
    let headers = signed(URL, None).replace("SignedHeaders", "Credential=id-1&SignedHeaders");
    let text = request("/rooms?api-version=2025-03-13", &headers);
    let form = |id| ["--date", DATE, "--app-configuration", id];
    assert!(verify(&text, &form("id-1"), 0).starts_with("good: "));
    assert!(verify(&text, &form("id-2"), 1).contains("names another key"));
}

#[test]
fn bad_input_is_told_on_standard_error() {
    let folder = Folder::new();
    let file = folder.file("request.txt", "pl4nted");
    let headers = folder.file("headers.txt", "authorization pl4nted");
    let mut shown = Vec::new();
    for words in [
        "verify".to_owned(),
        format!("verify --request-file {file}"),
        format!("verify --request-file {file} --body x"),
        "verify --request-file nowhere/request.txt".to_owned(),
        format!("verify --url {URL} --headers-file {headers}"),
        "verify --url contoso".to_owned(),
        format!("verify --url {URL} --date tomorrow"),
        format!("verify --url {URL} --app-configuration a&b"),
        format!("verify --url {URL} --request-file - --key-file -"),
        "verify --request-file - --key-file -".to_owned(),
    ] {
        let text = Azcred::new(words.split(' ')).env("ACS_ACCESS_KEY", KEY).run().failure(2);
        assert!(!text.contains("pl4nted"), "{text}");
        let path = folder.path("");
        let text = text.replace(path.to_str().unwrap(), "FOLDER/");
        shown.push(format!("{}\n    {}", words.replace(path.to_str().unwrap(), "FOLDER/"), text.trim_end()));
    }
    let missing = Azcred::new(["verify", "--url", URL]).run().failure(2);
    shown.push(format!("no key\n    {}", missing.trim_end()));
    insta::assert_snapshot!(shown.join("\n"));
}

/// The example of the README, whose request was signed without its query.
#[test]
fn the_readme_shows_what_is_printed() {
    let headers = signed("https://contoso.communication.azure.com/rooms", None);
    let text = verify(&request("/rooms?api-version=2025-03-13", &headers), &["--date", DATE], 1);
    assert!(include_str!("../../README.md").contains(&text), "{text}");
}
