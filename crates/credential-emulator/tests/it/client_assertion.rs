//! Client assertions: of a certificate's key, and of another issuer.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use bytes::Bytes;
use credential_emulator::Emulator;
use http::Response;
use serde_json::{Value, json};
use std::time::Duration;

use crate::client::{ARM_SCOPE, NOW, assert_refused, form, json as body, last, request, send, start};
use crate::tokens::claims;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What stands between the lines of a PEM text: first the key, then the certificate.
fn blocks(emulator: &Emulator) -> Vec<Vec<u8>> {
    let content = |block: &str| {
        let lines: String = block.lines().skip(1).take_while(|line| !line.starts_with('-')).collect();
        STANDARD.decode(lines).unwrap()
    };
    emulator.client_certificate_pem().split("-----BEGIN ").skip(1).map(content).collect()
}

fn thumbprint(emulator: &Emulator) -> (String, String) {
    let certificate = &blocks(emulator)[1];
    let encode = |algorithm| URL_SAFE_NO_PAD.encode(digest(algorithm, certificate));
    (encode(&SHA1_FOR_LEGACY_USE_ONLY), encode(&SHA256))
}

fn endpoint(emulator: &Emulator) -> String {
    format!("{}/{}/oauth2/v2.0/token", emulator.https_origin(), emulator.accounts().tenant_id)
}

/// Changes members; null removes one.
fn changed(mut object: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(name);
        } else {
            object[name] = value.clone();
        }
    }
    object
}

/// Signs an assertion that is good but for the changes.
fn assertion(emulator: &Emulator, header: &Value, claims: &Value) -> String {
    let id = &emulator.accounts().client_id;
    let good_header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint(emulator).1 });
    let good_claims = json!({
        "aud": endpoint(emulator), "iss": id, "sub": id, "jti": "1", "nbf": NOW, "iat": NOW, "exp": NOW + 600,
    });
    let header = changed(good_header, header);
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&header), encode(&changed(good_claims, claims)));
    let key = RsaKeyPair::from_pkcs8(&blocks(emulator)[0]).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    let padding = if header["alg"] == "RS256" { &RSA_PKCS1_SHA256 } else { &RSA_PSS_SHA256 };
    key.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn ask(emulator: &Emulator, client_id: &str, assertion: &str) -> Response<Bytes> {
    let fields = form(&[
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
        ("scope", ARM_SCOPE),
    ]);
    let path = format!("/{}/oauth2/v2.0/token", emulator.accounts().tenant_id);
    send(emulator, request(emulator, "POST", &path, &[], &fields)).await
}

#[tokio::test]
async fn what_real_clients_sign_is_accepted() {
    let (emulator, _clock) = start().await;
    let (sha1, sha256) = thumbprint(&emulator);
    let padded = URL_SAFE.encode(URL_SAFE_NO_PAD.decode(&sha256).unwrap());
    let certificate = STANDARD.encode(&blocks(&emulator)[1]);
    let broken = format!("{}\n{}\r\n", &certificate[..64], &certificate[64..]);
    let domain =
        endpoint(&emulator).replace(&emulator.accounts().tenant_id, &emulator.accounts().tenant_domain);
    let by_address = endpoint(&emulator).replace("localhost", "127.0.0.1");
    for (header, claims_changed) in [
        (json!({}), json!({})),
        (json!({ "alg": "RS256", "x5t": sha1, "x5t#S256": null }), json!({})),
        (json!({ "alg": "RS256", "x5t": format!("{sha1}="), "x5t#S256": null }), json!({})),
        (json!({ "x5t#S256": padded }), json!({})),
        (json!({ "x5c": [certificate, "another"] }), json!({})),
        (json!({ "x5c": [broken] }), json!({})),
        (json!({}), json!({ "nbf": null, "iat": null })),
        (json!({}), json!({ "exp": 1_709_208_600.25, "nbf": 1_709_208_000.75 })),
        (json!({}), json!({ "nbf": NOW + 299, "exp": NOW + 899 })),
        (json!({}), json!({ "nbf": NOW - 899, "exp": NOW - 299 })),
        (json!({}), json!({ "aud": [endpoint(&emulator)] })),
        (json!({}), json!({ "aud": domain })),
        (json!({}), json!({ "aud": by_address })),
    ] {
        let assertion = assertion(&emulator, &header, &claims_changed);
        let response = ask(&emulator, &emulator.accounts().client_id, &assertion).await;
        assert_eq!(response.status(), 200, "{header} {claims_changed}: {:?}", last(&emulator).refusal);
        let proven = format!("application {}, certificate", emulator.accounts().client_id);
        assert!(last(&emulator).verified.contains(&proven));
        assert_eq!(claims(body(&response)["access_token"].as_str().unwrap())["azpacr"], "2");
    }
}

