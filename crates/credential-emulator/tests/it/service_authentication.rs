//! Which of the Communication Services takes which kind of authorization.

use crate::chat::{as_user, user};
use crate::client::{
    ACS_SCOPE, ARM_SCOPE, assert_refused, json, request, send, start, token_for, unprivileged_token_for,
};
use crate::communication::send_signed;

/// One operation of each service that takes access keys and Entra tokens, and what it answers when let in.
const OPERATIONS: [(&str, &str, u16); 9] = [
    ("POST", "/identities?api-version=2023-10-01", 201),
    ("POST", "/sms?api-version=2021-03-07", 400),
    ("POST", "/sms/optouts:check?api-version=2026-01-23", 400),
    ("POST", "/emails:send?api-version=2024-07-01-preview", 400),
    ("GET", "/emails/operations/x?api-version=2025-09-01", 404),
    ("GET", "/phoneNumbers?api-version=2022-12-01", 200),
    ("POST", "/availablePhoneNumbers/countries/US/:search?api-version=2025-06-01", 400),
    ("GET", "/rooms?api-version=2023-06-14", 200),
    ("POST", "/calling/callConnections?api-version=2023-03-06", 400),
];

#[tokio::test]
async fn access_keys_and_entra_tokens_are_let_in() {
    let (emulator, clock) = start().await;
    let token = token_for(&emulator, ACS_SCOPE).await;
    for (method, path, status) in OPERATIONS {
        assert_eq!(send_signed(&emulator, &clock, method, path, "").await.status(), status, "{path}");
        assert_eq!(as_user(&emulator, &token, method, path, "").await.status(), status, "{path}");
    }
}

#[tokio::test]
async fn everything_else_is_refused() {
    let (emulator, clock) = start().await;
    let (_, user_token) = user(&emulator, &clock, "chat").await;
    let other_audience = token_for(&emulator, ARM_SCOPE).await;
    let no_role = unprivileged_token_for(&emulator, ACS_SCOPE).await;
    for (method, path, _) in OPERATIONS {
        for (token, reason) in [
            (
                &user_token,
                "token: it is a user access token, this service takes access keys and Entra tokens",
            ),
            (&other_audience, "audience: the token is for https://management.azure.com"),
            (&no_role, "role: application c0000000-0000-4000-8000-000000000002 has none"),
        ] {
            let response = as_user(&emulator, token, method, path, "").await;
            assert_refused(&emulator, &response, 401, reason);
            assert_eq!(json(&response)["error"]["code"], "Denied", "{path}");
        }
        let response = send(&emulator, request(&emulator, method, path, &[], "")).await;
        assert_refused(&emulator, &response, 401, "authorization: the header is missing");
    }
}
