//! The requests, byte for byte.

use credential_testkit::wire;
use entra::{Authority, ClientSecretFlow, Cloud, ProtocolVersion};

use crate::{CLIENT_ID, SECRET, TENANT, VAULT};

#[expect(clippy::unwrap_used, reason = "constants of this file")]
fn flow() -> ClientSecretFlow {
    ClientSecretFlow::new(CLIENT_ID, SECRET).unwrap()
}

#[test]
fn client_secret_v2() {
    insta::assert_snapshot!(wire(&flow().request(TENANT, VAULT, None).unwrap()));
}

#[test]
fn client_secret_v2_with_claims() {
    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;
    insta::assert_snapshot!(wire(&flow().request(TENANT, VAULT, Some(claims)).unwrap()));
}

#[test]
fn client_secret_v1() {
    let flow = flow().with_version(ProtocolVersion::V1).with_authority(Authority::cloud(Cloud::China));
    insta::assert_snapshot!(wire(
        &flow.request("contoso.cn", "https://rest.media.chinacloudapi.cn/.default", None).unwrap()
    ));
}

#[test]
fn client_secret_v1_keeps_the_slash_of_the_resource() {
    let flow = flow().with_version(ProtocolVersion::V1);
    insta::assert_snapshot!(wire(
        &flow.request(TENANT, "https://management.core.windows.net//.default", None).unwrap()
    ));
}

#[test]
fn client_secret_at_a_custom_authority_with_a_path() {
    let flow = flow().with_authority(Authority::parse("https://login.stack.example/private/").unwrap());
    insta::assert_snapshot!(wire(
        &flow.request("adfs", "https://management.stack.example//.default", None).unwrap()
    ));
}

#[test]
fn the_form_decodes_to_the_secret() {
    let request = flow().request(TENANT, VAULT, None).unwrap();
    let sent = form_urlencoded::parse(request.body()).find(|(name, _)| name == "client_secret").unwrap();
    assert_eq!(sent.1, SECRET);
}
