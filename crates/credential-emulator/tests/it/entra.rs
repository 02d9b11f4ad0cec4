//! The token endpoints and what surrounds them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credential_emulator::Emulator;

use crate::client::{
    ARM_SCOPE, assert_refused, assert_snapshot, form, json, last, request, send, show, start,
};

const V1: &str = "oauth2/token";
const V2: &str = "oauth2/v2.0/token";

async fn ask(emulator: &Emulator, path: &str, fields: &[(&str, &str)]) -> http::Response<bytes::Bytes> {
    send(emulator, request(emulator, "POST", path, &[], &form(fields))).await
}

#[tokio::test]
async fn both_versions_answer_in_their_own_shape() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let client = [
        ("grant_type", "client_credentials"),
        ("client_id", accounts.client_id.as_str()),
        ("client_secret", accounts.client_secret.as_str()),
    ];
    let v2 = [&client[..], &[("scope", ARM_SCOPE)]].concat();
    let response = ask(&emulator, &format!("/{}/{V2}", accounts.tenant_id), &v2).await;
    assert_snapshot("token_v2", &show(&response));
    assert_snapshot("token_v2_verified", &last(&emulator).verified.join("\n"));

    let v1 = [&client[..], &[("resource", "https://rest.media.azure.net")]].concat();
    let response = ask(&emulator, &format!("/{}/{V1}", accounts.tenant_domain), &v1).await;
    assert_snapshot("token_v1", &show(&response));
}

#[tokio::test]
async fn tolerates_what_real_clients_send() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    // An upper-case domain, a query, a charset, fields that nobody knows.
    let path = format!("/{}/{V2}?dc=ESTS&slice=testslice", accounts.tenant_domain.to_uppercase());
    let fields = form(&[
        ("client_info", "1"),
        ("grant_type", "client_credentials"),
        ("client_id", &accounts.client_id.to_uppercase()),
        ("client_secret", &accounts.client_secret),
        ("scope", "https://management.core.windows.net//.default"),
        ("scope_hint", "x"),
    ]);
    let headers = [
        "content-type: application/x-www-form-urlencoded; charset=utf-8",
        "client-request-id: 70a8e4d2-816a-4d03-a800-aeb20126ae51",
        "return-client-request-id: true",
    ];
    let response = send(&emulator, request(&emulator, "POST", &path, &headers, &fields)).await;
    assert_eq!(response.status(), 200, "{response:?}");
    assert_eq!(response.headers()["client-request-id"], "70a8e4d2-816a-4d03-a800-aeb20126ae51");
    assert!(last(&emulator).verified.contains(&"resource https://management.core.windows.net/".to_owned()));
}

#[tokio::test]
async fn http_basic_is_form_encoded() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let path = format!("/{}/{V2}", accounts.tenant_id);
    let fields = form(&[("grant_type", "client_credentials"), ("scope", ARM_SCOPE)]);
    let secret = accounts.client_secret.replace('~', "%7E");
    for (pair, status) in [
        (format!("{}:{}", accounts.client_id, accounts.client_secret), 200),
        (format!("{}:{secret}", accounts.client_id.replace('-', "%2D")), 200),
        (format!("{}:wrong", accounts.client_id), 401),
        ("no colon".to_owned(), 401),
    ] {
        let header = format!("authorization: Basic {}", STANDARD.encode(&pair));
        let response = send(&emulator, request(&emulator, "POST", &path, &[&header], &fields)).await;
        assert_eq!(response.status(), status, "{pair}");
    }
    let response =
        send(&emulator, request(&emulator, "POST", &path, &["authorization: Basic !"], &fields)).await;
    assert_refused(&emulator, &response, 401, "AADSTS7000218: authorization: the header is not base64");
}

