//! Chat.

use std::time::Duration;

use bytes::Bytes;
use credential_emulator::Emulator;
use credential_testkit::FakeClock;
use http::Response;
use serde_json::{Value, json};

use crate::client::{
    ACS_SCOPE, assert_refused, assert_snapshot, json, last, request, send, show, start, token_for,
};
use crate::communication::send_signed;

const THREADS: &str = "/chat/threads?api-version=2024-03-07";

/// A user and a token with this scope.
pub(crate) async fn user(emulator: &Emulator, clock: &FakeClock, scope: &str) -> (String, String) {
    let body = json!({ "createTokenWithScopes": [scope], "expiresInMinutes": 60 }).to_string();
    let path = "/identities?api-version=2023-10-01";
    let created = json(&send_signed(emulator, clock, "POST", path, &body).await);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&created["identity"]["id"]), text(&created["accessToken"]["token"]))
}

pub(crate) async fn as_user(
    emulator: &Emulator,
    token: &str,
    method: &str,
    path: &str,
    body: &str,
) -> Response<Bytes> {
    let header = format!("authorization: Bearer {token}");
    send(emulator, request(emulator, method, path, &[&header], body)).await
}

fn of_thread(id: &Value, rest: &str) -> String {
    let id = id.as_str().unwrap().replace(':', "%3A").replace('@', "%40");
    format!("/chat/threads/{id}{rest}?api-version=2025-03-15")
}

