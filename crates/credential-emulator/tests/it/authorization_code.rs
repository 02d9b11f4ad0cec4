//! The authorization code flow with PKCE: the page, the ways back, the exchange.

use std::time::Duration;

use bytes::Bytes;
use credential_emulator::{BrowserRedirect, Emulator};
use http::Response;

use crate::client::{
    ARM_SCOPE, assert_refused, assert_snapshot, form, json, last, request, send, show, start,
};
use crate::tokens::claims;

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http://localhost:8400/back";

type Changes<'a> = &'a [(&'a str, Option<&'a str>)];

/// The path of a good authorization request but for the changes; None removes a parameter.
fn path(emulator: &Emulator, changes: Changes<'_>) -> String {
    let good = [
        ("client_id", emulator.accounts().public_client_id.as_str()),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "https://management.azure.com/.default openid profile offline_access"),
        ("state", "st&te=<1>"),
        ("nonce", "n-0S6"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let mut fields: Vec<_> =
        good.into_iter().filter(|(known, _)| changes.iter().all(|(name, _)| name != known)).collect();
    fields.extend(changes.iter().filter_map(|(name, value)| value.map(|value| (*name, value))));
    format!("/common/oauth2/v2.0/authorize?{}", form(&fields))
}

fn sign_in(emulator: &Emulator, changes: Changes<'_>) -> BrowserRedirect {
    emulator.sign_in(&format!("{}{}", emulator.https_origin(), path(emulator, changes))).unwrap()
}

async fn browse(emulator: &Emulator, method: &str, changes: Changes<'_>, body: &str) -> Response<Bytes> {
    send(emulator, request(emulator, method, &path(emulator, changes), &[], body)).await
}

async fn exchange(emulator: &Emulator, code: &str, changes: Changes<'_>) -> Response<Bytes> {
    let good = [
        ("grant_type", "authorization_code"),
        ("client_id", emulator.accounts().public_client_id.as_str()),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_info", "1"),
    ];
    let mut fields: Vec<_> =
        good.into_iter().filter(|(known, _)| changes.iter().all(|(name, _)| name != known)).collect();
    fields.extend(changes.iter().filter_map(|(name, value)| value.map(|value| (*name, value))));
    send(emulator, request(emulator, "POST", "/common/oauth2/v2.0/token", &[], &form(&fields))).await
}

fn code(redirect: &BrowserRedirect) -> String {
    redirect.parameter("code").unwrap_or_else(|| panic!("{redirect:?}"))
}

#[tokio::test]
async fn from_the_page_to_the_token() {
    let (emulator, _clock) = start().await;
    assert_snapshot("authorize_page", &show(&browse(&emulator, "GET", &[], "").await));
    let response = browse(&emulator, "POST", &[], "decision=continue").await;
    assert_snapshot("authorize_redirect", &show(&response));
    assert_snapshot("authorize_verified", &last(&emulator).verified.join("\n"));

    let location = response.headers()["location"].to_str().unwrap();
    let query = location.split_once('?').unwrap().1;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let code = pairs.find(|(name, _)| name == "code").unwrap().1.into_owned();
    assert_eq!(pairs.find(|(name, _)| name == "state").unwrap().1, "st&te=<1>");
    let response = exchange(&emulator, &code, &[]).await;
    assert_snapshot("code_token", &show(&response));
    assert_snapshot("code_token_verified", &last(&emulator).verified.join("\n"));
    let id_token = claims(json(&response)["id_token"].as_str().unwrap());
    assert_eq!((&id_token["nonce"], &id_token["name"]), (&"n-0S6".into(), &"Ada Emulator".into()));

    let response = exchange(&emulator, &code, &[]).await;
    assert_refused(&emulator, &response, 400, "AADSTS54005: code: it was redeemed before");
}

#[tokio::test]
async fn every_way_back() {
    let (emulator, _clock) = start().await;
    let fragment = sign_in(&emulator, &[("response_mode", Some("fragment"))]);
    assert!(fragment.url().starts_with("http://localhost:8400/back#code="), "{fragment:?}");
    assert_eq!(
        format!("{fragment:?}"),
        r#"BrowserRedirect { redirect_uri: "http://localhost:8400/back", .. }"#
    );
    let query = sign_in(&emulator, &[("redirect_uri", Some("http://127.0.0.1:1/a?b=c"))]);
    assert!(query.url().starts_with("http://127.0.0.1:1/a?b=c&code=") && query.form().is_none());
    let posted = sign_in(&emulator, &[("response_mode", Some("form_post"))]);
    assert_eq!((posted.url(), posted.parameter("state").as_deref()), (REDIRECT, Some("st&te=<1>")));
    assert!(posted.form().unwrap().starts_with("code="));
    for redirect in [fragment, posted] {
        assert_eq!(exchange(&emulator, &code(&redirect), &[]).await.status(), 200);
    }

    let response =
        browse(&emulator, "POST", &[("response_mode", Some("form_post"))], "decision=continue").await;
    assert_snapshot("authorize_form_post", &show(&response));
    let state = "s".repeat(10_000);
    let response = browse(&emulator, "POST", &[("state", Some(&state))], "decision=continue").await;
    assert!(
        response.headers()["location"].to_str().unwrap().ends_with(&state),
        "long states come back whole"
    );
}

#[tokio::test]
async fn several_resources_are_consented_to_together() {
    let (emulator, _clock) = start().await;
    let both =
        "https://rest.media.azure.net/a https://rest.media.azure.net/a https://management.azure.com/b openid";
    let redirect = sign_in(&emulator, &[("scope", Some(both))]);
    let response = exchange(&emulator, &code(&redirect), &[("scope", Some(both))]).await;
    assert_refused(&emulator, &response, 400, "AADSTS70011: scope: a token is for one resource");
    let answer = json(&exchange(&emulator, &code(&redirect), &[]).await);
    assert_eq!(answer["scope"], "https://rest.media.azure.net/a openid", "the first resource's, once each");
}

#[tokio::test]
async fn a_reset_signs_the_user_out() {
    let (emulator, _clock) = start().await;
    let left = code(&sign_in(&emulator, &[]));
    emulator.reset();
    let response = exchange(&emulator, &left, &[]).await;
    assert_refused(&emulator, &response, 400, "AADSTS70000: code: it was not issued here");
    let response = browse(&emulator, "GET", &[("prompt", Some("none"))], "").await;
    assert_refused(&emulator, &response, 302, "AADSTS50058: prompt: ");
}

#[tokio::test]
async fn the_user_cancels() {
    let (emulator, _clock) = start().await;
    let response = browse(&emulator, "POST", &[], "decision=cancel").await;
    assert_refused(&emulator, &response, 302, "AADSTS65004: decision: the user cancelled");
    assert_snapshot("authorize_cancelled", &show(&response));
}

#[tokio::test]
async fn prompt_none_needs_someone_signed_in() {
    let (emulator, _clock) = start().await;
    let silent = [("prompt", Some("none"))];
    let response = browse(&emulator, "GET", &silent, "").await;
    assert_refused(&emulator, &response, 302, "AADSTS50058: prompt: none was asked for");
    assert!(response.headers()["location"].to_str().unwrap().contains("?error=login_required&"));

    sign_in(&emulator, &[]);
    let response = browse(&emulator, "GET", &silent, "").await;
    assert!(response.headers()["location"].to_str().unwrap().contains("?code="), "{response:?}");
    let known = emulator.accounts().user_name.to_uppercase();
    for (hint, name) in [(known.as_str(), "code"), ("eve@example.com", "error")] {
        let redirect = sign_in(&emulator, &[silent[0], ("login_hint", Some(hint))]);
        assert!(redirect.parameter(name).is_some(), "{hint}");
    }
    let page = browse(&emulator, "GET", &[("login_hint", Some("<b>@example.com"))], "").await;
    let page = String::from_utf8_lossy(page.body()).into_owned();
    assert!(page.contains("&lt;b&gt;@example.com") && !page.contains("<b>"), "{page}");
}

#[tokio::test]
async fn refusals_that_stay_on_the_page() {
    let (emulator, _clock) = start().await;
    for (change, reason) in [
        (("client_id", None), "AADSTS900144: client_id: "),
        (("client_id", Some("x")), "AADSTS700016: client_id: a text that is not a UUID"),
        (("redirect_uri", None), "AADSTS900144: redirect_uri: "),
        (("redirect_uri", Some("https://evil.example/")), "AADSTS50011: redirect_uri: "),
        (("redirect_uri", Some("http://localhost@evil.example/")), "AADSTS50011: redirect_uri: "),
        (("response_mode", Some("web_message")), "AADSTS9002313: response_mode: "),
    ] {
        let response = browse(&emulator, "GET", &[change], "").await;
        assert_refused(&emulator, &response, 400, reason);
        assert!(response.headers().get("location").is_none());
        let url = format!("{}{}", emulator.https_origin(), path(&emulator, &[change]));
        assert!(emulator.sign_in(&url).unwrap_err().problem().starts_with(reason));
    }
    let own = path(&emulator, &[]);
    let from_afar = ["origin: https://evil.example"];
    let response = send(&emulator, request(&emulator, "POST", &own, &from_afar, "decision=continue")).await;
    assert_refused(&emulator, &response, 403, "origin: the form was sent by a page of another site");
    for url in ["", "/common", "https://login.example/common/oauth2/v2.0/authorize", &emulator.authority()] {
        let error = emulator.sign_in(url).unwrap_err();
        assert_eq!(error.problem(), "url: it is not an authorize address of this emulator", "{url}");
    }
}

#[tokio::test]
async fn refusals_that_the_client_hears_of() {
    let (emulator, _clock) = start().await;
    for (change, error, reason) in [
        (("response_type", None), "invalid_request", "AADSTS900144: response_type: "),
        (
            ("response_type", Some("token")),
            "unsupported_response_type",
            "AADSTS700054: response_type: 'token'",
        ),
        (("scope", None), "invalid_request", "AADSTS900144: scope: "),
        (("scope", Some("https://unknown.example/a")), "invalid_resource", "AADSTS500011: resource: "),
        (("code_challenge", Some("short")), "invalid_request", "AADSTS501491: code_challenge: "),
        (
            ("code_challenge_method", Some("S512")),
            "invalid_request",
            "AADSTS9002313: code_challenge_method: ",
        ),
    ] {
        let response = browse(&emulator, "GET", &[change], "").await;
        assert_refused(&emulator, &response, 302, reason);
        let location = response.headers()["location"].to_str().unwrap();
        assert!(
            location.starts_with(&format!("{REDIRECT}?error={error}&error_description=AADSTS")),
            "{location}"
        );
        assert!(location.ends_with("&state=st%26te%3D%3C1%3E"), "{location}");
    }
}

#[tokio::test]
async fn refusals_of_the_exchange_cost_no_code() {
    let (emulator, clock) = start().await;
    let accounts = emulator.accounts();
    let good = code(&sign_in(&emulator, &[]));
    for (change, status, reason) in [
        (("code", None), 400, "AADSTS900144: code: "),
        (("code", Some("x")), 400, "AADSTS70000: code: it was not issued here"),
        (("redirect_uri", None), 400, "AADSTS900144: redirect_uri: "),
        (
            ("redirect_uri", Some("http://localhost:8401/back")),
            400,
            "AADSTS500112: redirect_uri: 'http://localhost:8401",
        ),
        (("code_verifier", None), 400, "AADSTS501481: code_verifier: the parameter is missing"),
        (("code_verifier", Some(CHALLENGE)), 400, "AADSTS501481: code_verifier: it does not belong"),
        (
            ("client_id", Some(accounts.other_public_client_id.as_str())),
            400,
            "AADSTS70000: code: it was issued to application",
        ),
        (("client_id", Some(accounts.client_id.as_str())), 401, "AADSTS7000218: client_secret: "),
        (("client_secret", Some("x")), 401, "AADSTS700025: client_id: "),
        (("scope", Some("https://unknown.example/a")), 400, "AADSTS500011: resource: "),
    ] {
        let response = exchange(&emulator, &good, &[change]).await;
        assert_refused(&emulator, &response, status, reason);
    }
    let fields = form(&[
        ("grant_type", "authorization_code"),
        ("client_id", &accounts.public_client_id),
        ("code", &good),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]);
    let response =
        send(&emulator, request(&emulator, "POST", "/consumers/oauth2/v2.0/token", &[], &fields)).await;
    assert_refused(&emulator, &response, 400, "AADSTS700005: code: it was issued in tenant e0000000-");
    assert_eq!(exchange(&emulator, &good, &[("scope", Some(ARM_SCOPE))]).await.status(), 200);

    let without = code(&sign_in(&emulator, &[("code_challenge", None)]));
    let response = exchange(&emulator, &without, &[]).await;
    assert_refused(
        &emulator,
        &response,
        400,
        "AADSTS501481: code_verifier: the authorization request had no",
    );
    clock.advance(Duration::from_secs(600));
    let response = exchange(&emulator, &without, &[("code_verifier", None)]).await;
    assert_refused(&emulator, &response, 400, "AADSTS70008: code: it was valid for 600 s");
}

#[tokio::test]
async fn a_confidential_client_of_version_1() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let url = format!(
        "{}/{}/oauth2/authorize?client_id={}&response_type=code&redirect_uri={REDIRECT}&resource={}",
        emulator.http_origin(),
        accounts.tenant_domain,
        accounts.client_id,
        "https://rest.media.azure.net"
    );
    let redirect = emulator.sign_in(&url).unwrap();
    assert_eq!(redirect.parameter("state"), None);
    let fields = form(&[
        ("grant_type", "authorization_code"),
        ("client_id", &accounts.client_id),
        ("client_secret", &accounts.client_secret),
        ("code", &code(&redirect)),
        ("redirect_uri", REDIRECT),
        ("resource", "https://rest.media.azure.net"),
    ]);
    let path = format!("/{}/oauth2/token", accounts.tenant_id);
    let answer = json(&send(&emulator, request(&emulator, "POST", &path, &[], &fields)).await);
    assert_eq!(
        (&answer["expires_in"], &answer["resource"]),
        (&"3599".into(), &"https://rest.media.azure.net".into())
    );
    assert_eq!(claims(answer["access_token"].as_str().unwrap())["appidacr"], "1");
}
