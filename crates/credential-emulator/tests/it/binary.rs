//! The program.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use credential::Transport;
use credential_http::HttpClient;
use serde_json::Value;

#[expect(clippy::disallowed_methods, reason = "the one place of these tests that starts a process")]
fn program(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn emulator(arguments: &[&str]) -> Command {
    program(env!("CARGO_BIN_EXE_credential-emulator"), arguments)
}

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = emulator(arguments).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// A program that is killed when the test ends, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[tokio::test]
async fn serves_until_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    let arguments =
        ["--http-port", "0", "--https-port", "0", "--json", "--ca-file", ca_file.to_str().unwrap()];
    let mut running = Running(emulator(&arguments).spawn().unwrap());
    let mut stdout = BufReader::new(running.0.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let description: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(description["ready"], true);
    assert_eq!(description["ca_file"], ca_file.to_str().unwrap());

    let pem = std::io::read_to_string(std::fs::File::open(&ca_file).unwrap()).unwrap();
    assert_eq!(description["ca_pem"], pem);
    let client = HttpClient::builder().trust_pem(&pem).build().unwrap();
    let address = format!("{}/healthz", description["https_origin"].as_str().unwrap());
    let response = client.send(http::Request::get(address).body(bytes::Bytes::new()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);

    terminate(&running.0);
    let ended = tokio::task::spawn_blocking(move || running.0.wait().unwrap().code()).await.unwrap();
    assert_eq!(ended, Some(0), "a clean end, although a connection is open");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[cfg(unix)]
fn terminate(child: &Child) {
    assert!(program("kill", &["-TERM", &child.id().to_string()]).status().unwrap().success());
}

#[tokio::test]
async fn prints_variables_and_a_ready_line() {
    let mut running = Running(emulator(&["--http-port", "0", "--https-port", "0"]).spawn().unwrap());
    let stdout = BufReader::new(running.0.stdout.take().unwrap());
    let mut lines = Vec::new();
    for line in stdout.lines() {
        lines.push(line.unwrap());
        if lines.last().is_some_and(|line| line.starts_with("# ready: https://localhost:")) {
            break;
        }
    }
    assert!(lines.last().is_some_and(|line| line.starts_with("# ready: ")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("export AZURE_CLIENT_SECRET='")), "{lines:#?}");
    let block = lines.iter().find_map(|line| line.strip_prefix("export AMS_PORTAL_JSON='")).unwrap();
    let principal = ams_aad::ServicePrincipal::from_portal_json(block.strip_suffix('\'').unwrap());
    assert!(principal.is_ok(), "{principal:?}: {block}");
}

#[test]
fn bad_flags_are_named() {
    for (arguments, named) in [
        (&["--http-port", "70000"][..], "--http-port <PORT>"),
        (&["--https-port", "-1"], "--https-port <PORT>"),
        (&["--http-port", "http"], "--http-port <PORT>"),
        (&["--ca-file"], "--ca-file <PATH>"),
        (&["--unknown"], "--unknown"),
        (&["extra"], "extra"),
    ] {
        let (code, stderr) = run(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(named), "{arguments:?}: {stderr}");
    }
}

#[test]
fn what_cannot_work_is_said_and_ends_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let nowhere = Path::new("no such folder").join("ca.pem");
    for (arguments, expected) in [
        (
            ["--https-port", &port, "--http-port", "0"],
            format!("credential-emulator: port {port} (https) is taken by another program: "),
        ),
        (
            ["--http-port", &port, "--https-port", "0"],
            format!("credential-emulator: port {port} (http) is taken by another program: "),
        ),
        (
            ["--http-port", "4711", "--https-port", "4711"],
            "credential-emulator: port 4711 is chosen for both".to_owned(),
        ),
    ] {
        let (code, stderr) = run(&arguments);
        assert_eq!(code, Some(1), "{stderr}");
        assert!(stderr.starts_with(&expected), "{stderr}");
    }
    let (code, stderr) =
        run(&["--http-port", "0", "--https-port", "0", "--ca-file", nowhere.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("the CA file no such folder/ca.pem cannot be written: name a file in a folder"),
        "{stderr}"
    );
}
