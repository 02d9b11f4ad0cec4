//! Configuration blocks of every origin and form.

use ams_aad::{ConfigurationForm, MediaCloud, MediaConfiguration, ServicePrincipal};
use credential::{CredentialErrorKind, TokenCredential, TokenRequest};
use credential_testkit::ScriptedTransport;

use crate::{CLIENT_ID, SECRET, SUBSCRIPTION, TENANT, token_json};

const ENV: ConfigurationForm = ConfigurationForm::Env;
const JSON: ConfigurationForm = ConfigurationForm::Json;
const XML: ConfigurationForm = ConfigurationForm::Xml;

/// Blocks with an app, one for each origin.
#[expect(clippy::too_many_lines, reason = "a table of blocks")]
fn blocks() -> Vec<(&'static str, ConfigurationForm, String)> {
    vec![
        (
            "az ams account sp create --xml",
            XML,
            format!(
                "<add key=\"Region\" value=\"West US\" />\n<add key=\"ResourceGroup\" value=\"my-group\" />\n\
                 <add key=\"AadEndpoint\" value=\"https://login.microsoftonline.com\" />\n\
                 <add key=\"AccountName\" value=\"myaccount\" />\n<add key=\"SubscriptionId\" value=\"{SUBSCRIPTION}\" />\n\
                 <add key=\"ArmAadAudience\" value=\"https://management.core.windows.net/\" />\n\
                 <add key=\"ArmEndpoint\" value=\"https://management.azure.com/\" />\n\
                 <add key=\"AadTenantId\" value=\"{TENANT}\" />\n<add key=\"AadClientId\" value=\"{CLIENT_ID}\" />\n\
                 <add key=\"AadSecret\" value=\"{SECRET}\" />\n"
            ),
        ),
        (
            "appsettings.json with a section",
            JSON,
            format!(
                r#"{{"Logging":{{"LogLevel":{{"Default":"Warning"}}}},"StorageAccountName":"s","Ams":{{"AadClientId":"{CLIENT_ID}",
                "AadSecret":"{SECRET}","AadTenantId":"{TENANT}","AccountName":"myaccount","ResourceGroup":"my-group",
                "SubscriptionId":"{SUBSCRIPTION}","_comment":"x"}}}}"#
            ),
        ),
        (
            "the newer portal's .env",
            ENV,
            format!(
                "# from the portal\nAZURE_CLIENT_ID={CLIENT_ID}\nAZURE_CLIENT_SECRET={SECRET}\nAZURE_TENANT_DOMAIN=contoso.com\n\
                 AZURE_TENANT_ID={TENANT}\nAZURE_MEDIA_SERVICES_ACCOUNT_NAME=myaccount\nAZURE_RESOURCE_GROUP=my-group\n\
                 AZURE_SUBSCRIPTION_ID={SUBSCRIPTION}\nAZURE_ARM_TOKEN_AUDIENCE=https://management.core.windows.net\n\
                 AZURE_ARM_ENDPOINT=https://management.azure.com\nAZURE_AAD_ENDPOINT=https://login.microsoftonline.com\n"
            ),
        ),
        (
            "the Node.js samples' .env, in China",
            ENV,
            format!(
                "AADCLIENTID=\"{CLIENT_ID}\"\r\nAADSECRET='{SECRET}'\r\nAADTENANTDOMAIN=\"contoso.com\"\r\nAADTENANTID=\"\"\r\n\
                 ACCOUNTNAME=\"myaccount\"\r\nRESOURCEGROUP=\"my-group\"\r\nSUBSCRIPTIONID=\"{SUBSCRIPTION}\"\r\n\
                 ARMAADAUDIENCE=\"https://management.core.chinacloudapi.cn/\"\r\n\
                 ARMENDPOINT=\"https://management.chinacloudapi.cn/\"\r\nAADENDPOINT=\"https://login.chinacloudapi.cn/\"\r\n"
            ),
        ),
        (
            "app.config of the samples for REST v2",
            XML,
            format!(
                r#"<?xml version="1.0" encoding="utf-8" ?>
                <configuration><startup><supportedRuntime version="v4.0" sku=".NETFramework,Version=v4.6.2" /></startup>
                <!-- <add key="AMSClientSecret" value="commented out" /> -->
                <appSettings><add key="AMSAADTenantDomain" value="contoso.com" />
                <add key='AMSRESTAPIEndpoint' value='https://myaccount.restv2.westus.media.azure.net/api/'></add>
                <add key="AMSClientId" value="{CLIENT_ID}"/><add value="{}" key="AMSClientSecret"/></appSettings></configuration>"#,
                SECRET.replace('+', "&#43;")
            ),
        ),
        (
            "Postman's environment for REST v2",
            JSON,
            format!(
                r#"{{"id":"x","name":"AzureMediaServices","values":[{{"key":"TenantID","value":"{TENANT}","enabled":true}},
                {{"key":"AzureADSTSEndpoint","value":"https://login.microsoftonline.us/{TENANT}/oauth2/token"}},
                {{"key":"RESTAPIEndpoint","value":"https://myaccount.restv2.usgovva.media.usgovcloudapi.net/api/"}},
                {{"key":"ClientID","value":"{CLIENT_ID}"}},{{"key":"ClientSecret","value":"{SECRET}"}},
                {{"key":"AccessToken","value":""}}],"timestamp":1}}"#
            ),
        ),
        (
            "Postman's collection for REST v3",
            JSON,
            format!(
                r#"{{"info":{{"name":"v3"}},"item":[{{"name":"a"}}],"variable":[{{"key":"aadTenantDomain","value":"contoso.com"}},
                {{"key":"aadClientId","value":"{CLIENT_ID}"}},{{"key":"aadClientSecret","value":"{SECRET}"}},
                {{"key":"subscriptionId","value":"{SUBSCRIPTION}"}},{{"key":"accountName","value":"myaccount"}},
                {{"key":"resourceGroup","value":"my-group"}},{{"key":"location","value":"westus"}},
                {{"key":"baseUrl","value":"management.azure.com"}},{{"key":"api-version","value":"2020-05-01"}},
                {{"key":"arm-resource","value":"https://management.core.windows.net/"}}]}}"#
            ),
        ),
        (
            "the Spring Boot starter's properties",
            ENV,
            format!(
                "azure.mediaservices.tenant=contoso.com\nazure.mediaservices.client-id={CLIENT_ID}\n\
                 azure.mediaservices.client-secret={SECRET}\n\
                 azure.mediaservices.rest-api-endpoint=https://myaccount.restv2.westus.media.azure.net/api/\n\
                 CONSUMER-GROUP-NAME=x\n"
            ),
        ),
    ]
}

