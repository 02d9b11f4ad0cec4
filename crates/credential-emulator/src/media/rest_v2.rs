//! Media Services REST v2: OData over a bearer token.

use axum::extract::State;
use bytes::Bytes;
use credential::Clock;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::assets::{Asset, Page};
use super::error::RestV2Error;
use crate::accounts::Resource;
use crate::answer::{self, Answer};
use crate::audience;
use crate::bearer::{self, Expected};
use crate::clock::rfc3339;
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

/// The two JSON forms of OData version 3. `Accept` chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Verbose,
    Minimal,
}

/// What an operation answers, before it is put into a [`Format`].
enum Content {
    List { name: &'static str, entries: Vec<Value> },
    Created { location: String, entry: Value },
    Moved(String),
}

/// `GET /api/`
pub(super) async fn service_root(State(services): State<SharedServices>, received: Received) -> Answer {
    serve(&services, &received, || {
        let entry = |name: &str| json!({ "name": name, "url": name });
        Ok(Content::List { name: "", entries: vec![entry("Assets"), entry("MediaProcessors")] })
    })
}

/// `GET /api/Assets`
pub(super) async fn list_assets(State(services): State<SharedServices>, received: Received) -> Answer {
    serve(&services, &received, || {
        let page = Page::of(&received)
            .map_err(|reason| RestV2Error::bad_request("The query is not valid.", reason))?;
        let uri = format!("{}/api/Assets", services.origin_of(&received));
        let entries = services.assets.page(page).iter().map(|asset| entry(asset, &uri)).collect();
        Ok(Content::List { name: "#Assets", entries })
    })
}

/// `POST /api/Assets`
pub(super) async fn create_asset(State(services): State<SharedServices>, received: Received) -> Answer {
    serve(&services, &received, || {
        let asset = new_asset(&services, received.body())?;
        let uri = format!("{}/api/Assets", services.origin_of(&received));
        let entry = entry(&asset, &uri);
        let location = format!("{uri}('nb%3Acid%3AUUID%3A{}')", asset.id);
        services.assets.add(asset);
        Ok(Content::Created { location, entry })
    })
}

/// `GET /api/MediaProcessors`
pub(super) async fn list_processors(State(services): State<SharedServices>, received: Received) -> Answer {
    serve(&services, &received, || {
        let encoder = json!({
            "Id": "nb:mpid:UUID:ff4df607-d419-42f0-bc17-a481b1331e56",
            "Description": "Media Encoder Standard",
            "Name": "Media Encoder Standard",
            "Sku": "",
            "Vendor": "Microsoft",
            "Version": "1.1",
        });
        Ok(Content::List { name: "#MediaProcessors", entries: vec![encoder] })
    })
}

/// Any path below `/legacy/`: the account's own address is another one.
pub(super) async fn moved(State(services): State<SharedServices>, received: Received) -> Answer {
    serve(&services, &received, || Ok(Content::Moved(format!("{}/api/", services.origin_of(&received)))))
}

/// Any other path below `/api/`.
pub(super) async fn unknown_entity(State(services): State<SharedServices>, received: Received) -> Answer {
    serve(&services, &received, || {
        let segment = received.uri().path().split('/').nth(2).unwrap_or_default();
        Err(RestV2Error::not_found(
            format!("Resource not found for the segment '{segment}'."),
            format!("entity: '{segment}' is not served, only Assets and MediaProcessors"),
        ))
    })
}

fn serve(
    services: &Services,
    received: &Received,
    operation: impl FnOnce() -> Result<Content, RestV2Error>,
) -> Answer {
    let mut verdict = Verdict::of("media-rest-v2");
    let format = match received.header("accept") {
        Some(accept) if accept.contains("odata=verbose") => Format::Verbose,
        _ => Format::Minimal,
    };
    let result = authorize(services, received, &mut verdict)
        .and_then(|()| check_version(received, &mut verdict))
        .and_then(|()| check_data_service_versions(received))
        .and_then(|()| operation());
    let answer = match result {
        Ok(content) => Answer::granted(verdict, response(content, format, &services.origin_of(received))),
        Err(error) => {
            let response = error.response(format);
            Answer::refused(verdict, error.reason, response)
        }
    };
    let request_id = services.ids.guid();
    answer.map_response(|response| {
        answer::set_header(response, "request-id", &request_id);
        answer::set_header(response, "x-ms-request-id", &request_id);
        answer::set_header(response, "dataserviceversion", "3.0;");
        if let Some(id) = received.header("client-request-id") {
            answer::set_header(response, "client-request-id", id);
        }
    })
}

fn authorize(services: &Services, received: &Received, verdict: &mut Verdict) -> Result<(), RestV2Error> {
    let expected = Expected { audiences: &audience::MEDIA_REST_V2, or_own_origin: false };
    let caller = bearer::verify(services, received, &expected, verdict)
        .map_err(|fault| RestV2Error::unauthorized(fault.to_string()))?;
    let role = caller.role_on(Resource::Media).ok_or_else(|| {
        let (subject, account) = (caller.subject(), &services.accounts.ams_account_name);
        RestV2Error::unauthorized(format!("role: {subject} has none on account {account}"))
    })?;
    verdict.verified(format!("role {role}"));
    Ok(())
}

/// Versions 2.0 to 2.19 are legal, in the header or in the query.
fn check_version(received: &Received, verdict: &mut Verdict) -> Result<(), RestV2Error> {
    let found = received.header("x-ms-version").map(str::to_owned).or_else(|| received.query("api-version"));
    let Some(version) = found else {
        let message = "The x-ms-version header is required.";
        return Err(RestV2Error::bad_request(
            message,
            "x-ms-version: neither the header nor api-version is there",
        ));
    };
    let minor = version.strip_prefix("2.").and_then(|minor| minor.parse().ok());
    if minor.is_none_or(|minor: u8| minor > 19) {
        let message = "The x-ms-version header is not supported.";
        return Err(RestV2Error::bad_request(
            message,
            format!("x-ms-version: '{version}' is not one of 2.0 to 2.19"),
        ));
    }
    verdict.verified(format!("x-ms-version {version}"));
    Ok(())
}

/// The versions of OData that client and server speak: 1.0 to 3.0, perhaps followed by who says so. Either may be missing.
fn check_data_service_versions(received: &Received) -> Result<(), RestV2Error> {
    for name in ["dataserviceversion", "maxdataserviceversion"] {
        let Some(value) = received.header(name) else { continue };
        let version = value.split(';').next().unwrap_or_default().trim();
        if !["1.0", "2.0", "3.0"].contains(&version) {
            let message = "The data service version of the request is not supported.";
            let reason = format!("{name}: '{value}' is not one of 1.0, 2.0 and 3.0");
            return Err(RestV2Error::bad_request(message, reason));
        }
    }
    Ok(())
}

fn new_asset(services: &Services, body: &[u8]) -> Result<Asset, RestV2Error> {
    let fields: Value = serde_json::from_slice(body).ok().filter(Value::is_object).ok_or_else(|| {
        RestV2Error::bad_request("The request body is not valid.", "body: it is not a JSON object")
    })?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(Asset {
        id: services.ids.guid(),
        name: text("Name").unwrap_or_default(),
        alternate_id: text("AlternateId"),
        options: fields.get("Options").and_then(Value::as_i64).unwrap_or_default(),
        created: services.clock.now(),
    })
}

fn entry(asset: &Asset, uri: &str) -> Value {
    let created = rfc3339(asset.created);
    json!({
        "Id": format!("nb:cid:UUID:{}", asset.id),
        "State": 0,
        "Created": created,
        "LastModified": created,
        "AlternateId": asset.alternate_id,
        "Name": asset.name,
        "Options": asset.options,
        "FormatOption": 0,
        "Uri": format!("{uri}/asset-{}", asset.id),
        "StorageAccountName": "emulatorstorage",
    })
}

fn response(content: Content, format: Format, origin: &str) -> Response<Bytes> {
    let metadata = |name: &str| format!("{origin}/api/$metadata{name}");
    let (status, body, location) = match (content, format) {
        (Content::Moved(location), _) => (StatusCode::MOVED_PERMANENTLY, json!({}), Some(location)),
        (Content::List { entries, .. }, Format::Verbose) => {
            (StatusCode::OK, json!({ "d": { "results": entries } }), None)
        }
        (Content::List { name, entries }, Format::Minimal) => {
            (StatusCode::OK, json!({ "odata.metadata": metadata(name), "value": entries }), None)
        }
        (Content::Created { location, entry }, Format::Verbose) => {
            (StatusCode::CREATED, json!({ "d": entry }), Some(location))
        }
        (Content::Created { location, mut entry }, Format::Minimal) => {
            entry["odata.metadata"] = json!(metadata("#Assets/@Element"));
            (StatusCode::CREATED, entry, Some(location))
        }
    };
    let mut response = answer::json(status, &body);
    let content_type = match format {
        Format::Verbose => "application/json;odata=verbose;charset=utf-8",
        Format::Minimal => "application/json;odata=minimalmetadata;streaming=true;charset=utf-8",
    };
    answer::set_header(&mut response, "content-type", content_type);
    if let Some(location) = location {
        answer::set_header(&mut response, "location", &location);
    }
    response
}
