//! No secret reaches standard error, whatever goes wrong, and however much is asked to be said.

use credential_testkit::LeakCheck;

use crate::azcred::{Azcred, Folder, failure_within_a_second};

const SECRET: &str = "planted~client~secret";
const KEY: &str = "cGxhbnRlZCBhY2Nlc3Mga2V5";

/// Nobody listens there, so that every command gets as far as the network.
const NOBODY: &str = "https://127.0.0.1:9";

fn with_all_secrets(command: Azcred) -> Azcred {
    command
        .env("AZURE_TENANT_ID", "contoso.com")
        .env("AZURE_CLIENT_ID", "11111111-2222-4333-8444-555555555555")
        .env("AZURE_CLIENT_SECRET", SECRET)
        .env("AZURE_AUTHORITY_HOST", NOBODY)
        .env("MIXEDREALITY_ACCOUNT_ID", "11111111-2222-4333-8444-555555555555")
        .env("MIXEDREALITY_ACCOUNT_KEY", KEY)
        .env("COMMUNICATION_SERVICES_CONNECTION_STRING", &format!("endpoint={NOBODY};accesskey={KEY}"))
}

#[test]
fn an_unreachable_host_is_said_within_a_second_without_secrets() {
    let folder = Folder::new();
    let block = format!(
        r#"{{"AadTenantId":"contoso.com","AadClientId":"11111111-2222-4333-8444-555555555555","AadSecret":"{SECRET}",
            "AadEndpoint":"{NOBODY}","ArmEndpoint":"{NOBODY}","ArmAadAudience":"https://management.core.windows.net/",
            "AccountName":"account","ResourceGroup":"group","SubscriptionId":"11111111-2222-4333-8444-555555555555"}}"#
    );
    let config = folder.file("ams.json", block);
    let check = LeakCheck::new([SECRET, KEY]);
    for words in [
        "token entra --scope https://management.azure.com/.default -vv".to_owned(),
        format!("token mr-sts --endpoint {NOBODY} -vv"),
        format!("token mr-sts --endpoint {NOBODY} --with entra -vv"),
        "token acs --scope chat -vv".to_owned(),
        "token acs --scope chat --with entra -vv".to_owned(),
        format!("token ams --config {config} -vv"),
    ] {
        let error = failure_within_a_second(|| with_all_secrets(Azcred::new(words.split_whitespace())), 1);
        assert!(error.contains("127.0.0.1"), "{words}: {error}");
        check.text(&error);
    }
}

/// Short words look like slips, and could still be passwords.
#[test]
fn short_values_in_the_wrong_place_are_not_repeated() {
    for words in [
        "token ams --config PLANTED",
        "token ams --config x --api PLANTED",
        "token acs --scope chat --with PLANTED",
        "token acs --scope chat --endpoint PLANTED",
        "token entra --scope x --secret-file PLANTED",
        "token entra --scope x --authority PLANTED",
        "emulator --http-port PLANTED",
    ] {
        let error = with_all_secrets(Azcred::new(words.split_whitespace())).run().failure(2);
        assert!(!error.contains("PLANTED"), "{words}: {error}");
        let flag = words.split_whitespace().rev().nth(1).unwrap();
        assert!(error.contains(flag), "names the flag: {words}: {error}");
    }
    let by_variable =
        with_all_secrets(Azcred::new(["token", "mr-sts"])).env("MIXEDREALITY_ENDPOINT", "PLANTED");
    let error = by_variable.run().failure(2);
    assert!(error.contains("MIXEDREALITY_ENDPOINT") && !error.contains("PLANTED"), "{error}");
}

#[test]
fn secrets_in_the_wrong_place_are_not_repeated() {
    let check = LeakCheck::new([SECRET, KEY]);
    for words in [
        format!("sign --key {KEY}"),
        format!("sign --key={KEY}"),
        format!("sign --url {KEY}"),
        format!("sign {KEY}"),
        format!("sign --url https://host/ {KEY}"),
        format!("token entra --client-secret {SECRET}"),
        format!("token entra --scope x --tenant {SECRET}"),
        format!("token entra --scope x --client-id {SECRET}"),
        format!("token entra --scope x --authority https://user:{SECRET}@host"),
        format!("token entra --scope x {SECRET}"),
        format!("token entra {SECRET} --scope x"),
        format!("token entra certificate --scope x --certificate-file {SECRET}"),
        format!("token entra assertion --scope x --assertion-file {KEY}"),
        format!("token entra refresh --scope x --refresh-token-file {SECRET}"),
        format!("token entra refresh --scope x --refresh-token {SECRET}"),
        format!("token entra on-behalf-of --scope x --user-token-file {KEY}"),
        format!("token entra password --scope x --username ada --password-file {SECRET}"),
        format!("token entra password --scope x --username ada --password {SECRET}"),
        format!("token entra browser --scope x --redirect-uri http://{SECRET}"),
        format!("token entra browser --scope x --prompt {SECRET}"),
        format!("token entra device-code --scope x --tenant {SECRET}"),
        format!("login --device-code --tenant {SECRET}"),
        format!("logout --session-file ~/.azcred {SECRET}"),
        format!("decode --token-file {SECRET}"),
        format!("decode {SECRET}"),
        format!("token acs --scope {SECRET}"),
        format!("token mr-sts --account-domain {SECRET}"),
        format!("demo {SECRET}"),
        format!("token entra --scope x --secret-file {SECRET}"),
        format!("token entra --scope x --ca-file {KEY}"),
        format!("token entra --scope x --authority {SECRET}"),
        format!("token entra --scope x --authority {KEY}"),
        format!("token acs --scope chat --key-file {KEY}"),
        format!("token acs --scope chat --endpoint {KEY}"),
        format!("token acs --scope chat --expires-in {KEY}"),
        format!("token acs --scope chat --with {KEY}"),
        format!("token mr-sts --key-file {KEY}"),
        format!("token mr-sts --endpoint {KEY}"),
        format!("token mr-sts --with {SECRET}"),
        format!("token ams --config {{\"AadSecret\":\"{SECRET}\"}}"),
        format!("token ams --config x --api {SECRET}"),
        format!("sign --url https://host/ --key-file {KEY}"),
        format!("sign --url https://host/ --body-file {SECRET}"),
        format!("sign --json={SECRET} --url https://host/"),
        format!("emulator --http-port {KEY}"),
        format!("emulator --ca-file {KEY}/{KEY}"),
    ] {
        check.text(&with_all_secrets(Azcred::new(words.split_whitespace())).run().failure(2));
    }
}
