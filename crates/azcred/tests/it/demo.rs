//! `azcred demo`.

use credential_testkit::LeakCheck;
use serde_json::Value;

use crate::azcred::Azcred;

fn report() -> Value {
    serde_json::from_str(&Azcred::new(["demo", "--json"]).run().success()).unwrap()
}

#[test]
fn json_tells_every_step() {
    let report = report();
    assert_eq!(report["ok"], true);
    let steps = report["steps"].as_array().unwrap();
    let names: Vec<_> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    insta::assert_snapshot!(names.join("\n"));
    for step in steps {
        assert_eq!(step["outcome"], "as expected", "{step}");
        assert!(step["asked"].as_str().unwrap().len() > 20, "{step}");
        assert!(!step["answered_by"].as_str().unwrap().is_empty(), "{step}");
        assert!(step.as_object().unwrap().contains_key("expires_at"), "{step}");
        let refused = step["expected"] == "refusal";
        assert_eq!(refused, step.get("error").is_some(), "{step}");
        assert_eq!(refused, step.get("reason").is_some(), "{step}");
        assert!(refused || !step["verified"].as_array().unwrap().is_empty(), "{step}");
    }
    let refusals: Vec<_> = steps.iter().filter(|step| step["expected"] == "refusal").collect();
    assert_eq!(refusals.len(), 2);
    for (refusal, reason) in refusals.iter().zip(["signature", "aud"]) {
        assert!(refusal["error"].as_str().unwrap().contains("HTTP 401"), "{refusal}");
        assert!(refusal["reason"].as_str().unwrap().contains(reason), "{refusal}");
    }
}

#[test]
fn tokens_have_an_expiry_and_are_not_shown() {
    let output = Azcred::new(["demo", "--json"]).run().success();
    assert!(!output.contains("eyJ"), "a token begins so");
    let report: Value = serde_json::from_str(&output).unwrap();
    let with_token: Vec<_> =
        report["steps"].as_array().unwrap().iter().filter(|step| !step["token_length"].is_null()).collect();
    assert_eq!(with_token.len(), 8);
    for step in with_token {
        let expires_at = humantime::parse_rfc3339(step["expires_at"].as_str().unwrap()).unwrap();
        assert!(expires_at > credential::Clock::now(&credential::SystemClock::default()), "{step}");
    }
}

#[test]
fn text_fits_a_terminal_and_explains_itself() {
    let text = Azcred::new(["demo"]).run().success();
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
        assert!(!line.contains('\u{1b}'), "no colours");
    }
    assert_eq!(text.matches("refused, as expected").count(), 2, "{text}");
    assert!(text.contains("All 11 steps ended as expected: 9 successes, 2 refusals."), "{text}");
    assert!(text.contains("Try next:"), "{text}");
    LeakCheck::new(["bm90IHRoZSBrZXkgb2YgYW55IHJlc291cmNl", "Emul8Q~well.known.secret.of.the.emulator"])
        .text(&text);
}
