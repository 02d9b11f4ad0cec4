//! Phone Numbers: those that the resource has, and a search for more.

use std::time::Duration;

use axum::extract::{Path, State};
use credential::Clock;
use http::StatusCode;
use serde_json::{Value, json};

use super::error::CommunicationError;
use super::fields;
use super::long_running::RETRY_AFTER;
use super::paging::Page;
use super::service::{Call, Outcome, Service};
use crate::answer::{self, Answer};
use crate::clock::{later, rfc3339};
use crate::received::Received;
use crate::services::SharedServices;

const PHONE_NUMBERS: Service = Service::plain();

/// The numbers that the resource has. Numbers 555-01xx are reserved for fiction.
const PURCHASED: [&str; 3] = ["+14255550123", "+14255550124", "+18005550100"];

const CAPABILITIES: [&str; 4] = ["none", "inbound", "outbound", "inbound+outbound"];
const MOST_NUMBERS: u64 = 500;
/// How long found numbers are kept for the client that searched.
const RESERVED_FOR: Duration = Duration::from_secs(15 * 60);

/// `GET /phoneNumbers`
pub(super) async fn list(State(services): State<SharedServices>, received: Received) -> Answer {
    PHONE_NUMBERS.serve(&services, &received, |call| {
        let page = Page::of(call, "top")?;
        let all = PURCHASED.into_iter().map(purchased).collect();
        Ok(answer::json(StatusCode::OK, &page.cut(call, "phoneNumbers", "/phoneNumbers", all)))
    })
}

/// `GET /phoneNumbers/{number}`
pub(super) async fn get(
    State(services): State<SharedServices>,
    received: Received,
    Path(number): Path<String>,
) -> Answer {
    PHONE_NUMBERS.serve(&services, &received, |_| {
        let found = PURCHASED.into_iter().find(|known| *known == number).ok_or_else(|| {
            let reason = format!("phoneNumber: the resource does not have '{number}'");
            CommunicationError::not_found("The phone number was not found.", reason)
        })?;
        Ok(answer::json(StatusCode::OK, &purchased(found)))
    })
}

/// `POST /availablePhoneNumbers/countries/{country}/:search`
pub(super) async fn search(
    State(services): State<SharedServices>,
    received: Received,
    Path((country, action)): Path<(String, String)>,
) -> Answer {
    PHONE_NUMBERS.serve(&services, &received, |call| match action.as_str() {
        ":search" => begin_search(call, &country),
        _ => {
            let reason = format!("action: '{action}' is not served, only :search");
            Err(CommunicationError::not_found("The action was not found.", reason))
        }
    })
}

/// `GET /phoneNumbers/operations/{id}`
pub(super) async fn operation(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    PHONE_NUMBERS.serve(&services, &received, |call| {
        let operation = call.services.contents().number_searches.poll(&id).ok_or_else(|| {
            let reason = format!("operation: '{id}' was never begun here, or is forgotten");
            CommunicationError::not_found("The operation was not found.", reason)
        })?;
        let mut status = json!({
            "id": operation.id,
            "operationType": "search",
            "status": operation.status(),
            "createdDateTime": operation.detail["createdDateTime"],
            "lastActionDateTime": operation.detail["createdDateTime"],
        });
        if !operation.has_ended() {
            let mut response = answer::json(StatusCode::OK, &status);
            answer::set_header(&mut response, "retry-after", RETRY_AFTER);
            return Ok(response);
        }
        let path = format!("/availablePhoneNumbers/searchResults/{}", operation.id);
        status["resourceLocation"] = json!(call.relative_link(&path));
        Ok(answer::json(StatusCode::OK, &status))
    })
}

/// `GET /availablePhoneNumbers/searchResults/{id}`
pub(super) async fn search_result(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    PHONE_NUMBERS.serve(&services, &received, |call| {
        let contents = call.services.contents();
        let operation = contents.number_searches.find(&id).filter(|operation| operation.has_ended());
        let operation = operation.ok_or_else(|| {
            let reason = format!("search: '{id}' was never begun here, has not ended, or is forgotten");
            CommunicationError::not_found("The search was not found.", reason)
        })?;
        Ok(answer::json(StatusCode::OK, &operation.detail["result"]))
    })
}

