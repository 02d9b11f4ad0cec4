//! The configuration blocks.

use ams_aad::{MediaCloud, ServicePrincipal};
use credential::{CredentialErrorKind, TokenCredential, TokenRequest};
use credential_testkit::ScriptedTransport;

use crate::{CLIENT_ID, SECRET, SUBSCRIPTION, TENANT, token_json};

/// What `az ams account sp create` prints.
fn command_line_block() -> String {
    format!(
        r#"{{"AadClientId":"{CLIENT_ID}","AadEndpoint":"https://login.microsoftonline.com","AadSecret":"{SECRET}",
        "AadTenantId":"{TENANT}","AccountName":"myaccount","ArmAadAudience":"https://management.core.windows.net/",
        "ArmEndpoint":"https://management.azure.com/","Location":"West US","Region":"West US","ResourceGroup":"my-group",
        "SubscriptionId":"{SUBSCRIPTION}","Role":"Contributor","ServicePrincipalName":"film"}}"#
    )
}

/// The block of the migration from v2 to v3, without trailing slashes and with the samples' other keys.
fn migration_block() -> String {
    format!(
        r#"{{"_comment":["a"],"SymmetricKey":"c2VjcmV0","EventHubName":"","AadClientId":" {CLIENT_ID} ",
        "AadEndpoint":"https://login.chinacloudapi.cn/","AadSecret":"{SECRET}","AadTenantId":"",
        "AadTenantDomain":"contoso.partner.onmschina.cn","ArmAadAudience":"https://management.core.chinacloudapi.cn",
        "ArmEndpoint":"https://management.chinacloudapi.cn","AmsApiResource":"https://rest.media.chinacloudapi.cn",
        "AmsRestApiEndpoint":"https://myaccount.restv2.chinaeast.media.chinacloudapi.cn/api","AccountName":"myaccount",
        "ResourceGroup":"my-group","SubscriptionId":"{SUBSCRIPTION}"}}"#
    )
}

/// The newer portal's block, of a private cloud.
fn newer_block() -> String {
    format!(
        "\u{feff}\r\n{}",
        format_args!(
            r#"{{"AZURE_CLIENT_ID":"{CLIENT_ID}","AZURE_CLIENT_SECRET":"{SECRET}","AZURE_TENANT_DOMAIN":"contoso.com",
            "AZURE_TENANT_ID":"{TENANT}","AZURE_MEDIA_SERVICES_ACCOUNT_NAME":"myaccount","AZURE_RESOURCE_GROUP":"my-group",
            "AZURE_SUBSCRIPTION_ID":"{SUBSCRIPTION}","AZURE_ARM_TOKEN_AUDIENCE":"https://management.stack.example/",
            "AZURE_ARM_ENDPOINT":"https://management.stack.example","AZURE_AAD_ENDPOINT":"https://login.stack.example"}}"#
        )
    )
}

/// The block of the older samples for Node.js.
fn node_block() -> String {
    format!(
        r#"{{"AADCLIENTID":"{CLIENT_ID}","AADSECRET":"{SECRET}","AADTENANTDOMAIN":"contoso.com","AADTENANTID":"{TENANT}",
        "ACCOUNTNAME":"myaccount","RESOURCEGROUP":"my-group","SUBSCRIPTIONID":"{SUBSCRIPTION}",
        "ARMAADAUDIENCE":"https://management.core.usgovcloudapi.net/","ARMENDPOINT":"https://management.usgovcloudapi.net/",
        "AADENDPOINT":"https://login.microsoftonline.us/"}}"#
    )
}

#[tokio::test]
async fn every_family_leads_to_a_token_request() {
    let mut text = String::new();
    for block in [command_line_block(), migration_block(), newer_block(), node_block()] {
        let principal = ServicePrincipal::from_portal_json(&block).unwrap();
        let account = principal.account().unwrap();
        assert_eq!(
            (account.subscription(), account.resource_group(), account.name()),
            (SUBSCRIPTION, "my-group", "myaccount")
        );
        let transport = ScriptedTransport::new().then_json(&token_json());
        let credential = principal.arm_credential(transport.shared()).unwrap();
        credential.get_token(&TokenRequest::default()).await.unwrap();
        text += &format!("{principal:#?}\n{}\n\n", transport.wire());
    }
    insta::assert_snapshot!(text);
}

#[test]
fn endpoints_come_from_the_block_or_the_cloud() {
    let full = ServicePrincipal::from_portal_json(&migration_block()).unwrap();
    assert_eq!(full.rest_v2_endpoint().unwrap().cloud(), Some(MediaCloud::China));
    assert_eq!(full.authority(), &MediaCloud::China.authority());

    let least = format!(r#"{{"AadClientId":"{CLIENT_ID}","AadSecret":"{SECRET}","AadTenantId":"{TENANT}"}}"#);
    let least = ServicePrincipal::from_portal_json(&least).unwrap();
    assert_eq!(least.arm_endpoint().unwrap().to_string(), "https://management.azure.com");
    for error in [least.rest_v2_endpoint().unwrap_err(), least.account().unwrap_err()] {
        assert_eq!(error.kind(), CredentialErrorKind::NotConfigured, "{error}");
    }

    let private = ServicePrincipal::from_portal_json(&newer_block()).unwrap();
    let error = private.rest_v2_credential(ScriptedTransport::new().shared()).unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::NotConfigured, "{error}");
    assert!(error.fix().contains("AmsApiResource"), "{error}");
}

