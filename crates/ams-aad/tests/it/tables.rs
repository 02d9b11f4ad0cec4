//! The table that documentation shows says what the code does.
#![expect(clippy::unwrap_used, reason = "in helpers of tests, too, a surprise should stop the test")]

use ams_aad::{RavnurCredential, arm, rest_v2};
use credential::{CredentialError, TokenCredential, TokenRequest};
use credential_testkit::{ErrorTable, ScriptedTransport};

use crate::{SUBSCRIPTION, response};

fn of_ravnur(status: u16, body: String) -> CredentialError {
    let service = ScriptedTransport::new().then(status, &[], body);
    let endpoint = RavnurCredential::endpoint("https://rms.example.com").unwrap();
    let credential = RavnurCredential::new(&endpoint, SUBSCRIPTION, "key", service.shared()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(credential.get_token(&TokenRequest::default())).unwrap_err()
}

#[test]
fn error_codes() {
    let table = ErrorTable::read(include_str!("../../api/error_codes.json"));
    table.check(&["rest-v2-", "arm-", "ravnur-"], |row, body| match row.service.as_deref() {
        Some("REST v2") => rest_v2::check(&response(row.status, &[], &body)).unwrap_err(),
        Some("Resource Manager") => arm::check(&response(row.status, &[], &body)).unwrap_err(),
        Some("Ravnur") => of_ravnur(row.status, body),
        other => panic!("{other:?} is not known"),
    });
}
