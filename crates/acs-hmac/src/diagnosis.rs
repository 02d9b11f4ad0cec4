//! Finds the known mistake that makes a signature fit.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Mistake;
use crate::target_spelling::target_spellings;

/// Longer texts are not diagnosed, which bounds the work of one diagnosis.
const LONGEST: usize = 2048;
/// At most so many texts are tried with each key.
pub(crate) const MOST_TEXTS: usize = 250;
/// The methods that are tried in place of the one that arrived (RFC 9110, section 9.3, and RFC 5789).
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// How many labels of a host are tried in lower case, in upper case and with a capital: at most 3 to this power.
const LABELS: usize = 4;

/// The fields of a request whose signature does not fit.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) date: &'a str,
    pub(crate) host: &'a str,
    pub(crate) content_hash: &'a str,
    /// The headers that carry the date and the body's hash.
    pub(crate) header_names: [&'a str; 2],
    /// The value of the header `date`, where another one carries the date.
    pub(crate) date_header: Option<&'a str>,
}

impl Fields<'_> {
    pub(crate) fn text(&self) -> String {
        let Self { method, target, date, host, content_hash, .. } = self;
        format!("{method}\n{target}\n{date};{host};{content_hash}")
    }

    /// Returns the mistake, or the two, that make the signature fit, and the text that it fits: one in target or host with perhaps one in the
    /// other, or one elsewhere. At most `limit` texts are tried, and never more than [`MOST_TEXTS`].
    pub(crate) fn diagnose(
        self,
        limit: usize,
        fits: impl Fn(&str) -> bool,
    ) -> Option<(Vec<Mistake>, String)> {
        if self.target.len() + self.host.len() > LONGEST {
            return None;
        }
        let targets = target_spellings(self.target, self.host);
        let hosts = host_spellings(self.host);
        let with_target = |target| Fields { target, ..self };
        let with_host = |fields: Fields<'_>, host: &str| Fields { host, ..fields }.text();
        let alone = (targets.iter().map(|(mistake, target)| (*mistake, with_target(target).text())))
            .chain(hosts.iter().map(|(mistake, host)| (*mistake, with_host(self, host))))
            .chain(self.other_texts())
            .chain(cases(self.host).into_iter().map(|host| (Mistake::HostCase, with_host(self, &host))))
            .map(|(mistake, text)| (vec![mistake], text));
        let together = targets.iter().flat_map(|(of_target, target)| {
            hosts.iter().map(move |(of_host, host)| {
                (vec![*of_target, *of_host], with_host(with_target(target), host))
            })
        });
        let mut tried = alone.chain(together).take(limit.min(MOST_TEXTS));
        tried.find(|(_, text)| fits(text))
    }

    /// The texts of mistakes that are neither in the target nor in the host.
    fn other_texts(&self) -> Vec<(Mistake, String)> {
        let Self { method, target, date, host, content_hash, header_names, date_header } = *self;
        let [date_name, hash_name] = header_names;
        let dated = |date: &str| Fields { date, ..*self }.text();
        let hex = hex_of(content_hash);
        let mut all = vec![
            (Mistake::DateLowerCase, dated(&date.to_ascii_lowercase())),
            (Mistake::DateZone, dated(&date.replace("GMT", "+0000"))),
            (Mistake::DateZone, dated(&date.replace("GMT", "UTC"))),
            (Mistake::DateDay, dated(&date.replacen(", 0", ", ", 1))),
            (Mistake::MethodLowerCase, Fields { method: &method.to_ascii_lowercase(), ..*self }.text()),
            (Mistake::HashHex, Fields { content_hash: &hex, ..*self }.text()),
            (Mistake::HashHex, Fields { content_hash: &hex.to_ascii_uppercase(), ..*self }.text()),
            (Mistake::TrailingNewline, self.text() + "\n"),
            (Mistake::Separators, [method, target, date, host, content_hash].join("\n")),
            (Mistake::Separators, [method, target, date, host, content_hash].join(";")),
        ];
        for sign in [":", "="] {
            let named = format!("{date_name}{sign}{date};host{sign}{host};{hash_name}{sign}{content_hash}");
            all.push((Mistake::HeaderNames, format!("{method}\n{target}\n{named}")));
        }
        all.extend(date_header.map(|date| (Mistake::DateHeader, dated(date))));
        let others = METHODS.into_iter().filter(|other| *other != method);
        all.extend(others.map(|method| (Mistake::OtherMethod, Fields { method, ..*self }.text())));
        all
    }
}

fn hex_of(base64: &str) -> String {
    let digest = STANDARD.decode(base64).unwrap_or_default();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn host_spellings(host: &str) -> Vec<(Mistake, String)> {
    let mut all = vec![(Mistake::HostWithSlash, format!("{host}/"))];
    // The colons of an IPv6 address stand before its bracket.
    match host.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
        Some((name, port)) => {
            all.push((Mistake::HostWithoutPort, name.to_owned()));
            all.push((Mistake::HostWithPortTwice, format!("{host}:{port}")));
        }
        None => {
            all.extend(["443", "80"].map(|port| (Mistake::HostWithDefaultPort, format!("{host}:{port}"))))
        }
    }
    all
}

