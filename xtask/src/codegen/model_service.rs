//! Stage 2, model, the service: from a document to operations with their parameters, bodies and answers.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;

use super::document::{self, Document};
use super::model::{Answer, Body, Caller, Field, Kind, Operation, Parameter, Place, Repetition, Service};
use super::model_types::{Schemas, with_bounds};
use super::pointer::Pointer;

/// The query parameter that every operation has, and that is not an operation's own.
const API_VERSION: &str = "api-version";
/// Where the parameter and the error that all operations share have to stand.
const VERSION_PARAMETER: &str = "ApiVersion";
const ERROR: &str = "Error";

/// Makes the model of a service, and checks all that the printed code relies on.
pub(super) fn model(document: &Document) -> anyhow::Result<Service> {
    let modeling = Modeling { document, schemas: Schemas(&document.components.schemas) };
    let api_versions = modeling.api_versions()?;
    let mut operations = Vec::new();
    for (path, item) in &document.paths {
        let place = Pointer::root().child("paths").child(path);
        for (method, operation) in item.operations() {
            let place = place.child(&method.to_lowercase());
            let shared = &item.parameters;
            operations.push(modeling.operation(path, shared, method, operation, &api_versions, &place)?);
        }
    }
    operations.sort_by(|one: &Operation, other| one.name.cmp(&other.name));
    if let Some(twice) = operations.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(Pointer::root()
            .child("paths")
            .error(format!("two operations are named {}", twice[0].name)));
    }
    let sent = operations.iter().flat_map(|operation| {
        let body = operation.body.iter().filter_map(|body| body.field.as_ref());
        body.chain(operation.parameters.iter().map(|parameter| &parameter.field)).map(|field| &field.kind)
    });
    let received = operations.iter().filter_map(|operation| operation.answer.body.as_ref());
    let types = modeling.schemas.named(sent, received)?;
    Ok(Service {
        name: document.info.title.clone(),
        description: document.info.description.clone(),
        default_api_version: document.info.version.clone(),
        correlation_headers: modeling.correlation_headers()?,
        api_versions,
        operations,
        types,
    })
}

struct Modeling<'a> {
    document: &'a Document,
    schemas: Schemas<'a>,
}

