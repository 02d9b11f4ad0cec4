//! A token store on a Redis server, put to the test against a real one.

use std::net::TcpListener;

use crate::conformance::{Row, run_script, text};
use crate::shell::{self, Background};

/// Starts a server that keeps nothing on the disk, and lets the example try each promise of a store on it.
pub(crate) fn rows() -> anyhow::Result<Vec<Row>> {
    let example = ["--package", "credential", "--features", "sealing", "--example", "redis_token_store"];
    shell::cargo(&[&["build"][..], &example].concat())?;
    // Free a moment ago; a server that finds it taken ends, and says so.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let port = address.rsplit(':').next().unwrap_or_default();
    let arguments = ["--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no"];
    let _server = Background::start_at("redis-server", &arguments, &address)?;
    let program = shell::target_folder()?.join("debug/examples/redis_token_store");
    run_script(&[], shell::root(), &text(&program), &[&format!("redis://{address}")])
}
