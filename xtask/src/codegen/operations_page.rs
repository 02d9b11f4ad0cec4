//! The page that lists all operations, who may call them and which api versions have them.

use std::fmt::Write as _;

use super::model::{Caller, Operation, Service};
use super::print_operations::caller_text;

const PREFACE: &str = "# Operations

Written by `cargo xtask codegen` from the API descriptions in `crates/*/api/`; change those. The operations of Communication Services
are types in `acs_hmac::operations`, behind a feature for each service. The exchange of Mixed Reality is what `mr-sts` sends.

## Who may call what

";

const CALLERS: [Caller; 5] = [
    Caller::AccessKey,
    Caller::EntraToken,
    Caller::EntraUserToken,
    Caller::UserAccessToken,
    Caller::AccountKey,
];

pub(super) fn page(services: &[Service]) -> anyhow::Result<String> {
    let mut page = PREFACE.to_owned();
    let titles: Vec<&str> = CALLERS.into_iter().map(caller_text).collect();
    writeln!(page, "| service | {} |\n| --- |{}", titles.join(" | "), " --- |".repeat(CALLERS.len()))?;
    for service in services {
        let cells: Vec<String> = CALLERS.into_iter().map(|caller| share(service, caller)).collect();
        writeln!(page, "| {} | {} |", service.name, cells.join(" | "))?;
    }
    for service in services {
        section(&mut page, service)?;
    }
    Ok(page)
}

/// How many of a service's operations a caller may call.
fn share(service: &Service, caller: Caller) -> String {
    let all = service.operations.len();
    match service.operations.iter().filter(|operation| operation.callers.contains(&caller)).count() {
        0 => "no".to_owned(),
        some if some == all => "yes".to_owned(),
        some => format!("{some} of {all}"),
    }
}

fn section(page: &mut String, service: &Service) -> anyhow::Result<()> {
    let versions: Vec<String> = service.api_versions.iter().map(|version| format!("`{version}`")).collect();
    writeln!(page, "\n## {}\n\n{}", service.name, service.description)?;
    writeln!(
        page,
        "\nApi versions: {}; `{}` unless another one is named.\n\n\
         | operation | request | api versions | authorized by |\n| --- | --- | --- | --- |",
        versions.join(", "),
        service.default_api_version
    )?;
    for operation in &service.operations {
        let callers: Vec<&str> = operation.callers.iter().map(|caller| caller_text(*caller)).collect();
        writeln!(
            page,
            "| {} | `{} {}` | {} | {} |",
            operation.name,
            operation.method,
            operation.path,
            versions_of(service, operation),
            callers.join(", ")
        )?;
    }
    Ok(())
}

fn versions_of(service: &Service, operation: &Operation) -> String {
    if operation.api_versions == service.api_versions {
        "all".to_owned()
    } else {
        operation.api_versions.join(", ")
    }
}
