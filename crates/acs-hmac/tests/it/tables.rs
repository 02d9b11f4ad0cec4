//! The tables that documentation shows say what the code does.

use acs_hmac::operations::identity::DeleteUser;
use acs_hmac::{CommunicationClient, ConnectionString};
use credential_testkit::ScriptedTransport;
use serde_json::{Value, json};

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

#[tokio::test]
async fn error_codes() {
    let rows = rows(include_str!("../../api/error_codes.json"));
    assert!(rows.len() > 10);
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let mut error = json!({ "code": text("code"), "message": text("message") });
        if let Some(target) = row.get("target") {
            error["target"] = target.clone();
        }
        let status = u16::try_from(row["status"].as_u64().unwrap()).unwrap();
        let transport = ScriptedTransport::new().then(status, &[], json!({ "error": error }).to_string());
        let parsed = "endpoint=https://contoso.communication.azure.com;accesskey=c2VjcmV0";
        let parsed = ConnectionString::parse(parsed).unwrap();
        let client = CommunicationClient::from_connection_string(&parsed, transport.shared()).unwrap();
        let error = client.call(&DeleteUser::new("8:acs:a_b")).await.unwrap_err();
        assert_eq!(error.code(), row["code"].as_str(), "{row}");
        assert_eq!(format!("{:?}", error.kind()), text("kind"), "{row}");
        assert_eq!((error.problem(), error.fix()), (&*text("problem"), &*text("fix")), "{row}");
    }
}
