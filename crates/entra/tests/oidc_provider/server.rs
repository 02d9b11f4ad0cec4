//! Starts the server.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// Two servers in one process, stopped when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) usual: String,
    pub(crate) strict: String,
}

impl Server {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment and starts the server"
    )]
    pub(crate) fn start() -> Result<Self, Box<dyn Error>> {
        let folder = std::env::var("OIDC_PROVIDER")
            .map_err(|_| "OIDC_PROVIDER does not name its folder: run cargo xtask conformance")?;
        let certificate = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pkcs12/app.pem");
        let mut process = Command::new("node")
            .args(["server.mjs", certificate])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.as_mut() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let mut server = Self { process, usual: String::new(), strict: String::new() };
        let issuers: Value = serde_json::from_str(&line).map_err(|_| "it ended before it was ready")?;
        let issuer = |name: &str| issuers[name].as_str().map(str::to_owned).ok_or("it names no issuer");
        (server.usual, server.strict) = (issuer("usual")?, issuer("strict")?);
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing more to stop then.
        let _ended = self.process.kill();
        let _status = self.process.wait();
    }
}
