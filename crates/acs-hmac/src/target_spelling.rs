//! How clients are known to spell a request-target otherwise than they send it.

use crate::Mistake;

/// Returns the other spellings of a target that differ from it.
pub(crate) fn target_spellings(target: &str, host: &str) -> Vec<(Mistake, String)> {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let rest = |query: Option<&str>| query.map_or_else(String::new, |query| format!("?{query}"));
    let mut all = vec![
        (Mistake::TargetDecoded, decoded(target, false)),
        (Mistake::PathEncoded, path.replace(':', "%3A").replace('@', "%40") + &rest(query)),
        (Mistake::QueryMissing, path.to_owned()),
        (Mistake::QuestionMarkAppended, format!("{target}?")),
        (Mistake::FullUrl, format!("https://{host}{target}")),
        (Mistake::FullUrl, format!("http://{host}{target}")),
    ];
    if let Some(query) = query {
        if query.is_empty() {
            all.insert(0, (Mistake::QuestionMarkDropped, path.to_owned()));
        }
        all.push((Mistake::QueryReencoded, format!("{path}?{}", as_form(query))));
        all.push((Mistake::SpaceReencoded, format!("{path}?{}", query.replace("%20", "+"))));
        all.push((Mistake::SpaceReencoded, format!("{path}?{}", query.replace('+', "%20"))));
    }
    if path == "/" {
        all.push((Mistake::PathEmpty, rest(query)));
    }
    all.retain(|(_, spelling)| spelling != target);
    all
}

/// Replaces every `%XX` by its byte. What then is no UTF-8 becomes U+FFFD, as in the clients that do this.
fn decoded(text: &str, plus_is_space: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        match escaped {
            Some(byte) => bytes.push(byte),
            None if plus_is_space && *first == b'+' => bytes.push(b' '),
            None => bytes.push(*first),
        }
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Reads a query as a form and writes it again, as `URLSearchParams` of browsers and Node does (WHATWG URL, section 5).
fn as_form(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        format!("{}={}", form_encoded(name), form_encoded(value))
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn form_encoded(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in decoded(text, true).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => encoded.push(byte.into()),
            b' ' => encoded.push('+'),
            _ => {
                encoded.push('%');
                encoded.push(HEX[usize::from(byte >> 4)].into());
                encoded.push(HEX[usize::from(byte & 15)].into());
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms_are_written_as_node_does() {
        for (query, expected) in [
            ("q=a%20b&c", "q=a+b&c="),
            ("a=:~!'()$", "a=%3A%7E%21%27%28%29%24"),
            ("a=Qu%C3%A9bec%20%26%20co%2F%2B1", "a=Qu%C3%A9bec+%26+co%2F%2B1"),
            ("&&a=b=c&", "a=b%3Dc"),
            ("a=%zz%", "a=%25zz%25"),
        ] {
            assert_eq!(as_form(query), expected, "{query}");
        }
    }

    proptest! {
        #[test]
        fn no_target_panics_or_is_its_own_other_spelling(target in "/\\PC{0,60}") {
            for (mistake, spelling) in target_spellings(&target, "h") {
                prop_assert_ne!(&spelling, &target, "{}", mistake);
            }
        }
    }
}
