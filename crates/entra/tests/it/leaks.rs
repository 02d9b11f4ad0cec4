//! No secret gets out.

use credential::{TokenCredential, TokenRequest};
use credential_testkit::{LeakCheck, ScriptedTransport};
use entra::{ClientSecretFlow, OAuthError, TokenResponse};

use crate::{CLIENT_ID, SECRET, VAULT, builder, token_json};

const TOKEN: &str = "planted-access-token";

fn check() -> LeakCheck {
    LeakCheck::new([SECRET, TOKEN])
}

#[tokio::test]
async fn values_do_not_show_their_secrets() {
    let check = check();
    check.debug(&ClientSecretFlow::new(CLIENT_ID, SECRET).unwrap());
    let entra = ScriptedTransport::new().then_json(&token_json(TOKEN));
    let unbuilt = builder(&entra);
    check.debug(&unbuilt);
    let credential = unbuilt.build().unwrap();
    let token = credential.get_token(&TokenRequest::new([VAULT])).await.unwrap();
    assert_eq!(token.expose(), TOKEN);
    check.debug(&token);
    check.debug(&credential);
    let response = http::Response::new(bytes::Bytes::from(token_json(TOKEN)));
    check.debug(&TokenResponse::read(&response, std::time::SystemTime::UNIX_EPOCH).unwrap());
}

/// A server that sends back what it got, in every place there is.
#[tokio::test]
async fn errors_show_no_secrets_even_when_the_server_repeats_them() {
    let check = check();
    let repeated = format!("{SECRET} {TOKEN}");
    let quoted = serde_json::Value::from(repeated.clone());
    let bodies = [
        repeated.clone(),
        format!("<html>{repeated}</html>"),
        quoted.to_string(),
        format!("[{quoted}]"),
        format!(r#"{{"error":{quoted}}}"#),
        format!(
            r#"{{"error":"invalid_client","error_description":{quoted},"suberror":{quoted},"trace_id":{quoted},"correlation_id":{quoted},"timestamp":{quoted},"claims":{quoted},"error_uri":{quoted},"error_codes":[{quoted}]}}"#
        ),
        format!(
            r#"{{"error":"invalid_client","error_description":"{TOKEN}: {TOKEN}","suberror":"{TOKEN}"}}"#
        ),
        format!(r#"{{"error":{{"code":{quoted},"message":{quoted}}}}}"#),
        format!(r#"{{"access_token":{quoted},"token_type":"Bearer"}}"#),
        format!(r#"{{"access_token":"{TOKEN}","token_type":{quoted}}}"#),
        format!(r#"{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":{quoted}}}"#),
        format!(r#"{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":[{quoted}]}}"#),
        format!(r#"{{"access_token":"{TOKEN}","token_type":["{TOKEN}"]}}"#),
        format!(r#"{{"access_token":"{TOKEN}"#),
    ];
    let mut seen = 0;
    for status in [200, 302, 400, 401, 404, 407, 429, 500, 503] {
        for body in &bodies {
            let headers: &[(&str, &str)] = &[
                ("content-type", "text/planted-access-token-and-more-than-forty-bytes"),
                ("retry-after", TOKEN),
                ("location", TOKEN),
            ];
            let entra = ScriptedTransport::new().then(status, headers, body.clone());
            let credential = builder(&entra).build().unwrap();
            let error = credential.get_token(&TokenRequest::new([VAULT])).await.unwrap_err();
            check.error(&error);
            if let Some(oauth) = OAuthError::of(&error) {
                check.debug(oauth);
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 9 * bodies.len());
}

#[tokio::test]
async fn inputs_in_the_wrong_place_are_not_echoed() {
    let check = check();
    let flow = ClientSecretFlow::new(CLIENT_ID, SECRET).unwrap();
    check.error(&ClientSecretFlow::new(SECRET, SECRET).unwrap_err());
    check.error(&flow.request(SECRET, VAULT, None).unwrap_err());
    check.error(&flow.request(TOKEN, SECRET, None).unwrap_err());
    check.error(&flow.request(TOKEN, TOKEN, None).unwrap_err());
    check.error(&flow.request(TOKEN, VAULT, Some(SECRET)).unwrap_err());
    let credential = builder(&ScriptedTransport::new()).build().unwrap();
    let elsewhere = TokenRequest::new([VAULT]).with_tenant(TOKEN);
    check.error(&credential.get_token(&elsewhere).await.unwrap_err());
    check.error(&entra::Authority::parse(&format!("https://a:{TOKEN}@host")).unwrap_err());
    check.error(&entra::Authority::parse(&format!("https://login.microsoftonline.com/{TOKEN}")).unwrap_err());
}