#[tokio::test]
async fn refusals_of_a_certificates_assertion() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let (sha1, sha256) = thumbprint(&emulator);
    let other_tenant = endpoint(&emulator).replace(&accounts.tenant_id, &accounts.other_tenant_id);
    for (header, claims, reason) in [
        (json!({ "x5t#S256": null }), json!({}), "AADSTS700027: x5t: the header has neither"),
        (json!({ "x5t#S256": sha1 }), json!({}), "AADSTS700027: x5t#S256: it is not the SHA-256"),
        (json!({ "x5t": sha256 }), json!({}), "AADSTS700027: x5t: it is not the SHA-1"),
        (json!({ "x5t": 1 }), json!({}), "AADSTS700027: x5t: it is not the SHA-1"),
        (json!({ "x5c": [] }), json!({}), "AADSTS700027: x5c: "),
        (json!({ "x5c": ["MAA="] }), json!({}), "AADSTS700027: x5c: "),
        (json!({ "alg": "HS256" }), json!({}), "AADSTS5002738: alg: 'HS256' is neither"),
        (json!({ "alg": null }), json!({}), "AADSTS5002738: alg: '' is neither"),
        (json!({}), json!({ "sub": "someone" }), "AADSTS50048: sub: 'someone' is not the application"),
        (json!({}), json!({ "aud": other_tenant }), "AADSTS700023: aud: 'https://localhost"),
        (json!({}), json!({ "aud": emulator.https_origin() }), "AADSTS700023: aud: 'https://localhost"),
        (json!({}), json!({ "aud": null }), "AADSTS700023: aud: '' is not the token endpoint"),
        (json!({}), json!({ "exp": null }), "AADSTS700024: exp: the assertion has none"),
        (json!({}), json!({ "exp": "soon" }), "AADSTS700024: exp: the assertion has none"),
        (
            json!({}),
            json!({ "exp": NOW - 300 }),
            "AADSTS700024: exp: the assertion was valid until 1709207700",
        ),
        (json!({}), json!({ "nbf": NOW + 301 }), "AADSTS700024: nbf: the assertion is valid from 1709208301"),
        (json!({}), json!({ "iss": "https://evil.example" }), "AADSTS700211: iss: 'https://evil.example'"),
    ] {
        let response = ask(&emulator, &accounts.client_id, &assertion(&emulator, &header, &claims)).await;
        assert_refused(&emulator, &response, 401, reason);
        assert_eq!(body(&response)["error"], "invalid_client");
    }
}

#[tokio::test]
async fn refusals_of_what_is_no_good_assertion() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let good = assertion(&emulator, &json!({}), &json!({}));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let swapped = assertion(&emulator, &json!({}), &json!({ "jti": "2" }));
    let forged = format!("{}.{signature}", swapped.rsplit_once('.').unwrap().0);
    for (client_id, assertion, status, reason) in [
        (&accounts.client_id, "x", 401, "AADSTS50027: client_assertion: it is not a signed JWT"),
        (&accounts.client_id, "e30.e30", 401, "AADSTS50027: client_assertion: "),
        (&accounts.client_id, "W10.e30.", 401, "AADSTS50027: client_assertion: "),
        (&accounts.client_id, signed, 401, "AADSTS50027: client_assertion: "),
        (&accounts.client_id, &forged, 401, "AADSTS700027: signature: "),
        (&accounts.unprivileged_client_id, &good, 401, "AADSTS70021: client_assertion: "),
        (&accounts.public_client_id, &good, 401, "AADSTS700025: client_id: "),
    ] {
        let response = ask(&emulator, client_id, assertion).await;
        assert_refused(&emulator, &response, status, reason);
    }
    let of_itself = json!({ "iss": accounts.unprivileged_client_id, "sub": accounts.unprivileged_client_id });
    let assertion = assertion(&emulator, &json!({}), &of_itself);
    let response = ask(&emulator, &accounts.unprivileged_client_id, &assertion).await;
    assert_refused(&emulator, &response, 401, "AADSTS700027: client_assertion: no certificate is registered");

    let fields = form(&[
        ("grant_type", "client_credentials"),
        ("client_id", &accounts.client_id),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
        ("client_assertion", &good),
        ("scope", ARM_SCOPE),
    ]);
    let path = format!("/{}/oauth2/v2.0/token", accounts.tenant_id);
    let response = send(&emulator, request(&emulator, "POST", &path, &[], &fields)).await;
    assert_refused(&emulator, &response, 400, "AADSTS9002313: client_assertion_type: ");
}

