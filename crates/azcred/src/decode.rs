//! `azcred decode`: shows what a token says, without checking it.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use credential::{Clock, SystemClock};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::files::{FileFlag, Files};
use crate::output::{print, print_json};

/// Shows what a token says: its header and claims, with times as dates.
///
/// NOTHING IS VERIFIED: anybody can write a token that says anything. The
/// signature is neither checked nor shown, so that what is printed can be
/// passed on; it may still name people.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred token entra --scope \"$scope\" | azcred decode
  azcred decode --token-file token.jwt --json | jq .claims.aud

Exit status: 0 done; 2 bad or missing input."
)]
pub(crate) struct DecodeArgs {
    /// A file that holds the token; else standard input.
    #[arg(long, value_name = "FILE", default_value = "-")]
    token_file: PathBuf,

    /// Prints one JSON object: {"verified": false, "header", "claims"}.
    #[arg(long)]
    json: bool,
}

/// Shows the token.
pub(crate) fn run(args: &DecodeArgs) -> Result<(), Failure> {
    let token = Files::default().secret(FileFlag::TOKEN, &args.token_file)?;
    let token = Token::parse(token.expose())?;
    if args.json {
        return print_json(&json!({"verified": false, "header": token.header, "claims": token.claims}));
    }
    print(&token.text(SystemClock::default().now()))
}

/// The readable parts of a JSON Web Token.
struct Token {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Token {
    fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let text = text.strip_prefix("Bearer ").unwrap_or(text).trim();
        let parts: Vec<&str> = text.split('.').collect();
        let no_jwt = |problem: &str| {
            Failure::bad_input(
                problem,
                "give a JSON Web Token: three parts with dots between them; the tokens of personal accounts and refresh tokens are not of this form",
            )
        };
        let [header, claims, _signature] = parts[..] else {
            return Err(no_jwt(if parts.len() == 5 {
                "the token is encrypted"
            } else {
                "the token does not have three parts"
            }));
        };
        let object = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        match (object(header), object(claims)) {
            (Some(header), Some(claims)) => Ok(Self { header, claims }),
            _ => Err(no_jwt("the token's header or claims are not JSON in base64url")),
        }
    }

    fn text(&self, now: SystemTime) -> String {
        let mut text = String::from("Not verified: anybody can write a token that says this.\n");
        for (title, part) in [("Header", &self.header), ("Claims", &self.claims)] {
            // Writing to a String does not fail.
            let _infallible = writeln!(text, "\n{title}");
            let width = part.keys().map(|name| name.chars().count()).max().unwrap_or(0).min(24);
            for (name, value) in part {
                let shown = claim_text(name, value, now);
                let _infallible = writeln!(text, "  {:width$}  {shown}", printable(name));
                if let Some(meaning) = meaning(name) {
                    let _infallible = writeln!(text, "  {:width$}    {meaning}", "");
                }
            }
        }
        text
    }
}

/// What comes from a token goes to a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

fn claim_text(name: &str, value: &Value, now: SystemTime) -> String {
    let is_time = matches!(name, "exp" | "nbf" | "iat" | "auth_time" | "xms_tcdt");
    let instant = value.as_u64().filter(|_| is_time).and_then(|seconds| {
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).filter(|_| seconds < 253_402_300_800)
    });
    match (instant, value) {
        (Some(instant), _) => {
            let date = humantime::format_rfc3339_seconds(instant);
            format!("{date} ({})", relative(name, instant, now))
        }
        (None, Value::String(text)) => printable(text),
        (None, Value::Array(items)) => {
            let items =
                items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            printable(&items.collect::<Vec<_>>().join(", "))
        }
        (None, other) => printable(&other.to_string()),
    }
}

/// `in 12 minutes`, `3 hours ago`, `expired 2 days ago`.
fn relative(name: &str, instant: SystemTime, now: SystemTime) -> String {
    match instant.duration_since(now) {
        Ok(left) if !left.is_zero() && name == "nbf" => format!("not valid before: in {}", about(left)),
        Ok(left) if !left.is_zero() => format!("in {}", about(left)),
        _ => {
            let past = about(now.duration_since(instant).unwrap_or_default());
            if name == "exp" { format!("expired {past} ago") } else { format!("{past} ago") }
        }
    }
}

/// A duration in its largest unit, rounded down.
fn about(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let (unit, size) = units.into_iter().find(|(_, size)| seconds >= *size).unwrap_or(("second", 1));
    let count = seconds / size;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// What the claims are about that decide whether a service takes a token.
fn meaning(name: &str) -> Option<&'static str> {
    Some(match name {
        "aud" => "the audience: the one service that this token is for",
        "iss" => "who says that it issued the token",
        "tid" => "the tenant",
        "scp" => "the delegated permissions: what the app may do for the signed-in person",
        "roles" => "the app roles: what the app, or the person, may do by itself",
        "appid" | "azp" => "the application that asked for the token",
        "oid" => "the person or application, by its id in the tenant",
        "idtyp" => "app: no person takes part; user: a person does",
        "acrs" => "the authentication contexts that were met, for step-up sign-ins",
        "xms_cc" => "the client's capabilities; cp1 answers claims challenges",
        "ver" => "the token's format, which the service's registration decides",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        format!("{}.{}.planted-signature", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn claims_are_readable_and_the_signature_is_not_there() {
        let text = token(
            r#"{"alg":"RS256","typ":"JWT","kid":"k1"}"#,
            r#"{"aud":"https://management.azure.com","iss":"https://sts.windows.net/t/","iat":1799999000,"nbf":1799999000,
                "exp":1800000720,"scp":"user_impersonation","roles":["a","b"],"name":"Ada\u001b[2J","nested":{"a":1},"tid":"t"}"#,
        );
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let shown = Token::parse(&format!("Bearer {text}\n")).unwrap().text(now);
        assert!(!shown.contains("planted") && !shown.contains('\u{1b}'));
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn times_are_relative() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        for (name, instant, now, expected) in [
            ("exp", 1_720, 1_000, "in 12 minutes"),
            ("exp", 1_001, 1_000, "in 1 second"),
            ("exp", 1_000, 1_000, "expired 0 seconds ago"),
            ("exp", 1_000, 200_000, "expired 2 days ago"),
            ("iat", 1_000, 4_600, "1 hour ago"),
            ("nbf", 4_600, 1_000, "not valid before: in 1 hour"),
        ] {
            assert_eq!(relative(name, at(instant), at(now)), expected);
        }
        assert_eq!(claim_text("exp", &json!(u64::MAX), at(0)), u64::MAX.to_string());
        assert_eq!(claim_text("exp", &json!("soon"), at(0)), "soon");
    }

    #[test]
    fn what_is_no_token_is_refused_and_not_echoed() {
        for bad in
            ["planted", "a.planted", "planted.planted.planted", "a.b.c.d.planted", &token("[]", "planted")]
        {
            let failure = Token::parse(bad).err().unwrap();
            assert!(!failure.text().unwrap().contains("planted"), "{failure:?}");
        }
    }
}