impl Modeling<'_> {
    /// The versions are those that the parameter `api-version` lists.
    fn api_versions(&self) -> anyhow::Result<Vec<String>> {
        let place = Pointer::root().child("components").child("parameters").child(VERSION_PARAMETER);
        let parameter = self.document.components.parameters.get(VERSION_PARAMETER);
        let schema = parameter.filter(|parameter| parameter.name.as_deref() == Some(API_VERSION));
        let versions =
            schema.and_then(|parameter| parameter.schema.as_ref()).map(|schema| schema.values.clone());
        let versions = versions.filter(|versions| !versions.is_empty()).ok_or_else(|| {
            place.error("the parameter `api-version` with an `enum` of the service's versions is missing")
        })?;
        if !versions.contains(&self.document.info.version) {
            let place = Pointer::root().child("info").child("version");
            return Err(place.error("it is not among the api versions"));
        }
        Ok(versions)
    }

    /// The service's error has one form, which hand-written code reads; its headers say which ids are kept.
    fn correlation_headers(&self) -> anyhow::Result<Vec<String>> {
        let place = Pointer::root().child("components").child("responses").child(ERROR);
        let error = self.document.components.responses.get(ERROR);
        let error = error.ok_or_else(|| place.error("the response of all errors is missing"))?;
        Ok(error.headers.keys().cloned().collect())
    }

    fn operation(
        &self,
        path: &str,
        shared: &[document::Parameter],
        method: &'static str,
        operation: &document::Operation,
        api_versions: &[String],
        place: &Pointer,
    ) -> anyhow::Result<Operation> {
        let own = operation.api_versions.as_deref().unwrap_or(api_versions);
        if let Some(unknown) = own.iter().find(|version| !api_versions.contains(*version)) {
            let place = place.child("x-api-versions");
            return Err(place.error(format!("{unknown} is not among the service's api versions")));
        }
        let parameters = self.parameters(path, shared, &operation.parameters, place)?;
        Ok(Operation {
            name: operation.operation_id.to_upper_camel_case(),
            repetition: repetition(operation, &parameters, place)?,
            summary: operation.summary.clone(),
            description: operation.description.clone(),
            method,
            path: path.to_owned(),
            parameters,
            body: operation.request_body.as_ref().map(|body| self.body(body, place)).transpose()?,
            answer: self.answer(&operation.responses, &place.child("responses"))?,
            api_versions: api_versions.iter().filter(|version| own.contains(version)).cloned().collect(),
            callers: self.callers(operation, place)?,
        })
    }

    fn parameters(
        &self,
        path: &str,
        shared: &[document::Parameter],
        own: &[document::Parameter],
        place: &Pointer,
    ) -> anyhow::Result<Vec<Parameter>> {
        let mut parameters = Vec::new();
        for (list, place) in [(shared, place.parent()), (own, place.clone())] {
            for (index, parameter) in list.iter().enumerate() {
                let place = place.child("parameters").child(&index.to_string());
                parameters.extend(self.parameter(parameter, &place)?);
            }
        }
        let in_path: Vec<&str> = path_names(path).collect();
        // Those of the path come first, in its order; then what is required.
        let position = |one: &Parameter| in_path.iter().position(|name| *name == one.field.name);
        parameters.sort_by_key(|one| (position(one).unwrap_or(usize::MAX), !one.field.is_required));
        let declared = parameters.iter().filter(|one| one.place == Place::Path);
        if !declared.map(|one| one.field.name.as_str()).eq(in_path.iter().copied()) {
            return Err(place.error("the path and its parameters do not name the same things"));
        }
        Ok(parameters)
    }

    /// `api-version` is nobody's own parameter.
    fn parameter(
        &self,
        parameter: &document::Parameter,
        place: &Pointer,
    ) -> anyhow::Result<Option<Parameter>> {
        if let Some(reference) = &parameter.reference {
            let name = reference.strip_prefix("#/components/parameters/");
            let shared = name.and_then(|name| self.document.components.parameters.get(name));
            let shared =
                shared.ok_or_else(|| place.child("$ref").error(format!("`{reference}` is not there")))?;
            return self.parameter(shared, place);
        }
        let missing = |what| place.error(format!("`{what}` is missing"));
        let name = parameter.name.clone().ok_or_else(|| missing("name"))?;
        if name == API_VERSION {
            return Ok(None);
        }
        let schema = parameter.schema.as_ref().ok_or_else(|| missing("schema"))?;
        let in_request = parameter.place.ok_or_else(|| missing("in"))?;
        let description = parameter.description.as_deref().ok_or_else(|| missing("description"))?;
        Ok(Some(Parameter {
            place: in_request,
            title: parameter.title.clone().unwrap_or_else(|| name.clone()),
            fix: parameter.fix.clone().unwrap_or_else(|| "pass one".to_owned()),
            field: Field {
                name,
                description: with_bounds(description, schema),
                kind: parameter_kind(self.schemas.kind(schema, place)?, place)?,
                is_required: parameter.required || in_request == Place::Path,
            },
        }))
    }

    fn body(&self, body: &document::RequestBody, place: &Pointer) -> anyhow::Result<Body> {
        let place = place.child("requestBody").child("content");
        let (content_type, content) = only(&body.content).ok_or_else(|| place.error("there must be one"))?;
        let place = place.child(content_type);
        if !content_type.ends_with("json") {
            return Err(place.error("only JSON is supported"));
        }
        let field = Field {
            name: "body".to_owned(),
            description: body.description.clone().unwrap_or_else(|| "What is sent.".to_owned()),
            kind: self.schemas.kind(&content.schema, &place.child("schema"))?,
            is_required: body.required,
        };
        Ok(Body {
            content_type: content_type.clone(),
            field: Some(field).filter(|field| field.kind != Kind::Anything),
        })
    }

    fn answer(
        &self,
        responses: &BTreeMap<String, document::Response>,
        place: &Pointer,
    ) -> anyhow::Result<Answer> {
        let mut answers = Vec::new();
        for (status, response) in responses.iter().filter(|(status, _)| *status != "default") {
            let place = place.child(status);
            if !status.starts_with('2') {
                return Err(place.error("only successes and `default` are supported"));
            }
            answers.push(self.success(response, &place)?);
        }
        let is_default = |default: &document::Response| {
            default
                .reference
                .as_deref()
                .is_some_and(|name| name.strip_prefix("#/components/responses/") == Some(ERROR))
        };
        if !responses.get("default").is_some_and(is_default) {
            return Err(place.child("default").error("it must be `#/components/responses/Error`"));
        }
        let answer = answers.pop().ok_or_else(|| place.error("there is no success"))?;
        if answers.iter().any(|other| *other != answer) {
            return Err(place.error("all successes must be alike"));
        }
        Ok(answer)
    }

    fn success(&self, response: &document::Response, place: &Pointer) -> anyhow::Result<Answer> {
        let body = match only(&response.content) {
            None if response.content.is_empty() => None,
            Some((name, content)) if name == "application/json" => Some(
                self.schemas.kind(&content.schema, &place.child("content").child(name).child("schema"))?,
            ),
            _ => return Err(place.child("content").error("only application/json is supported")),
        };
        let header = |(name, header): (&String, &document::Header)| {
            let place = place.child("headers").child(name);
            let kind = parameter_kind(self.schemas.kind(&header.schema, &place.child("schema"))?, &place)?;
            let (name, description) = (name.clone(), header.description.clone());
            Ok(Field { name, description, kind, is_required: false })
        };
        let headers = response.headers.iter().map(header).collect::<anyhow::Result<_>>()?;
        Ok(Answer { body, headers })
    }

    fn callers(&self, operation: &document::Operation, place: &Pointer) -> anyhow::Result<Vec<Caller>> {
        let security = operation.security.as_ref().unwrap_or(&self.document.security);
        let place = place.child("security");
        let caller = |requirement: &BTreeMap<Caller, Vec<String>>| {
            let (caller, _) =
                only(requirement).ok_or_else(|| place.error("each item must name one scheme"))?;
            if !self.document.components.security_schemes.contains_key(caller) {
                return Err(place.error(format!("{caller:?} is not under components/securitySchemes")));
            }
            Ok(*caller)
        };
        if security.is_empty() {
            return Err(place.error("it must say who may call"));
        }
        security.iter().map(caller).collect()
    }
}

fn repetition(
    operation: &document::Operation,
    parameters: &[Parameter],
    place: &Pointer,
) -> anyhow::Result<Repetition> {
    match &operation.repeatable_with {
        Some(name) if parameters.iter().any(|one| one.field.name == *name && !one.field.is_required) => {
            Ok(Repetition::HarmlessWith(name.clone()))
        }
        Some(name) => {
            Err(place.child("x-repeatable-with").error(format!("`{name}` is no optional parameter")))
        }
        None if operation.send_once => Ok(Repetition::DoneTwice),
        None => Ok(Repetition::Harmless),
    }
}

/// What stands in a path, a query or a header is a plain value.
fn parameter_kind(kind: Kind, place: &Pointer) -> anyhow::Result<Kind> {
    match kind {
        Kind::Text | Kind::Boolean | Kind::Integer(..) | Kind::Timestamp => Ok(kind),
        _ => Err(place.error("only texts, numbers and booleans are supported outside of bodies")),
    }
}

/// The names in the braces of a path.
fn path_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}

fn only<K, V>(map: &BTreeMap<K, V>) -> Option<(&K, &V)> {
    map.iter().next().filter(|_| map.len() == 1)
}
