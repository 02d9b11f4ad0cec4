//! Authorities whose endpoints are in their metadata.

use std::time::Duration;

use credential::{CredentialErrorKind, TokenCredential, TokenRequest};
use credential_testkit::{FakeClock, FakeSleep, LeakCheck, ScriptedTransport};
use entra::{
    Authority, AuthorityMetadata, ClientSecretCredential, ClientSecretCredentialBuilder, ClientSecretFlow,
    DeviceCodeCredential, DeviceCodeFlow, InstanceDiscovery, ProtocolVersion,
};

use crate::{CLIENT_ID, SECRET, TENANT, VAULT, entra_error, shown, token_json};

const KNOWN: &str = r#"{"tenant_discovery_endpoint":"https://login.contoso.example/t/v2.0/.well-known/openid-configuration",
    "metadata":[{"preferred_network":"login.contoso.example","aliases":["login.contoso.example","sts.contoso.example"]}]}"#;
const SERVER: &str = r#"{"issuer":"https://id.example/one","token_endpoint":"https://tokens.example/token?v=1",
    "device_authorization_endpoint":"https://id.example/one/device","authorization_endpoint":"https://id.example/one/auth",
    "end_session_endpoint":"https://id.example/one/logout","jwks_uri":"https://id.example/one/keys"}"#;

fn entra_metadata(host: &str, base: &str) -> String {
    format!(
        r#"{{"issuer":"https://{host}/{TENANT}/v2.0","token_endpoint":"https://{base}/oauth2/v2.0/token",
        "authorization_endpoint":"https://{base}/oauth2/v2.0/authorize"}}"#
    )
}

fn at(authority: Authority, tenant: &str, transport: &ScriptedTransport) -> ClientSecretCredentialBuilder {
    ClientSecretCredential::builder(tenant, CLIENT_ID, SECRET)
        .authority(authority)
        .transport(transport.shared())
}

/// The requests of one token, which must be got.
async fn wire_of(authority: Authority, tenant: &str, scope: &str, answers: &[&str]) -> String {
    let transport = answers.iter().fold(ScriptedTransport::new(), |script, body| script.then_json(body));
    let credential = at(authority, tenant, &transport.clone().then_json(&token_json("one"))).build().unwrap();
    let token = credential.get_token(&TokenRequest::new([scope.to_owned()])).await.unwrap();
    assert_eq!(token.expose(), "one");
    transport.wire()
}

#[tokio::test]
async fn every_kind_is_asked_for_its_metadata_before_anything_else() {
    let mut wire = Vec::new();
    let host = Authority::parse("login.contoso.example").unwrap();
    let metadata = entra_metadata("login.contoso.example", &format!("login.contoso.example/{TENANT}"));
    wire.push(wire_of(host.clone(), TENANT, VAULT, &[KNOWN, &metadata]).await);
    wire.push(wire_of(host.without_instance_discovery(), TENANT, VAULT, &[]).await);
    let external = Authority::parse("contoso.ciamlogin.com").unwrap();
    let metadata =
        entra_metadata(&format!("{TENANT}.ciamlogin.com"), &format!("contoso.ciamlogin.com/{TENANT}"));
    wire.push(wire_of(external, "contoso.onmicrosoft.com", VAULT, &[&metadata]).await);
    let b2c = Authority::b2c("contoso.b2clogin.com", "B2C_1_signin").unwrap();
    let metadata =
        entra_metadata("contoso.b2clogin.com", "contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_signin");
    let api = "https://contoso.onmicrosoft.com/api/.default";
    wire.push(wire_of(b2c, "contoso.onmicrosoft.com", api, &[&metadata]).await);
    let fs = Authority::parse("https://fs.contoso.example/adfs").unwrap();
    let metadata = r#"{"issuer":"https://fs.contoso.example/adfs","token_endpoint":"https://fs.contoso.example/adfs/oauth2/token/"}"#;
    wire.push(wire_of(fs, "adfs", "https://api.contoso.example/.default", &[metadata]).await);
    let server = Authority::open_id("https://id.example/one/").unwrap();
    wire.push(wire_of(server, Authority::NO_TENANT, "read:all", &[SERVER]).await);
    insta::assert_snapshot!(wire.join("\n=====\n"));
}

