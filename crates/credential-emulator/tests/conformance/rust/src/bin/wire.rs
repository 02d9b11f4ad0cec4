//! Compares what this family sends with what Microsoft's Python and Node.js SDKs send for the same operation, field by field:
//! where those two agree, ours must agree with them, or differ for a reason that stands in [`REASONS`]. One line of JSON for
//! each operation, and one for each difference.
//!
//! Reads from the environment: WIRE_PYTHON and WIRE_NODE (the interpreters), WIRE_SCRIPTS (where the scripts lie), WIRE_PLACE
//! (where to work; the Node.js packages are in its folder `node`).

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use acs_hmac::operations::sms::{SendSms, SendSmsRequest, SmsRecipient, SmsSendOptions};
use acs_hmac::{CommunicationClient, ConnectionString, IdentityClient, TokenScope};
use credential::{TokenCredential as _, TokenRequest};
use credential_emulator::{Emulator, RequestRecord};
use serde_json::json;

const ARM: &str = "https://management.azure.com/.default";
const OPERATIONS: [&str; 6] =
    ["client secret", "client certificate", "device code", "on-behalf-of", "identity", "sms"];

/// Why ours differs where theirs agree: a field, and the reason. A difference that stands here and is gone fails, too.
const REASONS: &[(&str, &str)] = &[
    ("header accept-encoding", "answers are small; nothing is asked to be compressed"),
    ("header connection", "HTTP/2, which the family speaks and they do not, has no such header"),
    ("field scope", "on-behalf-of: MSAL keeps a refresh token and an id token for the user, the family asks for neither"),
    ("header content-type", "a request without a body names no type of one; theirs name it all the same"),
    ("http version", "the family's transport speaks HTTP/2 where the server offers it; theirs speak HTTP/1.1"),
];

type Outcome = Result<(), Box<dyn Error>>;

/// One request: each of its fields with what can be said of its value.
type Shape = BTreeMap<String, String>;

