//! Tokens for code that is not async, wherever it is called from.

use std::sync::Arc;

use credential::{TokenCredential, TokenRequest};
use credential_emulator::Emulator;
use credential_http::Blocking;
use credential_testkit::{FakeClock, FakeSleep, ScriptedTransport, in_every_place};
use entra::{
    AssertionFn, Authority, ClientAssertionCredential, ClientSecretCredential, DeviceCodeCredential,
    UsernamePasswordCredential,
};

use crate::{CLIENT_ID, TENANT, VAULT, token_json};

fn answering() -> ScriptedTransport {
    ScriptedTransport::new().then_json(&token_json("t0ken"))
}

fn credentials() -> Vec<Arc<dyn TokenCredential>> {
    let assertion = AssertionFn::new(|_| async { Ok("eyJ.eyJ.c2ln".into()) });
    let code = ScriptedTransport::new()
        .then_json(
            r#"{"device_code":"d","user_code":"u","verification_uri":"https://x.example","interval":5}"#,
        )
        .then(400, &[], r#"{"error":"authorization_pending"}"#)
        .then_json(&token_json("t0ken"));
    let clock = FakeClock::at(1_800_000_000);
    vec![
        Arc::new(crate::builder(&answering()).build().unwrap()),
        Arc::new(
            ClientAssertionCredential::builder(TENANT, CLIENT_ID, assertion)
                .transport(answering().shared())
                .build()
                .unwrap(),
        ),
        Arc::new(
            UsernamePasswordCredential::builder(TENANT, CLIENT_ID, "ada", "pw")
                .transport(answering().shared())
                .build()
                .unwrap(),
        ),
        Arc::new(
            DeviceCodeCredential::builder(TENANT, CLIENT_ID)
                .prompt(|_| ())
                .transport(code.shared())
                .clock(clock.shared())
                .sleep(FakeSleep::on(&clock).shared())
                .build()
                .unwrap(),
        ),
    ]
}

#[test]
fn every_kind_of_flow_works_in_every_place() {
    in_every_place(|| {
        for credential in credentials() {
            let token = Blocking::new(credential).get_token(&TokenRequest::new([VAULT])).unwrap();
            assert_eq!(token.expose(), "t0ken");
        }
    });
}

/// Over real TLS: the emulator has a thread of its own, as a service would have a machine of its own.
#[test]
fn the_network_works_in_every_place() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let emulator = runtime.block_on(Emulator::start()).unwrap();
    let accounts = emulator.accounts();
    let (tenant, id) = (accounts.tenant_id.clone(), accounts.client_id.clone());
    let (secret, authority) = (accounts.client_secret.clone(), emulator.authority());
    let client = credential_http::HttpClient::builder().trust_pem(emulator.ca_pem()).build().unwrap();
    in_every_place(move || {
        let credential = ClientSecretCredential::builder(&*tenant, &*id, &*secret)
            .authority(Authority::parse(&authority).unwrap())
            .transport(Arc::new(client.clone()))
            .build()
            .unwrap();
        let scope = "https://management.azure.com/.default";
        Blocking::new(credential).get_token(&TokenRequest::new([scope])).unwrap();
    });
}
