//! `azcred verify`: is a signed request good, and what is wrong with it if not.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use acs_hmac::{Refusal, Scheme, SigningDate, Verifier};
use clap::{ArgGroup, Args};
use credential::{Clock, SystemClock};

use crate::acs_key::AcsResource;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::Files;
use crate::signing_date::signing_date;
use crate::verify_report::VerifyReport;
use crate::verify_request::received;

/// Checks the signature of a request, and says what is wrong with it.
///
/// For a request that the service answered with 401: give it as it went over
/// the wire, and the access key. The answer names the field that differs, shows
/// the text that must be signed beside the one that was, and says what to do.
/// Nothing is sent.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    group(ArgGroup::new("source").required(true).args(["request_file", "url"])),
    after_help = "\
Examples:
  azcred verify --request-file request.http --key-file acs.key
  azcred sign --url \"$url\" | azcred verify --url \"$url\" --headers-file -

A request file holds the request as HTTP/1.1 writes it; curl -v shows one:
  GET /rooms?api-version=2025-03-13 HTTP/1.1
  Host: contoso.communication.azure.com
  x-ms-date: Thu, 29 Feb 2024 23:59:59 GMT
  x-ms-content-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
  Authorization: HMAC-SHA256 SignedHeaders=..&Signature=..

A date that is too old is said, and the rest is checked as of that date.

Exit status: 0 the signature is good; 1 it is refused; 2 bad or missing input."
)]
pub(crate) struct VerifyArgs {
    /// A file that holds the whole request, or - for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) request_file: Option<PathBuf>,

    /// The address that the request went to, when there is no request file.
    #[arg(long)]
    pub(crate) url: Option<String>,

    /// The HTTP method; without it POST when there is a body, else GET.
    #[arg(long, conflicts_with = "request_file")]
    pub(crate) method: Option<String>,

    /// A file that holds the headers, one a line, as `azcred sign` prints
    /// them; or - for standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "request_file", verbatim_doc_comment)]
    pub(crate) headers_file: Option<PathBuf>,

    /// The body, as UTF-8 text.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["body_file", "request_file"])]
    pub(crate) body: Option<String>,

    /// A file that holds the body's bytes, or - for standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "request_file")]
    pub(crate) body_file: Option<PathBuf>,

    /// A file that holds the access key or the connection string, or - for
    /// standard input; else ACS_ACCESS_KEY, else
    /// COMMUNICATION_SERVICES_CONNECTION_STRING
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub(crate) key_file: Option<PathBuf>,

    /// A file that holds the other key of the resource, or - for standard
    /// input: a signature of either is good, and the answer says whose it is.
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    pub(crate) secondary_key_file: Option<PathBuf>,

    /// Checks as of this time instead of now: 2024-02-29T23:59:59Z
    /// (RFC 3339) or "Thu, 29 Feb 2024 23:59:59 GMT".
    #[arg(long, verbatim_doc_comment)]
    pub(crate) date: Option<String>,

    /// Checks App Configuration's form, with the Id of its key.
    #[arg(long, value_name = "ID")]
    pub(crate) app_configuration: Option<String>,

    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A time that was given, or that of a request.
#[derive(Debug)]
struct Still(SystemTime);

impl Clock for Still {
    fn now(&self) -> SystemTime {
        self.0
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// Checks the request that the flags describe; a signature that is refused is told on standard output.
pub(crate) fn run(args: &VerifyArgs, environment: &Environment) -> Result<(), Failure> {
    let files = Files::default();
    let resource = AcsResource::find(args.key_file.as_deref(), environment, &files)?;
    let scheme = match &args.app_configuration {
        Some(id) => Scheme::app_configuration(id)?,
        None => Scheme::communication_services(),
    };
    let clock: Arc<dyn Clock> = match &args.date {
        Some(text) => Arc::new(Still(signing_date(text)?.time())),
        None => SystemClock::shared(),
    };
    let request = received(args, &files)?;
    let keys = resource.keys(args.secondary_key_file.as_deref(), &files)?;
    let verifier = Verifier::new(keys).with_scheme(scheme);
    let judge = |clock| verifier.clone().with_clock(clock).verify(&request);
    let verdict = judge(clock);
    // An old request is seldom of interest for its age alone.
    let apart_from_date = match &verdict {
        Err(Refusal::DateSkew { received, .. }) => {
            SigningDate::parse(received).ok().map(|date| judge(Arc::new(Still(date.time()))))
        }
        _ => None,
    };
    let has_two_keys = args.secondary_key_file.is_some();
    let report = VerifyReport::new(&request, has_two_keys, &verdict, apart_from_date.as_ref());
    report.print(args.json)?;
    if verdict.is_ok() { Ok(()) } else { Err(Failure::Told) }
}