#[test]
fn an_emulator_is_asked_for() {
    let block = |origin: &str| {
        format!(
            r#"{{"AadClientId":"{CLIENT_ID}","AadSecret":"{SECRET}","AadTenantId":"{TENANT}","AadEndpoint":"{origin}",
            "ArmEndpoint":"{origin}/","AmsRestApiEndpoint":"{origin}/api/","ArmAadAudience":"https://management.core.windows.net/",
            "AmsApiResource":"https://rest.media.azure.net"}}"#
        )
    };
    let error = ServicePrincipal::from_portal_json(&block("http://127.0.0.1:5000")).unwrap_err();
    assert!(error.to_string().contains("AadEndpoint"), "{error}");
    for principal in [
        ServicePrincipal::from_portal_json_local(&block("http://127.0.0.1:5000")).unwrap(),
        ServicePrincipal::from_portal_json(&block("https://localhost:5000")).unwrap(),
    ] {
        assert!(principal.arm_endpoint().unwrap().endpoint().is_loopback());
        assert!(principal.rest_v2_endpoint().unwrap().endpoint().is_loopback());
        assert!(principal.rest_v2_credential(ScriptedTransport::new().shared()).is_ok());
    }
}

fn bad_blocks() -> Vec<(&'static str, String)> {
    let with = |from: &str, to: &str| {
        let block = command_line_block();
        assert!(block.contains(from), "{from}");
        block.replace(from, to)
    };
    vec![
        ("nothing", " \n".to_owned()),
        ("XML", r#"<add key="AadSecret" value="planted" />"#.to_owned()),
        (".env", "AADSECRET=planted".to_owned()),
        ("a list", r#"[{"AadSecret":"planted"}]"#.to_owned()),
        ("cut off", r#"{"AadSecret":"planted"#.to_owned()),
        ("an unquoted value", r#"{"AadSecret":planted}"#.to_owned()),
        ("no keys", "{}".to_owned()),
        ("no app chosen yet", r#"{"AadTenantId":"planted","AccountName":"abc"}"#.to_owned()),
        (
            "newer, incomplete",
            r#"{"AZURE_TENANT_ID":"planted","AZURE_SUBSCRIPTION_ID":"planted"}"#.to_owned(),
        ),
        ("no account name", with(r#""AccountName":"myaccount","#, "")),
        ("a blank resource group and subscription", with("my-group", " ").replace(SUBSCRIPTION, "")),
        ("an account name that is null, a placeholder for the group", {
            with(r#""myaccount""#, "null").replace("my-group", "<group>")
        }),
        ("older, incomplete", r#"{"AADSECRET":"planted","ACCOUNTNAME":"planted"}"#.to_owned()),
        (
            "placeholders",
            format!(
                r#"{{"AadClientId":"<your client id>","AadSecret":"{{secret}}","AadTenantId":"xxxxxxxx-xxxx","AccountName":5,"ArmEndpoint":"<{SECRET}>"}}"#
            ),
        ),
        ("the notice", with(SECRET, "Cannot be shown again; planted")),
        ("a tenant with a path", with(TENANT, "planted/x")),
        ("an app id with a space", with(CLIENT_ID, "planted x")),
        ("http", with("https://login", "http://login")),
        ("a tenant in the endpoint", with("login.microsoftonline.com", "login.microsoftonline.com/planted")),
        ("another Resource Manager", with("management.azure.com", "planted.example.com")),
        ("another cloud's Resource Manager", with("management.azure.com", "management.chinacloudapi.cn")),
        ("another cloud's audience", with("management.core.windows.net", "management.core.chinacloudapi.cn")),
        ("a strange audience", with("https://management.core.windows.net/", "planted audience")),
        (
            "a REST v2 host of somebody else",
            with("\"Role\":\"Contributor\"", "\"AmsRestApiEndpoint\":\"https://planted.example.com/api/\""),
        ),
        ("a subscription that climbs", with(SUBSCRIPTION, "planted/..")),
        ("an account with capitals", with("myaccount", "Planted")),
    ]
}

#[test]
fn bad_blocks_are_refused_with_the_names_of_their_keys() {
    let mut texts = String::new();
    for (name, block) in bad_blocks() {
        let error = ServicePrincipal::from_portal_json(&block).expect_err(name);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{name}");
        assert!(!format!("{error:?}").contains("planted"), "{name}: {error}");
        texts += &format!("{name}\n  {error}\n");
    }
    insta::assert_snapshot!(texts);
}
