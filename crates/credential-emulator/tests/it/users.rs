//! Several users in several tenants: who they are, and where their passwords are good.

use credential_emulator::{Configuration, Emulator, MoreApp, MoreTenant, MoreUser};
use credential_testkit::FakeClock;
use serde_json::json;

use crate::client::{ARM_SCOPE, NOW, assert_refused, json as body_of, last, request, send};
use crate::device_code::{post, text};
use crate::tokens::claims;

pub(crate) const FABRIKAM: &str = "e0000000-0000-4000-8000-000000000003";
pub(crate) const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
pub(crate) const ADA: &str = "ada@emulator.onmicrosoft.com";
/// At home in the first tenant, with every role.
pub(crate) const BOB: &str = "bob@emulator.onmicrosoft.com";
pub(crate) const BOB_ID: &str = "a0000000-0000-4000-8000-000000000002";
/// At home in a tenant of her own, without a role, and a guest in the first tenant.
pub(crate) const CAROL: &str = "carol@fabrikam.onmicrosoft.com";
pub(crate) const CAROL_ID: &str = "a0000000-0000-4000-8000-000000000003";
/// A personal account.
pub(crate) const DAN: &str = "dan@mail.example";

/// As a program's user would write it.
const FILE: &str = r#"
    [[tenants]]
    id = "e0000000-0000-4000-8000-000000000003"
    domain = "fabrikam.onmicrosoft.com"

    [[users]]
    name = "bob@emulator.onmicrosoft.com"
    password = "Bob's"
    display_name = "Bob B."
    object_id = "a0000000-0000-4000-8000-000000000002"
    has_roles = true

    [[users]]
    name = "carol@fabrikam.onmicrosoft.com"
    password = "Carol's"
    object_id = "a0000000-0000-4000-8000-000000000003"
    guest_of = ["emulator.onmicrosoft.com"]

    [[users]]
    name = "dan@mail.example"
    password = "Dan's"
    tenant = "consumers"
"#;

pub(crate) async fn start() -> Emulator {
    let configuration = Configuration::parse(FILE).unwrap();
    let clock = FakeClock::at(NOW).shared();
    Emulator::builder().configuration(configuration).clock(clock).start().await.unwrap()
}

pub(crate) fn password_of(name: &str) -> &'static str {
    match name {
        ADA => "Emul8-well-known-password",
        BOB => "Bob's",
        CAROL => "Carol's",
        _ => "Dan's",
    }
}

pub(crate) async fn by_password(
    emulator: &Emulator,
    tenant: &str,
    name: &str,
    scope: &str,
) -> http::Response<bytes::Bytes> {
    let fields = [
        ("grant_type", "password"),
        ("client_id", emulator.accounts().public_client_id.as_str()),
        ("username", name),
        ("password", password_of(name)),
        ("scope", scope),
        ("client_info", "1"),
    ];
    post(emulator, &format!("/{tenant}/oauth2/v2.0/token"), &fields).await
}

pub(crate) async fn token_of(emulator: &Emulator, name: &str, scope: &str) -> String {
    let response = by_password(emulator, "organizations", name, scope).await;
    assert_eq!(response.status(), 200, "{:?}", last(emulator).refusal);
    text(&body_of(&response), "access_token").to_owned()
}

pub(crate) async fn refresh(emulator: &Emulator, tenant: &str, token: &str) -> http::Response<bytes::Bytes> {
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", emulator.accounts().public_client_id.as_str()),
        ("refresh_token", token),
        ("scope", "https://management.azure.com/.default openid profile"),
    ];
    post(emulator, &format!("/{tenant}/oauth2/v2.0/token"), &fields).await
}

#[tokio::test]
async fn passwords_lead_to_each_users_own_home() {
    let emulator = start().await;
    let home = emulator.accounts().tenant_id.clone();
    for (name, tenant, tenant_id, object_id, display_name) in [
        (ADA, "organizations", home.as_str(), "a0000000-0000-4000-8000-000000000001", "Ada Emulator"),
        (BOB, "organizations", &home, BOB_ID, "Bob B."),
        (BOB, "emulator.onmicrosoft.com", &home, BOB_ID, "Bob B."),
        (CAROL, "organizations", FABRIKAM, CAROL_ID, "carol"),
        ("Carol@Fabrikam.onmicrosoft.com", FABRIKAM, FABRIKAM, CAROL_ID, "carol"),
    ] {
        let fields = [
            ("grant_type", "password"),
            ("client_id", emulator.accounts().public_client_id.as_str()),
            ("username", name),
            ("password", password_of(&name.to_lowercase())),
            ("scope", "https://management.azure.com/.default openid profile"),
            ("client_info", "1"),
        ];
        let answer = body_of(&post(&emulator, &format!("/{tenant}/oauth2/v2.0/token"), &fields).await);
        let token = claims(text(&answer, "access_token"));
        assert_eq!(
            (&token["tid"], &token["oid"], &token["name"]),
            (&json!(tenant_id), &json!(object_id), &json!(display_name)),
            "{name} at {tenant}"
        );
        let as_known = name.to_lowercase();
        assert_eq!((&token["upn"], &token["preferred_username"]), (&json!(as_known), &json!(as_known)));
        assert_eq!(token["iss"], format!("{}/{tenant_id}/v2.0", emulator.https_origin()));
        let id_token = claims(text(&answer, "id_token"));
        assert_eq!((&id_token["oid"], &id_token["preferred_username"]), (&token["oid"], &json!(as_known)));
        let info = json!({ "uid": object_id, "utid": tenant_id }).to_string();
        use base64::Engine;
        assert_eq!(answer["client_info"], base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(info));
        assert!(last(&emulator).verified.contains(&format!("password of {as_known}")));
    }
}

