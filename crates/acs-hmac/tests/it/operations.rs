//! Generated operations: which api versions have them, what they read, and whom the client follows.

use acs_hmac::operations::identity::{
    self, CreateUser, DeleteUser, EntraPrincipal, ExchangeEntraUserToken, ExchangeTeamsExtensionToken,
    ExchangeTeamsUserToken, GetUser, ListEntraAssignments, PutTeamsExtensionAssignment,
    TeamsExtensionAssignmentRequest, TeamsExtensionPrincipal, TeamsUserExchangeRequest,
};
use acs_hmac::{CommunicationClient, ConnectionString, Operation, TokenScope, Verifier};
use credential::{CredentialErrorKind, Endpoint};
use credential_testkit::{LeakCheck, ScriptedTransport};
use http::Response;

const CONNECTION: &str = "endpoint=https://contoso.communication.azure.com;accesskey=c2VjcmV0";
const PLANTED: &str = "pl4nted-t0ken";

fn client(transport: &ScriptedTransport) -> CommunicationClient {
    let connection = ConnectionString::parse(CONNECTION).unwrap();
    CommunicationClient::from_connection_string(&connection, transport.shared()).unwrap()
}

fn endpoint() -> Endpoint {
    Endpoint::parse("endpoint", "https://contoso.communication.azure.com").unwrap()
}

fn answer<O: Operation>(json: &str) -> Result<O::Answer, credential::CredentialError> {
    O::read(&Response::new(json.to_owned().into()))
}

#[test]
fn an_operation_is_asked_for_in_a_version_that_has_it() {
    assert_eq!(CreateUser::DESCRIPTION.default_api_version(), "2023-10-01");
    assert_eq!(ExchangeTeamsExtensionToken::DESCRIPTION.default_api_version(), "2025-06-30");
    assert_eq!(GetUser::DESCRIPTION.default_api_version(), "2025-03-02-preview");

    let request = |version| ExchangeEntraUserToken::new().build(&endpoint(), version);
    assert!(request("2025-03-02-preview").is_ok());
    let error = request("2023-10-01").unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest);
    insta::assert_snapshot!(error, @"the operation ExchangeEntraUserToken is not in the api version 2023-10-01: ask for 2025-03-02-preview");
    // This crate does not know what a later version has.
    assert!(request("2031-01-01").is_ok());
    assert_eq!(request("2031&x=y").unwrap_err().kind(), CredentialErrorKind::InvalidConfiguration);
}

