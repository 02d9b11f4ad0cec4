//! Rooms.

use serde_json::{Value, json};

use crate::client::{assert_refused, assert_snapshot, json, request, send, show, start};
use crate::communication::{send_signed, signer};

const ROOMS: &str = "/rooms?api-version=2025-03-13";

#[tokio::test]
async fn the_life_of_a_room() {
    let (emulator, clock) = start().await;
    let body = r#"{"pstnDialOutEnabled":true,"participants":{"8:acs:a":{"role":"presenter"},"8:acs:b":{}}}"#;
    let created = send_signed(&emulator, &clock, "POST", ROOMS, body).await;
    assert_eq!(created.status(), 201);
    let room = json(&created);
    let id = room["id"].as_str().unwrap().to_owned();
    assert!(id.len() == 17 && id.starts_with("99") && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    assert_snapshot("room", &format!("{room:#}").replace(&id, "[room]"));

    let path = format!("/rooms/{id}?api-version=2025-03-13");
    assert_eq!(json(&send_signed(&emulator, &clock, "GET", &path, "").await), room);
    let change = r#"{"validFrom":"2024-03-01T00:00:00.000Z","validUntil":"2024-03-02T00:00:00+00:00"}"#;
    let changed = json(&send_signed(&emulator, &clock, "PATCH", &path, change).await);
    assert_eq!(
        (&changed["validFrom"], &changed["validUntil"], &changed["pstnDialOutEnabled"]),
        (&json!("2024-03-01T00:00:00Z"), &json!("2024-03-02T00:00:00Z"), &json!(true))
    );
    let listed = json(&send_signed(&emulator, &clock, "GET", ROOMS, "").await);
    assert_eq!(listed, json!({ "value": [changed] }));

    assert_eq!(send_signed(&emulator, &clock, "DELETE", &path, "").await.status(), 204);
    for method in ["GET", "PATCH", "DELETE"] {
        let gone = send_signed(&emulator, &clock, method, &path, "").await;
        assert_refused(
            &emulator,
            &gone,
            404,
            &format!("room: '{id}' was never created here, or was deleted"),
        );
    }
}

#[tokio::test]
async fn participants_come_and_go() {
    let (emulator, clock) = start().await;
    let created = json(&send_signed(&emulator, &clock, "POST", ROOMS, "").await);
    let path = format!("/rooms/{}/participants?api-version=2025-03-13", created["id"].as_str().unwrap());
    for (change, expected) in [
        (
            json!({ "8:acs:a": { "role": "Consumer" }, "8:acs:b": null, "8:acs:c": { "role": null } }),
            json!([{ "rawId": "8:acs:a", "role": "Consumer" }, { "rawId": "8:acs:c", "role": "Attendee" }]),
        ),
        (json!({ "8:acs:a": null }), json!([{ "rawId": "8:acs:c", "role": "Attendee" }])),
    ] {
        let body = json!({ "participants": change }).to_string();
        let changed = send_signed(&emulator, &clock, "PATCH", &path, &body).await;
        assert_eq!((changed.status().as_u16(), json(&changed)), (200, json!({})));
        assert_eq!(json(&send_signed(&emulator, &clock, "GET", &path, "").await)["value"], expected);
    }
    let body = json!({ "participants": { "8:acs:d": {}, "4:+15550100": {} } }).to_string();
    let refused = send_signed(&emulator, &clock, "PATCH", &path, &body).await;
    assert_refused(&emulator, &refused, 400, "participants: '4:+15550100' is not a user's id");
    let refused = send_signed(&emulator, &clock, "PATCH", &path, "{}").await;
    assert_refused(&emulator, &refused, 400, "participants: The participants field is required.");
    let after = json(&send_signed(&emulator, &clock, "GET", &path, "").await);
    assert_eq!(after["value"].as_array().unwrap().len(), 1, "a change is whole, or none");
}

#[tokio::test]
async fn a_repeated_request_makes_no_second_room() {
    let (emulator, clock) = start().await;
    let mut ids: Vec<Value> = Vec::new();
    for repeatability_id in ["a", "a", "b"] {
        let header = format!("repeatability-request-id: {repeatability_id}");
        let mut request = request(&emulator, "POST", ROOMS, &[&header], "");
        signer(&emulator.accounts().acs_primary_key, &clock).sign(&mut request).unwrap();
        ids.push(json(&send(&emulator, request).await)["id"].clone());
    }
    assert!(ids[0] == ids[1] && ids[1] != ids[2], "{ids:?}");
    let page = json(&send_signed(&emulator, &clock, "GET", "/rooms?top=1&api-version=2025-03-13", "").await);
    assert_eq!(page["value"][0]["id"], ids[0]);
    let next = page["nextLink"].as_str().unwrap().strip_prefix(emulator.https_origin()).unwrap();
    let next = send_signed(&emulator, &clock, "GET", next, "").await;
    assert_eq!(json(&next)["value"][0]["id"], ids[2], "{}", show(&next));
}

#[tokio::test]
async fn refused_rooms() {
    let (emulator, clock) = start().await;
    for (body, reason) in [
        (json!({ "validFrom": "tomorrow" }), "validFrom: 'tomorrow' is not a UTC date"),
        (
            json!({ "validFrom": "1969-12-31T00:00:00Z" }),
            "validFrom: '1969-12-31T00:00:00Z' is not a UTC date",
        ),
        (json!({ "validFrom": "9999-12-31T23:59:59Z" }), "validUntil: The validUntil field must be after"),
        (json!({ "validUntil": 1 }), "validUntil: The validUntil field is not of the kind: text."),
        (json!({ "validUntil": "2024-02-29T12:00:00Z" }), "validUntil: The validUntil field must be after"),
        (json!({ "validUntil": "2024-08-27T12:00:01Z" }), "validUntil: The validUntil field must be after"),
        (json!({ "pstnDialOutEnabled": "yes" }), "pstnDialOutEnabled: "),
        (json!({ "participants": [] }), "participants: The participants field is not of the kind: object."),
        (json!({ "participants": { "8:acs:a": { "role": "King" } } }), "role: The role field must be one of"),
    ] {
        let response = send_signed(&emulator, &clock, "POST", ROOMS, &body.to_string()).await;
        assert_refused(&emulator, &response, 400, reason);
    }
    let list = json(&send_signed(&emulator, &clock, "GET", ROOMS, "").await);
    assert_eq!(list, json!({ "value": [] }));
}

#[tokio::test]
async fn the_oldest_rooms_are_forgotten() {
    let (emulator, clock) = start().await;
    let create = async || json(&send_signed(&emulator, &clock, "POST", ROOMS, "{}").await)["id"].clone();
    let (first, second) = (create().await, create().await);
    for _ in 0..999 {
        create().await;
    }
    let get = async |id: &Value| {
        let path = format!("/rooms/{}?api-version=2025-03-13", id.as_str().unwrap());
        send_signed(&emulator, &clock, "GET", &path, "").await.status().as_u16()
    };
    assert_eq!((get(&first).await, get(&second).await), (404, 200));
}
