//! What can be written on the command line. No flag takes a secret.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::curl::CurlCommand;
use crate::decode::DecodeArgs;
use crate::login::{LoginArgs, LogoutArgs};
use crate::token::{AcsArgs, AmsArgs, EntraArgs, MrStsArgs};
use crate::verify::VerifyArgs;

/// Gets tokens, signs requests and runs the local emulator for Azure.
///
/// Covers Microsoft Entra, Mixed Reality, Communication Services and
/// Media Services. `azcred demo` shows all of it on this machine, without an
/// Azure account.
#[derive(Debug, Parser)]
#[command(name = "azcred", version, verbatim_doc_comment, next_line_help = true)]
#[command(arg_required_else_help = true, subcommand_required = true, after_help = EXIT_STATUS)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Says on standard error what is sent and what is waited for.
    ///
    /// Never shows a secret. Twice (-vv) says more.
    #[arg(short, long, global = true, display_order = 900, action = clap::ArgAction::Count, verbatim_doc_comment)]
    pub(crate) verbose: u8,
}

const EXIT_STATUS: &str = "\
Start with `azcred demo`; `azcred COMMAND --help` has examples.

Exit status: 0 done; 1 refused, failed or not reachable; 2 bad or missing input.
Secrets come from the environment, from files or from standard input, never
from the command line, where other users of the machine can read them.";

const EXAMPLES: &str = "\
Examples:
  azcred demo
  azcred token entra --scope https://management.azure.com/.default
  azcred token acs --scope chat --json
  azcred sign --method GET --url \"$url\" > headers && curl -H @headers \"$url\"
  azcred verify --request-file request.http --key-file acs.key
  azcred emulator --ca-file ca.pem

Exit status: 0 done; 1 refused, failed or not reachable; 2 bad or missing input.
Secrets come from the environment, from files or from standard input, never
from the command line, where other users of the machine can read them.";

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(DemoArgs),
    #[command(subcommand)]
    Token(TokenCommand),
    #[command(subcommand)]
    Curl(CurlCommand),
    Login(LoginArgs),
    Logout(LogoutArgs),
    Decode(DecodeArgs),
    Sign(SignArgs),
    Verify(VerifyArgs),
    Emulator(EmulatorArgs),
}

/// Shows every protocol against an emulator on this machine.
///
/// Starts an emulator of the services inside this process, over TLS, then gets
/// tokens and calls the services with them, one step at a time. Each step says
/// what was asked, who answered, what the service verified and when the token
/// expires. Two steps must fail, and do: their errors are shown.
///
/// Needs no Azure account and no network. Prints no token.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred demo
  azcred demo --json | jq '.steps[] | {name, outcome}'

Exit status: 0 when every step ended as expected, else 1."
)]
pub(crate) struct DemoArgs {
    /// Prints one JSON object: {"steps": [...], "ok": true}.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Gets a real token and prints it.
///
/// The bare token goes to standard output, so that it can be used as $(..);
/// with --json the expiry comes along. Against `azcred emulator`, trust its
/// certificate with --ca-file and name its address.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  curl -H \"Authorization: Bearer $(azcred token entra --scope $scope)\" \"$url\"
  azcred token mr-sts --key-file mr.key --json"
)]
pub(crate) enum TokenCommand {
    Entra(EntraArgs),
    MrSts(MrStsArgs),
    Acs(AcsArgs),
    Ams(AmsArgs),
}

/// Signs requests of Communication Services with an access key.
///
/// Prints the headers to send: x-ms-date, x-ms-content-sha256, authorization.
/// The address is signed byte for byte as given. Nothing is sent.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred sign --url \"$url\" > headers && curl -H @headers \"$url\"
  azcred sign --method POST --url \"$url\" --body-file sms.json --json
  azcred sign --batch < requests.jsonl > signatures.jsonl

One line of --batch in, and its answer:
  {\"method\":\"GET\",\"url\":\"https://contoso.communication.azure.com/rooms\",
   \"body_base64\":null,\"date\":\"2024-02-29T23:59:59Z\"}          (on one line)
  {\"x-ms-date\":\"..\",\"x-ms-content-sha256\":\"..\",\"authorization\":\"..\"}
A line may carry its own \"access_key\". Without \"date\", now is signed. A line
that cannot be signed is answered by {\"error\":\"..\"}, and the next one is read:
there is one line out for every line in, empty ones too, in the same order.

Exit status: 0 done; 2 bad or missing input. --batch: 0 when all input was
answered, errors included; 2 when it cannot be read."
)]
pub(crate) struct SignArgs {
    /// The HTTP method; without it POST when there is a body, else GET.
    #[arg(long)]
    pub(crate) method: Option<String>,

    /// The address that the request goes to, exactly as it is sent.
    #[arg(long, required_unless_present = "batch")]
    pub(crate) url: Option<String>,

    /// The body, as UTF-8 text.
    #[arg(long, value_name = "TEXT", conflicts_with = "body_file")]
    pub(crate) body: Option<String>,

    /// A file that holds the body's bytes, or - for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) body_file: Option<PathBuf>,

    /// The date to sign instead of now: 2024-02-29T23:59:59Z (RFC 3339)
    /// or "Thu, 29 Feb 2024 23:59:59 GMT". The service allows 5 minutes.
    #[arg(long, verbatim_doc_comment)]
    pub(crate) date: Option<String>,

    /// A file that holds the access key or the connection string, or - for
    /// standard input; else ACS_ACCESS_KEY, else
    /// COMMUNICATION_SERVICES_CONNECTION_STRING
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub(crate) key_file: Option<PathBuf>,

    /// Prints one JSON object instead of header lines.
    #[arg(long)]
    pub(crate) json: bool,

    /// Shows on standard error the text that is signed, field by field.
    #[arg(long, conflicts_with = "batch")]
    pub(crate) explain: bool,

    /// Reads requests from standard input, one JSON object a line.
    #[arg(long, conflicts_with_all = ["method", "url", "body", "body_file", "date", "json"])]
    pub(crate) batch: bool,
}

/// Runs the emulator until it is stopped.
///
/// Stands in for Microsoft Entra, Mixed Reality, Communication Services and
/// Media Services. Prints every address, account and key that it accepts, then
/// a line when it listens. The accounts are the same at every start and are no
/// secrets. Ctrl-C or SIGTERM stops it.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred emulator --ca-file ca.pem
  azcred emulator --http-port 0 --https-port 0 --json

Exit status: 0 when stopped by a signal; 1 when it cannot listen."
)]
pub(crate) struct EmulatorArgs {
    /// The port for http; 0 takes a free one [default: 10080].
    #[arg(long, value_name = "PORT")]
    pub(crate) http_port: Option<u16>,

    /// The port for https; 0 takes a free one [default: 10443].
    #[arg(long, value_name = "PORT")]
    pub(crate) https_port: Option<u16>,

    /// Reads accounts, keys, lifetimes and ports from a TOML file; flags win.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Writes the certificate authority here, for clients to trust.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// Prints one JSON object instead of text, when it listens.
    #[arg(long)]
    pub(crate) json: bool,
}
