//! The tables that documentation shows say what the code does.

use acs_hmac::operations::identity::DeleteUser;
use acs_hmac::{CommunicationClient, ConnectionString};
use credential_testkit::{ErrorTable, ScriptedTransport};
use serde_json::Value;

fn rows(table: &str) -> Vec<Value> {
    let table: Value = serde_json::from_str(table).unwrap();
    table["rows"].as_array().unwrap().clone()
}

#[test]
fn scopes() {
    let own = [
        ("ENTRA_SCOPE", acs_hmac::ENTRA_SCOPE),
        ("CLIENTS_SCOPE", acs_hmac::CLIENTS_SCOPE),
        ("TEAMS_EXTENSION_SCOPE", acs_hmac::TEAMS_EXTENSION_SCOPE),
    ];
    let rows = rows(include_str!("../../api/scopes.json"));
    let shown: Vec<(&str, &str)> =
        rows.iter().map(|row| (row["constant"].as_str().unwrap(), row["scope"].as_str().unwrap())).collect();
    assert_eq!(shown, own);
}

#[test]
fn error_codes() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let parsed = "endpoint=https://contoso.communication.azure.com;accesskey=c2VjcmV0";
    let parsed = ConnectionString::parse(parsed).unwrap();
    ErrorTable::read(include_str!("../../api/error_codes.json")).check(&["acs-"], |row, body| {
        let transport = ScriptedTransport::new().then(row.status, &[], body);
        let client = CommunicationClient::from_connection_string(&parsed, transport.shared()).unwrap();
        runtime.block_on(client.call(&DeleteUser::new("8:acs:a_b"))).unwrap_err()
    });
}
