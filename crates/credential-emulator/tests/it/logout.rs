//! Signing out.

use crate::client::{assert_refused, assert_snapshot, form, json, last, request, send, show, start};

const LOGOUT: &str = "/common/oauth2/v2.0/logout";

#[tokio::test]
async fn the_browsers_session_ends() {
    let (emulator, _clock) = start().await;
    let silent = |prompt: &str| {
        let fields = [
            ("client_id", emulator.accounts().public_client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", "http://localhost:8400/"),
            ("scope", "openid"),
            ("prompt", prompt),
        ];
        let url = format!("{}/common/oauth2/v2.0/authorize?{}", emulator.https_origin(), form(&fields));
        emulator.sign_in(&url).unwrap().parameter("error")
    };
    assert_eq!((silent("login"), silent("none")), (None, None));
    let response = send(&emulator, request(&emulator, "GET", LOGOUT, &[], "")).await;
    assert_snapshot("logout", &show(&response));
    assert_eq!(last(&emulator).verified, ["the browser's session has ended"]);
    assert_eq!(silent("none").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn the_way_back() {
    let (emulator, _clock) = start().await;
    for (target, state, expected) in [
        ("http://localhost:1/out", None, "http://localhost:1/out"),
        ("http://localhost:1/out", Some("a&b"), "http://localhost:1/out?state=a%26b"),
        ("http://127.0.0.1:1/out?x=y", Some("s"), "http://127.0.0.1:1/out?x=y&state=s"),
    ] {
        let mut fields = vec![("post_logout_redirect_uri", target)];
        fields.extend(state.map(|state| ("state", state)));
        let path = format!("{LOGOUT}?{}", form(&fields));
        let response = send(&emulator, request(&emulator, "POST", &path, &[], "")).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["location"]),
            (302, &expected.parse().unwrap())
        );
    }
    let path = format!("{LOGOUT}?{}", form(&[("post_logout_redirect_uri", "https://evil.example/")]));
    let response = send(&emulator, request(&emulator, "GET", &path, &[], "")).await;
    assert_refused(
        &emulator,
        &response,
        200,
        "post_logout_redirect_uri: it is not http or https on localhost",
    );
    assert!(!response.headers().contains_key("location"));
    let response = send(&emulator, request(&emulator, "GET", "/nobody/oauth2/v2.0/logout", &[], "")).await;
    assert_refused(&emulator, &response, 400, "AADSTS90002: tenant: 'nobody' is not known here");

    let path = "/common/v2.0/.well-known/openid-configuration";
    let metadata = json(&send(&emulator, request(&emulator, "GET", path, &[], "")).await);
    assert_eq!(metadata["end_session_endpoint"], format!("{}{LOGOUT}", emulator.https_origin()));
}