/// Says whether the text is a number as E.164 has it: `+`, and up to 15 digits, the first not 0.
pub(super) fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

fn begin_search(call: &Call<'_>, country: &str) -> Outcome {
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        let message = format!("countryCode: '{country}' is not two capital letters.");
        return Err(CommunicationError::validation("countryCode", message));
    }
    let found = find(call)?;
    let id = call.services.ids.guid();
    let now = call.services.clock.now();
    let mut result = found;
    result["searchId"] = json!(id);
    result["searchExpiresBy"] = json!(rfc3339(later(now, RESERVED_FOR)));
    let detail = json!({ "createdDateTime": rfc3339(now), "result": result });
    call.services.contents().number_searches.begin(id.clone(), detail);

    let mut response = answer::empty(StatusCode::ACCEPTED);
    let operation = call.relative_link(&format!("/phoneNumbers/operations/{id}"));
    let location = call.relative_link(&format!("/availablePhoneNumbers/searchResults/{id}"));
    answer::set_header(&mut response, "operation-location", &operation);
    answer::set_header(&mut response, "location", &location);
    answer::set_header(&mut response, "operation-id", &id);
    answer::set_header(&mut response, "search-id", &id);
    answer::set_header(&mut response, "retry-after", RETRY_AFTER);
    Ok(response)
}

/// Finds as many numbers as were asked for; numbers 555-01xx repeat after a hundred.
fn find(call: &Call<'_>) -> Result<Value, CommunicationError> {
    let body = &call.body;
    let kind = fields::one_of(body, "phoneNumberType", &["geographic", "tollFree", "mobile"])?;
    let assignment = fields::one_of(body, "assignmentType", &["person", "application"])?;
    let capabilities = body.get("capabilities").unwrap_or(&Value::Null);
    let calling = fields::one_of(capabilities, "calling", &CAPABILITIES)?;
    let sms = fields::one_of(capabilities, "sms", &CAPABILITIES)?;
    let quantity = match body.get("quantity") {
        None | Some(Value::Null) => Some(1),
        Some(value) => value.as_u64(),
    };
    let quantity = quantity.filter(|found| (1..=MOST_NUMBERS).contains(found)).ok_or_else(|| {
        let message = format!("The quantity field must be within [1, {MOST_NUMBERS}].");
        CommunicationError::validation("quantity", message)
    })?;
    let area =
        fields::optional_text(body, "areaCode")?.unwrap_or(if kind == "tollFree" { "800" } else { "425" });
    if area.len() != 3 || !area.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = "The areaCode field is not three digits.";
        return Err(CommunicationError::validation("areaCode", message));
    }
    let numbers: Vec<String> = (0..quantity).map(|at| format!("+1{area}55501{:02}", at % 100)).collect();
    Ok(json!({
        "phoneNumbers": numbers,
        "phoneNumberType": kind,
        "assignmentType": assignment,
        "capabilities": { "calling": calling, "sms": sms },
        "cost": cost(kind),
    }))
}

fn purchased(number: &str) -> Value {
    let kind = if number.starts_with("+1800") { "tollFree" } else { "geographic" };
    json!({
        "id": number.trim_start_matches('+'),
        "phoneNumber": number,
        "countryCode": "US",
        "phoneNumberType": kind,
        "capabilities": { "calling": "inbound+outbound", "sms": "inbound+outbound" },
        "assignmentType": "application",
        "purchaseDate": "2024-01-01T00:00:00Z",
        "cost": cost(kind),
    })
}

fn cost(kind: &str) -> Value {
    let amount = if kind == "tollFree" { 2.0 } else { 1.0 };
    json!({ "amount": amount, "currencyCode": "USD", "billingFrequency": "monthly" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_phone_number() {
        for good in ["+15550100", "+14255550123", "+441632960001"].into_iter().chain(PURCHASED) {
            assert!(is_phone_number(good), "{good}");
        }
        for bad in
            ["", "+", "15550100", "+05550100", "+1 5550100", "+1555010a", "+1234567890123456", "+１２３"]
        {
            assert!(!is_phone_number(bad), "{bad}");
        }
    }
}
