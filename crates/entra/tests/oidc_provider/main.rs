//! The flows against `oidc-provider`, an OAuth server that nobody of this project wrote. `cargo xtask conformance` runs this
//! program: it installs the server and says where, and shows each line of the output as a row of `docs/conformance.md`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the output is what this program is for")]

mod flows;
mod person;
mod server;

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use crate::server::Server;

/// The server as the rows name it; `package.json` has the same version.
const CLIENT: &str = "oidc-provider 9.13.3 (Node.js), as the server";

/// A flow that takes longer waits for something that does not come.
const LIMIT: Duration = Duration::from_secs(60);

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let server = match Server::start() {
        Ok(server) => server,
        Err(error) => {
            eprintln!("oidc-provider does not run: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut rows = Rows::default();
    rows.run("client secret in the form", flows::secret_in_the_form(&server)).await;
    rows.run("client secret in the header", flows::secret_in_the_header(&server)).await;
    rows.run("wrong client secret is refused", flows::wrong_secret(&server)).await;
    rows.run("certificate, PS256", flows::certificate(&server.usual)).await;
    rows.run("certificate where only RS256 is taken", flows::certificate(&server.strict)).await;
    rows.run("certificate of somebody else is refused", flows::wrong_certificate(&server)).await;
    rows.run("browser, PKCE, answer as a form", flows::browser(&server, flows::FORM)).await;
    rows.run("browser, PKCE, answer in the query", flows::browser(&server, flows::QUERY)).await;
    rows.run("refresh, with rotation", flows::refresh(&server)).await;
    rows.run("device code", flows::device_code(&server)).await;
    rows.run("another issuer's metadata is refused", flows::other_issuer(&server)).await;
    // xtask fails on a row that has not passed; whoever runs this by hand sees it too.
    if rows.all_passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What was found, and how often it was not good.
#[derive(Default)]
struct Rows {
    failed: usize,
}

impl Rows {
    async fn run(&mut self, operation: &str, flow: impl Future<Output = Outcome>) {
        let outcome = match tokio::time::timeout(LIMIT, flow).await {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(_) => Err("it did not end".to_owned()),
        };
        self.failed += usize::from(outcome.is_err());
        let (passed, note) = (outcome.is_ok(), outcome.err().unwrap_or_default());
        let operation = format!("entra: {operation}");
        println!("{}", json!({"client": CLIENT, "operation": operation, "passed": passed, "note": note}));
    }

    fn all_passed(&self) -> bool {
        self.failed == 0
    }
}