#[tokio::test]
async fn federated_assertions() {
    let (emulator, clock) = start().await;
    let accounts = emulator.accounts();
    let good = emulator.federated_assertion(&accounts.federated_subject).unwrap();
    let response = ask(&emulator, &accounts.client_id, &good).await;
    assert_eq!(response.status(), 200, "{:?}", last(&emulator));
    let proven = format!("application {}, federated assertion", accounts.client_id);
    assert!(last(&emulator).verified.contains(&proven));

    let other = emulator.federated_assertion("system:serviceaccount:default:Emulator").unwrap();
    let (_, rest) = other.split_once('.').unwrap();
    let forged = format!(
        "{}.{}.{}",
        good.split('.').next().unwrap(),
        rest.split('.').next().unwrap(),
        good.rsplit('.').next().unwrap()
    );
    for (client_id, assertion, reason) in [
        (
            &accounts.client_id,
            &other,
            "AADSTS700213: sub: the assertion is of 'system:serviceaccount:default:Emulator'",
        ),
        (&accounts.client_id, &forged, "AADSTS700027: signature: "),
        (&accounts.unprivileged_client_id, &good, "AADSTS70021: client_assertion: "),
    ] {
        let response = ask(&emulator, client_id, assertion).await;
        assert_refused(&emulator, &response, 401, reason);
    }
    clock.advance(Duration::from_secs(3_900));
    let response = ask(&emulator, &accounts.client_id, &good).await;
    assert_refused(&emulator, &response, 401, "AADSTS700024: exp: the assertion was valid until 1709211600");

    let path = "/federated-issuer/.well-known/openid-configuration";
    let metadata = body(&send(&emulator, request(&emulator, "GET", path, &[], "")).await);
    assert_eq!(claims(&good)["iss"], metadata["issuer"]);
}

#[tokio::test]
async fn a_build_service_gives_its_programs_assertions() {
    let (emulator, _clock) = start().await;
    let path = "/federated-issuer/token?audience=api%3A%2F%2FAzureADTokenExchange";
    let header = format!("authorization: Bearer {}", emulator.accounts().identity_header);
    let answer = send(&emulator, request(&emulator, "GET", path, &[&header], "")).await;
    let value = body(&answer)["value"].as_str().unwrap().to_owned();
    let claims = claims(&value);
    assert_eq!(claims["sub"], emulator.accounts().federated_subject);
    assert_eq!(claims["aud"], "api://AzureADTokenExchange");
    let ours = claims_of_ours(&emulator);
    assert_eq!((&claims["iss"], &claims["exp"]), (&ours["iss"], &ours["exp"]));

    let answer = send(&emulator, request(&emulator, "GET", "/federated-issuer/token", &[&header], "")).await;
    assert_eq!(
        crate::tokens::claims(body(&answer)["value"].as_str().unwrap())["aud"],
        emulator.https_origin()
    );
    let answer = send(&emulator, request(&emulator, "GET", path, &["authorization: Bearer x"], "")).await;
    assert_refused(
        &emulator,
        &answer,
        401,
        "authorization: the header is not 'Bearer' and the well-known identity header",
    );
}

fn claims_of_ours(emulator: &Emulator) -> Value {
    claims(&emulator.federated_assertion(&emulator.accounts().federated_subject).unwrap())
}
