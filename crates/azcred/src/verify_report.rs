//! What `azcred verify` says.

use std::fmt::Write;

use acs_hmac::{Refusal, Verified, VerifiedKey};
use http::Request;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{print, print_json};

type Verdict = Result<Verified, Refusal>;

/// The verdict in a form for people and for programs. It shows no key and no signature.
#[derive(Serialize)]
pub(crate) struct VerifyReport {
    ok: bool,
    #[serde(skip)]
    has_two_keys: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skew_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Explained>,
    /// What else there is to say about a request whose date is too far off: null when nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    apart_from_date: Option<Option<Explained>>,
}

/// A refusal, in parts.
#[derive(Serialize)]
struct Explained {
    field: &'static str,
    problem: String,
    fixes: Vec<&'static str>,
    /// The text that a signature must cover, and the one that it does cover where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    string_to_sign: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
}

impl VerifyReport {
    pub(crate) fn new(
        request: &Request<Vec<u8>>,
        has_two_keys: bool,
        verdict: &Verdict,
        apart_from_date: Option<&Verdict>,
    ) -> Self {
        let verified = verdict.as_ref().ok();
        let explained = |refusal| Explained::new(request, has_two_keys, refusal);
        Self {
            ok: verified.is_some(),
            has_two_keys,
            key: verified.map(|verified| match verified.key() {
                VerifiedKey::Secondary => "secondary",
                _ => "primary",
            }),
            skew_seconds: verified.map(Verified::skew_seconds),
            refusal: verdict.as_ref().err().map(explained),
            apart_from_date: apart_from_date.map(|verdict| verdict.as_ref().err().map(explained)),
        }
    }

    pub(crate) fn print(&self, json: bool) -> Result<(), Failure> {
        if json { print_json(self) } else { print(&self.text()) }
    }

    fn signing_key(&self) -> &'static str {
        match self.key {
            Some("secondary") => "the secondary key",
            _ if self.has_two_keys => "the primary key",
            _ => "this key",
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        if let Some(refusal) = &self.refusal {
            refusal.write(&mut text, "refused");
        } else {
            let skew = self.skew_seconds.unwrap_or_default();
            let side = if skew < 0 { "behind" } else { "ahead of" };
            let by = skew.unsigned_abs();
            let key = self.signing_key();
            text = format!("good: {key} signed it, and its date is {by} s {side} the clock\n");
        }
        match &self.apart_from_date {
            Some(Some(refusal)) => refusal.write(&mut text, "\napart from the date"),
            Some(None) => text.push_str(if self.has_two_keys {
                "\napart from the date: good, one of the keys signed it\n"
            } else {
                "\napart from the date: good, this key signed it\n"
            }),
            None => {}
        }
        text
    }
}

impl Explained {
    fn new(request: &Request<Vec<u8>>, has_two_keys: bool, refusal: &Refusal) -> Self {
        let (fixes, string_to_sign, signed) = match refusal {
            Refusal::Signature { mistakes, string_to_sign, signed, .. } if !mistakes.is_empty() => {
                let fixes = mistakes.iter().map(|mistake| mistake.fix()).collect();
                (fixes, Some(string_to_sign.clone()), signed.clone())
            }
            Refusal::Signature { string_to_sign, .. } => {
                (vec![refusal.fix()], Some(string_to_sign.clone()), None)
            }
            _ => (vec![refusal.fix()], None, None),
        };
        let problem = refusal.problem();
        // Where one key was given, there are not two to speak of.
        let problem = if has_two_keys {
            problem
        } else {
            problem.replace("the signature fits neither key", "the signature does not fit this key")
        };
        let hint = hint(request, refusal);
        Self { field: refusal.field(), problem, fixes, string_to_sign, signed, hint }
    }

    fn write(&self, text: &mut String, title: &str) {
        // Writing to a String does not fail.
        let _infallible = writeln!(text, "{title}: {}", self.problem);
        for fix in self.fixes.iter().chain(&self.hint) {
            let _infallible = writeln!(text, "  {fix}");
        }
        for (title, shown) in [("must be signed", &self.string_to_sign), ("was signed", &self.signed)] {
            if let Some(shown) = shown {
                let _infallible = writeln!(text, "\n{title}:\n{}", with_visible_ends(shown));
            }
        }
    }
}

/// The text with `\n` where a line ends, so that it can be compared by eye.
fn with_visible_ends(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| format!("  {}", line.escape_debug())).collect();
    lines.join("\\n\n")
}

/// What a file makes of a body, and what does not come from the program that signed.
fn hint(request: &Request<Vec<u8>>, refusal: &Refusal) -> Option<&'static str> {
    let Refusal::ContentHash { received, .. } = refusal else { return None };
    let body = request.body();
    let without = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n"))?;
    let fits = acs_hmac::ContentHash::of(without).as_str() == received;
    fits.then_some("the body fits without its last line break, which an editor may have added to the file")
}
