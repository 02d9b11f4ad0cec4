//! Stage 3, print, Entra's error codes: a table that `entra` looks codes up in.

use anyhow::Context;
use proc_macro2::Literal;
use quote::{format_ident, quote};
use serde::Deserialize;
use serde_json::Value;

use super::print::pretty;
use super::table::Table;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    codes: Vec<u32>,
    kind: String,
    problem: String,
    fix: String,
}

pub(super) fn print(table: &Table) -> anyhow::Result<String> {
    let mut rows = Vec::new();
    for (index, row) in table.rows.iter().enumerate() {
        let row = Value::Object(row.clone().into_iter().collect());
        let row = serde_json::from_value(row).with_context(|| format!("/rows/{index} is no error"))?;
        let Row { codes, kind, problem, fix } = row;
        let kind = format_ident!("{kind}");
        let codes = codes.into_iter().map(Literal::u32_unsuffixed);
        rows.push(quote! {
            Advice { codes: &[#(#codes),*], kind: CredentialErrorKind::#kind, problem: #problem, fix: #fix }
        });
    }
    let imports = pretty(quote! {
        use credential::CredentialErrorKind;
        use crate::advice::Advice;
    })?;
    let table = pretty(quote! {
        /// All codes with their advice; each code stands once.
        pub(crate) const ERROR_CODES: &[Advice] = &[#(#rows),*];
    })?;
    Ok(format!("//! What Entra's error codes mean, and what to do about them.\n\n{imports}\n{table}"))
}
