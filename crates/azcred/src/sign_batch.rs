//! `azcred sign --batch`: one request a line in, one answer a line out.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use acs_hmac::{SignedHeaders, Signer};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use credential::{AccessKey, Secret};

use crate::acs_key::AcsResource;
use crate::cli::SignArgs;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::Files;
use crate::sign::{HttpRequest, sign};
use crate::signing_line::SigningLine;

/// A line, and so the memory, is no larger; the services' own limits are far below.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;
/// Buffers that one long line made larger than this are given back.
const KEPT_BUFFER: usize = 1024 * 1024;
/// Signers kept for keys that lines carry; enough for any rotation, and bounded.
const KEPT_SIGNERS: usize = 16;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Answers every line of standard input on standard output.
pub(crate) fn run(args: &SignArgs, environment: &Environment) -> Result<(), Failure> {
    let files = Files::default();
    let input = BufReader::with_capacity(256 * 1024, files.standard_input()?);
    let resource = AcsResource::find(args.key_file.as_deref(), environment, &files)?;
    let output = BufWriter::with_capacity(64 * 1024, std::io::stdout().lock());
    Batch::new(resource.optional_key())?.answer_all(input, output)
}

/// What is kept from line to line.
struct Batch {
    default: Option<Signer>,
    /// The signers of keys that lines carried, the latest last.
    signers: Vec<(Secret, Signer)>,
    body: Vec<u8>,
}

impl Batch {
    fn new(key: Option<&AccessKey>) -> Result<Self, Failure> {
        let default = key.map(|key| Signer::new(key.clone())).transpose()?;
        Ok(Self { default, signers: Vec::new(), body: Vec::new() })
    }

    fn answer_all<R: Read>(mut self, mut input: BufReader<R>, mut output: impl Write) -> Result<(), Failure> {
        let mut line = Vec::new();
        let mut is_first = true;
        loop {
            // Before waiting for more, the answers so far go out: a program on the other end may wait for them.
            if !input.buffer().contains(&b'\n') {
                output.flush()?;
            }
            line.clear();
            line.shrink_to(KEPT_BUFFER);
            let read = (&mut input).take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(unreadable)?;
            if read == 0 {
                return Ok(output.flush()?);
            }
            let is_whole = line.pop_if(|byte| *byte == b'\n').is_some();
            if !is_whole && line.len() as u64 == LONGEST_LINE {
                input.skip_until(b'\n').map_err(unreadable)?;
                let fix = "sign requests this large with --body-file";
                write_error(&mut output, &Failure::bad_input("the line is longer than 64 MiB", fix))?;
                continue;
            }
            let text = if is_first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
            is_first = false;
            match self.answer(text) {
                Ok(headers) => write_headers(&mut output, &headers)?,
                Err(failure) => write_error(&mut output, &failure)?,
            }
        }
    }

    fn answer(&mut self, line: &[u8]) -> Result<SignedHeaders, Failure> {
        let line = SigningLine::parse(line)?;
        let mut body = std::mem::take(&mut self.body);
        body.clear();
        body.shrink_to(KEPT_BUFFER);
        // The decoder's own error would repeat a byte of the body.
        BASE64.decode_vec(line.body_base64(), &mut body).map_err(|_| {
            let fix = "encode the body's bytes in the standard alphabet (A-Z a-z 0-9 + /)";
            Failure::bad_input("body_base64 is not base64", fix)
        })?;
        let request = HttpRequest { method: line.method(), url: line.url(), body: &body, date: line.date() };
        let signed = sign(self.signer(line.access_key())?, &request);
        self.body = body;
        signed
    }

    fn signer(&mut self, key: Option<&str>) -> Result<&Signer, Failure> {
        let Some(key) = key else {
            return self.default.as_ref().ok_or_else(|| {
                let fix = "give the line an access_key, or give --key-file or ACS_ACCESS_KEY for all lines";
                Failure::bad_input("the access key is missing", fix)
            });
        };
        let index = match self.signers.iter().rposition(|(known, _)| known.expose() == key) {
            Some(index) => index,
            None => {
                let signer = Signer::new(AccessKey::from_base64(key)?)?;
                if self.signers.len() == KEPT_SIGNERS {
                    self.signers.remove(0);
                }
                self.signers.push((Secret::from(key), signer));
                self.signers.len() - 1
            }
        };
        Ok(&self.signers[index].1)
    }
}

fn unreadable(error: std::io::Error) -> Failure {
    Failure::bad_input(
        format_args!("standard input cannot be read ({error})"),
        "give a file or a pipe, such as azcred sign --batch < requests.jsonl",
    )
}

/// Dates and base64 need no escaping in JSON.
fn write_headers(output: &mut impl Write, headers: &SignedHeaders) -> std::io::Result<()> {
    writeln!(
        output,
        r#"{{"x-ms-date":"{}","x-ms-content-sha256":"{}","authorization":"{}"}}"#,
        headers.date(),
        headers.content_hash(),
        headers.authorization()
    )
}

fn write_error(output: &mut impl Write, failure: &Failure) -> Result<(), Failure> {
    serde_json::to_writer(&mut *output, &serde_json::json!({ "error": failure.text() }))
        .map_err(std::io::Error::from)?;
    Ok(output.write_all(b"\n")?)
}
