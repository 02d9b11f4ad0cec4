//! The two small clients.
#![expect(clippy::unwrap_used, reason = "in helpers of tests, too, a surprise should stop the test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use ams_aad::{
    ArmClient, ArmEndpoint, MediaAccount, MediaCloud, RestV2Client, RestV2Endpoint, ServicePrincipal,
};
use async_trait::async_trait;
use credential::{
    AccessToken, CredentialError, CredentialErrorKind, NetworkFailure, SendOnce, TokenCredential,
    TokenRequest,
};
use credential_emulator::Emulator;
use credential_testkit::{LeakCheck, ScriptedTransport};
use http::Method;
use serde_json::{Value, json};

use crate::SUBSCRIPTION;

const OWN: &str = "https://myaccount.restv2.westus.media.azure.net/api/";
const MOVED: &str = "https://myaccount.restv2.westus2-2.media.azure.net/api/";

/// Provides `token-0`, and the next one whenever a request refuses the present one or brings claims.
#[derive(Clone, Debug, Default)]
struct Tokens {
    number: Arc<AtomicU32>,
    asked: Arc<std::sync::Mutex<Vec<String>>>,
}

#[async_trait]
impl TokenCredential for Tokens {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let far = SystemTime::UNIX_EPOCH + Duration::from_secs(32_503_680_000);
        let token = |number| AccessToken::new(format!("token-{number}"), far);
        let number = self.number.load(Ordering::Relaxed);
        self.asked.lock().unwrap().push(request.claims().unwrap_or_default().to_owned());
        if request.claims().is_some() || request.refuses(&token(number)) {
            return Ok(token(self.number.fetch_add(1, Ordering::Relaxed) + 1));
        }
        Ok(token(number))
    }
}

fn rest_v2(service: &ScriptedTransport) -> RestV2Client {
    RestV2Client::new(Tokens::default(), RestV2Endpoint::parse(OWN).unwrap(), service.shared())
}

fn arm(service: &ScriptedTransport, tokens: &Tokens) -> ArmClient {
    let endpoint = ArmEndpoint::of_cloud(MediaCloud::Public).unwrap();
    ArmClient::new(tokens.clone(), endpoint, service.shared())
}

fn account() -> MediaAccount {
    MediaAccount::new(SUBSCRIPTION, "my-group", "myaccount").unwrap()
}