#[tokio::test]
async fn refusals() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let good = [
        ("grant_type", "client_credentials"),
        ("client_id", accounts.client_id.as_str()),
        ("client_secret", accounts.client_secret.as_str()),
        ("scope", ARM_SCOPE),
    ];
    let v2 = format!("/{}/{V2}", accounts.tenant_id);
    // What replaces a field of the good form (None removes it), the status, Entra's error, the reason.
    type Change<'a> = (&'a str, Option<&'a str>);
    let table: &[(Change<'_>, u16, &str, &str)] = &[
        (("grant_type", None), 400, "invalid_request", "AADSTS900144: grant_type: "),
        (
            ("grant_type", Some("implicit")),
            400,
            "unsupported_grant_type",
            "AADSTS70003: grant_type: 'implicit'",
        ),
        (("client_id", None), 400, "invalid_request", "AADSTS900144: client_id: "),
        (
            ("client_id", Some("c0000000-0000-4000-8000-00000000000f")),
            400,
            "unauthorized_client",
            "AADSTS700016: client_id: 'c0000000-",
        ),
        (
            ("client_id", Some("not-an-id")),
            400,
            "unauthorized_client",
            "AADSTS700016: client_id: a text that is not a UUID",
        ),
        (
            ("client_secret", None),
            401,
            "invalid_client",
            "AADSTS7000218: client_secret: the parameter is missing",
        ),
        (("client_secret", Some("wrong")), 401, "invalid_client", "AADSTS7000215: client_secret: "),
        (
            ("client_id", Some(accounts.public_client_id.as_str())),
            401,
            "invalid_client",
            "AADSTS700025: client_id: c0000000-0000-4000-8000-000000000003 is a public client",
        ),
        (("claims", Some("{")), 400, "invalid_request", "AADSTS9002313: claims: "),
        (("scope", None), 400, "invalid_request", "AADSTS900144: scope: "),
        (
            ("scope", Some("https://management.azure.com/user_impersonation")),
            400,
            "invalid_scope",
            "AADSTS70011: scope: an application asks for a resource",
        ),
        (("scope", Some("/.default")), 400, "invalid_scope", "AADSTS70011: scope: "),
        (
            ("scope", Some("openid https://management.azure.com/.default")),
            400,
            "invalid_scope",
            "AADSTS70011: scope: an application asks for exactly one",
        ),
        (
            ("scope", Some("https://sts.eastus.mixedreality.azure.com//.default")),
            400,
            "invalid_resource",
            "AADSTS500011: resource: 'https://sts.eastus.mixedreality.azure.com/'",
        ),
        (
            ("scope", Some("https://rest.media.azure.net//.default")),
            400,
            "invalid_resource",
            "AADSTS500011: resource: 'https://rest.media.azure.net/'",
        ),
        (
            ("resource", Some("https://management.azure.com")),
            400,
            "invalid_request",
            "AADSTS901002: resource: ",
        ),
    ];
    for ((name, value), status, error, reason) in table {
        let mut fields: Vec<_> = good.into_iter().filter(|(known, _)| known != name).collect();
        fields.extend(value.map(|value| (*name, value)));
        let response = ask(&emulator, &v2, &fields).await;
        assert_refused(&emulator, &response, *status, reason);
        assert_eq!(json(&response)["error"], *error, "{reason}");
    }

    for (tenant, reason) in [
        ("common", "AADSTS50059: tenant: "),
        ("Organizations", "AADSTS50059: tenant: "),
        ("unknown.example", "AADSTS90002: tenant: 'unknown.example'"),
    ] {
        let response = ask(&emulator, &format!("/{tenant}/{V2}"), &good).await;
        assert_refused(&emulator, &response, 400, reason);
    }
    let response = ask(&emulator, &format!("/{}/{V1}", accounts.tenant_id), &good).await;
    assert_refused(&emulator, &response, 400, "AADSTS900144: resource: ");
    let assertion: Vec<_> = good
        .into_iter()
        .filter(|(name, _)| *name != "client_secret")
        .chain([("client_assertion", "x.y.z")])
        .collect();
    let response = ask(&emulator, &v2, &assertion).await;
    assert_refused(&emulator, &response, 400, "AADSTS900144: client_assertion_type: ");
}