/// One of Microsoft's SDKs, in its own process.
struct Theirs {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Theirs {
    fn start(program: &str, script: &Path, folder: &Path, emulator: &Emulator, ca: &Path) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(program);
        if script.extension().is_some_and(|extension| extension == "py") {
            command.arg("-B");
        }
        let mut child = command
            .arg(script)
            .current_dir(folder)
            .env("EMULATOR", serde_json::to_string(&emulator.describe())?)
            .envs(["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"].map(|name| (name, ca)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("no input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, input, output })
    }

    fn run(&mut self, operation: &str, argument: &str) -> Outcome {
        writeln!(self.input, "{operation}\t{argument}")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        if line.trim() == "done" { Ok(()) } else { Err(line.trim().into()) }
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

async fn ours(emulator: &Arc<Emulator>, operation: &str, argument: &str) -> Outcome {
    let accounts = emulator.accounts();
    let authority = entra::Authority::parse(&emulator.authority())?;
    let (tenant, client, transport) = (&accounts.tenant_id, &accounts.client_id, emulator.http_client());
    let request = TokenRequest::new([ARM]);
    match operation {
        "client secret" => {
            let builder = entra::ClientSecretCredential::builder(tenant, client, accounts.client_secret.as_str());
            builder.authority(authority).transport(transport).build()?.get_token(&request).await?;
        }
        "client certificate" => {
            let certificate = entra::ClientCertificate::from_pem(emulator.client_certificate_pem())?;
            let builder = entra::ClientCertificateCredential::builder(tenant, client, certificate);
            builder.authority(authority).transport(transport).build()?.get_token(&request).await?;
        }
        "device code" => {
            let page = Arc::clone(emulator);
            let builder = entra::DeviceCodeCredential::builder(tenant, &accounts.public_client_id)
                // A refusal would show: the token does not come then.
                .prompt(move |code| drop(page.approve(code.user_code())));
            builder.authority(authority).transport(transport).build()?.get_token(&request).await?;
        }
        "on-behalf-of" => {
            let builder = entra::OnBehalfOf::builder(tenant, client).client_secret(accounts.client_secret.as_str());
            let service = builder.authority(authority).transport(transport).build()?;
            service.user(argument.to_owned())?.get_token(&request).await?;
        }
        "sms" => {
            let resource = ConnectionString::parse(&emulator.connection_string())?;
            let client = CommunicationClient::from_connection_string(&resource, transport)?;
            let recipient = SmsRecipient::new("+15550101")
                .with_repeatability_first_sent(httpdate::fmt_http_date(std::time::SystemTime::now()))
                .with_repeatability_request_id("70a8e4d2-816a-4d03-a800-aeb20126ae51");
            let options = SmsSendOptions::new(true).with_tag("t");
            let message = SendSmsRequest::new("+14255550123", vec![recipient], "hello");
            client.call(&SendSms::new(message.with_sms_send_options(options))).await?;
        }
        _ => {
            let resource = ConnectionString::parse(&emulator.connection_string())?;
            let client = IdentityClient::from_connection_string(&resource, transport)?;
            let user = client.create_user().await?;
            client.issue_token(user.id(), &[TokenScope::Chat, TokenScope::Voip], None).await?;
            client.revoke_tokens(user.id()).await?;
            client.delete_user(user.id()).await?;
            client.create_user_and_token(&[TokenScope::Chat], None).await?;
        }
    }
    Ok(())
}

/// What was asked of the services: looking for the way to them and the page that a person opens are not compared.
fn shapes(emulator: &Emulator) -> Vec<Shape> {
    let is_compared = |record: &RequestRecord| {
        !record.path.contains("/.well-known/") && !record.path.starts_with("/devicelogin") && record.refusal.is_none()
    };
    emulator.requests().iter().filter(|record| is_compared(record)).map(shape).collect()
}

fn shape(record: &RequestRecord) -> Shape {
    let (path, query) = record.path.split_once('?').unwrap_or((&record.path, ""));
    let mut shape = Shape::from([
        ("method".to_owned(), record.method.clone()),
        ("path".to_owned(), without_ids(path)),
        ("http version".to_owned(), record.http_version.clone()),
    ]);
    shape.extend(query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (format!("query {name}"), value.to_owned())
    }));
    let part = |kind: &'static str| move |(name, value): (&String, &String)| (format!("{kind} {name}"), value.clone());
    shape.extend(record.headers.iter().map(part("header")));
    shape.extend(record.fields.iter().map(part("field")));
    if let Some(scope) = shape.get_mut("field scope") {
        let mut scopes: Vec<&str> = scope.split(' ').collect();
        scopes.sort_unstable();
        *scope = scopes.join(" ");
    }
    // HTTP/2 has another place for it, which the log shows as the address.
    shape.remove("header host");
    // As long as what it counts.
    shape.remove("header content-length");
    shape
}

/// The ids of users differ each time, and so does whether their colons are percent-encoded: both are right.
fn without_ids(path: &str) -> String {
    let segment = |segment: &str| {
        let plain = segment.replace("%3A", ":").replace("%3a", ":");
        if plain.starts_with("8:acs:") { "{user}".to_owned() } else { plain }
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// What the two say of a field, and what ours says, where ours should say the same and does not.
fn differences(python: &Shape, node: &Shape, ours: &Shape) -> (usize, Vec<(String, String, String)>) {
    let names: BTreeSet<&String> = python.keys().chain(node.keys()).chain(ours.keys()).collect();
    let (mut equal, mut found) = (0, Vec::new());
    for name in names {
        let shown = |value: Option<&String>| value.map_or_else(|| "(not sent)".to_owned(), |value| format!("`{value}`"));
        match (python.get(name), node.get(name), ours.get(name)) {
            // Only one of the two sends it: either is right.
            (Some(_), None, _) | (None, Some(_), _) => {}
            (one, other, own) if one == other => {
                if one == own { equal += 1 } else { found.push((name.clone(), shown(one), shown(own))) }
            }
            // Both send it, each in its own way.
            (Some(_), Some(_), Some(_)) => equal += 1,
            (one, _, own) => found.push((name.clone(), format!("{} or another", shown(one)), shown(own))),
        }
    }
    (equal, found)
}

async fn user_assertion(emulator: &Arc<Emulator>) -> Result<String, Box<dyn Error>> {
    let accounts = emulator.accounts();
    let page = Arc::clone(emulator);
    let credential = entra::DeviceCodeCredential::builder(&accounts.tenant_id, &accounts.public_client_id)
        .prompt(move |code| drop(page.approve(code.user_code())))
        .authority(entra::Authority::parse(&emulator.authority())?)
        .transport(emulator.http_client())
        .build()?;
    let scope = format!("api://{}/.default", accounts.client_id);
    Ok(credential.get_token(&TokenRequest::new([scope])).await?.expose().to_owned())
}

#[tokio::main]
async fn main() -> Outcome {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("the variable {name} is missing"));
    let (scripts, place) = (variable("WIRE_SCRIPTS")?, variable("WIRE_PLACE")?);
    let (scripts, place) = (Path::new(&scripts), Path::new(&place));
    let emulator = Arc::new(Emulator::start().await?);
    let ca = place.join("ca-of-wire.pem");
    emulator.write_ca_file(&ca)?;
    let (python, node) = (variable("WIRE_PYTHON")?, variable("WIRE_NODE")?);
    let mut python = Theirs::start(&python, &scripts.join("wire.py"), place, &emulator, &ca)?;
    let mut node = Theirs::start(&node, &scripts.join("wire.mjs"), &place.join("node"), &emulator, &ca)?;
    let assertion = user_assertion(&emulator).await?;
    let mut used = BTreeSet::new();
    for operation in OPERATIONS {
        emulator.reset();
        python.run(operation, &assertion)?;
        let by_python = shapes(&emulator);
        emulator.reset();
        node.run(operation, &assertion)?;
        let by_node = shapes(&emulator);
        emulator.reset();
        ours(&emulator, operation, &assertion).await?;
        let by_us = shapes(&emulator);
        let counts = [by_python.len(), by_node.len(), by_us.len()];
        if counts.iter().any(|count| *count != counts[0]) {
            println!("{}", row(operation, 0, &[("number of requests".into(), format!("{counts:?}"), String::new(), None)]));
            continue;
        }
        let (mut equal, mut all) = (0, BTreeMap::new());
        for ((python, node), ours) in by_python.iter().zip(&by_node).zip(&by_us) {
            let (same, found) = differences(python, node, ours);
            equal += same;
            all.extend(found.into_iter().map(|(name, theirs, own)| (name, (theirs, own))));
        }
        let all: Vec<_> = all
            .into_iter()
            .map(|(name, (theirs, own))| {
                let reason = REASONS.iter().find(|(known, _)| *known == name).map(|(known, reason)| {
                    used.insert(*known);
                    *reason
                });
                (name, theirs, own, reason)
            })
            .collect();
        println!("{}", row(operation, equal, &all));
    }
    let stale: Vec<_> = REASONS
        .iter()
        .filter(|(known, _)| !used.contains(known))
        .map(|(known, _)| ((*known).to_owned(), "a reason".to_owned(), "no difference any more".to_owned(), None))
        .collect();
    if !stale.is_empty() {
        println!("{}", row("reasons", 0, &stale));
    }
    Ok(())
}

type Difference = (String, String, String, Option<&'static str>);

fn row(operation: &str, equal: usize, differences: &[Difference]) -> serde_json::Value {
    let differences: Vec<_> = differences
        .iter()
        .map(|(field, theirs, ours, reason)| json!({ "field": field, "theirs": theirs, "ours": ours, "reason": reason }))
        .collect();
    json!({ "operation": operation, "equal": equal, "differences": differences })
}
