//! `azcred emulator`.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;

use serde_json::Value;

use crate::azcred::{Azcred, Folder};

/// An emulator of its own process, stopped at the latest with the test.
struct Running(Child);

impl Running {
    fn start(more: &[&str]) -> Self {
        let any_ports = ["emulator", "--http-port", "0", "--https-port", "0"];
        Self(Azcred::new(any_ports.iter().chain(more)).spawn())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already ended when the test went well.
        let _ended = self.0.kill().is_ok() && self.0.wait().is_ok();
    }
}

#[cfg(unix)]
fn terminate(child: &Child) {
    Azcred::other("kill", ["-TERM", &child.id().to_string()]).run().success();
}

#[cfg(unix)]
#[test]
fn json_is_enough_to_get_a_token_and_sigterm_stops_it_cleanly() {
    let folder = Folder::new();
    let ca_file = folder.path("ca.pem").into_os_string().into_string().unwrap();
    let mut emulator = Running::start(&["--json", "--ca-file", &ca_file]);
    let mut line = String::new();
    BufReader::new(emulator.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let described: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&described["ready"], &described["ca_file"]),
        (&Value::Bool(true), &Value::from(ca_file.as_str()))
    );

    let connection_string = described["acs"]["connection_string"].as_str().unwrap();
    let token = Azcred::new(["token", "acs", "--scope", "chat", "--ca-file", &ca_file])
        .env("COMMUNICATION_SERVICES_CONNECTION_STRING", connection_string)
        .run()
        .success();
    assert!(token.starts_with("eyJ"));

    terminate(&emulator.0);
    assert!(emulator.0.wait().unwrap().success());
    let mut errors = String::new();
    emulator.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(errors, "");
}

#[test]
fn text_ends_with_a_ready_line_and_is_enough_for_a_media_services_token() {
    let folder = Folder::new();
    let ca_file = folder.path("ca.pem").into_os_string().into_string().unwrap();
    let mut emulator = Running::start(&["--ca-file", &ca_file]);
    let lines = BufReader::new(emulator.0.stdout.take().unwrap()).lines();
    let mut seen = Vec::new();
    for line in lines {
        seen.push(line.unwrap());
        if seen.last().is_some_and(|line| line.starts_with("# ready: https://localhost:")) {
            break;
        }
    }
    let is_read_by_a_shell = |line: &String| {
        line.is_empty() || line.starts_with('#') || line.starts_with("export ") && line.ends_with('\'')
    };
    assert!(seen.iter().all(is_read_by_a_shell), "{seen:?}");
    assert!(seen.iter().any(|line| line.contains("ada@emulator.onmicrosoft.com, password ")), "{seen:?}");
    for variable in
        ["AZURE_CLIENT_SECRET", "COMMUNICATION_SERVICES_CONNECTION_STRING", "MIXEDREALITY_ACCOUNT_KEY"]
    {
        assert!(seen.iter().any(|line| line.starts_with(&format!("export {variable}="))), "{seen:?}");
    }
    let block = seen.iter().find_map(|line| line.strip_prefix("export AMS_PORTAL_JSON='")).unwrap();
    let block = block.strip_suffix('\'').unwrap();
    let token = Azcred::new(["token", "ams", "--config", "-", "--ca-file", &ca_file]);
    assert!(token.run_with(block.as_bytes()).success().starts_with("eyJ"));
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let error = Azcred::new(["emulator", "--http-port", &port, "--https-port", "0"]).run().failure(1);
    assert!(error.contains(&port), "{error}");
}
