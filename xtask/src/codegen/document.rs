//! Stage 1, read: the part of OpenAPI 3.1 that the generator understands, and nothing else.
//!
//! A keyword outside this part is an error that names its place: an unknown keyword might change what is meant, and a
//! generator that skips it would print code for another interface than the one described.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::pointer::Pointer;

/// A description of a service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) openapi: String,
    pub(super) info: Info,
    pub(super) paths: BTreeMap<String, PathItem>,
    #[serde(default)]
    pub(super) components: Components,
    #[serde(default)]
    pub(super) security: Security,
}

/// Who may call: one of these schemes.
type Security = Vec<BTreeMap<Caller, Vec<String>>>;

/// A scheme of authorization, by its name.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
pub(super) enum Caller {
    AccessKey,
    EntraToken,
    EntraUserToken,
    UserAccessToken,
    AccountKey,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Info {
    pub(super) title: String,
    /// The api version that is asked for unless another one is named.
    pub(super) version: String,
    pub(super) description: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Components {
    pub(super) schemas: BTreeMap<String, Schema>,
    pub(super) parameters: BTreeMap<String, Parameter>,
    pub(super) responses: BTreeMap<String, Response>,
    /// What they say is for readers.
    pub(super) security_schemes: BTreeMap<Caller, IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PathItem {
    pub(super) get: Option<Operation>,
    pub(super) put: Option<Operation>,
    pub(super) post: Option<Operation>,
    pub(super) patch: Option<Operation>,
    pub(super) delete: Option<Operation>,
    pub(super) parameters: Vec<Parameter>,
}

impl PathItem {
    /// The operations that there are, by their methods.
    pub(super) fn operations(&self) -> impl Iterator<Item = (&'static str, &Operation)> {
        [
            ("DELETE", &self.delete),
            ("GET", &self.get),
            ("PATCH", &self.patch),
            ("POST", &self.post),
            ("PUT", &self.put),
        ]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Operation {
    pub(super) operation_id: String,
    pub(super) summary: String,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
    pub(super) request_body: Option<RequestBody>,
    pub(super) responses: BTreeMap<String, Response>,
    pub(super) security: Option<Security>,
    /// Sending it twice does it twice.
    #[serde(default, rename = "x-send-once")]
    pub(super) send_once: bool,
    /// The header parameter that makes it safe to send twice.
    #[serde(rename = "x-repeatable-with")]
    pub(super) repeatable_with: Option<String>,
    /// The api versions that have this operation, where not all have it.
    #[serde(rename = "x-api-versions")]
    pub(super) api_versions: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameter {
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    pub(super) name: Option<String>,
    #[serde(rename = "in")]
    pub(super) place: Option<Place>,
    #[serde(default)]
    pub(super) required: bool,
    pub(super) description: Option<String>,
    pub(super) schema: Option<Schema>,
    /// What an error calls a path parameter, and what it says to pass.
    #[serde(rename = "x-title")]
    pub(super) title: Option<String>,
    #[serde(rename = "x-fix")]
    pub(super) fix: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Place {
    Path,
    Query,
    Header,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestBody {
    #[serde(default)]
    pub(super) required: bool,
    pub(super) description: Option<String>,
    pub(super) content: BTreeMap<String, Content>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    pub(super) schema: Schema,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Response {
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Header>,
    #[serde(default)]
    pub(super) content: BTreeMap<String, Content>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) description: String,
    pub(super) schema: Schema,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Schema {
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) format: Option<String>,
    pub(super) description: Option<String>,
    pub(super) properties: BTreeMap<String, Self>,
    pub(super) required: Vec<String>,
    pub(super) items: Option<Box<Self>>,
    pub(super) additional_properties: Option<Box<Self>>,
    /// Only for `X or null`.
    pub(super) one_of: Vec<Self>,
    #[serde(rename = "enum")]
    pub(super) values: Vec<String>,
    #[serde(rename = "x-enum-descriptions")]
    pub(super) value_descriptions: BTreeMap<String, String>,
    pub(super) minimum: Option<i64>,
    pub(super) maximum: Option<i64>,
    pub(super) min_items: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
}

/// Reads a description; an error names its place as a JSON pointer.
pub(super) fn read(text: &str) -> anyhow::Result<Document> {
    let mut json = serde_json::Deserializer::from_str(text);
    let document: Document = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let place = Pointer::from_path(error.path());
        place.error(format!("{}", error.into_inner()))
    })?;
    json.end()?;
    if !document.openapi.starts_with("3.1.") {
        return Err(Pointer::root().child("openapi").error("only OpenAPI 3.1 is understood"));
    }
    Ok(document)
}
