//! No secret gets out.

use ams_aad::{MediaAuthorizer, RestV2Endpoint, ServiceError, ServicePrincipal, arm, rest_v2};
use credential::{TokenCredential, TokenRequest};
use credential_testkit::{LeakCheck, ScriptedTransport};
use http::Method;

use crate::{CLIENT_ID, SECRET, TENANT, TOKEN, builder, response, token_json};

fn check() -> LeakCheck {
    LeakCheck::new([SECRET, TOKEN])
}

#[tokio::test]
async fn values_do_not_show_their_secrets() {
    let check = check();
    check.debug(&builder());
    let principal = builder().build().unwrap();
    check.debug(&principal);
    let transport = ScriptedTransport::new().then_json(&token_json()).then_json("{}");
    let credential = principal.rest_v2_credential(transport.shared()).unwrap();
    assert_eq!(credential.get_token(&TokenRequest::default()).await.unwrap().expose(), TOKEN);
    check.debug(&credential);
    let endpoint = RestV2Endpoint::parse_local("http://127.0.0.1:1").unwrap();
    let authorizer = MediaAuthorizer::rest_v2(credential, &endpoint);
    check.debug(&authorizer);
    let request = rest_v2::request(&endpoint, Method::GET, "Assets", "").unwrap();
    authorizer.send(&transport, request).await.unwrap();
    check.debug(&transport.requests()[1].headers());
}

/// A service that sends back what it got, in every place there is.
#[test]
fn errors_show_no_secrets_even_when_the_service_repeats_them() {
    let check = check();
    let repeated = format!("{SECRET} {TOKEN}");
    let quoted = serde_json::Value::from(repeated.as_str());
    let challenge = format!(
        r#"Bearer error="{TOKEN}", error_description="{TOKEN}", authorization_uri="https://{TOKEN}/{TOKEN}""#
    );
    let headers = [
        ("content-type", format!("text/{TOKEN}-that-is-longer-than-forty-bytes")),
        ("www-authenticate", challenge),
        ("retry-after", TOKEN.to_owned()),
        ("request-id", TOKEN.to_owned()),
        ("x-ms-correlation-request-id", TOKEN.to_owned()),
        ("location", TOKEN.to_owned()),
    ];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for body in [
        repeated.clone(),
        quoted.to_string(),
        format!(r#"{{"error":{{"code":{quoted},"message":{quoted}}}}}"#),
        format!(r#"{{"error":{{"code":"AuthorizationFailed","message":"perform action '{repeated}'"}}}}"#),
        format!(r#"{{"error":{{"code":{quoted},"message":{{"lang":{quoted},"value":{quoted}}}}}}}"#),
        format!(r#"{{"odata.error":{{"code":"{TOKEN}","message":{{"value":{quoted}}}}}}}"#),
        format!(r#"{{"value":{quoted}}}"#),
    ] {
        for status in [200, 301, 400, 401, 403, 404, 409, 429, 500, 503] {
            let answer = response(status, &headers, &body);
            for error in [
                rest_v2::read_list::<u32>(&answer).unwrap_err(),
                rest_v2::read::<u32>(&answer).unwrap_err(),
                arm::read_list::<u32>(&answer).unwrap_err(),
                arm::read_page::<u32>(&answer).unwrap_err(),
                rest_v2::read_page::<u32>(&answer).unwrap_err(),
                arm::read::<u32>(&answer).unwrap_err(),
            ] {
                check.error(&error);
                assert_eq!(
                    ServiceError::of(&error).is_some(),
                    body.contains("error") && status != 200,
                    "{body}"
                );
            }
        }
    }
}

#[test]
fn inputs_in_the_wrong_place_are_not_echoed() {
    let check = check();
    for (tenant, client_id, secret) in [(SECRET, CLIENT_ID, SECRET), (TENANT, "pl4nted~S3cret+/= x", SECRET)]
    {
        let error = ServicePrincipal::builder(tenant, client_id, secret).build().unwrap_err();
        check.error(&error);
    }
    let keys =
        ["AadTenantId", "AadEndpoint", "ArmEndpoint", "AmsRestApiEndpoint", "AccountName", "AmsApiResource"];
    for key in keys {
        let mut block = serde_json::json!({
            "AadClientId": CLIENT_ID, "AadSecret": SECRET, "AadTenantId": TENANT, "AccountName": "abc",
            "ResourceGroup": "g", "SubscriptionId": "s", "AadEndpoint": "https://login.microsoftonline.com",
        });
        block[key] = format!("{SECRET} {TOKEN}").into();
        let error = ServicePrincipal::from_portal_json(&block.to_string()).expect_err(key);
        check.error(&error);
        let cut = &block.to_string()[..60];
        check.error(&ServicePrincipal::from_portal_json(cut).expect_err(key));
    }
}
