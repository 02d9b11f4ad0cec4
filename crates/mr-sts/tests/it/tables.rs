//! The table that documentation shows says what the code does.

use credential::{AccessKey, CredentialError};
use credential_testkit::{ErrorTable, ScriptedTransport};
use mr_sts::remote_rendering;

use crate::account::{Entra, client_builder, key};

fn of_the_token_service(given: Option<&str>, status: u16, body: &str) -> CredentialError {
    let keys = AccessKey::from_base64("cHJpbWFyeQ==").unwrap();
    keys.rotate("cHJpbWFyeQ==", Some("c2Vjb25kYXJ5")).unwrap();
    // Whoever has another key asks again.
    let asked = if given == Some("two account keys") { 2 } else { 1 };
    let script =
        (0..asked).fold(ScriptedTransport::new(), |script, _| script.then(status, &[], body.to_owned()));
    let builder = match given {
        Some("an Entra token") => client_builder(&script).token_credential(Entra::without_another()),
        Some("two account keys") => client_builder(&script).account_key(keys),
        _ => client_builder(&script).account_key(key()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(builder.build().unwrap().exchange()).unwrap_err()
}

#[test]
fn error_codes() {
    let table = ErrorTable::read(include_str!("../../api/error_codes.json"));
    table.check(&["mr-", "rr-"], |row, body| match row.service.as_deref() {
        Some("token service") => of_the_token_service(row.given.as_deref(), row.status, &body),
        Some("Remote Rendering") => {
            let response = http::Response::builder().status(row.status).body(body.into()).unwrap();
            remote_rendering::check(&response).unwrap_err()
        }
        other => panic!("{other:?} is not known"),
    });
}