#[tokio::test]
async fn a_server_that_takes_no_secret_in_the_form_gets_it_in_the_header() {
    let server =
        SERVER.replacen('{', r#"{"token_endpoint_auth_methods_supported":["client_secret_basic"],"#, 1);
    let authority = Authority::open_id("https://id.example/one").unwrap();
    insta::assert_snapshot!(wire_of(authority, Authority::NO_TENANT, "read", &[&server]).await);
}

#[tokio::test]
async fn metadata_is_read_once_a_day_and_kept_while_the_server_is_down() {
    let clock = FakeClock::at(1_800_000_000);
    let transport = ScriptedTransport::new()
        .then_json(SERVER)
        .then_json(&token_json("one"))
        .then_json(&token_json("two"))
        .then(503, &[], "")
        .then_json(&token_json("three"))
        .then_json(&SERVER.replace("tokens.example", "moved.example"))
        .then_json(&token_json("four"));
    let authority = Authority::open_id("https://id.example/one").unwrap();
    let credential = at(authority, Authority::NO_TENANT, &transport).clock(clock.shared()).build().unwrap();
    let request = TokenRequest::new(["read"]);
    for (hours, expected) in [(0, "one"), (23, "two"), (2, "three"), (2, "four")] {
        clock.advance(Duration::from_secs(hours * 3600));
        assert_eq!(credential.get_token(&request).await.unwrap().expose(), expected);
    }
    let hosts: Vec<String> =
        transport.requests().iter().map(|request| request.uri().host().unwrap().to_owned()).collect();
    let (id, tokens) = ("id.example", "tokens.example");
    assert_eq!(hosts, [id, tokens, tokens, id, tokens, id, "moved.example"]);
}

#[tokio::test]
async fn callers_of_many_scopes_share_one_question() {
    let transport = (0..8)
        .fold(ScriptedTransport::new().then_json(SERVER), |script, _| script.then_json(&token_json("one")));
    let authority = Authority::open_id("https://id.example/one").unwrap();
    let credential = std::sync::Arc::new(at(authority, Authority::NO_TENANT, &transport).build().unwrap());
    let callers: Vec<_> = (0..8)
        .map(|n| {
            let credential = credential.clone();
            tokio::spawn(async move { credential.get_token(&TokenRequest::new([format!("read{n}")])).await })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(transport.requests().len(), 9);
}

#[tokio::test]
async fn entra_vouches_once_for_a_host_and_its_metadata_is_by_tenant() {
    let other = "82f988bf-86f1-41af-91ab-2d7cd011db47";
    let metadata = entra_metadata("login.contoso.example", "login.contoso.example/x");
    let transport = ScriptedTransport::new()
        .then_json(KNOWN)
        .then_json(&metadata)
        .then_json(&token_json("one"))
        .then_json(&metadata.replace(TENANT, other))
        .then_json(&token_json("two"));
    let authority = Authority::parse("login.contoso.example").unwrap();
    let credential = at(authority, TENANT, &transport).additionally_allowed_tenants([other]).build().unwrap();
    let request = TokenRequest::new([VAULT]);
    assert_eq!(credential.get_token(&request).await.unwrap().expose(), "one");
    assert_eq!(credential.get_token(&request.with_tenant(other)).await.unwrap().expose(), "two");
}

#[tokio::test]
async fn when_nobody_can_vouch_for_a_host_the_fix_is_about_that_host() {
    let transport = ScriptedTransport::new().then_unreachable();
    let stranger = Authority::parse("login.contoso.example").unwrap();
    let credential = at(stranger, TENANT, &transport).default_scope(VAULT).build().unwrap();
    let error = credential.get_token(&TokenRequest::default()).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Unreachable);
    insta::assert_snapshot!(shown("nobody can vouch", &error, &[SECRET]));
}

#[tokio::test]
async fn no_secret_is_sent_to_a_place_that_is_not_proven() {
    let mut texts = String::new();
    let check = LeakCheck::new([SECRET]);
    let json: &[(&str, &str)] = &[("content-type", "application/json")];
    let stranger = || Authority::parse("login.contoso.example").unwrap();
    let server = || Authority::open_id("https://id.example/one").unwrap();
    let issuer = |issuer: &str| SERVER.replace("https://id.example/one\"", &format!("{issuer}\""));
    let endpoint = |endpoint: &str| SERVER.replace("https://tokens.example", endpoint);
    for (name, authority, status, body) in [
        ("a host that Entra does not know", stranger(), 400, entra_error("invalid_instance", 50049, "")),
        ("discovery is down", stranger(), 503, String::new()),
        ("discovery is something else", stranger(), 200, "{}".to_owned()),
        ("another issuer", server(), 200, issuer("https://planted.example")),
        ("no issuer", server(), 200, issuer("")),
        ("an endpoint in the clear", server(), 200, endpoint("http://127.0.0.1")),
        ("an endpoint that is none", server(), 200, endpoint("planted")),
        ("no token endpoint", server(), 200, r#"{"issuer":"https://id.example/one"}"#.to_owned()),
        ("a page", server(), 404, "<html>planted</html>".to_owned()),
        ("a redirect", server(), 302, String::new()),
        ("a list", server(), 200, "[]".to_owned()),
    ] {
        let transport = ScriptedTransport::new().then(status, json, body);
        let tenant = if name.contains("discovery") || name.contains("Entra") { TENANT } else { "none" };
        let credential = at(authority, tenant, &transport).default_scope(VAULT).build().unwrap();
        let error = credential.get_token(&TokenRequest::default()).await.unwrap_err();
        check.error(&error);
        check.debug(&credential);
        assert!(!error.to_string().contains("planted"), "{error}");
        texts += &shown(name, &error, &[SECRET]);
        assert!(!transport.wire().contains("client_secret"));
    }
    insta::assert_snapshot!(texts);
}

#[tokio::test]
async fn an_unknown_tenant_is_named_as_such() {
    let transport = ScriptedTransport::new().then_json(KNOWN).then(
        400,
        &[("content-type", "application/json")],
        entra_error("invalid_tenant", 90002, ""),
    );
    let credential = at(Authority::parse("login.contoso.example").unwrap(), TENANT, &transport);
    let error = credential.build().unwrap().get_token(&TokenRequest::new([VAULT])).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (CredentialErrorKind::Refused, Some("AADSTS90002")));
}

#[tokio::test]
async fn the_device_flow_uses_the_metadata_too() {
    let clock = FakeClock::at(1_800_000_000);
    let transport = ScriptedTransport::new()
        .then_json(SERVER)
        .then_json(r#"{"device_code":"d","user_code":"ABC","verification_uri":"https://id.example/d"}"#)
        .then_json(&token_json("one"));
    let credential = DeviceCodeCredential::builder(Authority::NO_TENANT, CLIENT_ID)
        .prompt(|_| {})
        .authority(Authority::open_id("https://id.example/one").unwrap())
        .transport(transport.shared())
        .clock(clock.shared())
        .sleep(FakeSleep::on(&clock).shared())
        .build()
        .unwrap();
    credential.get_token(&TokenRequest::new(["read"])).await.unwrap();
    let uris: Vec<String> = transport.requests().iter().map(|request| request.uri().to_string()).collect();
    assert_eq!(
        uris,
        [
            "https://id.example/one/.well-known/openid-configuration",
            "https://id.example/one/device",
            "https://tokens.example/token?v=1",
        ]
    );
}

#[test]
fn flows_without_io_take_the_metadata() {
    let (none, v2) = (Authority::NO_TENANT, ProtocolVersion::V2);
    let authority = Authority::open_id("https://id.example/one").unwrap();
    let read = |body: &str| {
        let response = http::Response::new(bytes::Bytes::from(body.to_owned()));
        AuthorityMetadata::read(&response, &authority, none, v2)
    };
    let metadata = read(SERVER).unwrap();
    assert_eq!(metadata.issuer(), "https://id.example/one");
    assert_eq!(metadata.end_session_endpoint().unwrap(), "https://id.example/one/logout");
    assert_eq!(metadata.authorization_endpoint().unwrap(), "https://id.example/one/auth");
    assert_eq!(metadata.jwks_uri().unwrap(), "https://id.example/one/keys");
    let flow = ClientSecretFlow::new(CLIENT_ID, SECRET).unwrap().with_authority(authority.clone());
    let missing = flow.request(none, "read", None).unwrap_err();
    assert!(missing.fix().contains("with_metadata"), "{missing}");
    let request = flow.with_metadata(metadata).request("any", "read write", None).unwrap();
    assert_eq!(request.uri(), "https://tokens.example/token?v=1");
    assert!(request.body().ends_with(b"&scope=read+write"));

    let bare =
        read(r#"{"issuer":"https://id.example/one","token_endpoint":"https://id.example/t"}"#).unwrap();
    let device =
        DeviceCodeFlow::new(CLIENT_ID).unwrap().with_authority(authority.clone()).with_metadata(bare);
    let error = device.code_request(none, &TokenRequest::new(["read"])).unwrap_err();
    assert!(error.problem().contains("device_authorization_endpoint"), "{error}");
}

#[test]
fn metadata_of_one_tenant_serves_no_other() {
    let authority = Authority::parse("login.contoso.example").unwrap();
    let body = entra_metadata("login.contoso.example", "login.contoso.example/x");
    let response = http::Response::new(bytes::Bytes::from(body));
    let metadata = AuthorityMetadata::read(&response, &authority, TENANT, ProtocolVersion::V2).unwrap();
    let flow =
        ClientSecretFlow::new(CLIENT_ID, SECRET).unwrap().with_authority(authority).with_metadata(metadata);
    assert!(flow.request(&TENANT.to_uppercase(), VAULT, None).is_ok());
    let error = flow.request("contoso.com", VAULT, None).unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest);
    assert!(error.problem().contains("another tenant"), "{error}");
}

#[test]
fn instance_discovery_asks_a_host_that_is_known_and_lists_aliases() {
    let stranger = Authority::parse("https://login.contoso.example/a").unwrap();
    let request = InstanceDiscovery::request(&stranger, "contoso.com").unwrap();
    insta::assert_snapshot!(credential_testkit::wire(&request));
    let discovered = InstanceDiscovery::read(&http::Response::new(bytes::Bytes::from(KNOWN))).unwrap();
    assert_eq!(discovered.aliases("STS.contoso.example").len(), 2);
    assert!(discovered.aliases("other.example").is_empty());
}

proptest::proptest! {
    #[test]
    fn no_answer_panics(status in 200u16..600, body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let response = http::Response::builder().status(status).body(bytes::Bytes::from(body)).unwrap();
        let authority = Authority::open_id("https://id.example/one").unwrap();
        proptest::prop_assert!(AuthorityMetadata::read(&response, &authority, "none", ProtocolVersion::V2).is_err());
        proptest::prop_assert!(InstanceDiscovery::read(&response).is_err());
    }
}
