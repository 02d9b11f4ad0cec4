//! `azcred token entra`, each flow, against an emulator.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;
use std::sync::Arc;

use credential_testkit::LeakCheck;
use serde_json::Value;

use crate::azcred::Azcred;
use crate::token::{Stage, claims, from_json, run};

const ARM: &str = "https://management.azure.com/user_impersonation";

impl Stage {
    /// Adds the application that people sign in to, which keeps no secret.
    pub(crate) fn with_public_application(&self, command: Azcred) -> Azcred {
        let accounts = self.emulator.accounts();
        command
            .env("AZURE_AUTHORITY_HOST", &self.emulator.authority())
            .env("AZURE_CLIENT_ID", &accounts.public_client_id)
    }

    /// What the well-known user gets by password: an access token for `scope`, and a refresh token.
    async fn signed_in(&self, scope: &str) -> (String, String) {
        let accounts = self.emulator.accounts();
        let body: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "password")
            .append_pair("client_id", &accounts.public_client_id)
            .append_pair("username", &accounts.user_name)
            .append_pair("password", &accounts.user_password)
            .append_pair("scope", &format!("{scope} offline_access"))
            .finish();
        let url = format!("{}/organizations/oauth2/v2.0/token", self.emulator.authority());
        let request = http::Request::post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.into())
            .unwrap();
        let response = self.emulator.http_client().send(request).await.unwrap();
        let answer: Value = serde_json::from_slice(response.body()).unwrap();
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        (text("access_token"), text("refresh_token"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_by_secret_certificate_and_assertion() {
    let stage = Stage::new().await;
    let certificate = stage.folder.file("app.pem", stage.emulator.client_certificate_pem());
    let subject = &stage.emulator.accounts().federated_subject;
    let assertion = stage.folder.file("token.jwt", stage.emulator.federated_assertion(subject).unwrap());
    for (flow, verified) in [
        ("secret".to_owned(), "client secret"),
        (format!("certificate --certificate-file {certificate}"), "certificate"),
        (format!("certificate --certificate-file {certificate} --send-chain"), "certificate"),
        (format!("assertion --assertion-file {assertion}"), "assertion"),
    ] {
        let words = format!("token entra {flow} --scope https://management.azure.com/.default");
        let token = run(stage.with_application(stage.command(&words))).await.success();
        assert_eq!(claims(&token)["aud"], "https://management.azure.com", "{flow}");
        let seen = stage.emulator.requests().pop().unwrap().verified;
        assert!(seen.iter().any(|what| what.contains(verified)), "{flow}: {seen:?}");
    }
    let by_variable = stage
        .command("token entra certificate --scope https://management.azure.com/.default")
        .env("AZURE_CLIENT_CERTIFICATE_PATH", &certificate);
    run(stage.with_application(by_variable)).await.success();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_variables_secret_is_not_sent_for_another_application() {
    let stage = Stage::new().await;
    let accounts = stage.emulator.accounts();
    let password = stage.folder.file("password", &accounts.user_password);
    let words = format!(
        "token entra password --username {} --password-file {password} --scope {ARM} --client-id {}",
        accounts.user_name, accounts.public_client_id
    );
    run(stage.with_application(stage.command(&words))).await.success();
    let secret = stage.folder.file("secret", &accounts.client_secret);
    let words = format!("{words} --secret-file {secret}");
    let error = run(stage.with_application(stage.command(&words))).await.failure(1);
    assert!(error.contains("AADSTS700025"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_by_password_refresh_token_and_on_behalf_of() {
    let stage = Stage::new().await;
    let accounts = stage.emulator.accounts();
    let password = stage.folder.file("password", &accounts.user_password);
    let words = format!(
        "token entra password --username {} --password-file {password} --scope {ARM} --json",
        accounts.user_name
    );
    let (token, json) = from_json(&run(stage.with_public_application(stage.command(&words))).await.success());
    assert_eq!(json["account"], accounts.user_name.as_str());
    assert_eq!(claims(&token)["scp"], "user_impersonation");

    let (_, refresh_token) = stage.signed_in("openid").await;
    let words = format!("token entra refresh --refresh-token-file - --scope {ARM} --json");
    let command = stage.with_public_application(stage.command(&words));
    let ran = tokio::task::spawn_blocking(move || command.run_with(refresh_token.as_bytes())).await.unwrap();
    assert_eq!(from_json(&ran.success()).1["account"], accounts.user_name.as_str());

    let scope = format!("api://{}/access_as_user", accounts.client_id);
    let (user_token, _) = stage.signed_in(&scope).await;
    let user_token = stage.folder.file("user-token", user_token);
    let words = format!(
        "token entra on-behalf-of --user-token-file {user_token} --scope https://rest.media.azure.net/.default"
    );
    let token = run(stage.with_application(stage.command(&words))).await.success();
    assert_eq!(claims(&token)["oid"], accounts.user_object_id.as_str());
}

/// A command that waits for a person.
pub(crate) struct Waiting {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Waiting {
    pub(crate) fn start(mut command: Azcred) -> Self {
        let mut child = command.spawn();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr }
    }

    /// Reads on until a line of standard error has this in it.
    pub(crate) fn line_with(&mut self, wanted: &str) -> String {
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "no {wanted} in: {seen}");
            if line.contains(wanted) {
                return line.trim().to_owned();
            }
            seen += &line;
        }
    }

    fn type_in(&mut self, text: &str) {
        self.child.stdin.as_mut().unwrap().write_all(format!("{text}\n").as_bytes()).unwrap();
    }

    /// Waits for its end: exit status, standard output, the rest of standard error.
    pub(crate) fn end(mut self) -> (i32, String, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.stderr.read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code().unwrap(), stdout, stderr)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Already ended when the test went well.
        let _ended = self.child.kill().is_ok() && self.child.wait().is_ok();
    }
}

/// Runs a test that waits for a program beside the emulator.
pub(crate) async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

fn waiting(stage: &Arc<Stage>, words: &str) -> Waiting {
    Waiting::start(stage.with_public_application(stage.command(words)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_for_media_services() {
    let stage = Stage::new().await;
    let config = stage.folder.file("ams.json", stage.emulator.ams_portal_json());
    let words = format!(
        "token ams --config {config} --api rest-v2 --device-code --client-id {}",
        stage.emulator.accounts().public_client_id
    );
    beside(move || {
        let mut waiting = waiting(&stage, &words);
        let message = waiting.line_with("enter the code");
        let code = message.rsplit("enter the code ").next().unwrap().split_whitespace().next().unwrap();
        stage.emulator.approve(code).unwrap();
        let (status, token, _said) = waiting.end();
        assert_eq!(status, 0);
        assert_eq!(claims(&token)["aud"], "https://rest.media.azure.net");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_code_is_shown_in_plain_lines_approved_and_denied() {
    let stage = Stage::new().await;
    let words = format!("token entra device-code --scope {ARM}");
    for approves in [true, false] {
        let (stage, words) = (stage.clone(), words.clone());
        beside(move || {
            let mut waiting = waiting(&stage, &words);
            let message = waiting.line_with("enter the code");
            let code = message.rsplit("enter the code ").next().unwrap().split_whitespace().next().unwrap();
            let code = code.trim_end_matches('.');
            let plain = waiting.line_with("Waiting.");
            assert!(plain.contains("is good for 15:00 more, until 2") && !plain.contains('\r'), "{plain}");
            if approves {
                stage.emulator.approve(code).unwrap();
                let (status, token, said) = waiting.end();
                assert_eq!((status, &*said), (0, ""));
                assert_eq!(claims(&token)["scp"], "user_impersonation");
            } else {
                stage.emulator.deny(code).unwrap();
                let (status, token, said) = waiting.end();
                assert_eq!((status, &*token), (1, ""));
                assert!(said.starts_with("error: ") && said.contains("declined"), "{said}");
            }
        })
        .await;
    }
}

fn follow(url: &str) {
    let rest = url.strip_prefix("http://").unwrap();
    let (address, target) = rest.split_at(rest.find(['/', '?']).unwrap());
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /{} HTTP/1.1\r\nhost: {address}\r\n\r\n", target.trim_start_matches('/')).unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.contains("You can go back to azcred"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_browser_the_address_is_opened_by_hand_here_or_elsewhere() {
    let stage = Stage::new().await;
    let words = format!("token entra browser --no-browser --scope {ARM}");
    for is_elsewhere in [true, false] {
        let (stage, words) = (stage.clone(), words.clone());
        beside(move || {
            let mut waiting = waiting(&stage, &words);
            let url = waiting.line_with("/oauth2/v2.0/authorize?");
            let redirect = stage.emulator.sign_in(&url).unwrap();
            if is_elsewhere {
                waiting.type_in("http://localhost/?code=planted&state=planted");
                let mistake = waiting.line_with("Paste it again");
                assert!(!mistake.contains("planted"), "{mistake}");
                waiting.type_in(redirect.url());
            } else {
                follow(redirect.url());
            }
            let (status, token, said) = waiting.end();
            assert_eq!(status, 0, "{said}");
            assert_eq!(claims(&token)["scp"], "user_impersonation");
            LeakCheck::new([redirect.parameter("code").unwrap().as_str(), token.trim_end()]).text(&said);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_must_not_be_asked_ends_with_its_code() {
    let stage = Stage::new().await;
    let words = format!("token entra browser --no-browser --prompt none --response-mode query --scope {ARM}");
    beside(move || {
        let mut waiting = waiting(&stage, &words);
        let url = waiting.line_with("/oauth2/v2.0/authorize?");
        let redirect = stage.emulator.sign_in(&url).unwrap();
        waiting.type_in(redirect.url());
        let (status, token, said) = waiting.end();
        assert_eq!((status, &*token), (1, ""));
        assert!(said.contains("AADSTS50058"), "{said}");
    })
    .await;
}
