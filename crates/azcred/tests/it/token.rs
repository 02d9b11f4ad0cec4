//! `azcred token` against an emulator.

use std::sync::Arc;

use credential_emulator::Emulator;
use serde_json::Value;

use crate::azcred::{Azcred, Folder, Ran};

/// An emulator, and a file with the certificate authority that it made.
pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    pub(crate) folder: Folder,
    pub(crate) ca_file: String,
}

impl Stage {
    pub(crate) async fn new() -> Arc<Self> {
        let emulator = Emulator::start().await.unwrap();
        let folder = Folder::new();
        let ca_file = folder.file("ca.pem", emulator.ca_pem());
        Arc::new(Self { emulator, folder, ca_file })
    }

    pub(crate) fn command(&self, words: &str) -> Azcred {
        let words = words.split_whitespace();
        Azcred::new(words.chain(["--ca-file", &self.ca_file]))
    }

    /// Adds the application that has every role.
    pub(crate) fn with_application(&self, command: Azcred) -> Azcred {
        let accounts = self.emulator.accounts();
        command
            .env("AZURE_AUTHORITY_HOST", &self.emulator.authority())
            .env("AZURE_TENANT_ID", &accounts.tenant_id)
            .env("AZURE_CLIENT_ID", &accounts.client_id)
            .env("AZURE_CLIENT_SECRET", &accounts.client_secret)
    }

    pub(crate) fn with_mixed_reality(&self, command: Azcred) -> Azcred {
        let accounts = self.emulator.accounts();
        command
            .env("MIXEDREALITY_ACCOUNT_ID", &accounts.mr_account_id)
            .env("MIXEDREALITY_ACCOUNT_DOMAIN", &accounts.mr_account_domain)
            .env("MIXEDREALITY_ACCOUNT_KEY", &accounts.mr_account_key)
    }
}

/// Runs the program on a thread of its own, so that the emulator can answer.
pub(crate) async fn run(command: Azcred) -> Ran {
    tokio::task::spawn_blocking(move || command.run()).await.unwrap()
}