/// The host with its labels, each for itself, in lower case, in upper case and with a capital.
fn cases(host: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for (index, label) in host.split('.').enumerate() {
        let lower = label.to_ascii_lowercase();
        let mut capital = lower.clone();
        if let Some(first) = capital.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let mut forms = vec![lower, label.to_ascii_uppercase(), capital];
        if index >= LABELS {
            forms.truncate(1);
        }
        let dot = if index == 0 { "" } else { "." };
        let longer =
            |start: &String| forms.iter().map(|form| format!("{start}{dot}{form}")).collect::<Vec<_>>();
        all = all.iter().flat_map(longer).collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use credential::AccessKey;
    use credential_testkit::FakeClock;
    use http::Request;
    use proptest::prelude::*;

    use super::*;
    use crate::keyed_mac::KeyedMac;
    use crate::{ContentHash, Refusal, Verifier};

    const KEY: &str = "ZmFrZS1rZXktZm9yLXRlc3RzLW9ubHktbm90LXJlYWw=";
    const DATE: &str = "Tue, 02 Jan 2024 03:04:05 GMT";
    const NOW: Duration = Duration::from_secs(1_704_164_645);

    /// Verifies a request to this target and host whose signature covers `signed`.
    fn refusal(target: &str, host: &str, key: &[u8], signed: &str) -> Refusal {
        let signature = STANDARD.encode(KeyedMac::from_bytes(key).of(&[signed.as_bytes()]));
        let names = "x-ms-date;host;x-ms-content-sha256";
        let request = Request::get(target)
            .header("host", host)
            .header("x-ms-date", DATE)
            .header("date", "Tue, 02 Jan 2024 03:04:04 GMT")
            .header("x-ms-content-sha256", ContentHash::EMPTY.as_str())
            .header("authorization", format!("HMAC-SHA256 SignedHeaders={names}&Signature={signature}"))
            .body("")
            .unwrap();
        let ring = AccessKey::from_base64("b3RoZXI=").unwrap();
        ring.rotate("b3RoZXI=", Some(KEY)).unwrap();
        let clock = FakeClock::at(NOW.as_secs());
        Verifier::new(ring).with_clock(clock.shared()).verify(&request).unwrap_err()
    }

    fn mistakes(target: &str, host: &str, signed: &str) -> Vec<Mistake> {
        match refusal(target, host, &STANDARD.decode(KEY).unwrap(), signed) {
            Refusal::Signature { mistakes, string_to_sign, signed: found } => {
                assert!(string_to_sign.starts_with(&format!("GET\n{target}\n")), "{string_to_sign}");
                assert_eq!(found.as_deref(), (!mistakes.is_empty()).then_some(signed));
                mistakes
            }
            other => panic!("{other}"),
        }
    }

    fn text(target: &str, host: &str) -> String {
        format!("GET\n{target}\n{DATE};{host};{}", ContentHash::EMPTY)
    }

    #[test]
    fn targets_and_hosts_signed_otherwise() {
        use Mistake::*;
        for (target, host, signed_target, signed_host, expected) in [
            ("/a?b", "h:8443", "/a?b", "h", vec![HostWithoutPort]),
            ("/a?b", "h", "/a?b", "h:443", vec![HostWithDefaultPort]),
            ("/a?b", "h", "/a?b", "h:80", vec![HostWithDefaultPort]),
            ("/a?b", "h:8443", "/a?b", "h:8443:8443", vec![HostWithPortTwice]),
            ("/a?b", "[::1]", "/a?b", "[::1]:443", vec![HostWithDefaultPort]),
            ("/a?b", "h", "/a?b", "h/", vec![HostWithSlash]),
            ("/a", "c.communication.azure.com", "/a", "C.Communication.Azure.COM", vec![HostCase]),
            ("/a", "C.azure.com", "/a", "c.azure.com", vec![HostCase]),
            ("/8%3Aacs%3Ab?c=%2B", "h", "/8:acs:b?c=+", "h", vec![TargetDecoded]),
            ("/8:acs:b?c=:", "h", "/8%3Aacs%3Ab?c=:", "h", vec![PathEncoded]),
            ("/a?b=%20:", "h", "/a?b=+%3A", "h", vec![QueryReencoded]),
            ("/a?b", "h", "/a?b=", "h", vec![QueryReencoded]),
            ("/a?b=%20:", "h", "/a?b=+:", "h", vec![SpaceReencoded]),
            ("/a?b=+:", "h", "/a?b=%20:", "h", vec![SpaceReencoded]),
            ("/a?b", "h", "/a", "h", vec![QueryMissing]),
            ("/a", "h", "/a?", "h", vec![QuestionMarkAppended]),
            ("/a?", "h", "/a", "h", vec![QuestionMarkDropped]),
            ("/a?b", "h", "https://h/a?b", "h", vec![FullUrl]),
            ("/a?b", "h", "http://h/a?b", "h", vec![FullUrl]),
            ("/?b", "h", "?b", "h", vec![PathEmpty]),
            ("/", "h", "", "h", vec![PathEmpty]),
            ("/a?b", "h:8443", "/a", "h", vec![QueryMissing, HostWithoutPort]),
            ("/8%3Aa", "h", "/8:a", "h/", vec![TargetDecoded, HostWithSlash]),
            ("/a?b", "h", "/b", "h", vec![]),
        ] {
            let signed = text(signed_target, signed_host);
            assert_eq!(mistakes(target, host, &signed), expected, "{signed}");
        }
    }

    #[test]
    fn other_fields_signed_otherwise() {
        let right = text("/a", "h");
        let hash = ContentHash::EMPTY;
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for (signed, expected) in [
            (right.replace("Tue", "tue").replace("Jan", "jan").replace("GMT", "gmt"), Mistake::DateLowerCase),
            (right.replace("GMT", "+0000"), Mistake::DateZone),
            (right.replace("GMT", "UTC"), Mistake::DateZone),
            (right.replace(" 02 ", " 2 "), Mistake::DateDay),
            (right.replace(":05", ":04"), Mistake::DateHeader),
            (right.replace("GET", "get"), Mistake::MethodLowerCase),
            (right.replace(hash.as_str(), hex), Mistake::HashHex),
            (right.replace(hash.as_str(), &hex.to_uppercase()), Mistake::HashHex),
            (format!("{right}\n"), Mistake::TrailingNewline),
            (right.replace(';', "\n"), Mistake::Separators),
            (right.replace('\n', ";"), Mistake::Separators),
            (format!("GET\n/a\nx-ms-date:{DATE};host:h;x-ms-content-sha256:{hash}"), Mistake::HeaderNames),
            (format!("GET\n/a\nx-ms-date={DATE};host=h;x-ms-content-sha256={hash}"), Mistake::HeaderNames),
        ] {
            assert_eq!(mistakes("/a", "h", &signed), [expected], "{signed}");
        }
    }

    #[test]
    fn another_method_signed_than_arrived() {
        for method in METHODS.into_iter().filter(|method| *method != "GET") {
            let signed = text("/a?b", "h").replacen("GET", method, 1);
            assert_eq!(mistakes("/a?b", "h", &signed), [Mistake::OtherMethod], "{signed}");
        }
        for signed in ["BREW", "Post", ""] {
            assert_eq!(mistakes("/a?b", "h", &text("/a?b", "h").replacen("GET", signed, 1)), [], "{signed}");
        }
    }

    #[test]
    fn the_key_not_decoded_and_the_text_of_a_refusal() {
        let refused = refusal("/a", "h", KEY.as_bytes(), &text("/a", "h"));
        let shown = refused.to_string();
        assert!(
            matches!(&refused, Refusal::Signature { mistakes, .. } if *mistakes == [Mistake::KeyNotDecoded])
        );
        assert!(shown.contains("without decoding it") && !shown.contains(KEY), "{shown}");
        assert_eq!(refused.fix(), Mistake::KeyNotDecoded.fix());

        let both = refusal("/a?b", "h:8443", &STANDARD.decode(KEY).unwrap(), &text("/a", "h")).to_string();
        assert!(both.contains(Mistake::QueryMissing.fix()), "{both}");
        assert!(both.ends_with(Mistake::HostWithoutPort.fix()), "{both}");
    }

    fn tried(target: &str, host: &str) -> usize {
        tried_at_most(MOST_TEXTS, target, host)
    }

    fn tried_at_most(limit: usize, target: &str, host: &str) -> usize {
        let count = std::cell::Cell::new(0);
        let hash = ContentHash::EMPTY;
        let content_hash = hash.as_str();
        let fields = Fields {
            method: "GET",
            target,
            date: DATE,
            host,
            content_hash,
            header_names: ["x-ms-date", "x-ms-content-sha256"],
            date_header: Some(DATE),
        };
        let found = fields.diagnose(limit, |_| {
            count.set(count.get() + 1);
            false
        });
        assert!(found.is_none());
        count.get()
    }

    proptest! {
        #[test]
        fn the_work_is_bounded(target in "/[ -~]{0,80}", host in "[a-zA-Z.:\\[\\]0-9]{0,40}") {
            prop_assert!(tried(&target, &host) <= 250);
        }
    }

    #[test]
    fn long_texts_are_not_tried() {
        assert!(tried("/?%3A+", "a.b.c.d.e.f.g:1") > 100);
        assert_eq!(tried(&format!("/{}", "a".repeat(LONGEST)), "h"), 0);
        assert_eq!(tried_at_most(3, "/?%3A+", "a.b:1"), 3);
    }
}