#[tokio::test]
async fn the_client_asks_for_each_operations_own_version() {
    let transport = ScriptedTransport::new()
        .then_json(r#"{"objectId":"o","principalType":"user","clientIds":["c"]}"#)
        .then(204, &[], "");
    let client = client(&transport);
    let wanted = TeamsExtensionAssignmentRequest::new(TeamsExtensionPrincipal::User, vec!["c".to_owned()]);
    let assignment = client.call(&PutTeamsExtensionAssignment::new("t/1", "o", wanted)).await.unwrap();
    assert_eq!(assignment.principal_type, Some(TeamsExtensionPrincipal::User));
    client.call(&DeleteUser::new("8:acs:a_b")).await.unwrap();
    let sent: Vec<String> = transport.requests().iter().map(|one| one.uri().to_string()).collect();
    insta::assert_snapshot!(sent.join("\n"), @r"
    https://contoso.communication.azure.com/access/teamsExtension/tenants/t%2F1/assignments/o?api-version=2025-06-30
    https://contoso.communication.azure.com/identities/8%3Aacs%3Aa_b?api-version=2023-10-01
    ");
    assert_eq!(transport.requests()[0].body(), r#"{"principalType":"user","clientIds":["c"]}"#);
}

#[test]
fn what_a_newer_service_says_is_read_all_the_same() {
    let page = answer::<ListEntraAssignments>(
        r#"{"value":[{"principalType":"robot","clientIds":null,"new":{"a":[1]}}],"alsoNew":1}"#,
    )
    .unwrap();
    assert_eq!(page.value[0].principal_type, Some(EntraPrincipal::Other("robot".to_owned())));
    assert_eq!(page.value[0].principal_type.as_ref().map(EntraPrincipal::as_str), Some("robot"));
    assert!(page.value[0].client_ids.is_empty());
    assert!(answer::<ListEntraAssignments>(r#"{"value":null}"#).unwrap().value.is_empty());

    let user = answer::<GetUser>(r#"{"id":"8:acs:a_b","lastTokenIssuedAt":"yesterday"}"#).unwrap();
    assert_eq!(user.last_token_issued_at.unwrap().time(), None);
}

#[test]
fn the_token_scopes_of_both_layers_are_the_same() {
    use TokenScope::{Chat, ChatJoin, ChatJoinLimited, Voip, VoipJoin};
    for scope in [Chat, ChatJoin, ChatJoinLimited, Voip, VoipJoin] {
        let generated = identity::TokenScope::from(scope.as_str());
        assert!(!matches!(generated, identity::TokenScope::Other(_)), "{scope}");
        assert_eq!(generated.as_str(), scope.as_str());
    }
}

#[tokio::test]
async fn links_are_followed_at_home_only() {
    let transport = ScriptedTransport::new().then_json("{}").then_json("{}").then_json("{}");
    let client = client(&transport);
    for link in [
        "https://CONTOSO.communication.azure.com:443//access/entra/assignments?skip=1&api-version=2025-04-01-preview",
        "/access/entra/assignments?skip=2",
        "//access/entra/assignments?skip=3",
    ] {
        client.follow::<ListEntraAssignments>(link).await.expect(link);
    }
    let paths: Vec<String> = transport.requests().iter().map(|one| one.uri().path().to_owned()).collect();
    assert_eq!(
        paths,
        ["//access/entra/assignments", "/access/entra/assignments", "//access/entra/assignments"]
    );
    let verifier = Verifier::new(ConnectionString::parse(CONNECTION).unwrap().into_access_key());
    for request in transport.requests() {
        verifier.verify(&request).unwrap();
    }
    // Whatever leads elsewhere is not asked, and the script has no further answer.
    for link in [
        "https://contoso.communication.azure.com.example.com/x",
        "https://example.com/contoso.communication.azure.com",
        "https://user@contoso.communication.azure.com/x",
        "https://contoso.communication.azure.com:8443/x",
        "http://contoso.communication.azure.com/x",
        "contoso.communication.azure.com/x",
        "",
    ] {
        let error = client.follow::<ListEntraAssignments>(link).await.expect_err(link);
        assert_eq!(error.kind(), CredentialErrorKind::UnexpectedAnswer, "{link}: {error}");
    }
    let too_far = client.follow::<ListEntraAssignments>("/x#y").await.unwrap_err();
    assert_eq!(too_far.kind(), CredentialErrorKind::InvalidRequest);
}

#[test]
fn no_model_shows_a_token() {
    let check = LeakCheck::new([PLANTED]);
    let exchange = ExchangeTeamsUserToken::new(TeamsUserExchangeRequest::new(PLANTED, "app", "user"));
    check.debug(&exchange);
    let request = exchange.build(&endpoint(), "2023-10-01").unwrap();
    assert_eq!(request.body(), r#"{"token":"pl4nted-t0ken","appId":"app","userId":"user"}"#);
    let created = answer::<CreateUser>(&format!(
        r#"{{"identity":{{"id":"u"}},"accessToken":{{"token":"{PLANTED}","expiresOn":"2024-01-02T03:04:05Z"}}}}"#
    ))
    .unwrap();
    assert_eq!(created.access_token.as_ref().unwrap().token.expose(), PLANTED);
    check.debug(&created);
    LeakCheck::new(["c2VjcmV0", "secret"]).debug(&client(&ScriptedTransport::new()));
    for body in
        [format!(r#"{{"identity":"{PLANTED}"}}"#), format!(r#"{{"identity":{{"id":["{PLANTED}"]}}}}"#)]
    {
        check.error(&answer::<CreateUser>(&body).unwrap_err());
    }
}
