//! Stage 3, print: from the model to the text of a module.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::Context;
use proc_macro2::TokenStream;
use quote::quote;

use super::model::Service;
use super::{print_operations, print_types};

/// How long a line of documentation may be, beside `    /// `.
const LINE: usize = 100;

/// Prints a service as a module, in the pretty-printer's own style: rustfmt has the last word.
pub(super) fn print(service: &Service) -> anyhow::Result<String> {
    let mut items = vec![service_constant(service)];
    items.extend(print_operations::items(service));
    items.extend(print_types::items(service));
    let mut text = String::new();
    for item in items {
        text.push('\n');
        text.push_str(&spaced(&pretty(item)?));
    }
    Ok(format!("{}\n{}{text}", doc_comment(service), pretty(imports(&text)?)?))
}

pub(super) fn pretty(item: TokenStream) -> anyhow::Result<String> {
    let file = syn::parse2(item).context("the generator printed something that is no Rust")?;
    Ok(prettyplease::unparse(&file))
}

fn doc_comment(service: &Service) -> String {
    let lines = wrap(&service.description);
    lines.iter().map(|line| format!("//! {line}\n")).collect()
}

/// The imports that the printed code needs.
fn imports(text: &str) -> anyhow::Result<TokenStream> {
    let modules = [
        ("std::collections", &["BTreeMap"][..]),
        ("bytes", &["Bytes"]),
        ("credential", &["CredentialError", "Endpoint", "Secret"]),
        ("http", &["Method", "Request", "Response"]),
        ("serde", &["Deserialize", "Deserializer", "Serialize", "Serializer"]),
        (
            "crate::wire",
            &[
                "Caller",
                "Operation",
                "OperationDescription",
                "RequestDraft",
                "ServiceDescription",
                "Timestamp",
            ],
        ),
    ];
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut imports = String::from("use crate::wire;");
    for (module, names) in modules {
        let names: Vec<&str> = names.iter().copied().filter(|name| words.contains(name)).collect();
        if !names.is_empty() {
            write!(imports, "use {module}::{{{}}};", names.join(", "))?;
        }
    }
    imports.parse().map_err(|error| anyhow::anyhow!("the imports are no Rust: {error}"))
}

fn service_constant(service: &Service) -> TokenStream {
    let (name, default, versions) = (&service.name, &service.default_api_version, &service.api_versions);
    let headers = &service.correlation_headers;
    quote! {
        /// The service, and the versions of its interface.
        pub const SERVICE: ServiceDescription = ServiceDescription {
            name: #name,
            api_versions: &[#(#versions),*],
            default_api_version: #default,
            correlation_headers: &[#(#headers),*],
        };
    }
}

/// Documentation of paragraphs.
pub(super) fn doc(paragraphs: &[&str]) -> TokenStream {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in paragraphs {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(wrap(paragraph).into_iter().map(|line| format!(" {line}")));
    }
    quote!(#(#[doc = #lines])*)
}

fn wrap(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let is_full = lines.last().is_some_and(|line| !line.is_empty() && line.len() + 1 + word.len() > LINE);
        if is_full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// Puts an empty line between methods, which the pretty-printer does not.
fn spaced(text: &str) -> String {
    let mut spaced = String::new();
    let mut after_item = false;
    for line in text.lines() {
        if after_item && line != "}" {
            spaced.push('\n');
        }
        after_item = ["    }", "    };"].contains(&line);
        spaced.push_str(line);
        spaced.push('\n');
    }
    spaced
}