#[tokio::test]
async fn an_error_has_entras_shape_and_the_clients_correlation_id() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let fields = form(&[
        ("grant_type", "client_credentials"),
        ("client_id", &accounts.client_id),
        ("client_secret", "wrong"),
        ("scope", ARM_SCOPE),
    ]);
    let path = format!("/{}/{V2}", accounts.tenant_id);
    let id = "client-request-id: 70A8E4D2-816A-4D03-A800-AEB20126AE51";
    let response = send(&emulator, request(&emulator, "POST", &path, &[id], &fields)).await;
    assert_snapshot("token_error", &show(&response));

    // What is no GUID is not echoed.
    let response =
        send(&emulator, request(&emulator, "POST", &path, &["client-request-id: <x>"], &fields)).await;
    assert_ne!(json(&response)["correlation_id"], "<x>");
}

#[tokio::test]
async fn every_known_resource_and_the_emulators_own() {
    let (emulator, _clock) = start().await;
    let own = [emulator.https_origin().to_owned(), format!("{}/", emulator.http_origin())];
    for resource in [
        "https://communication.azure.com/",
        "https://communication.azure.com",
        "https://sts.mixedreality.azure.com/",
        "https://sts.mixedreality.azure.com",
        "https://rest.media.azure.net",
        "https://management.core.windows.net/",
        "https://management.core.windows.net",
        "https://management.azure.com/",
        "https://management.azure.com",
        &own[0],
        &own[1],
    ] {
        crate::client::token_for(&emulator, &format!("{resource}/.default")).await;
        assert!(last(&emulator).verified.contains(&format!("resource {resource}")), "{resource}");
    }
}

#[tokio::test]
async fn metadata_and_discovery() {
    let (emulator, _clock) = start().await;
    let tenant = &emulator.accounts().tenant_domain;
    let get = |path: String| send_get(&emulator, path);
    let v2 = get(format!("/{tenant}/v2.0/.well-known/openid-configuration")).await;
    assert_snapshot("metadata_v2", &show(&v2));
    let v1 = json(&get(format!("/{tenant}/.well-known/openid-configuration")).await);
    assert_eq!(v1["issuer"], format!("{}/{}/", emulator.https_origin(), emulator.accounts().tenant_id));
    assert_eq!(v1["token_endpoint"], format!("{}/{tenant}/oauth2/token", emulator.https_origin()));
    let common = json(&get("/common/v2.0/.well-known/openid-configuration".into()).await);
    assert_eq!(common["issuer"], format!("{}/{{tenantid}}/v2.0", emulator.https_origin()));
    assert_snapshot("jwks", &show(&get(format!("/{tenant}/discovery/v2.0/keys")).await));

    let response = get("/nowhere.example/v2.0/.well-known/openid-configuration".into()).await;
    assert_refused(&emulator, &response, 400, "AADSTS90002: tenant: 'nowhere.example'");

    let authority = format!("{}/{tenant}/oauth2/v2.0/authorize", emulator.https_origin());
    let discovery = "/common/discovery/instance?api-version=1.1&authorization_endpoint";
    assert_snapshot("instance_discovery", &show(&get(format!("{discovery}={authority}")).await));
    for bad in ["https://login.example/tenant/oauth2/v2.0/authorize", "not an address", "/tenant"] {
        let encoded: String = form_urlencoded::byte_serialize(bad.as_bytes()).collect();
        let response = get(format!("{discovery}={encoded}")).await;
        assert_refused(&emulator, &response, 400, "AADSTS50049: authorization_endpoint: ");
    }
    let response = get("/common/discovery/instance".into()).await;
    assert_refused(&emulator, &response, 400, "AADSTS900144: authorization_endpoint: ");
}

#[tokio::test]
async fn links_follow_the_address_that_the_client_used() {
    let (emulator, _clock) = start().await;
    let path = format!("/{}/v2.0/.well-known/openid-configuration", emulator.accounts().tenant_id);
    let by_address = emulator.https_origin().replace("localhost", "127.0.0.1");
    for origin in [emulator.https_origin(), emulator.http_origin(), &by_address] {
        let request = http::Request::get(format!("{origin}{path}")).body(bytes::Bytes::new()).unwrap();
        let metadata = json(&send(&emulator, request).await);
        assert!(metadata["issuer"].as_str().unwrap().starts_with(&format!("{origin}/")), "{metadata}");
    }
}

async fn send_get(emulator: &Emulator, path: String) -> http::Response<bytes::Bytes> {
    send(emulator, request(emulator, "GET", &path, &[], "")).await
}
