//! Call Automation and calls of users.

use credential::Endpoint;
use serde_json::json;

use crate::chat::{as_user, user};
use crate::client::{ACS_SCOPE, assert_refused, json, last, request, send, start, token_for};
use crate::communication::{send_signed, signer};

const CONNECT: &str = "/calling/callConnections?api-version=2026-03-12";
const CALL: &str = "/calling/calls?api-version=2026-03-12";
const BODY: &str = r#"{"targets":[{"kind":"communicationUser","communicationUser":{"id":"8:acs:a"}}],"callbackUri":"https://contoso.example/events"}"#;

#[tokio::test]
async fn applications_connect_by_access_key_and_by_entra() {
    let (emulator, clock) = start().await;
    let by_key = send_signed(&emulator, &clock, "POST", CONNECT, BODY).await;
    let entra = token_for(&emulator, ACS_SCOPE).await;
    let by_entra = as_user(&emulator, &entra, "POST", CONNECT, BODY).await;
    for response in [by_key, by_entra] {
        assert_eq!(response.status(), 201);
        assert_eq!(json(&response)["callConnectionState"], "connecting");
    }
    let (_, token) = user(&emulator, &clock, "voip").await;
    let response = as_user(&emulator, &token, "POST", CONNECT, BODY).await;
    let reason = "token: it is a user access token, this service takes access keys and Entra tokens";
    assert_refused(&emulator, &response, 401, reason);

    let forged = "authorization: HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=AAAA";
    let response = send(&emulator, request(&emulator, "POST", CONNECT, &[forged], BODY)).await;
    assert_refused(&emulator, &response, 401, "authorization: ");
    assert_eq!(
        json(&response)["error"],
        json!({ "code": "7509", "message": "HMAC-SHA256 validation failed" })
    );
}

#[tokio::test]
async fn users_call_by_user_access_token_only() {
    let (emulator, clock) = start().await;
    let (id, voip) = user(&emulator, &clock, "voip").await;
    let (_, joins) = user(&emulator, &clock, "voip.join").await;
    let response = as_user(&emulator, &voip, "POST", CALL, BODY).await;
    assert_eq!((response.status().as_u16(), &json(&response)["from"]["rawId"]), (201, &json!(id)));

    let response = as_user(&emulator, &joins, "POST", CALL, BODY).await;
    assert_refused(&emulator, &response, 403, "scope: the token is for voip.join, this operation takes voip");
    let response = send_signed(&emulator, &clock, "POST", CALL, BODY).await;
    assert_refused(&emulator, &response, 401, "authorization: it is an access key's signature");
    let entra = token_for(&emulator, ACS_SCOPE).await;
    let response = as_user(&emulator, &entra, "POST", CALL, BODY).await;
    assert_refused(
        &emulator,
        &response,
        401,
        "token: it is an Entra token for https://communication.azure.com/",
    );
}

#[tokio::test]
async fn refused_calls() {
    let (emulator, clock) = start().await;
    let (_, token) = user(&emulator, &clock, "voip").await;
    for (body, reason) in [
        ("{}", "targets: The targets field is required."),
        (r#"{"targets":[{}]}"#, "callbackUri: The callbackUri field is required."),
        (
            r#"{"targets":[{}],"callbackUri":"http://x"}"#,
            "callbackUri: The callbackUri field is not an https",
        ),
    ] {
        let response = send_signed(&emulator, &clock, "POST", CONNECT, body).await;
        assert_refused(&emulator, &response, 400, reason);
    }
    let response = as_user(&emulator, &token, "POST", CALL, "{}").await;
    assert_refused(&emulator, &response, 400, "targets: The targets field is required.");
}

#[tokio::test]
async fn a_regions_host_takes_signatures_over_the_resources_host() {
    let (emulator, clock) = start().await;
    let resource = Endpoint::parse("endpoint", emulator.https_origin()).unwrap();
    let key = &emulator.accounts().acs_primary_key;
    let signed = |path: &str| {
        let url = format!("{}{path}", emulator.https_origin().replace("localhost", "127.0.0.1"));
        let request = http::Request::post(url).header("content-type", "application/json");
        let mut request = request.body(bytes::Bytes::from(BODY)).unwrap();
        signer(key, &clock).with_signed_host(&resource).sign(&mut request).unwrap();
        request
    };
    let response = send(&emulator, signed(CONNECT)).await;
    assert_eq!(response.status(), 201, "{:?}", last(&emulator));
    assert_eq!(last(&emulator).verified[1], format!("signed host {}", resource.authority()));
    // The other services know nothing of the header.
    let response = send(&emulator, signed("/identities?api-version=2023-10-01")).await;
    assert_refused(&emulator, &response, 401, "signature: ");
    // A host that is none of ours is not taken for one.
    let mut foreign = signed(CONNECT);
    foreign.headers_mut().insert("x-ms-host", "contoso.communication.azure.com".parse().unwrap());
    let response = send(&emulator, foreign).await;
    assert_refused(&emulator, &response, 401, "signature: ");
}