#[tokio::test]
async fn every_origin_leads_to_a_token_request() {
    let mut text = String::new();
    for (name, form, block) in blocks() {
        let configuration = MediaConfiguration::parse(&block).expect(name);
        assert_eq!(configuration.form(), form, "{name}");
        assert_eq!(configuration.client_id(), Some(CLIENT_ID), "{name}");
        let transport = ScriptedTransport::new().then_json(&token_json());
        let principal = configuration.service_principal().expect(name);
        let credential = principal.rest_v2_credential(transport.shared()).unwrap();
        credential.get_token(&TokenRequest::default()).await.unwrap();
        let wire = transport.wire();
        assert!(wire.contains("client_secret=pl4nted%7ES3cret%2B%2F%3D"), "{name}: {wire}");
        text += &format!("### {name}\n{:#?}\n{wire}\n", configuration.environment());
    }
    insta::assert_snapshot!(text);
}

#[test]
fn blocks_without_an_app_name_the_missing_keys_when_it_is_asked_for() {
    let python = format!(
        "AADENDPOINT=\"https://login.microsoftonline.us\"\nAZURE_SUBSCRIPTION_ID= \"{SUBSCRIPTION}\"\n\
         AZURE_RESOURCE_GROUP=\"my-group\"\nAZURE_MEDIA_SERVICES_ACCOUNT_NAME=myaccount\n\
         AZURE_USER_ASSIGNED_IDENTITY=x\nAZURE_TENANT_ID={TENANT}\nCONSUMER-GROUP-NAME=\"$Default\"\n"
    );
    let configuration = MediaConfiguration::parse(&python).unwrap();
    assert_eq!(configuration.environment().cloud(), Some(MediaCloud::UsGovernment));
    assert_eq!((configuration.tenant(), configuration.client_id()), (Some(TENANT), None));
    let mut texts = configuration.service_principal().unwrap_err().to_string();
    for block in [
        "azure.mediaservices.account-name=abc\nazure.mediaservices.account-key=x",
        "AMSClientId=<id>\nAMSClientSecret=the portal cannot show it again",
        r#"<add key="AadSecret" value="***"/><add key="AadClientId" value=""/>"#,
        r#"{"values":[{"key":"TenantID","value":"x"},{"key":"ClientID","value":"{{ClientID}}"}]}"#,
    ] {
        let error = MediaConfiguration::parse(block).unwrap().service_principal().unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{block}");
        texts += &format!("\n{error}");
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn texts_of_blocks_that_cannot_be_read() {
    let mut texts = String::new();
    for (name, block) in [
        ("nothing", "\u{feff} \n"),
        ("a word", "planted"),
        ("a list", r#"[{"AadSecret":"planted"}]"#),
        ("a text", r#""planted=x""#),
        ("JSON cut off", r#"{"AadSecret":"planted"#),
        ("XML cut off", r#"<add key="AadSecret" value="planted"#),
        ("XML without a value", r#"<add key="AadSecret=planted" />"#),
        ("XML of mixed nesting", "<configuration><appSettings></configuration>planted"),
        ("XML with an unknown entity", r#"<add key="AadSecret" value="&planted;" />"#),
        ("a line without a sign", "AADSECRET=x\nplanted"),
        ("a key with a blank", "pl anted=x"),
        ("quotes that do not end", "AADSECRET=\"planted"),
        ("half an account", "ACCOUNTNAME=abc\nAADCLIENTID=x"),
        ("an endpoint elsewhere", "AMSRESTAPIEndpoint=https://planted.example.com/api\nAMSClientId=x"),
        (
            "a token endpoint elsewhere",
            "AzureADSTSEndpoint=http://planted.example.com/t/oauth2/token\nTenantID=x",
        ),
        (
            "mixed clouds",
            "AADENDPOINT=https://login.chinacloudapi.cn\nARMENDPOINT=https://management.azure.com",
        ),
    ] {
        let error = MediaConfiguration::parse(block).expect_err(name);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{name}");
        assert!(!format!("{error:?} {error}").contains("planted"), "{name}: {error}");
        texts += &format!("{name}\n  {error}\n");
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn http_on_this_machine_is_asked_for() {
    let block = format!(
        "AADENDPOINT=http://127.0.0.1:5000\nARMENDPOINT=http://127.0.0.1:5000\nAADTENANTID={TENANT}\nAADCLIENTID={CLIENT_ID}\n\
         AADSECRET={SECRET}"
    );
    assert!(ServicePrincipal::from_configuration(&block).is_err());
    let principal = ServicePrincipal::from_configuration_local(&block).unwrap();
    assert!(principal.arm_endpoint().unwrap().endpoint().is_loopback());
}
