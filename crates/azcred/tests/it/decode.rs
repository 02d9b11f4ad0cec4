//! `azcred decode`.

use credential_testkit::LeakCheck;
use serde_json::Value;

use crate::azcred::{Azcred, Folder};
use crate::token::{Stage, run};

const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJhIiwiZXhwIjoxfQ.cGxhbnRlZA";

#[tokio::test(flavor = "multi_thread")]
async fn a_real_token_is_shown_without_its_signature() {
    let stage = Stage::new().await;
    let command =
        stage.with_application(stage.command("token entra --scope https://management.azure.com/.default"));
    let token = run(command).await.success();
    let shown = Azcred::new(["decode"]).run_with(token.as_bytes()).success();
    assert!(shown.starts_with("Not verified"), "{shown}");
    for part in ["RS256", "https://management.azure.com", "in 59 minutes", "the audience: the one service"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let signature = token.trim_end().rsplit('.').next().unwrap();
    LeakCheck::new([signature]).text(&shown);
    let json = Azcred::new(["decode", "--json"]).run_with(token.as_bytes()).success();
    LeakCheck::new([signature]).text(&json);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["verified"], &json["header"]["alg"]), (&false.into(), &"RS256".into()));
}

#[test]
fn a_token_comes_from_a_file_too() {
    let folder = Folder::new();
    let file = folder.file("token.txt", format!("Bearer {TOKEN}\n"));
    let shown = Azcred::new(["decode", "--token-file", &file]).run().success();
    assert!(shown.contains("1970-01-01T00:00:01Z (expired ") && !shown.contains("cGxhbnRlZA"), "{shown}");
}

#[test]
fn what_is_no_token_is_not_echoed() {
    for bad in ["planted-refresh-token", "planted.planted.planted", "", "a.b.c.d.planted"] {
        let error = Azcred::new(["decode"]).run_with(bad.as_bytes()).failure(2);
        assert!(!error.contains("planted"), "{error}");
    }
    let error = Azcred::new(["decode", TOKEN]).run().failure(2);
    assert!(!error.contains("cGxhbnRlZA"), "{error}");
}
