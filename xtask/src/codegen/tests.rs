//! The stages together: a sample with one of everything, and what is refused.

use serde_json::{Value, json};

use crate::fresh::{self, Mode};

use super::{document, model_service, operations_page, print_error_codes, service, table};

/// All stages.
fn module(input: &str, text: &str) -> anyhow::Result<String> {
    super::module(input, text, &service(input, text)?)
}

#[test]
fn a_sample_becomes_a_page() {
    insta::assert_snapshot!(operations_page::page(&[service("sample.json", SAMPLE).unwrap()]).unwrap());
}

const SAMPLE: &str = include_str!("sample.json");

fn sample() -> Value {
    serde_json::from_str(SAMPLE).unwrap()
}

/// The error of the sample with one change.
fn refusal(pointer: &str, value: Value) -> String {
    let mut changed = sample();
    match changed.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let name = name.replace("~1", "/");
            changed.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name, value);
        }
    }
    format!("{:#}", module("sample.json", &changed.to_string()).expect_err(pointer))
}

#[test]
fn a_sample_becomes_rust() {
    insta::assert_snapshot!(module("sample.json", SAMPLE).unwrap());
}

#[test]
fn the_same_input_is_printed_the_same_each_time() {
    assert_eq!(module("sample.json", SAMPLE).unwrap(), module("sample.json", SAMPLE).unwrap());
}

/// Reverses the members of all objects, which means the same.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .rev()
                .map(|(name, value)| format!("{}:{}", json!(name), reversed(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(reversed).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

#[test]
fn the_order_of_members_does_not_matter() {
    let turned = reversed(&sample());
    assert!(turned.find("\"paths\"") < turned.find("\"info\""), "the sample was not turned around");
    let model = |text: &str| model_service::model(&document::read(text).unwrap()).unwrap();
    assert_eq!(model(SAMPLE), model(&turned));
    // The header names the input's hash, and the input is another text.
    let code = |text: &str| module("sample.json", text).unwrap().split_once("\n\n").unwrap().1.to_owned();
    assert_eq!(code(SAMPLE), code(&turned));
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let letter = "/components/schemas/Letter/properties";
    let post = "/paths/~1boxes~1{boxId}~1letters/post";
    let get = "/paths/~1boxes~1{boxId}~1letters/get";
    let texts: Vec<String> = [
        ("/openapi".to_owned(), json!("3.0.3")),
        ("/servers".to_owned(), json!([])),
        ("/info/version".to_owned(), json!("2023-01-01")),
        (format!("{post}/callbacks"), json!({})),
        (format!("{post}/operationId"), json!("listLetters")),
        (format!("{post}/operationId"), json!(5)),
        (format!("{post}/x-api-versions/0"), json!("2020-01-01")),
        (format!("{post}/x-repeatable-with"), json!("boxId")),
        (format!("{post}/security"), json!([])),
        (format!("{post}/security/0"), json!({ "cookie": [] })),
        (format!("{post}/parameters/1/schema"), json!({ "$ref": "#/components/schemas/Urgency" })),
        (format!("{post}/requestBody/content"), json!({ "text/plain": { "schema": { "type": "string" } } })),
        (format!("{post}/responses/202/content"), json!({ "text/html": { "schema": {} } })),
        (format!("{post}/responses/404"), json!({ "description": "Nothing." })),
        (format!("{get}/responses/default"), json!({ "description": "Whatever." })),
        (format!("{get}/responses/204"), json!({ "description": "Nothing." })),
        (format!("{get}/parameters/1/schema/maximum"), json!("100")),
        ("/paths/~1boxes~1{boxId}~1letters/parameters".to_owned(), json!([])),
        (format!("{letter}/text/format"), json!("email")),
        (format!("{letter}/text/pattern"), json!("a+")),
        (format!("{letter}/text/items"), json!({ "type": "string" })),
        (format!("{letter}/text/description"), json!(null)),
        (format!("{letter}/type"), json!({ "$ref": "#/components/schemas/Missing", "description": "d" })),
        (format!("{letter}/type"), json!({ "type": "string", "enum": ["a"], "description": "d" })),
        (format!("{letter}/type"), json!({ "type": "file", "description": "d" })),
        (
            format!("{letter}/type"),
            json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }], "description": "d" }),
        ),
        ("/components/schemas/Letter/required/0".to_owned(), json!("weather")),
        ("/components/parameters/ApiVersion/schema/enum".to_owned(), json!([])),
        ("/components/responses".to_owned(), json!({})),
    ]
    .into_iter()
    .map(|(pointer, value)| {
        let change = format!("{pointer} = {value}");
        format!("{change}\n    {}", refusal(&pointer, value))
    })
    .collect();
    // The sample stands in one line here, so that its columns say nothing.
    insta::with_settings!({ filters => vec![(r" at line 1 column \d+", "")] }, {
        insta::assert_snapshot!(texts.join("\n"));
    });
}

#[test]
fn a_file_that_is_no_json_is_named() {
    let error = format!("{:#}", module("sample.json", "{").unwrap_err());
    assert!(error.starts_with("sample.json does not describe a service: /: EOF"), "{error}");
}

#[test]
fn a_table_becomes_a_page_and_its_slips_are_named() {
    let good = r#"{"title":"T","description":"D.","columns":["a","bC"],"rows":[{"a":[1,"x|y"]},{"bC":"https://h"}]}"#;
    insta::assert_snapshot!(table::page(&[table::read("t.json", good).unwrap()]).unwrap());

    let slip = |text: &str| format!("{:#}", table::read("t.json", text).map(drop).unwrap_err());
    assert_eq!(slip(&good.replace("{\"a\"", "{\"c\"")), "t.json: /rows/0/c: there is no such column");
    assert!(slip(&good.replace("\"D.\"", "1")).starts_with("t.json is no table: /description: invalid type"));
    let codes = r#"{"title":"T","description":"D.","columns":["codes"],"rows":[{"codes":["x"]}]}"#;
    let printed = print_error_codes::print(&table::read("t.json", codes).unwrap()).unwrap_err();
    assert_eq!(printed.to_string(), "/rows/0 is no error");
}

#[test]
fn a_stale_file_is_named_with_what_mends_it() {
    let stale = fresh::keep(super::OPERATIONS_PAGE, "older", Mode::Check, super::COMMAND).unwrap_err();
    let expected = "docs/operations.md is stale: run `cargo xtask codegen` and commit the result";
    assert_eq!(stale.to_string(), expected);
}
