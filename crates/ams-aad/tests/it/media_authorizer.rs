//! The token goes to its endpoint and nowhere else.

use ams_aad::{ArmEndpoint, MediaAuthorizer, MediaCloud, RestV2Endpoint, rest_v2};
use bytes::Bytes;
use credential::{
    AuthorizeRequest, CredentialError, CredentialErrorKind, NetworkFailure, TokenCredential, TokenRequest,
};
use credential_testkit::ScriptedTransport;
use http::{Method, Request};

use crate::{TOKEN, builder, token_json};

const ENDPOINT: &str = "https://abc.restv2.westus.media.azure.net/api/";

#[tokio::test]
async fn other_hosts_get_no_token_and_none_is_fetched() {
    let endpoint = RestV2Endpoint::parse(ENDPOINT).unwrap();
    let credential =
        builder().build().unwrap().rest_v2_credential(ScriptedTransport::new().shared()).unwrap();
    let authorizer = MediaAuthorizer::rest_v2(credential, &endpoint);
    for uri in [
        "https://abc.restv2.westus.media.azure.net.example.com/api/Assets",
        "https://other.restv2.westus.media.azure.net/api/Assets",
        "https://abc.restv2.westus.media.azure.net:8443/api/Assets",
        "http://abc.restv2.westus.media.azure.net/api/Assets",
        "https://a@abc.restv2.westus.media.azure.net/api/Assets",
        "/api/Assets",
    ] {
        let mut request = Request::get(uri).body(Bytes::new()).unwrap();
        let error = authorizer.authorize(&mut request).await.expect_err(uri);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{uri}");
        assert!(request.headers().is_empty(), "{uri}");
    }
}

#[tokio::test]
async fn the_same_origin_in_another_spelling_is_the_endpoint() {
    let entra = ScriptedTransport::new().then_json(&token_json());
    let endpoint = ArmEndpoint::of_cloud(MediaCloud::Public).unwrap();
    let credential = builder().build().unwrap().arm_credential(entra.shared()).unwrap();
    let authorizer = MediaAuthorizer::arm(credential, &endpoint);
    for uri in ["https://management.azure.com/subscriptions", "https://MANAGEMENT.azure.com:443/"] {
        let mut request = Request::get(uri).body(Bytes::new()).unwrap();
        authorizer.authorize(&mut request).await.expect(uri);
        assert_eq!(request.headers()["authorization"], format!("Bearer {TOKEN}"));
        assert!(request.headers()["authorization"].is_sensitive());
    }
}

#[tokio::test]
async fn a_host_that_is_gone_is_explained() {
    let gone =
        CredentialError::new(CredentialErrorKind::Unreachable, "the host name does not resolve", "check it")
            .with_network_failure(NetworkFailure::Dns);
    let transport = ScriptedTransport::new().then_json(&token_json()).then_result(Err(gone));
    let endpoint = RestV2Endpoint::parse(ENDPOINT).unwrap();
    let credential = builder().build().unwrap().rest_v2_credential(transport.shared()).unwrap();
    let request = rest_v2::request(&endpoint, Method::GET, "Assets", "").unwrap();
    let error = MediaAuthorizer::rest_v2(credential, &endpoint).send(&transport, request).await.unwrap_err();
    assert_eq!(error.network_failure(), Some(NetworkFailure::Dns));
    insta::assert_snapshot!(error.to_string());
}

#[tokio::test]
async fn a_resource_that_is_gone_is_explained() {
    let body = r#"{"error":"invalid_resource","error_codes":[500011]}"#;
    let transport = ScriptedTransport::new().then(400, &[], body).then(400, &[], body);
    let principal = builder().build().unwrap();
    let rest_v2 = principal.rest_v2_credential(transport.shared()).unwrap();
    let error = rest_v2.get_token(&TokenRequest::default()).await.unwrap_err();
    insta::assert_snapshot!(error.to_string());
    let arm = principal.arm_credential(transport.shared()).unwrap();
    let error = arm.get_token(&TokenRequest::default()).await.unwrap_err();
    assert!(!error.fix().contains("retire"), "Resource Manager lives: {error}");
}
