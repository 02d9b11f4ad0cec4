//! The table that documentation shows says what the code does.

use credential::{AccessKey, CredentialError};
use credential_testkit::{ErrorTable, ScriptedTransport};
use mr_sts::remote_rendering;

use crate::account::{Entra, client_builder, key};

fn of_the_token_service(given: Option<&str>, status: u16, body: String) -> CredentialError {
    let script = ScriptedTransport::new().then(status, &[], body.clone());
    let builder = match given {
        Some("an Entra token") => client_builder(&script).token_credential(Entra::without_another()),
        Some("two account keys") => {
            let keys = AccessKey::from_base64("cHJpbWFyeQ==").unwrap();
            keys.rotate("cHJpbWFyeQ==", Some("c2Vjb25kYXJ5")).unwrap();
            client_builder(&script.clone().then(status, &[], body)).account_key(keys)
        }
        Some("one account key") | None => client_builder(&script).account_key(key()),
        Some(other) => panic!("{other} is not known"),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(builder.build().unwrap().exchange()).unwrap_err()
}

#[test]
fn error_codes() {
    let table = ErrorTable::read(include_str!("../../api/error_codes.json"));
    table.check(&["mr-", "rr-"], |row, body| match row.service.as_deref() {
        Some("token service") => of_the_token_service(row.given.as_deref(), row.status, body),
        Some("Remote Rendering") => {
            let response = http::Response::builder().status(row.status).body(body.into()).unwrap();
            remote_rendering::check(&response).unwrap_err()
        }
        other => panic!("{other:?} is not known"),
    });
}
