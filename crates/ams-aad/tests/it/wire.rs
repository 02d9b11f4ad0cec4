//! The requests, byte for byte.

use ams_aad::{ArmEndpoint, MediaAccount, MediaCloud, RestV2Endpoint, arm, rest_v2};
use credential::{TokenCredential, TokenRequest};
use credential_testkit::{ScriptedTransport, wire};
use entra::ProtocolVersion;
use http::Method;

use crate::{SUBSCRIPTION, builder, token_json};

/// The token requests of every cloud, API and version of the endpoint.
#[tokio::test]
async fn token_requests() {
    let mut text = String::new();
    for cloud in MediaCloud::ALL {
        for version in [ProtocolVersion::V1, ProtocolVersion::V2] {
            let principal = builder().cloud(*cloud).build().unwrap().with_version(version);
            let transport = ScriptedTransport::new().then_json(&token_json()).then_json(&token_json());
            let rest_v2 = principal.rest_v2_credential(transport.shared()).unwrap();
            let arm = principal.arm_credential(transport.shared()).unwrap();
            for _ in 0..2 {
                rest_v2.get_token(&TokenRequest::default()).await.unwrap();
                arm.get_token(&TokenRequest::default()).await.unwrap();
            }
            assert_eq!((rest_v2.scope(), arm.scope()), (cloud.rest_v2_scope(), cloud.arm_scope()));
            text += &format!("### {cloud:?} {version:?}\n{}\n", transport.wire());
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn rest_v2_requests() {
    let endpoint = RestV2Endpoint::parse("https://ams000003.restv2.westus2-2.media.azure.net/api/").unwrap();
    let requests = [
        rest_v2::request(&endpoint, Method::GET, "Assets?$top=1", "").unwrap(),
        rest_v2::request(&endpoint, Method::POST, "/Assets", r#"{"Name":"film"}"#).unwrap(),
        rest_v2::request(&endpoint, Method::DELETE, "Assets('nb:cid:UUID:1')", "").unwrap(),
        rest_v2::request(&endpoint, Method::GET, "", "").unwrap(),
    ];
    insta::assert_snapshot!(requests.iter().map(wire).collect::<Vec<_>>().join("\n"));
}

#[test]
fn arm_requests() {
    let endpoint = ArmEndpoint::of_cloud(MediaCloud::Public).unwrap();
    let account = MediaAccount::new(SUBSCRIPTION, "my-group", "myaccount").unwrap();
    let body = r#"{"properties":{"description":"film"}}"#;
    let requests = [
        arm::request(&endpoint, Method::GET, &account.path(), "").unwrap(),
        arm::request(&endpoint, Method::GET, &account.child_path("assets?$top=1"), "").unwrap(),
        arm::request(&endpoint, Method::PUT, &account.child_path("assets/film"), body).unwrap(),
        arm::request(&endpoint, Method::GET, &account.child_path("transforms/t/jobs"), "").unwrap(),
    ];
    insta::assert_snapshot!(requests.iter().map(wire).collect::<Vec<_>>().join("\n"));
}
