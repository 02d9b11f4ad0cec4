//! Assertions that build systems issue to their jobs.

use credential::{CredentialError, CredentialErrorKind, TokenCredential, TokenRequest};
use credential_testkit::{LeakCheck, ScriptedTransport};
use entra::{
    AzurePipelinesAssertion, ClientAssertion, ClientAssertionCredential, Cloud, GithubActionsAssertion,
};

use crate::{CLIENT_ID, TENANT, VAULT, shown, token_json};

const JOB_TOKEN: &str = "eyJ.planted-job-token.c2ln";
const GITHUB: &str = "https://pipelines.actions.example/id?api-version=2.0";
const PIPELINES: &str = "https://dev.azure.example/contoso/_apis/oidctoken";
const CONNECTION: &str = "22222222-3333-4444-5555-666666666666";

fn github(service: &ScriptedTransport) -> GithubActionsAssertion {
    GithubActionsAssertion::new(GITHUB, JOB_TOKEN).unwrap().with_transport(service.shared())
}

fn pipelines(service: &ScriptedTransport) -> AzurePipelinesAssertion {
    AzurePipelinesAssertion::new(PIPELINES, CONNECTION, JOB_TOKEN).unwrap().with_transport(service.shared())
}

async fn token(
    source: impl ClientAssertion + 'static,
    entra: &ScriptedTransport,
) -> Result<String, CredentialError> {
    let credential =
        ClientAssertionCredential::builder(TENANT, CLIENT_ID, source).transport(entra.shared()).build()?;
    let check = LeakCheck::new([JOB_TOKEN]);
    check.debug(&credential);
    credential.get_token(&TokenRequest::new([VAULT])).await.map(|token| token.expose().to_owned())
}

#[tokio::test]
async fn requests_and_what_becomes_of_the_answers() {
    let service = ScriptedTransport::new()
        .then_json(r#"{"count":1,"value":"eyJ.github.c2ln"}"#)
        .then_json(r#"{"value":"eyJ.china.c2ln"}"#)
        .then_json(r#"{"oidcToken":"eyJ.pipelines.c2ln"}"#);
    let entra = ["one", "two", "three"]
        .iter()
        .fold(ScriptedTransport::new(), |script, token| script.then_json(&token_json(token)));
    let china = github(&service).with_audience(Cloud::China.federation_audience()).unwrap();
    assert_eq!(token(github(&service), &entra).await.unwrap(), "one");
    assert_eq!(token(china, &entra).await.unwrap(), "two");
    assert_eq!(token(pipelines(&service), &entra).await.unwrap(), "three");
    for assertion in ["eyJ.github.c2ln", "eyJ.china.c2ln", "eyJ.pipelines.c2ln"] {
        assert!(entra.wire().contains(&format!("client_assertion={assertion}&")));
    }
    insta::assert_snapshot!(service.wire());
}

#[tokio::test]
async fn answers_without_an_assertion_are_told_apart() {
    let mut texts = String::new();
    let ids = [("x-vss-e2eid", "0a1b-2c3d"), ("x-msedge-ref", "Ref A: 0A1B Ref B: PAR02")];
    let echoed = [("x-github-request-id", JOB_TOKEN)];
    for (name, status, body) in [
        ("refused", 401, ""),
        ("forbidden", 403, JOB_TOKEN),
        ("a sign-in page", 302, "<html>"),
        ("a page", 203, "<html>planted-job-token</html>"),
        ("another form", 200, r#"{"token":"planted-job-token"}"#),
        ("empty", 200, r#"{"value":"","oidcToken":""}"#),
        ("busy", 429, ""),
        ("down", 503, JOB_TOKEN),
    ] {
        let none = ScriptedTransport::new();
        let service = ScriptedTransport::new().then(status, &echoed, body).then(status, &ids, body);
        let error = token(github(&service), &none).await.expect_err(name);
        texts += &shown(name, &error, &[JOB_TOKEN]);
        let error = token(pipelines(&service), &none).await.expect_err(name);
        texts += &shown(name, &error, &[JOB_TOKEN]);
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn wrong_inputs_are_named() {
    let mut texts = String::new();
    for (name, error) in [
        ("no address", GithubActionsAssertion::new("", JOB_TOKEN).unwrap_err()),
        ("http", GithubActionsAssertion::new("http://planted.example/?a", JOB_TOKEN).unwrap_err()),
        ("user info", GithubActionsAssertion::new("https://planted@host/", JOB_TOKEN).unwrap_err()),
        ("no token", GithubActionsAssertion::new(GITHUB, "").unwrap_err()),
        ("odd token", GithubActionsAssertion::new(GITHUB, "planted token").unwrap_err()),
        ("no audience", github(&ScriptedTransport::new()).with_audience(" ").unwrap_err()),
        ("no address", AzurePipelinesAssertion::new("planted", CONNECTION, JOB_TOKEN).unwrap_err()),
        ("no connection", AzurePipelinesAssertion::new(PIPELINES, "", JOB_TOKEN).unwrap_err()),
        ("odd connection", AzurePipelinesAssertion::new(PIPELINES, "planted&x=y", JOB_TOKEN).unwrap_err()),
        ("no token", AzurePipelinesAssertion::new(PIPELINES, CONNECTION, "\n").unwrap_err()),
    ] {
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{name}");
        texts += &shown(name, &error, &["planted"]);
    }
    insta::assert_snapshot!(texts);
}
