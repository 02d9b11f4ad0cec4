//! Sign-ins of several users: the page, hints, silence, devices.

use credential_emulator::Emulator;
use serde_json::{Value, json};

use crate::client::{assert_refused, form, json as body_of, last, request, send};
use crate::device_code::{begin, poll, post, text};
use crate::tokens::claims;
use crate::users::{ADA, BOB, CAROL, CONSUMERS, DAN, FABRIKAM, refresh, start};

fn authorize(emulator: &Emulator, tenant: &str, more: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("client_id", emulator.accounts().public_client_id.as_str()),
        ("response_type", "code"),
        ("redirect_uri", "http://localhost:8400/"),
        ("scope", "https://management.azure.com/.default openid profile offline_access"),
    ];
    fields.extend(more);
    format!("/{tenant}/oauth2/v2.0/authorize?{}", form(&fields))
}

pub(crate) fn url(emulator: &Emulator, tenant: &str, more: &[(&str, &str)]) -> String {
    format!("{}{}", emulator.https_origin(), authorize(emulator, tenant, more))
}

/// Redeems the code of a redirect.
async fn redeem(emulator: &Emulator, tenant: &str, code: &str) -> http::Response<bytes::Bytes> {
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", emulator.accounts().public_client_id.as_str()),
        ("redirect_uri", "http://localhost:8400/"),
        ("code", code),
        ("client_info", "1"),
    ];
    post(emulator, &format!("/{tenant}/oauth2/v2.0/token"), &fields).await
}

#[tokio::test]
async fn the_browser_signs_in_as_anybody_who_is_known_there() {
    let emulator = start().await;
    let home = emulator.accounts().tenant_id.clone();
    let other = emulator.accounts().other_tenant_id.clone();
    for (name, tenant, tenant_id) in [
        (BOB, "common", home.as_str()),
        (CAROL, "common", FABRIKAM),
        (CAROL, "organizations", FABRIKAM),
        // A guest.
        (CAROL, &home, &home),
        (DAN, "common", CONSUMERS),
        (DAN, "consumers", CONSUMERS),
        (ADA, &other, &other),
    ] {
        let redirect = emulator.sign_in_as(name, &url(&emulator, tenant, &[])).unwrap();
        let code = redirect.parameter("code").unwrap();
        let answer = body_of(&redeem(&emulator, tenant, &code).await);
        let token = claims(text(&answer, "access_token"));
        assert_eq!((&token["upn"], &token["tid"]), (&json!(name), &json!(tenant_id)), "{name} at {tenant}");
        assert!(last(&emulator).verified.contains(&format!("authorization code of {name}")));
        // The refresh token stays with the user, in every tenant where the user is known.
        let again = body_of(&refresh(&emulator, tenant, text(&answer, "refresh_token")).await);
        assert_eq!(claims(text(&again, "access_token"))["upn"], name);
        assert!(last(&emulator).verified.contains(&format!("refresh token of {name}")));
    }
    for (name, tenant, reason) in [
        (BOB, FABRIKAM, "AADSTS50020: user: bob@emulator.onmicrosoft.com is at home in tenant e0000000-"),
        (BOB, "consumers", "AADSTS50020: user: bob@"),
        (DAN, "organizations", "AADSTS50020: user: dan@mail.example is at home in tenant 9188040d-"),
        (ADA, FABRIKAM, "AADSTS50020: user: ada@"),
        (
            "eve@fabrikam.onmicrosoft.com",
            "common",
            "AADSTS50034: username: nobody in common has it; users are ada@",
        ),
    ] {
        let error = emulator.sign_in_as(name, &url(&emulator, tenant, &[])).unwrap_err();
        assert!(error.problem().starts_with(reason), "{error}");
    }
}

#[tokio::test]
async fn a_code_is_good_in_the_tenant_that_it_leads_to() {
    let emulator = start().await;
    let sign_in = |tenant: &str| {
        let redirect = emulator.sign_in_as(CAROL, &url(&emulator, tenant, &[])).unwrap();
        redirect.parameter("code").unwrap()
    };
    // At home by either name, and not where she is a guest: that is another tenant.
    assert_eq!(redeem(&emulator, FABRIKAM, &sign_in("common")).await.status(), 200);
    assert_eq!(redeem(&emulator, "organizations", &sign_in(FABRIKAM)).await.status(), 200);
    let response = redeem(&emulator, &emulator.accounts().tenant_id, &sign_in("common")).await;
    assert_refused(
        &emulator,
        &response,
        400,
        "AADSTS700005: code: it was issued in tenant e0000000-0000-4000-8000-000000000003, not in e0000000-",
    );
}