#[tokio::test]
async fn passwords_of_elsewhere_are_refused() {
    let emulator = start().await;
    for (tenant, name, reason) in [
        (FABRIKAM, BOB, "AADSTS50034: username: bob@emulator.onmicrosoft.com is at home in tenant e0000000-"),
        // Guests cannot use this grant.
        (
            "emulator.onmicrosoft.com",
            CAROL,
            "AADSTS50034: username: carol@fabrikam.onmicrosoft.com is at home in",
        ),
        ("organizations", DAN, "AADSTS50034: username: dan@mail.example is at home in tenant 9188040d-"),
        (
            "organizations",
            "eve@fabrikam.onmicrosoft.com",
            "AADSTS50034: username: nobody in organizations has it",
        ),
        (
            "nowhere.onmicrosoft.com",
            CAROL,
            "AADSTS90002: tenant: 'nowhere.onmicrosoft.com' is not known here",
        ),
    ] {
        let response = by_password(&emulator, tenant, name, ARM_SCOPE).await;
        assert_refused(&emulator, &response, 400, reason);
    }
    let fields = [
        ("grant_type", "password"),
        ("client_id", emulator.accounts().public_client_id.as_str()),
        ("username", CAROL),
        ("password", password_of(BOB)),
        ("scope", ARM_SCOPE),
    ];
    let response = post(&emulator, "/organizations/oauth2/v2.0/token", &fields).await;
    assert_refused(
        &emulator,
        &response,
        400,
        "AADSTS50126: password: it is not the password of carol@fabrikam",
    );
}

#[tokio::test]
async fn the_realm_is_each_users_own() {
    let emulator = start().await;
    for (name, kind, domain) in [
        (CAROL, "Managed", "fabrikam.onmicrosoft.com"),
        (BOB, "Managed", "emulator.onmicrosoft.com"),
        ("eve@fabrikam.onmicrosoft.com", "Unknown", "emulator.onmicrosoft.com"),
    ] {
        let path = format!("/common/userrealm/{name}?api-version=1.0");
        let answer = body_of(&send(&emulator, request(&emulator, "GET", &path, &[], "")).await);
        assert_eq!((&answer["account_type"], &answer["domain_name"]), (&json!(kind), &json!(domain)));
    }
}

#[tokio::test]
async fn everything_is_served_for_a_tenant_that_was_added() {
    let emulator = start().await;
    for name in [FABRIKAM, "Fabrikam.onmicrosoft.com"] {
        let path = format!("/{name}/v2.0/.well-known/openid-configuration");
        let metadata = body_of(&send(&emulator, request(&emulator, "GET", &path, &[], "")).await);
        assert_eq!(metadata["issuer"], format!("{}/{FABRIKAM}/v2.0", emulator.https_origin()));
    }
    // Applications sign in there too; what they may do is another matter.
    let accounts = emulator.accounts();
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", accounts.client_id.as_str()),
        ("client_secret", &accounts.client_secret),
        ("scope", ARM_SCOPE),
    ];
    let answer = body_of(&post(&emulator, &format!("/{FABRIKAM}/oauth2/v2.0/token"), &fields).await);
    assert_eq!(claims(text(&answer, "access_token"))["tid"], FABRIKAM);
    let description = serde_json::to_value(emulator.describe()).unwrap();
    assert_eq!(description["entra"]["tenants"][2]["domain"], "fabrikam.onmicrosoft.com");
    assert_eq!(description["entra"]["users"][1]["password"], "Bob's");
    let text = emulator.describe().to_string();
    assert!(
        text.contains(&format!("# So does {CAROL}, password Carol's, of tenant {FABRIKAM}.\n")),
        "{text}"
    );
}

#[tokio::test]
async fn builder_and_file_refuse_what_cannot_be_told_apart() {
    let start = async |builder: credential_emulator::EmulatorBuilder| {
        builder.start().await.expect_err("an error").problem().to_owned()
    };
    let bob = || MoreUser::new("bob@other.onmicrosoft.com", "p");
    let twice = Emulator::builder().user(bob()).user(bob().object_id(FABRIKAM));
    assert_eq!(start(twice).await, "[[users]] number 2, name: it is the same as [[users]] number 1, name");
    let tenant = MoreTenant::new(FABRIKAM, "other.onmicrosoft.com");
    assert_eq!(
        start(Emulator::builder().tenant(tenant)).await,
        "[[tenants]] number 1, domain: it is the same as [other_tenant] domain"
    );
    let app = MoreApp::new("c0000000-0000-4000-8000-000000000001").secret("s");
    assert_eq!(
        start(Emulator::builder().app(app)).await,
        "[[apps]] number 1, client_id: it is the same as [app] client_id"
    );
    let error =
        Configuration::parse("[[users]]\nname = \"ADA@emulator.onmicrosoft.com\"\npassword = \"s3cret\"\n");
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("[[users]] number 1, name: it is the same as [user] name"), "{error}");
    let error =
        Configuration::parse("[[users]]\nname = \"bob@nowhere.test\"\npassword = \"s3cret\"\n").unwrap_err();
    assert_eq!(error.problem(), "[[users]] number 1, tenant: there is no such tenant");
    let error = Configuration::parse("[[users]]\nname = \"bob\"\n").unwrap_err();
    assert_eq!(error.problem(), "configuration, line 1: missing field `password`");
}
