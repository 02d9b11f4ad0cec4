//! `azcred curl` against an emulator.

use std::time::Duration;

use credential_testkit::LeakCheck;
use serde_json::Value;

use crate::azcred::Azcred;
use crate::token::{Stage, run};

const CONNECTION_STRING: &str = "COMMUNICATION_SERVICES_CONNECTION_STRING";

/// What differs from run to run.
fn steady(stage: &Stage, text: &str) -> String {
    let text = text.replace(&stage.emulator.authority(), "https://EMULATOR");
    let steady = |line: &str| match line.split_once(": ") {
        Some((
            name @ ("date"
            | "ms-cv"
            | "request-id"
            | "x-ms-request-id"
            | "x-ms-client-request-id"
            | "x-ms-correlation-request-id"),
            _,
        )) => {
            format!("{name}: ...")
        }
        _ => line.to_owned(),
    };
    text.lines().map(steady).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_credential_opens_its_service() {
    let stage = Stage::new().await;
    let accounts = stage.emulator.accounts();
    let origin = stage.emulator.authority();
    let config = stage.folder.file("ams.json", stage.emulator.ams_portal_json());
    let account = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Media/mediaServices/{}",
        accounts.subscription_id, accounts.resource_group, accounts.ams_account_name
    );
    let mut text = String::new();
    for (name, words) in [
        ("acs", format!("curl acs --url {origin}/rooms?api-version=2025-03-13")),
        (
            "entra",
            format!(
                "curl entra --scope https://management.azure.com/.default --url {origin}{account}?api-version=2021-11-01"
            ),
        ),
        (
            "mr",
            format!(
                "curl mr --endpoint {} --url {origin}/accounts/{}/sessions?api-version=2021-01-01",
                stage.emulator.mr_endpoint(),
                accounts.mr_account_id
            ),
        ),
        (
            "ams, REST v2",
            format!("curl ams --config {config} --url {}Assets", stage.emulator.ams_rest_v2_endpoint()),
        ),
        (
            "ams, REST v3",
            format!("curl ams --config {config} --url {origin}{account}/assets?api-version=2022-08-01"),
        ),
    ] {
        let command = stage.command(&words).env(CONNECTION_STRING, &stage.emulator.acs_connection_string());
        let answer = run(stage.with_application(stage.with_mixed_reality(command))).await.success();
        assert!(answer.starts_with("HTTP 200 OK\n"), "{name}: {answer}");
        assert!(!answer.contains("eyJ"), "no token is shown: {answer}");
        text += &format!("### {name}\n{}\n\n", steady(&stage, &answer));
    }
    insta::assert_snapshot!(text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_sent_and_the_answer_is_json_for_programs() {
    let stage = Stage::new().await;
    let url = format!("{}/identities?api-version=2023-10-01", stage.emulator.acs_endpoint());
    let body = stage.folder.file("body.json", r#"{"createTokenWithScopes":["chat"]}"#);
    let words = format!("curl acs --url {url} --body-file {body} --json");
    let command = stage.command(&words).env(CONNECTION_STRING, &stage.emulator.acs_connection_string());
    let answer: Value = serde_json::from_str(&run(command).await.success()).unwrap();
    assert_eq!((answer["status"].as_u64(), answer["text"].is_null()), (Some(201), true), "{answer}");
    assert!(answer["body"]["identity"]["id"].as_str().unwrap().starts_with("8:acs:"), "{answer}");
    assert!(answer["headers"]["content-type"].as_str().unwrap().starts_with("application/json"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_shown_and_exits_with_1() {
    let stage = Stage::new().await;
    let url = format!("{}/rooms?api-version=2025-03-13", stage.emulator.acs_endpoint());
    let wrong = format!("endpoint={}/;accesskey=cGxhbnRlZA==", stage.emulator.acs_endpoint());
    let ran = run(stage.command(&format!("curl acs --url {url}")).env(CONNECTION_STRING, &wrong)).await;
    assert_eq!(ran.status.code(), Some(1), "{ran:?}");
    assert!(ran.stdout.starts_with("HTTP 401 Unauthorized\n") && ran.stdout.contains("Denied"), "{ran:?}");
    assert_eq!(ran.stderr, "error: the service answered 401 Unauthorized\n");
    LeakCheck::new(["cGxhbnRlZA"]).text(&format!("{}{}", ran.stdout, ran.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_mended_for_requests_signed_with_a_key() {
    let stage = Stage::new().await;
    stage.emulator.advance(Duration::from_secs(3_600));
    let url = format!("{}/rooms?api-version=2025-03-13", stage.emulator.acs_endpoint());
    let command = stage.command(&format!("curl acs --url {url}"));
    let answer = run(command.env(CONNECTION_STRING, &stage.emulator.acs_connection_string())).await.success();
    assert!(answer.starts_with("HTTP 200 OK\n"), "{answer}");
    let seen: Vec<u16> = stage.emulator.requests().iter().map(|request| request.status).collect();
    assert_eq!(seen, [401, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credential_leaves_for_a_host_that_it_is_not_for() {
    let stage = Stage::new().await;
    let config = stage.folder.file("ams.json", stage.emulator.ams_portal_json());
    let (mr, mut texts) = (stage.emulator.mr_endpoint(), String::new());
    for words in [
        "curl acs --url https://other.communication.azure.com/rooms".to_owned(),
        "curl acs --url http://contoso.communication.azure.com/rooms".to_owned(),
        "curl entra --scope https://management.azure.com/.default --url https://example.com/".to_owned(),
        "curl entra --scope https://management.azure.com/.default --url https://management.azure.com.example.com/".to_owned(),
        format!("curl mr --endpoint {mr} --url https://mixedreality.azure.com.example.com/"),
        format!("curl ams --config {config} --url https://abc.restv2.westus.media.azure.net/api/Assets"),
        format!("curl ams --config {config} --allow-host example.com --url https://example.com/"),
        "curl acs --url planted".to_owned(),
        "curl acs --url https://planted:x@host/".to_owned(),
    ] {
        let command = stage.command(&words).env(CONNECTION_STRING, &stage.emulator.acs_connection_string());
        let error = run(stage.with_application(stage.with_mixed_reality(command))).await.failure(2);
        assert!(!error.contains("planted") && !error.contains("example"), "{error}");
        texts += &error.replace(&stage.emulator.authority(), "https://EMULATOR");
    }
    assert!(stage.emulator.requests().is_empty(), "not even a token was asked for");
    insta::assert_snapshot!(texts);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_allowed_by_name_gets_the_credential() {
    let stage = Stage::new().await;
    let url = format!("{}/rooms?api-version=2025-03-13", stage.emulator.acs_endpoint());
    let key = &stage.emulator.accounts().acs_primary_key;
    let command =
        |words: &str| stage.command(&format!("curl acs --url {url}{words}")).env("ACS_ACCESS_KEY", key);
    run(command("")).await.failure(2);
    run(command(" --allow-host localhost")).await.success();
    let words =
        ["curl", "acs", "--allow-host", "localhost", "--url", &url, "--header", "authorization: planted"];
    let error = run(Azcred::new(words).env("ACS_ACCESS_KEY", key)).await.failure(2);
    assert!(error.contains("authorization") && !error.contains("planted"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_emulator_says_why_it_refused() {
    let stage = Stage::new().await;
    let origin = stage.emulator.authority();
    let wrong_key = format!("endpoint={origin}/;accesskey=bm90IHRoZSBrZXkgb2YgYW55IHJlc291cmNl");
    let refused = |words: &str| run(stage.command(words).env(CONNECTION_STRING, &wrong_key));
    let answer = refused(&format!("curl acs --url {origin}/rooms?api-version=2025-03-13")).await;
    assert_eq!(answer.status.code(), Some(1));
    assert!(answer.stdout.contains("\nx-emulator-reason: signature: "), "{}", answer.stdout);

    let told = refused("token acs --scope chat -v").await.failure(1);
    assert!(told.contains("the emulator refused the request reason=signature: "), "{told}");
    let untold = refused("token acs --scope chat").await.failure(1);
    assert!(untold.starts_with("error: ") && !untold.contains("emulator refused"), "{untold}");
}