#[tokio::test]
async fn whom_the_client_hints_at_comes_first() {
    let emulator = start().await;
    let user_of = async |tenant: &str, more: &[(&str, &str)]| {
        let redirect = emulator.sign_in(&url(&emulator, tenant, more)).unwrap();
        let code = redirect.parameter("code").unwrap_or_else(|| panic!("{:?}", redirect.parameter("error")));
        claims(text(&body_of(&redeem(&emulator, tenant, &code).await), "access_token"))["upn"].clone()
    };
    assert_eq!(user_of("common", &[]).await, ADA);
    assert_eq!(user_of("common", &[("login_hint", "BOB@emulator.onmicrosoft.com")]).await, BOB);
    assert_eq!(user_of(FABRIKAM, &[]).await, CAROL, "the only one there");
    assert_eq!(user_of(FABRIKAM, &[("login_hint", BOB)]).await, CAROL, "Bob cannot");
    // Silently it goes on as whoever signed in last, unless the client wants another.
    assert_eq!(user_of("common", &[("prompt", "none")]).await, CAROL);
    assert_eq!(user_of("common", &[("prompt", "none"), ("login_hint", BOB)]).await, BOB);
    let silent = [("prompt", "none"), ("login_hint", DAN)];
    let redirect = emulator.sign_in(&url(&emulator, "common", &silent)).unwrap();
    assert_eq!(redirect.parameter("error").as_deref(), Some("login_required"));

    let accounts = emulator.accounts();
    let logout = format!("/{}/oauth2/v2.0/logout", accounts.tenant_id);
    send(&emulator, request(&emulator, "GET", &logout, &[], "")).await;
    let redirect = emulator.sign_in(&url(&emulator, "common", &[("prompt", "none")])).unwrap();
    assert_eq!(redirect.parameter("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn the_page_takes_names_and_passwords() {
    let emulator = start().await;
    let path = authorize(&emulator, "common", &[("login_hint", CAROL)]);
    let page = send(&emulator, request(&emulator, "GET", &path, &[], "")).await;
    let html = String::from_utf8(page.body().to_vec()).unwrap();
    let offered: Vec<&str> =
        html.split("name=\"account\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(offered, [CAROL, ADA, BOB, DAN]);
    assert!(html.contains(r#"name="username" value="carol@fabrikam.onmicrosoft.com""#), "{html}");

    let sign_in = async |tenant: &str, fields: &[(&str, &str)]| {
        let path = authorize(&emulator, tenant, &[]);
        send(&emulator, request(&emulator, "POST", &path, &[], &form(fields))).await
    };
    let typed = |name, password| [("decision", "continue"), ("username", name), ("password", password)];
    for (tenant, fields, reason) in [
        ("common", typed(BOB, "Carol's"), "AADSTS50126: password: it is not the password of bob@"),
        (
            "common",
            typed("eve@fabrikam.onmicrosoft.com", "x"),
            "AADSTS50034: username: nobody in common has it",
        ),
        (FABRIKAM, typed(BOB, "Bob's"), "AADSTS50020: user: bob@emulator.onmicrosoft.com is at home in"),
    ] {
        let response = sign_in(tenant, &fields).await;
        assert_refused(&emulator, &response, 400, reason);
        // The page comes again: the client hears nothing of it.
        let html = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(html.contains("role=\"alert\"") && html.contains("name=\"password\""), "{html}");
    }
    for fields in [typed(BOB, "Bob's").to_vec(), vec![("account", BOB)]] {
        let response = sign_in("common", &fields).await;
        assert_eq!(response.status(), 302, "{fields:?}");
        assert!(last(&emulator).verified.contains(&format!("signed in as {BOB}")));
    }
    let response = sign_in(FABRIKAM, &[("account", BOB)]).await;
    assert_refused(&emulator, &response, 400, "AADSTS50020: user: bob@");
}

#[tokio::test]
async fn a_device_is_approved_by_one_of_them() {
    let emulator = start().await;
    for (tenant, name, tenant_id) in [
        ("common", CAROL, FABRIKAM),
        (FABRIKAM, CAROL, FABRIKAM),
        ("organizations", BOB, &emulator.accounts().tenant_id),
    ] {
        let codes = begin(&emulator, tenant, "https://management.azure.com/.default openid profile").await;
        emulator.approve_as(name, text(&codes, "user_code")).unwrap();
        assert_eq!(emulator.device_sign_ins().last().unwrap().user.as_deref(), Some(name));
        let answer = body_of(&poll(&emulator, tenant, text(&codes, "device_code")).await);
        let token = claims(text(&answer, "access_token"));
        assert_eq!((&token["upn"], &token["tid"]), (&json!(name), &json!(tenant_id)));
        assert!(last(&emulator).verified.contains(&format!("device code, approved by {name}")));
    }
    // Who is not named is the first who can.
    let codes = begin(&emulator, FABRIKAM, "openid").await;
    let error = emulator.approve_as(BOB, text(&codes, "user_code")).unwrap_err();
    assert_eq!(error.problem(), "user: neither at home nor a guest in the tenant that the sign-in is for");
    let error = emulator.approve_as("eve@x.test", text(&codes, "user_code")).unwrap_err();
    assert_eq!(error.problem(), "user: nobody has this name");
    emulator.approve(text(&codes, "user_code")).unwrap();
    assert_eq!(emulator.device_sign_ins().last().unwrap().user.as_deref(), Some(CAROL));
    // A code that Carol approved for `common` is not good where she is a guest.
    let codes = begin(&emulator, "common", "openid").await;
    emulator.approve_as(CAROL, text(&codes, "user_code")).unwrap();
    let response = poll(&emulator, &emulator.accounts().tenant_id, text(&codes, "device_code")).await;
    assert_refused(
        &emulator,
        &response,
        400,
        "AADSTS700005: device_code: it was issued in tenant e0000000-0000-4000-8000-000000000003",
    );
}

#[tokio::test]
async fn the_page_for_devices_and_the_control_api_ask_who() {
    let emulator = start().await;
    let page = send(&emulator, request(&emulator, "GET", "/devicelogin", &[], "")).await;
    let html = String::from_utf8(page.body().to_vec()).unwrap();
    assert!(
        html.contains("<select id=\"user\" name=\"user\">")
            && html.contains(&format!("<option>{CAROL}</option>"))
    );

    let codes = begin(&emulator, "common", "openid").await;
    let user_code = text(&codes, "user_code");
    let approve = |user| form(&[("user_code", user_code), ("decision", "approve"), ("user", user)]);
    let response =
        send(&emulator, request(&emulator, "POST", "/devicelogin", &[], &approve("eve@x.test"))).await;
    assert_refused(&emulator, &response, 400, "user: nobody has this name");
    send(&emulator, request(&emulator, "POST", "/devicelogin", &[], &approve(BOB))).await;
    assert_eq!(last(&emulator).verified, [format!("user code, approved by {BOB}")]);

    let codes = begin(&emulator, "common", "openid").await;
    let path = format!("/_emulator/device-sign-ins/{}/approve", text(&codes, "user_code"));
    let control = async |body: Value| {
        let headers = ["x-emulator-control: test"];
        send(&emulator, request(&emulator, "POST", &path, &headers, &body.to_string())).await
    };
    assert_eq!(control(json!({ "user": "eve@x.test" })).await.status(), 400);
    assert_eq!(control(json!({ "user": CAROL })).await.status(), 200);
    assert_eq!(emulator.device_sign_ins().last().unwrap().user.as_deref(), Some(CAROL));
    let state = body_of(&send(&emulator, request(&emulator, "GET", "/_emulator/state", &[], "")).await);
    let names: Vec<&Value> =
        state["description"]["users"].as_array().unwrap().iter().map(|user| &user["name"]).collect();
    assert_eq!(names, [ADA, BOB, CAROL, DAN]);
    assert_eq!(state["device_sign_ins"][1]["user"], CAROL);
}