#[tokio::test]
async fn the_life_of_a_thread() {
    let (emulator, clock) = start().await;
    let (ann_id, ann) = user(&emulator, &clock, "chat").await;
    let (bob_id, bob) = user(&emulator, &clock, "chat.join").await;
    let body = json!({
        "topic": "Plans",
        "participants": [
            { "communicationIdentifier": { "rawId": bob_id, "communicationUser": { "id": bob_id } }, "displayName": "Bob" },
            { "communicationIdentifier": { "communicationUser": { "id": "8:acs:nobody" } } },
        ],
    });
    let created = as_user(&emulator, &ann, "POST", THREADS, &body.to_string()).await;
    assert_eq!(
        last(&emulator).verified[..2],
        [format!("user access token of {ann_id}"), "scope chat".to_owned()]
    );
    let thread = json(&created)["chatThread"]["id"].clone();
    let shown = show(&created).replace(thread.as_str().unwrap(), "19:[thread]@thread.v2");
    assert_snapshot("chat_thread_created", &shown);

    let messages = of_thread(&thread, "/messages");
    let mut ids = Vec::new();
    for (token, body) in [
        (&ann, r#"{"content":"first","senderDisplayName":"Ann"}"#),
        (&bob, r#"{"content":"<b>second</b>","type":"html","metadata":{"a":"b"}}"#),
    ] {
        let sent = as_user(&emulator, token, "POST", &messages, body).await;
        assert_eq!(sent.status(), 201);
        ids.push(json(&sent)["id"].clone());
    }
    assert_eq!(ids, ["1709208000000", "1709208000001"], "ids differ within one millisecond");
    let listed = json(&as_user(&emulator, &bob, "GET", &messages, "").await);
    let shown = format!("{listed:#}").replace(&ann_id, "[ann]").replace(&bob_id, "[bob]");
    assert_snapshot("chat_messages", &shown);
    let one = of_thread(&thread, "/messages/1709208000000");
    assert_eq!(json(&as_user(&emulator, &bob, "GET", &one, "").await), listed["value"][1]);
    let page = json(&as_user(&emulator, &bob, "GET", &format!("{messages}&maxPageSize=1"), "").await);
    assert!(page["value"].as_array().unwrap().len() == 1 && page["nextLink"].is_string(), "{page}");

    let threads = json(&as_user(&emulator, &bob, "GET", THREADS, "").await);
    assert_eq!(threads["value"][0]["lastMessageReceivedOn"], "2024-02-29T12:00:00Z");
    let path = of_thread(&thread, "");
    assert_eq!(json(&as_user(&emulator, &bob, "GET", &path, "").await), json(&created)["chatThread"]);
    assert_eq!(as_user(&emulator, &ann, "DELETE", &path, "").await.status(), 204);
    let gone = as_user(&emulator, &ann, "GET", &path, "").await;
    assert_refused(&emulator, &gone, 404, "thread: '19:");
}

#[tokio::test]
async fn a_repeated_request_opens_no_second_thread() {
    let (emulator, clock) = start().await;
    let (_, ann) = user(&emulator, &clock, "chat").await;
    let (_, bob) = user(&emulator, &clock, "chat").await;
    let mut ids: Vec<Value> = Vec::new();
    for (token, repeatability_id) in [(&ann, "1"), (&ann, "1"), (&ann, "2"), (&bob, "1")] {
        let headers = [
            format!("authorization: Bearer {token}"),
            format!("repeatability-request-id: {repeatability_id}"),
        ];
        let headers = [headers[0].as_str(), headers[1].as_str()];
        let response =
            send(&emulator, request(&emulator, "POST", THREADS, &headers, r#"{"topic":"x"}"#)).await;
        ids.push(json(&response)["chatThread"]["id"].clone());
    }
    assert!(ids[0] == ids[1] && ids[0] != ids[2] && ids[0] != ids[3], "{ids:?}");
}

#[tokio::test]
async fn tokens_that_chat_refuses() {
    let (emulator, clock) = start().await;
    let (_, voip) = user(&emulator, &clock, "voip").await;
    let (_, joins) = user(&emulator, &clock, "chat.join").await;
    let (revoked_id, revoked) = user(&emulator, &clock, "chat").await;
    let (deleted_id, deleted) = user(&emulator, &clock, "chat").await;
    let (_, expired) = user(&emulator, &clock, "chat").await;
    let path = format!("/identities/{revoked_id}/:revokeAccessTokens?api-version=2023-10-01");
    send_signed(&emulator, &clock, "POST", &path, "").await;
    let path = format!("/identities/{deleted_id}?api-version=2023-10-01");
    send_signed(&emulator, &clock, "DELETE", &path, "").await;
    let entra = token_for(&emulator, ACS_SCOPE).await;

    for (token, status, reason) in [
        (voip.as_str(), 403, "scope: the token is for voip, this operation takes chat"),
        (&joins, 403, "scope: the token is for chat.join, this operation takes chat"),
        (&revoked, 401, "token: the tokens of this user were revoked: issue another"),
        (&deleted, 401, "token: the user of this token was deleted: create another user"),
        (
            &entra,
            401,
            "token: it is an Entra token for https://communication.azure.com/, this service takes user access tokens only",
        ),
        ("x", 401, "token: the token is not a user access token of this emulator: issue one here"),
    ] {
        let response = as_user(&emulator, token, "POST", THREADS, r#"{"topic":"x"}"#).await;
        assert_refused(&emulator, &response, status, reason);
    }
    clock.advance(Duration::from_secs(3_600));
    let response = as_user(&emulator, &expired, "POST", THREADS, r#"{"topic":"x"}"#).await;
    assert_refused(&emulator, &response, 401, "token: the user access token has expired: issue another");
    let response = send_signed(&emulator, &clock, "POST", THREADS, r#"{"topic":"x"}"#).await;
    let reason = "authorization: it is an access key's signature, this service takes user access tokens only";
    assert_refused(&emulator, &response, 401, reason);
    let response = send(&emulator, request(&emulator, "GET", THREADS, &[], "")).await;
    assert_refused(&emulator, &response, 401, "authorization: the header is missing");
}

#[tokio::test]
async fn refused_requests() {
    let (emulator, clock) = start().await;
    let (_, ann) = user(&emulator, &clock, "chat").await;
    let (stranger_id, stranger) = user(&emulator, &clock, "chat").await;
    let created = as_user(&emulator, &ann, "POST", THREADS, r#"{"topic":"x"}"#).await;
    let thread = json(&created)["chatThread"]["id"].clone();
    let (path, messages) = (of_thread(&thread, ""), of_thread(&thread, "/messages"));
    let message = of_thread(&thread, "/messages/1");
    let long = json!({ "topic": "x".repeat(251) }).to_string();
    let stranger_reason = format!("participants: {stranger_id} takes no part in thread '19:");
    for (token, method, path, body, status, reason) in [
        (&ann, "POST", THREADS, "{}", 400, "topic: The topic field is required."),
        (&ann, "POST", THREADS, long.as_str(), 400, "topic: The topic field is longer than 250 characters."),
        (&ann, "POST", THREADS, r#"{"topic":"x","participants":[{}]}"#, 400, "participants: each needs"),
        (
            &ann,
            "POST",
            "/chat/threads",
            r#"{"topic":"x"}"#,
            400,
            "api-version: the query parameter is missing",
        ),
        (&ann, "POST", &messages, "{}", 400, "content: The content field is required."),
        (
            &ann,
            "POST",
            &messages,
            r#"{"content":"x","type":"song"}"#,
            400,
            "type: The type field must be one of",
        ),
        (
            &ann,
            "POST",
            &messages,
            r#"{"content":"x","metadata":1}"#,
            400,
            "metadata: The metadata field is not",
        ),
        (&ann, "GET", &message, "", 404, "message: '1' was never sent to this thread"),
        (&stranger, "GET", &path, "", 403, &stranger_reason),
        (&stranger, "DELETE", &path, "", 403, &stranger_reason),
        (&stranger, "POST", &messages, r#"{"content":"x"}"#, 403, &stranger_reason),
        (&stranger, "GET", &messages, "", 403, &stranger_reason),
    ] {
        let response = as_user(&emulator, token, method, path, body).await;
        assert_refused(&emulator, &response, status, reason);
    }
    assert_eq!(as_user(&emulator, &ann, "GET", &path, "").await.status(), 200, "it is still there");
    let of_stranger = json(&as_user(&emulator, &stranger, "GET", THREADS, "").await);
    assert_eq!(of_stranger, json!({ "value": [] }));
}
