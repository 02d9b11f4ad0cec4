//! Tables of constants: data that code and documentation share.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, bail};
use heck::ToSnakeCase;
use serde::Deserialize;
use serde_json::Value;

use super::pointer::Pointer;

const PREFACE: &str = "# Reference

Written by `cargo xtask codegen` from the tables in `crates/*/api/`; change those. Code is made of them, or tests hold it to them.
";

/// A table, as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    title: String,
    description: String,
    columns: Vec<String>,
    pub(super) rows: Vec<BTreeMap<String, Value>>,
}

/// Reads a table; an error names its place.
pub(super) fn read(input: &str, text: &str) -> anyhow::Result<Table> {
    let mut json = serde_json::Deserializer::from_str(text);
    let table: Table = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| Pointer::from_path(error.path()).error(error.into_inner()))
        .with_context(|| format!("{input} is no table"))?;
    for (index, row) in table.rows.iter().enumerate() {
        if let Some(unknown) = row.keys().find(|name| !table.columns.contains(name)) {
            bail!("{input}: /rows/{index}/{unknown}: there is no such column");
        }
    }
    Ok(table)
}

/// Prints tables as a page.
pub(super) fn page(tables: &[Table]) -> anyhow::Result<String> {
    let mut page = PREFACE.to_owned();
    for Table { title, description, columns, rows } in tables {
        let titles: Vec<String> =
            columns.iter().map(|column| column.to_snake_case().replace('_', " ")).collect();
        writeln!(page, "\n## {title}\n\n{description}\n\n| {} |", titles.join(" | "))?;
        writeln!(page, "|{}", " --- |".repeat(columns.len()))?;
        for row in rows {
            let cells: Vec<String> = columns.iter().map(|column| cell(row.get(column))).collect();
            writeln!(page, "| {} |", cells.join(" | "))?;
        }
    }
    Ok(page)
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        // Readers are not to follow an audience as if it were a link.
        Some(Value::String(text)) if text.contains("://") && !text.contains(' ') => format!("`{text}`"),
        Some(Value::String(text)) => text.replace('|', "\\|"),
        Some(Value::Array(items)) => items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(", "),
        Some(other) => other.to_string(),
    }
}
