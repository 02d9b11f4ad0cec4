//! Wrong inputs are found before anything is sent, and named.

use credential::{CredentialErrorKind, TokenCredential, TokenRequest};
use credential_testkit::ScriptedTransport;
use entra::{ClientSecretCredential, ClientSecretFlow};

use crate::{CLIENT_ID, SECRET, TENANT, VAULT, builder};

#[test]
fn constructors() {
    let mut texts = String::new();
    for (name, tenant, client_id, secret) in [
        ("empty tenant", "", CLIENT_ID, SECRET),
        ("tenant with a path", "contoso.com/x", CLIENT_ID, SECRET),
        ("tenant that climbs", "..", CLIENT_ID, SECRET),
        ("tenant of many", "organizations", CLIENT_ID, SECRET),
        ("empty client id", TENANT, "", SECRET),
        ("client id with a space", TENANT, "my app", SECRET),
        ("empty secret", TENANT, CLIENT_ID, ""),
        ("blank secret", TENANT, CLIENT_ID, " \n"),
    ] {
        let transport = ScriptedTransport::new();
        let built =
            ClientSecretCredential::builder(tenant, client_id, secret).transport(transport.shared()).build();
        let error = built.expect_err(name);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{name}");
        texts += &format!("{name}\n  {error}\n");
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn options() {
    for scope in ["", "https://vault.azure.net", "a b/.default"] {
        let error = builder(&ScriptedTransport::new()).default_scope(scope).build().expect_err(scope);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
        assert!(error.to_string().contains("scope"), "{error}");
    }
    for tenant in ["", "common", "a/b"] {
        let built = builder(&ScriptedTransport::new()).additionally_allowed_tenants([tenant]).build();
        assert!(built.expect_err(tenant).to_string().contains("tenant"));
    }
}

#[tokio::test]
async fn requests() {
    let mut texts = String::new();
    let credential = builder(&ScriptedTransport::new()).build().unwrap();
    for (name, request) in [
        ("no scope", TokenRequest::default()),
        ("two scopes", TokenRequest::new([VAULT, "https://graph.microsoft.com/.default"])),
        ("a user's scope", TokenRequest::new(["User.Read"])),
        ("a resource", TokenRequest::new(["https://vault.azure.net"])),
        ("no resource", TokenRequest::new(["/.default"])),
        ("an odd scope", TokenRequest::new(["https://vault.azure.net/.default?x"])),
        ("another tenant", TokenRequest::new([VAULT]).with_tenant("fabrikam.com")),
        ("a bad tenant", TokenRequest::new([VAULT]).with_tenant("fabrikam.com/..")),
        ("bad claims", TokenRequest::new([VAULT]).with_claims("eyJhY2Nlc3NfdG9rZW4iOnt9fQ==")),
    ] {
        let error = credential.get_token(&request).await.expect_err(name);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{name}");
        texts += &format!("{name}\n  {error}\n");
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn the_flow_alone_checks_too() {
    let flow = ClientSecretFlow::new(CLIENT_ID, SECRET).unwrap();
    for (tenant, scope, claims) in
        [("common", VAULT, None), ("a/b", VAULT, None), (TENANT, "x", None), (TENANT, VAULT, Some("x"))]
    {
        let error = flow.request(tenant, scope, claims).unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{tenant} {scope}");
    }
}
