//! Phone Numbers.

use serde_json::{Value, json};

use crate::client::{assert_refused, assert_snapshot, json, show, start};
use crate::communication::send_signed;

const VERSION: &str = "api-version=2025-06-01";

#[tokio::test]
async fn numbers_come_in_pages() {
    let (emulator, clock) = start().await;
    let mut path = format!("/phoneNumbers?skip=0&top=2&{VERSION}");
    let mut found: Vec<String> = Vec::new();
    loop {
        let page = json(&send_signed(&emulator, &clock, "GET", &path, "").await);
        let numbers = page["phoneNumbers"].as_array().unwrap();
        found.extend(numbers.iter().map(|number| number["phoneNumber"].as_str().unwrap().to_owned()));
        let Some(next) = page["nextLink"].as_str() else { break };
        path = next.strip_prefix(emulator.https_origin()).unwrap().to_owned();
    }
    assert_eq!(found, ["+14255550123", "+14255550124", "+18005550100"]);
    let all = json(&send_signed(&emulator, &clock, "GET", &format!("/phoneNumbers?{VERSION}"), "").await);
    assert_eq!((all["phoneNumbers"].as_array().unwrap().len(), all.get("nextLink")), (3, None));

    let one =
        send_signed(&emulator, &clock, "GET", &format!("/phoneNumbers/%2B18005550100?{VERSION}"), "").await;
    assert_snapshot("phone_number", &show(&one));
}

#[tokio::test]
async fn a_search_is_a_long_running_operation() {
    let (emulator, clock) = start().await;
    let body = json!({
        "phoneNumberType": "tollFree",
        "assignmentType": "application",
        "capabilities": { "calling": "inbound", "sms": "outbound" },
        "quantity": 2,
    });
    let path = format!("/availablePhoneNumbers/countries/US/:search?{VERSION}");
    let begun = send_signed(&emulator, &clock, "POST", &path, &body.to_string()).await;
    assert_snapshot("phone_number_search_begun", &show(&begun));
    let header = |name: &str| begun.headers()[name].to_str().unwrap().to_owned();
    let (operation, result) = (header("operation-location"), header("location"));

    let early = send_signed(&emulator, &clock, "GET", &result, "").await;
    assert_refused(&emulator, &early, 404, "search: ");
    let running = send_signed(&emulator, &clock, "GET", &operation, "").await;
    assert_eq!(json(&running)["status"], "Running");
    let ended = json(&send_signed(&emulator, &clock, "GET", &operation, "").await);
    assert_eq!((&ended["status"], &ended["resourceLocation"]), (&json!("Succeeded"), &json!(result)));
    assert_snapshot(
        "phone_number_search_result",
        &show(&send_signed(&emulator, &clock, "GET", &result, "").await),
    );
}

#[tokio::test]
async fn refused_requests() {
    let (emulator, clock) = start().await;
    let good = json!({
        "phoneNumberType": "geographic",
        "assignmentType": "person",
        "capabilities": { "calling": "inbound", "sms": "none" },
    });
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body.to_string()
    };
    let search = "/availablePhoneNumbers/countries/US/:search?api-version=2025-06-01";
    for (method, path, body, status, reason) in [
        (
            "GET",
            "/phoneNumbers?top=0&api-version=2025-06-01",
            String::new(),
            400,
            "top: '0' is not a number of at",
        ),
        (
            "GET",
            "/phoneNumbers?skip=x&api-version=2025-06-01",
            String::new(),
            400,
            "skip: 'x' is not a number",
        ),
        ("GET", "/phoneNumbers", String::new(), 400, "api-version: the query parameter is missing"),
        (
            "GET",
            "/phoneNumbers/+15550100?api-version=2025-06-01",
            String::new(),
            404,
            "phoneNumber: the resource does not have '+15550100'",
        ),
        (
            "GET",
            "/phoneNumbers/operations/x?api-version=2025-06-01",
            String::new(),
            404,
            "operation: 'x' was never",
        ),
        ("POST", search, "{}".into(), 400, "phoneNumberType: The phoneNumberType field is required."),
        (
            "POST",
            search,
            with("phoneNumberType", json!("fax")),
            400,
            "phoneNumberType: The phoneNumberType field must be one of geographic, tollFree, mobile.",
        ),
        ("POST", search, with("assignmentType", json!("pet")), 400, "assignmentType: "),
        ("POST", search, with("capabilities", json!({ "sms": "none" })), 400, "calling: "),
        (
            "POST",
            search,
            with("quantity", json!(0)),
            400,
            "quantity: The quantity field must be within [1, 500].",
        ),
        (
            "POST",
            search,
            with("areaCode", json!("42")),
            400,
            "areaCode: The areaCode field is not three digits.",
        ),
        (
            "POST",
            "/availablePhoneNumbers/countries/usa/:search?api-version=2025-06-01",
            good.to_string(),
            400,
            "countryCode: 'usa' is not two capital letters.",
        ),
        (
            "POST",
            "/availablePhoneNumbers/countries/US/:browse?api-version=2025-06-01",
            good.to_string(),
            404,
            "action: ':browse' is not served, only :search",
        ),
    ] {
        let response = send_signed(&emulator, &clock, method, path, &body).await;
        assert_refused(&emulator, &response, status, reason);
    }
}