#[tokio::test]
async fn wire_of_rest_v2() {
    let service = ScriptedTransport::new()
        .then(301, &[("location", MOVED)], "")
        .then(301, &[("location", MOVED)], "")
        .then_json(r#"{"value":[]}"#)
        .then(201, &[], r#"{"d":{"Name":"film"}}"#)
        .then_json(&format!(
            r#"{{"d":{{"results":[{{"Name":"film"}}],"__next":"{MOVED}Assets?$skiptoken=1"}}}}"#
        ))
        .then_json(r#"{"value":[{"Name":"more"}]}"#)
        .then(204, &[], "");
    let client = rest_v2(&service);
    let film: Value = client.post("Assets", r#"{"Name":"film"}"#).await.unwrap();
    assert_eq!(film["Name"], "film");
    let assets: Vec<Value> = client.list("Assets").await.unwrap();
    assert_eq!(assets, [json!({"Name":"film"}), json!({"Name":"more"})]);
    client.delete("Assets('nb:cid:UUID:1')").await.unwrap();
    let requests = service.requests();
    let once: Vec<_> = requests.iter().map(SendOnce::is_set).collect();
    assert_eq!(once, [true, false, false, true, false, false, false], "nothing is created twice");
    insta::assert_snapshot!(service.wire());
}

#[tokio::test]
async fn wire_of_arm() {
    let link = format!("https://management.azure.com{}&$skiptoken=1", account().child_path("assets"));
    let service = ScriptedTransport::new()
        .then_json(&json!({"properties":{"apiEndpoints":[
            {"endpoint":"https://other.example/","majorVersion":"3"}, {"endpoint":MOVED,"majorVersion":"2"}]}}).to_string())
        .then_json(r#"{"name":"film"}"#)
        .then_json(&json!({"value":["film"],"nextLink":link}).to_string())
        .then_json(r#"{"value":["more"]}"#)
        .then_json(r#"{"primaryKey":"x"}"#)
        .then(204, &[], "");
    let client = arm(&service, &Tokens::default());
    let endpoint = client.rest_v2_endpoint(&account()).await.unwrap();
    assert_eq!(endpoint.to_string(), MOVED.trim_end_matches('/'));
    let film = account().item_path(&["assets", "film"]).unwrap();
    let _film: Value = client.put(&film, r#"{"properties":{}}"#).await.unwrap();
    let assets: Vec<String> = client.list(&account().child_path("assets")).await.unwrap();
    assert_eq!(assets, ["film", "more"]);
    let _keys: Value = client.post(&account().child_path("listKeys"), "").await.unwrap();
    client.delete(&film).await.unwrap();
    insta::assert_snapshot!(service.wire());
}

#[tokio::test]
async fn the_base_address_is_found_once_and_kept() {
    let service = ScriptedTransport::new()
        .then(301, &[("location", MOVED)], "")
        .then_json(r#"{"value":[]}"#)
        .then_json(r#"{"Name":"film"}"#);
    let client = rest_v2(&service);
    assert_eq!(client.discover().await.unwrap(), client.endpoint());
    let _film: Value = client.get("Assets('film')").await.unwrap();
    let hosts: Vec<_> = service.requests().iter().map(|it| it.uri().host().unwrap().to_owned()).collect();
    let (own, moved) =
        ("myaccount.restv2.westus.media.azure.net", "myaccount.restv2.westus2-2.media.azure.net");
    assert_eq!(hosts, [own, moved, moved]);
}

#[tokio::test]
async fn the_old_entry_leads_to_the_accounts_cluster_when_that_is_allowed() {
    let cluster = "https://wamsbluclus001rest-hs.cloudapp.net/api/";
    let service = || ScriptedTransport::new().then(301, &[("location", cluster)], "");
    let global = RestV2Endpoint::parse("https://media.windows.net/API/").unwrap();
    let with = service().then_json(r#"{"value":[]}"#);
    let client = RestV2Client::new(Tokens::default(), global.clone(), with.shared());
    let found = client.allow_host("WAMSbluclus001rest-hs.cloudapp.net").discover().await.unwrap();
    assert_eq!(found.to_string(), cluster.trim_end_matches('/'));

    let without = service();
    let error = RestV2Client::new(Tokens::default(), global, without.shared()).discover().await.unwrap_err();
    assert_eq!(without.requests().len(), 1, "no token went there");
    insta::assert_snapshot!(error.to_string());
}

#[tokio::test]
async fn a_service_that_sends_on_and_on_or_elsewhere_is_left() {
    let circle = (0..4).fold(ScriptedTransport::new(), |it, hop| {
        it.then(301, &[("location", if hop % 2 == 0 { MOVED } else { OWN })], "")
    });
    let error = rest_v2(&circle).discover().await.unwrap_err();
    assert!(error.problem().contains("more than 3 times"), "{error}");
    assert_eq!(circle.requests().len(), 4);

    let elsewhere = ScriptedTransport::new().then(308, &[], "").then(
        301,
        &[("location", "https://pl4nted.example.com/api/")],
        "",
    );
    let client = rest_v2(&elsewhere);
    let error = client.send(Method::GET, "Assets", "").await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::UnexpectedAnswer);
    LeakCheck::new(["pl4nted"]).error(&error);
    assert_eq!(client.endpoint().to_string(), OWN.trim_end_matches('/'), "nothing is remembered of it");

    let refused = ScriptedTransport::new().then(301, &[("location", MOVED)], "").then(403, &[], "");
    let error = rest_v2(&refused).discover().await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Refused);
}

#[tokio::test]
async fn a_host_that_is_gone_is_explained() {
    let gone =
        CredentialError::new(CredentialErrorKind::Unreachable, "the host name does not resolve", "check it")
            .with_network_failure(NetworkFailure::Dns);
    let service = ScriptedTransport::new().then_result(Err(gone));
    let error = rest_v2(&service).get::<Value>("Assets").await.unwrap_err();
    assert!(error.fix().contains("retired on 2024-06-30"), "{error}");
}

#[tokio::test]
async fn a_demand_for_claims_and_an_expired_token_are_answered_once() {
    let claims = r#"Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ""#;
    let expired = r#"{"error":{"code":"ExpiredAuthenticationToken","message":"x"}}"#;
    let service = ScriptedTransport::new()
        .then(401, &[("www-authenticate", claims)], "")
        .then_json(r#"{"name":"a"}"#)
        .then(401, &[], expired)
        .then_json(r#"{"name":"a"}"#)
        .then(401, &[("www-authenticate", claims)], "")
        .then(401, &[("www-authenticate", claims)], "");
    let tokens = Tokens::default();
    let client = arm(&service, &tokens);
    for _ in 0..2 {
        client.get::<Value>(&account().path()).await.unwrap();
    }
    let error = client.get::<Value>(&account().path()).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Refused);
    let sent: Vec<_> = service
        .requests()
        .iter()
        .map(|it| it.headers()["authorization"].to_str().unwrap().to_owned())
        .collect();
    let expected = ["0", "1", "1", "2", "2", "3"].map(|number| format!("Bearer token-{number}"));
    assert_eq!(sent, expected);
    assert_eq!(tokens.asked.lock().unwrap()[1], r#"{"access_token":{}}"#);
}

#[test]
fn places_that_resource_manager_may_name() {
    let read = |arm: &ArmEndpoint, address: &str| {
        let body = json!({"properties":{"apiEndpoints":[{"endpoint":address,"majorVersion":"2"}]}});
        ams_aad::arm::read_rest_v2_endpoint(arm, &http::Response::new(body.to_string().into()))
    };
    let public = ArmEndpoint::of_cloud(MediaCloud::Public).unwrap();
    let own = ArmEndpoint::parse_custom("https://stack.example").unwrap();
    let local = ArmEndpoint::parse_local("http://127.0.0.1:5000").unwrap();
    for (arm, address) in [
        (&public, MOVED),
        (&own, "https://stack.example/media/api/"),
        (&local, "https://localhost:5001/api/"),
    ] {
        assert_eq!(read(arm, address).unwrap().to_string(), address.trim_end_matches('/'));
    }
    for (arm, address) in [
        (&public, "https://abc.restv2.chinaeast.media.chinacloudapi.cn/api/"),
        (&public, "https://pl4nted.example/api/"),
        (&public, "http://myaccount.restv2.westus.media.azure.net/api/"),
        (&own, "https://pl4nted.example/api/"),
        (&own, "http://stack.example/api/"),
        (&own, MOVED),
        (&local, "https://pl4nted.example/api/"),
        (&public, ""),
    ] {
        let error = read(arm, address).expect_err(address);
        assert_eq!(error.kind(), CredentialErrorKind::UnexpectedAnswer, "{address}");
        LeakCheck::new(["pl4nted"]).error(&error);
    }
    let none = http::Response::new(r#"{"properties":{"apiEndpoints":[{"majorVersion":"1"}]}}"#.into());
    let error = ams_aad::arm::read_rest_v2_endpoint(&public, &none).unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::NotConfigured);
}

#[tokio::test]
async fn a_list_without_an_end_is_left() {
    let link = format!("https://management.azure.com{}", account().child_path("assets"));
    let page = json!({"value":[1],"nextLink":link}).to_string();
    let service = (0..1001).fold(ScriptedTransport::new(), |it, _| it.then_json(&page));
    let error =
        arm(&service, &Tokens::default()).list::<u32>(&account().child_path("assets")).await.unwrap_err();
    assert!(error.problem().contains("1000 pages"), "{error}");
}

/// From a block without a REST v2 endpoint to a first asset, over TLS.
#[tokio::test]
async fn resource_manager_tells_where_rest_v2_is() {
    let emulator = Emulator::start().await.unwrap();
    let mut block: Value = serde_json::from_str(&emulator.ams_portal_json()).unwrap();
    block.as_object_mut().unwrap().remove("AmsRestApiEndpoint");
    let principal = ServicePrincipal::from_configuration(&block.to_string()).unwrap();
    let transport = emulator.http_client();
    assert_eq!(principal.rest_v2_endpoint().unwrap_err().kind(), CredentialErrorKind::NotConfigured);

    let arm = principal.arm_credential(transport.clone()).unwrap();
    let arm = ArmClient::new(arm, principal.arm_endpoint().unwrap(), transport.clone());
    let endpoint = arm.rest_v2_endpoint(principal.account().unwrap()).await.unwrap();
    let client =
        RestV2Client::new(principal.rest_v2_credential(transport.clone()).unwrap(), endpoint, transport);
    client.discover().await.unwrap();
    let film: Value = client.post("Assets", r#"{"Name":"film"}"#).await.unwrap();
    assert_eq!(film["Name"], "film");
    let seen: Vec<Value> = arm.list(&principal.account().unwrap().child_path("assets")).await.unwrap();
    assert_eq!(seen.len(), 1);
}

/// Access that was revoked is asked for anew, with the claims of the challenge, and the call goes on.
#[tokio::test]
async fn revoked_access_is_renewed_over_tls() {
    let emulator = Emulator::start().await.unwrap();
    let transport = emulator.http_client();
    let principal = ServicePrincipal::from_configuration(&emulator.ams_portal_json()).unwrap();
    let principal = principal.handles_claims_challenges();
    let arm = principal.arm_credential(transport.clone()).unwrap();
    let arm = ArmClient::new(arm, principal.arm_endpoint().unwrap(), transport.clone());
    let rest_v2 = principal.rest_v2_credential(transport.clone()).unwrap();
    let rest_v2 = RestV2Client::new(rest_v2, principal.rest_v2_endpoint().unwrap().clone(), transport);
    let path = principal.account().unwrap().path();
    let before: Value = arm.get(&path).await.unwrap();
    let _assets: Vec<Value> = rest_v2.list("Assets").await.unwrap();

    emulator.revoke_sessions(&emulator.accounts().client_id).unwrap();
    assert_eq!(arm.get::<Value>(&path).await.unwrap(), before);
    let _assets: Vec<Value> = rest_v2.list("Assets").await.unwrap();
    let refused = emulator.requests().iter().filter(|it| it.refusal.is_some()).count();
    assert_eq!(refused, 2, "each API challenged once");
}

#[tokio::test]
async fn debug_shows_no_token() {
    let check = LeakCheck::new(["token-0"]);
    let service = ScriptedTransport::new().then_json("{}").then_json("{}");
    let (v2, v3) = (rest_v2(&service), arm(&service, &Tokens::default()));
    v2.get::<Value>("Assets").await.unwrap();
    v3.get::<Value>(&account().path()).await.unwrap();
    check.debug(&v2);
    check.debug(&v3);
}
