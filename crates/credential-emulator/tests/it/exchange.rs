//! Entra tokens of users, exchanged for user access tokens.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use credential_emulator::{Emulator, UserTokenFault};
use http::Response;
use serde_json::{Value, json};

use crate::client::{
    ACS_SCOPE, ARM_SCOPE, NOW, assert_refused, assert_snapshot, json, last, request, send, show, start,
    token_for,
};
use crate::communication::send_signed;
use crate::password::sign_in;

const TEAMS: &str = "https://auth.msft.communication.azure.com/";
const CLIENTS: &str = "https://communication.azure.com/clients/";
const ENTRA_PATH: &str = "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview";
const EXTENSION_PATH: &str = "/access/teamsExtension/:exchangeAccessToken?api-version=2025-06-30";

async fn user_token(emulator: &Emulator, scope: &str) -> String {
    json(&sign_in(emulator, scope).await)["access_token"].as_str().unwrap().to_owned()
}

async fn exchange(emulator: &Emulator, path: &str, token: &str) -> Response<Bytes> {
    let header = format!("authorization: Bearer {token}");
    send(emulator, request(emulator, "POST", path, &[&header, "content-type: application/json"], "{}")).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_entra_users_token() {
    let (emulator, clock) = start().await;
    let token = user_token(&emulator, &format!("{CLIENTS}.default")).await;
    let response = exchange(&emulator, ENTRA_PATH, &token).await;
    assert_snapshot("exchange_entra", &show(&response));
    assert_snapshot("exchange_entra_verified", &last(&emulator).verified.join("\n"));
    let first = json(&response);
    let user_token = emulator.verify_user_token(first["accessToken"]["token"].as_str().unwrap()).unwrap();
    assert_eq!(user_token.scopes, ["voip", "voip.join"]);
    assert_eq!(
        user_token.expires_at,
        UNIX_EPOCH + Duration::from_secs(NOW + 3_599),
        "ends with the Entra token"
    );

    // Behind an endpoint that ends in a slash it is the same user, whose tokens can be revoked as any other's.
    let again = json(&exchange(&emulator, &format!("/{ENTRA_PATH}"), &token).await);
    assert_eq!(again["identity"], first["identity"]);
    let revoke = format!(
        "/identities/{}/:revokeAccessTokens?api-version=2025-06-30",
        first["identity"]["id"].as_str().unwrap()
    );
    assert_eq!(send_signed(&emulator, &clock, "POST", &revoke, "").await.status(), 204);
    let token = text(&again["accessToken"]["token"]);
    assert_eq!(emulator.verify_user_token(&token), Err(UserTokenFault::Revoked));
}

#[tokio::test]
async fn scopes_decide_what_the_token_is_good_for() {
    let (emulator, _clock) = start().await;
    for (scopes, expected) in [
        ("VoIP", vec!["voip"]),
        ("VoIP.Join", vec!["voip.join"]),
        ("Chat", vec!["chat"]),
        ("Chat.Join.Limited", vec!["chat.join.limited"]),
    ] {
        let token = user_token(&emulator, &format!("{CLIENTS}{scopes}")).await;
        let answer = json(&exchange(&emulator, ENTRA_PATH, &token).await);
        let token = emulator.verify_user_token(answer["accessToken"]["token"].as_str().unwrap()).unwrap();
        assert_eq!(token.scopes, expected);
    }
}

#[tokio::test]
async fn a_teams_extension_users_token() {
    let (emulator, _clock) = start().await;
    let token = user_token(&emulator, &format!("{TEAMS}TeamsExtension.ManageCalls")).await;
    let response = exchange(&emulator, EXTENSION_PATH, &token).await;
    assert_snapshot("exchange_teams_extension", &show(&response));
    let older = "/access/teamsPhone/:exchangeAccessToken?api-version=2025-03-02-preview";
    assert_eq!(exchange(&emulator, older, &token).await.status(), 200);
    let government =
        user_token(&emulator, "https://auth.msft.communication.azure.us/TeamsExtension.ManageCalls").await;
    assert_eq!(exchange(&emulator, EXTENSION_PATH, &government).await.status(), 200);
}

#[tokio::test]
async fn a_teams_users_token() {
    let (emulator, clock) = start().await;
    let accounts = emulator.accounts();
    let scopes = format!("{TEAMS}Teams.ManageCalls {TEAMS}Teams.ManageChats");
    let token = user_token(&emulator, &scopes).await;
    let path = "/teamsUser/:exchangeAccessToken?api-version=2023-10-01";
    let good =
        json!({ "token": token, "appId": accounts.public_client_id, "userId": accounts.user_object_id });
    let response = send_signed(&emulator, &clock, "POST", path, &good.to_string()).await;
    assert_snapshot("exchange_teams_user", &show(&response));
    let exchanged = emulator.verify_user_token(json(&response)["token"].as_str().unwrap()).unwrap();
    assert_eq!(exchanged.user_id, format!("8:orgid:{}", accounts.user_object_id));
    assert_eq!(exchanged.scopes, ["voip", "chat"]);

    let other = token_for(&emulator, ACS_SCOPE).await;
    for (name, value, status, reason) in [
        ("token", json!("x"), 401, "Entra token: token: it is not a signed JWT"),
        (
            "token",
            json!(other),
            401,
            "Entra token: audience: the token is for https://communication.azure.com/",
        ),
        ("token", Value::Null, 400, "token: The token field is required."),
        ("appId", json!(accounts.client_id), 401, "appId: the token was issued to application c0000000"),
        ("userId", json!(accounts.client_id), 401, "userId: the token speaks for user a0000000"),
        ("userId", Value::Null, 400, "userId: The userId field is required."),
    ] {
        let mut body = good.clone();
        body[name] = value;
        let response = send_signed(&emulator, &clock, "POST", path, &body.to_string()).await;
        assert_refused(&emulator, &response, status, reason);
        if status == 401 {
            assert_eq!(json(&response)["error"]["code"], "InvalidAccessToken");
        }
    }
    // The exchange belongs to the resource's owner: a user alone cannot ask for it.
    let response = exchange(&emulator, path, &token).await;
    assert_refused(&emulator, &response, 401, "audience: the token is for https://auth.msft");
}

#[tokio::test]
async fn refusals() {
    let (emulator, clock) = start().await;
    let extension = user_token(&emulator, &format!("{TEAMS}TeamsExtension.ManageCalls")).await;
    let teams = user_token(&emulator, &format!("{TEAMS}Teams.ManageCalls")).await;
    let arm = user_token(&emulator, ARM_SCOPE).await;
    let service = user_token(&emulator, "https://communication.azure.com/.default").await;
    let app = token_for(&emulator, "https://communication.azure.com/.default").await;
    for (path, token, reason) in [
        (ENTRA_PATH, "x.y.z", "Entra token: token: it is not a signed JWT"),
        (
            ENTRA_PATH,
            &extension,
            "Entra token: audience: the token is for https://auth.msft.communication.azure.com,",
        ),
        (ENTRA_PATH, &arm, "Entra token: audience: the token is for https://management.azure.com"),
        (ENTRA_PATH, &app, "Entra token: it is an application's own, nobody stands behind it"),
        (
            ENTRA_PATH,
            &service,
            "scp: the Entra token has 'user_impersonation', this exchange takes VoIP, VoIP.Join, Chat",
        ),
        (
            EXTENSION_PATH,
            &teams,
            "scp: the Entra token has 'Teams.ManageCalls', this exchange takes TeamsExtension",
        ),
        (EXTENSION_PATH, &service, "Entra token: audience: the token is for https://communication.azure.com"),
    ] {
        let response = exchange(&emulator, path, token).await;
        assert_refused(&emulator, &response, 401, reason);
    }
    let response = send_signed(&emulator, &clock, "POST", ENTRA_PATH, "{}").await;
    assert_refused(
        &emulator,
        &response,
        401,
        "authorization: the header is not 'Bearer' and a user's Entra token",
    );
    clock.advance(Duration::from_secs(3_600));
    let response = exchange(&emulator, EXTENSION_PATH, &extension).await;
    assert_refused(
        &emulator,
        &response,
        401,
        "Entra token: exp: the token was valid until 2024-02-29T12:59:59Z",
    );
    let unknown = "/access/entra/:other?api-version=2025-03-02-preview";
    let token = user_token(&emulator, &format!("{CLIENTS}VoIP")).await;
    let response = exchange(&emulator, unknown, &token).await;
    assert_refused(&emulator, &response, 404, "action: ':other' is not served");
}

#[tokio::test]
async fn assignments_of_teams_users() {
    let (emulator, clock) = start().await;
    let accounts = emulator.accounts();
    let path = format!(
        "/access/teamsExtension/tenants/{}/assignments/{}?api-version=2025-06-30",
        accounts.tenant_id, accounts.user_object_id
    );
    assert_snapshot("teams_assignment", &show(&send_signed(&emulator, &clock, "GET", &path, "").await));
    let token = user_token(&emulator, &format!("{TEAMS}TeamsExtension.ManageCalls")).await;

    assert_eq!(send_signed(&emulator, &clock, "DELETE", &path, "").await.status(), 204);
    let response = exchange(&emulator, EXTENSION_PATH, &token).await;
    assert_refused(
        &emulator,
        &response,
        403,
        "assignment: user a0000000-0000-4000-8000-000000000001 has none",
    );
    let response = send_signed(&emulator, &clock, "GET", &path, "").await;
    assert_refused(&emulator, &response, 404, "assignment: 'a0000000-0000-4000-8000-000000000001' has none");

    for (client_ids, put, then) in [
        (json!([accounts.client_id]), 201, 403),
        (json!([accounts.client_id, accounts.public_client_id]), 200, 200),
    ] {
        let body = json!({ "principalType": "user", "clientIds": client_ids }).to_string();
        assert_eq!(send_signed(&emulator, &clock, "PUT", &path, &body).await.status(), put);
        assert_eq!(exchange(&emulator, EXTENSION_PATH, &token).await.status(), then);
    }
    for (body, reason) in [
        (
            r#"{"principalType":"group"}"#,
            "principalType: The principalType field must be one of user, resourceAccount.",
        ),
        (
            r#"{"principalType":"user","clientIds":["x"]}"#,
            "clientIds: The clientIds field is not a list of UUIDs.",
        ),
    ] {
        let response = send_signed(&emulator, &clock, "PUT", &path, body).await;
        assert_refused(&emulator, &response, 400, reason);
    }
    emulator.reset();
    assert_eq!(
        send_signed(&emulator, &clock, "GET", &path, "").await.status(),
        200,
        "assigned from the start"
    );
}

#[tokio::test]
async fn assignments_of_entra_users() {
    let (emulator, clock) = start().await;
    let accounts = emulator.accounts();
    let version = "?api-version=2025-03-02-preview";
    let path = format!("/access/entra/assignments/{}{version}", accounts.user_object_id);
    let body =
        json!({ "tenantId": accounts.tenant_id, "principalType": "group", "clientIds": [] }).to_string();
    assert_eq!(send_signed(&emulator, &clock, "PUT", &path, &body).await.status(), 201);
    assert_eq!(send_signed(&emulator, &clock, "PUT", &path, &body).await.status(), 200);
    let one = json(&send_signed(&emulator, &clock, "GET", &path, "").await);
    let list = format!("/access/entra/assignments{version}");
    assert_eq!(json(&send_signed(&emulator, &clock, "GET", &list, "").await)["value"], json!([one]));
    assert_eq!(send_signed(&emulator, &clock, "DELETE", &path, "").await.status(), 204);
    assert_eq!(send_signed(&emulator, &clock, "DELETE", &path, "").await.status(), 404);
    let response = send_signed(&emulator, &clock, "PUT", &path, r#"{"tenantId":"x"}"#).await;
    assert_refused(&emulator, &response, 400, "tenantId: The tenantId field is not a UUID.");
}

#[tokio::test]
async fn a_clients_own_name_for_a_user() {
    let (emulator, clock) = start().await;
    let path = "/identities?api-version=2025-03-02-preview";
    let create = async |body: &str| send_signed(&emulator, &clock, "POST", path, body).await;
    let first = create(r#"{"customId":"ann@contoso","createTokenWithScopes":["chat"]}"#).await;
    let again = create(r#"{"customId":"ann@contoso"}"#).await;
    assert_eq!((first.status().as_u16(), again.status().as_u16()), (201, 201));
    assert_eq!(json(&first)["identity"], json(&again)["identity"]);
    let newest = create(r#"{"externalId":"ann@contoso"}"#).await;
    assert_eq!((newest.status().as_u16(), json(&newest)), (200, json(&again)));

    let one = format!("/identities/{}?api-version=2025-03-02-preview", text(&json(&first)["identity"]["id"]));
    assert_snapshot("identity_custom_id", &show(&send_signed(&emulator, &clock, "GET", &one, "").await));
    for (body, reason) in [
        (json!({ "customId": "" }), "customId: The customId field must have 1 to 256 characters."),
        (
            json!({ "customId": "x".repeat(257) }),
            "customId: The customId field must have 1 to 256 characters.",
        ),
        (json!({ "customId": 1 }), "customId: The customId field is not of the kind: text."),
    ] {
        assert_refused(&emulator, &create(&body.to_string()).await, 400, reason);
    }
    assert_eq!(send_signed(&emulator, &clock, "DELETE", &one, "").await.status(), 204);
    assert_eq!(send_signed(&emulator, &clock, "GET", &one, "").await.status(), 404);
}

/// Our reading of what is documented as a merge patch without a body: RFC 7396 over what GET answers.
#[tokio::test]
async fn all_assignments_are_changed_at_once() {
    let (emulator, clock) = start().await;
    let path = "/access/entra/assignments?api-version=2025-03-02-preview";
    let one = |object: &str, kind: &str| {
        json!({
            "objectId": object,
            "tenantId": emulator.accounts().tenant_id,
            "principalType": kind,
            "clientIds": [emulator.accounts().public_client_id],
        })
    };
    let (first, second) = ("a0000000-0000-4000-8000-00000000000a", "a0000000-0000-4000-8000-00000000000b");
    let both = json!({ "value": [one(first, "user"), one(second, "group")] });
    for (patch, expected) in [
        (json!({}), json!({ "value": [] })),
        (both.clone(), both.clone()),
        (json!({ "somethingElse": null }), both.clone()),
        (json!({ "value": [one(second, "tenant")] }), json!({ "value": [one(second, "tenant")] })),
        (json!({ "value": null }), json!({ "value": [] })),
    ] {
        let answer = send_signed(&emulator, &clock, "PATCH", path, &patch.to_string()).await;
        assert_eq!((answer.status().as_u16(), json(&answer)), (200, expected.clone()), "{patch}");
        let listed = send_signed(&emulator, &clock, "GET", path, "").await;
        assert_eq!(json(&listed), expected);
    }
    send_signed(&emulator, &clock, "PATCH", path, &both.to_string()).await;
    for (patch, reason) in [
        (json!({ "value": {} }), "value: "),
        (json!({ "value": [{ "objectId": first }] }), "tenantId: "),
        (json!({ "value": [one("x", "user")] }), "objectId: "),
        (json!({ "value": [one(first, "robot")] }), "principalType: "),
    ] {
        let answer = send_signed(&emulator, &clock, "PATCH", path, &patch.to_string()).await;
        assert_refused(&emulator, &answer, 400, reason);
    }
    let listed = send_signed(&emulator, &clock, "GET", path, "").await;
    assert_eq!(json(&listed), both, "a refused patch changes nothing");
}
