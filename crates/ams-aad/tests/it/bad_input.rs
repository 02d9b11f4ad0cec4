//! Wrong inputs are found before anything is sent, and named.

use ams_aad::{ArmEndpoint, MediaCloud, RestV2Endpoint, ServicePrincipal, arm, rest_v2};
use credential::CredentialErrorKind;
use credential_testkit::ScriptedTransport;
use entra::Authority;
use http::Method;

use crate::{CLIENT_ID, SECRET, TENANT, builder};

#[test]
fn service_principals() {
    for (tenant, client_id, secret, expected) in [
        ("", CLIENT_ID, SECRET, "tenant"),
        ("common", CLIENT_ID, SECRET, "tenant"),
        ("a/b", CLIENT_ID, SECRET, "tenant"),
        (TENANT, "", SECRET, "client id"),
        (TENANT, "a b", SECRET, "client id"),
        (TENANT, CLIENT_ID, "", "client secret"),
    ] {
        let error = ServicePrincipal::builder(tenant, client_id, secret).build().expect_err(expected);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
        assert!(error.problem().contains(expected), "{error}");
    }
    for bad in ["", "a b", "https://x?y"] {
        for built in [builder().rest_v2_resource(bad).build(), builder().arm_audience(bad).build()] {
            let error = built.expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(error.problem().contains("scope"), "{error}");
        }
    }
}

#[test]
fn clouds_are_not_mixed() {
    let endpoint = RestV2Endpoint::parse("https://abc.restv2.chinaeast.media.chinacloudapi.cn/api").unwrap();
    for (built, expected) in [
        (builder().rest_v2_endpoint(endpoint.clone()).build(), "REST v2 endpoint"),
        (
            builder().arm_endpoint(ArmEndpoint::of_cloud(MediaCloud::UsGovernment).unwrap()).build(),
            "Resource Manager endpoint",
        ),
        (builder().rest_v2_resource(MediaCloud::China.rest_v2_resource()).build(), "REST v2 resource"),
        (builder().arm_audience(MediaCloud::China.arm_audience()).build(), "Resource Manager audience"),
    ] {
        let error = built.expect_err(expected);
        assert!(
            error.problem().contains(expected) && error.problem().contains("different clouds"),
            "{error}"
        );
    }
    let other_authority = Authority::parse("https://login.stack.example").unwrap();
    assert!(builder().authority(other_authority).rest_v2_endpoint(endpoint).build().is_ok());
}

#[test]
fn an_unknown_authority_needs_resource_and_audience() {
    let authority = Authority::parse_local("http://127.0.0.1:5000").unwrap();
    let principal = builder().authority(authority.clone()).build().unwrap();
    let transport = ScriptedTransport::new().shared();
    for error in [
        principal.rest_v2_credential(transport.clone()).unwrap_err(),
        principal.arm_credential(transport.clone()).unwrap_err(),
        principal.arm_endpoint().unwrap_err(),
    ] {
        assert_eq!(error.kind(), CredentialErrorKind::NotConfigured, "{error}");
    }
    let full = builder()
        .authority(authority)
        .rest_v2_resource("https://r")
        .arm_audience("https://a/")
        .build()
        .unwrap();
    assert_eq!(full.rest_v2_credential(transport.clone()).unwrap().scope(), "https://r/.default");
    assert_eq!(full.arm_credential(transport).unwrap().scope(), "https://a//.default");
}

#[test]
fn requests() {
    let rest_v2 = RestV2Endpoint::parse_local("http://127.0.0.1:1").unwrap();
    for path in ["https://elsewhere.example/Assets", "Assets?$filter=a b", "Ass\nets"] {
        let error = rest_v2::request(&rest_v2, Method::GET, path, "").expect_err(path);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{path}");
    }
    assert!(rest_v2::request(&rest_v2, Method::GET, "Assets?$filter=Uri%20eq%20'https://x'", "").is_ok());

    let arm = ArmEndpoint::parse_local("http://127.0.0.1:1").unwrap();
    for path in
        ["/subscriptions", "/subscriptions?x=1", "/subscriptions?xapi-version=1", "/a b?api-version=1"]
    {
        let error = arm::request(&arm, Method::GET, path, "").expect_err(path);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{path}");
    }
}
