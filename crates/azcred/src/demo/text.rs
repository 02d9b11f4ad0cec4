//! The demo as a person reads it: plain text, 80 columns, no colours.

use std::time::SystemTime;

use super::step::{Exchange, Expected, Outcome, Report, Step};

const WIDTH: usize = 80;
const INDENT: &str = "    ";
const LABEL: usize = 10;

/// What stands above the steps.
pub(crate) const INTRODUCTION: &str = "\
Each protocol of this family, step by step, against an emulator of the services
that runs inside this process, over TLS. Nothing leaves this machine.
";

/// What stands below them.
pub(crate) fn summary(report: &Report) -> String {
    let all = report.steps.len();
    let count = |wanted: Outcome| report.steps.iter().filter(|step| step.outcome == wanted).count();
    let refusals = report.steps.iter().filter(|step| step.expected == Expected::Refusal).count();
    let unexpected = count(Outcome::Unexpected);
    let verdict = match unexpected {
        0 => format!("All {all} steps ended as expected: {} successes, {refusals} refusals.", all - refusals),
        1 => format!("1 of {all} steps ended unexpectedly; look for UNEXPECTED above."),
        _ => format!("{unexpected} of {all} steps ended unexpectedly; look for UNEXPECTED above."),
    };
    format!(
        "\n{verdict}\n
Try next:
  azcred emulator --ca-file ca.pem     the same services, for your own program
  azcred token entra --help            get a token, there or from real Azure
  azcred sign --help                   sign a request of Communication Services
"
    )
}

/// Writes a step.
pub(crate) fn step(number: usize, step: &Step, now: SystemTime) -> String {
    let mut text = title(number, step);
    line(&mut text, "asked", step.asked);
    for Exchange { service, method, path, status, verified } in &step.requests {
        line(&mut text, "answered", &format!("{service}: {status} to {method} {path}"));
        if !verified.is_empty() {
            line(&mut text, "verified", &verified.join("; "));
        }
    }
    if let Some(token) = token(step, now) {
        line(&mut text, "token", &token);
    }
    for (label, value) in [("result", &step.result), ("error", &step.error), ("reason", &step.reason)] {
        if let Some(value) = value {
            line(&mut text, label, value);
        }
    }
    text
}

fn title(number: usize, step: &Step) -> String {
    let mark = match (step.outcome, step.expected) {
        (Outcome::Unexpected, _) => "UNEXPECTED",
        (Outcome::AsExpected, Expected::Success) => "ok",
        (Outcome::AsExpected, Expected::Refusal) => "refused, as expected",
    };
    let name = format!("{number:>2}  {}", step.name);
    format!(
        "\n{name}{mark:>width$}\n",
        width = WIDTH.saturating_sub(name.chars().count()).max(mark.len() + 2)
    )
}

fn token(step: &Step, now: SystemTime) -> Option<String> {
    let (length, expires_at) = (step.token_length?, step.expires_at?);
    let left = match expires_at.duration_since(now).unwrap_or_default().as_secs().div_ceil(60) {
        minutes @ ..120 => format!("{minutes} minutes"),
        minutes => format!("{} hours", minutes.div_ceil(60)),
    };
    let expires_at = humantime::format_rfc3339_seconds(expires_at);
    Some(format!("{length} characters, expires {expires_at} (in {left})"))
}

/// Adds a labelled text, with ids shortened, broken between words, and inside those that are too long by themselves.
fn line(to: &mut String, label: &str, text: &str) {
    let mut label = label;
    for part in broken(&with_short_ids(text), WIDTH - INDENT.len() - LABEL) {
        to.push_str(format!("{INDENT}{label:<LABEL$}{part}").trim_end());
        to.push('\n');
        label = "";
    }
}

fn broken(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        for (index, piece) in pieces(word, room).into_iter().enumerate() {
            let Some(last) = lines.last_mut() else { continue };
            let gap = usize::from(!last.is_empty());
            if index == 0 && last.chars().count() + gap + piece.chars().count() <= room {
                last.push_str(&" "[..gap]);
                last.push_str(piece);
            } else {
                lines.push(piece.to_owned());
            }
        }
    }
    lines
}

/// A word in pieces that fit, cut before a separator where there is one.
fn pieces(word: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while let Some((end, _)) = rest.char_indices().nth(room) {
        let cut = rest[..end].rfind(['/', '?', '&', ';']).filter(|&cut| cut > 0).unwrap_or(end);
        let (piece, after) = rest.split_at(cut);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

const ID: usize = 36;

/// Shortens every UUID to its first group: which one it is matters, all of it does not.
fn with_short_ids(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kept, taken) = match rest.get(..ID) {
            Some(id) if is_id(id) => (&id[..8], ID),
            _ => (&rest[..first.len_utf8()], first.len_utf8()),
        };
        short.push_str(kept);
        short.push_str(if taken == ID { ".." } else { "" });
        rest = &rest[taken..];
    }
    short
}

fn is_id(text: &str) -> bool {
    text.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_inside_long_ones() {
        assert_eq!(broken("a bc def", 4), ["a bc", "def"]);
        assert_eq!(broken("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(broken("", 4), [""]);
        assert_eq!(broken("GET /ab/cd?e=f", 6), ["GET", "/ab", "/cd", "?e=f"]);
        assert_eq!(broken("\u{e9}\u{e9}\u{e9}", 2), ["\u{e9}\u{e9}", "\u{e9}"]);
    }

    #[test]
    fn ids_are_shortened() {
        let id = "e0000000-0000-4000-8000-000000000001";
        assert_eq!(with_short_ids(&format!("/{id}/x {id}")), "/e0000000../x e0000000..");
        assert_eq!(with_short_ids("not-an-id \u{e9}"), "not-an-id \u{e9}");
    }
}