/// The claims of a bare token, as printed for `$(..)`.
#[track_caller]
pub(crate) fn claims(bare: &str) -> Value {
    let token = bare.strip_suffix('\n').unwrap();
    assert!(!token.contains(char::is_whitespace), "nothing but the token");
    let payload = token.split('.').nth(1).unwrap();
    use base64::Engine;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// The bare token within a JSON answer, whose times must agree with it.
#[track_caller]
pub(crate) fn from_json(text: &str) -> (String, Value) {
    let json: Value = serde_json::from_str(text).unwrap();
    let token = json["access_token"].as_str().unwrap();
    let expires_on = humantime::parse_rfc3339(json["expires_on"].as_str().unwrap()).unwrap();
    let stated = credential::jwt_expires_at(token).unwrap();
    let gap = stated.duration_since(expires_on).unwrap_or_else(|later| later.duration());
    assert!(gap.as_secs() <= 5, "{json}");
    assert!((1..=86_400).contains(&json["expires_in"].as_u64().unwrap()), "{json}");
    assert_eq!(json["token_type"], "Bearer");
    (format!("{token}\n"), json)
}

#[tokio::test(flavor = "multi_thread")]
async fn entra_by_both_endpoints() {
    let stage = Stage::new().await;
    let scope = "token entra --scope https://communication.azure.com//.default";
    let v2 = claims(&run(stage.with_application(stage.command(scope))).await.success());
    assert_eq!(
        v2["appid"].as_str().or(v2["azp"].as_str()),
        Some(stage.emulator.accounts().client_id.as_str())
    );
    let v1 = run(stage.with_application(stage.command(&format!("{scope} --v1 --json")))).await.success();
    let (v1, _) = from_json(&v1);
    assert_eq!(claims(&v1)["aud"], "https://communication.azure.com/");
    let paths: Vec<_> = stage.emulator.requests().into_iter().map(|record| record.path).collect();
    assert!(paths.iter().any(|path| path.ends_with("/oauth2/v2.0/token")), "{paths:?}");
    assert!(paths.iter().any(|path| path.ends_with("/oauth2/token")), "{paths:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn entra_by_flags_and_secret_file() {
    let stage = Stage::new().await;
    let accounts = stage.emulator.accounts();
    let secret = stage.folder.file("secret", format!("{}\n", accounts.client_secret));
    let flags = format!(
        "token entra --scope https://management.azure.com/.default --tenant {} --client-id {} --secret-file {secret} --authority {}",
        accounts.tenant_domain,
        accounts.client_id,
        stage.emulator.authority(),
    );
    assert_eq!(claims(&run(stage.command(&flags)).await.success())["tid"], accounts.tenant_id.as_str());
    // The flag goes before the variable.
    let command = stage.command(&flags).env("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111");
    run(command.env("AZURE_CLIENT_SECRET", "wrong")).await.success();
}

#[tokio::test(flavor = "multi_thread")]
async fn http_is_accepted_on_this_machine() {
    let stage = Stage::new().await;
    let command = stage.with_application(Azcred::new([
        "token",
        "entra",
        "--scope",
        "https://management.azure.com/.default",
    ]));
    claims(&run(command.env("AZURE_AUTHORITY_HOST", stage.emulator.http_origin())).await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn mixed_reality_by_key_and_by_entra() {
    let stage = Stage::new().await;
    let words = format!("token mr-sts --endpoint {}", stage.emulator.mr_endpoint());
    let by_key = run(stage.with_mixed_reality(stage.command(&words))).await.success();
    assert_eq!(claims(&by_key)["aid"], stage.emulator.accounts().mr_account_id.as_str());
    let by_entra = stage.with_application(stage.command(&format!("{words} --with entra --json")));
    let (by_entra, _) = from_json(&run(stage.with_mixed_reality(by_entra)).await.success());
    assert_eq!(claims(&by_entra)["aid"], stage.emulator.accounts().mr_account_id.as_str());

    let id = &stage.emulator.accounts().mr_account_id;
    let key = stage.folder.file("mr.key", &stage.emulator.accounts().mr_account_key);
    let command = stage.command(&format!("{words} --account-id {id} --key-file {key}"));
    run(command).await.success();
}

#[tokio::test(flavor = "multi_thread")]
async fn acs_by_key_and_by_entra_for_new_and_old_users() {
    let stage = Stage::new().await;
    let connection_string = stage.emulator.acs_connection_string();
    let variable = "COMMUNICATION_SERVICES_CONNECTION_STRING";
    let command =
        stage.command("token acs --scope chat,voip --expires-in 60 --json").env(variable, &connection_string);
    let (_, json) = from_json(&run(command).await.success());
    let user = json["identity"].as_str().unwrap();
    assert!(user.starts_with("8:acs:"), "{user}");
    assert!(json["expires_in"].as_u64().unwrap() <= 3600, "{json}");

    let again =
        stage.command(&format!("token acs --scope chat --user {user}")).env(variable, &connection_string);
    let skype_id = claims(&run(again).await.success())["skypeid"].as_str().unwrap().to_owned();
    assert_eq!(format!("8:{skype_id}"), user);

    let words = format!("token acs --scope voip --with entra --endpoint {}", stage.emulator.acs_endpoint());
    run(stage.with_application(stage.command(&words))).await.success();
}

#[tokio::test(flavor = "multi_thread")]
async fn ams_for_both_apis_from_a_file_and_standard_input() {
    let stage = Stage::new().await;
    let block = stage.emulator.ams_portal_json();
    let config = stage.folder.file("ams.json", &block);
    let v3 = run(stage.command(&format!("token ams --config {config}"))).await.success();
    assert!(claims(&v3)["aud"].as_str().unwrap().starts_with("https://management."), "{v3}");
    let command = stage.command("token ams --config - --api rest-v2 --json");
    let v2 = tokio::task::spawn_blocking(move || command.run_with(block.as_bytes())).await.unwrap().success();
    assert_eq!(claims(&from_json(&v2).0)["aud"], "https://rest.media.azure.net");
}

#[tokio::test(flavor = "multi_thread")]
async fn ams_from_an_env_file_finds_rest_v2_through_resource_manager() {
    let stage = Stage::new().await;
    let accounts = stage.emulator.accounts();
    let origin = stage.emulator.authority();
    let config = stage.folder.file(
        "ams.env",
        format!(
            "AADENDPOINT={origin}\nARMENDPOINT={origin}\nARMAADAUDIENCE=https://management.core.windows.net/\n\
             AmsApiResource=https://rest.media.azure.net\nAADTENANTID={}\nAADCLIENTID={}\nAADSECRET=\"{}\"\n\
             SUBSCRIPTIONID={}\nRESOURCEGROUP={}\nACCOUNTNAME={}\n",
            accounts.tenant_id,
            accounts.client_id,
            accounts.client_secret,
            accounts.subscription_id,
            accounts.resource_group,
            accounts.ams_account_name,
        ),
    );
    let words = format!("token ams --config {config} --api rest-v2 --discover --json");
    let (token, json) = from_json(&run(stage.command(&words)).await.success());
    assert_eq!(claims(&token)["aud"], "https://rest.media.azure.net");
    let expected = stage.emulator.ams_rest_v2_endpoint();
    assert_eq!(json["rest_v2_endpoint"], expected.trim_end_matches('/'));
}

#[tokio::test(flavor = "multi_thread")]
async fn ams_of_ravnur_and_its_refusals() {
    let stage = Stage::new().await;
    let accounts = stage.emulator.accounts();
    let config = |key: &str| {
        let text = format!(
            r#"{{"Ravnur":{{"SubscriptionId":"{}","ResourceGroupName":"{}","MediaServicesAccountName":"{}","ApiEndpoint":"{}","ApiKey":"{key}"}}}}"#,
            accounts.subscription_id,
            accounts.resource_group,
            accounts.ams_account_name,
            stage.emulator.ravnur_endpoint(),
        );
        stage.folder.file("ravnur.json", text)
    };
    let words = format!("token ams --config {}", config(&accounts.ravnur_api_key));
    assert_eq!(claims(&run(stage.command(&words)).await.success())["iss"], "ravnur");
    let error = run(stage.command(&format!("{words} --api rest-v2"))).await.failure(2);
    assert!(error.contains("Ravnur"), "{error}");
    let words = format!("token ams --config {}", config("planted-key"));
    let error = run(stage.command(&words)).await.failure(1);
    assert!(error.contains("HTTP 401") && !error.contains("planted"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_why_and_exit_with_1() {
    let stage = Stage::new().await;
    let scope = "token entra --scope https://management.azure.com/.default";
    let wrong_secret =
        stage.with_application(stage.command(scope)).env("AZURE_CLIENT_SECRET", "planted-secret");
    let error = run(wrong_secret).await.failure(1);
    assert!(error.contains("AADSTS7000215") && !error.contains("planted"), "{error}");

    let words = format!("token mr-sts --endpoint {}", stage.emulator.mr_endpoint());
    let wrong_key =
        stage.with_mixed_reality(stage.command(&words)).env("MIXEDREALITY_ACCOUNT_KEY", "cGxhbnRlZA==");
    let error = run(wrong_key).await.failure(1);
    assert!(error.contains("HTTP 401") && !error.contains("cGxhbnRlZA"), "{error}");

    let words = format!("token acs --scope chat --endpoint {}", stage.emulator.acs_endpoint());
    let error = run(stage.command(&words).env("ACS_ACCESS_KEY", "cGxhbnRlZA==")).await.failure(1);
    assert!(error.contains("Denied") && !error.contains("cGxhbnRlZA"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_refuses_is_no_bad_input() {
    let stage = Stage::new().await;
    let command = stage
        .command("token acs --scope chat --user nope")
        .env("COMMUNICATION_SERVICES_CONNECTION_STRING", &stage.emulator.acs_connection_string());
    let error = run(command).await.failure(1);
    assert!(error.contains("HTTP 4"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_certificate_is_explained() {
    let stage = Stage::new().await;
    let command = Azcred::new(["token", "entra", "--scope", "https://management.azure.com/.default"]);
    let error = run(stage.with_application(command)).await.failure(1);
    assert!(error.contains("certificate") && error.contains("--ca-file"), "{error}");
    assert!(!error.contains("trust_pem"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn much_is_said_on_request_and_no_secret() {
    let stage = Stage::new().await;
    let words = format!("token mr-sts --with entra -vv --endpoint {}", stage.emulator.mr_endpoint());
    let ran = run(stage.with_mixed_reality(stage.with_application(stage.command(&words)))).await;
    assert!(ran.status.success(), "{ran:?}");
    assert!(ran.stderr.contains("/oauth2/v2.0/token"), "{}", ran.stderr);
    let accounts = stage.emulator.accounts();
    let planted = [ran.stdout.trim_end(), &accounts.client_secret, &accounts.mr_account_key];
    credential_testkit::LeakCheck::new(planted).text(&ran.stderr);
    assert!(!ran.stderr.contains("eyJ"), "no token of any kind: {}", ran.stderr);
}
