//! Wrong inputs are found before anything is sent, and named.

use ams_aad::{ArmEndpoint, MediaAccount, MediaCloud, RestV2Endpoint, ServicePrincipal, arm, rest_v2};
use credential::CredentialErrorKind;
use credential_testkit::ScriptedTransport;
use entra::Authority;
use http::Method;

use crate::{CLIENT_ID, SECRET, SUBSCRIPTION, TENANT, builder};

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
fn the_closed_german_cloud_is_not_known_and_can_be_named_part_by_part() {
    assert_eq!(MediaCloud::of_host("login.microsoftonline.de"), None);
    let host = "https://abc.restv2.germanycentral.media.cloudapi.de/api";
    assert!(RestV2Endpoint::parse(host).is_err());
    let principal = builder()
        .authority(Authority::parse("https://login.microsoftonline.de").unwrap())
        .rest_v2_resource("https://rest.media.cloudapi.de")
        .rest_v2_endpoint(RestV2Endpoint::parse_custom(host).unwrap())
        .arm_audience("https://management.core.cloudapi.de/")
        .arm_endpoint(ArmEndpoint::parse_custom("https://management.microsoftazure.de").unwrap())
        .build()
        .unwrap();
    let transport = ScriptedTransport::new().shared();
    assert_eq!(
        principal.rest_v2_credential(transport.clone()).unwrap().scope(),
        "https://rest.media.cloudapi.de/.default"
    );
    assert_eq!(
        principal.arm_credential(transport).unwrap().scope(),
        "https://management.core.cloudapi.de//.default"
    );
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
    for path in
        ["https://elsewhere.example/Assets", "Assets?$filter=a b", "Ass\nets", "Assets('film#2')", "Assets#"]
    {
        let error = rest_v2::request(&rest_v2, Method::GET, path, "").expect_err(path);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{path}");
    }
    assert!(rest_v2::request(&rest_v2, Method::GET, "Assets?$filter=Uri%20eq%20'https://x'", "").is_ok());

    let arm = ArmEndpoint::parse_local("http://127.0.0.1:1").unwrap();
    let account = MediaAccount::new(SUBSCRIPTION, "my-group", "myaccount").unwrap();
    for path in [
        "/subscriptions",
        "/subscriptions?x=1",
        "/subscriptions?xapi-version=1",
        "/a b?api-version=1",
        "/a?api-version=1#",
        &account.child_path("assets/film#2"),
        &account.child_path("assets?$filter=name%20eq%20'film#2'"),
    ] {
        let error = arm::request(&arm, Method::GET, path, "").expect_err(path);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{path}");
    }
}
