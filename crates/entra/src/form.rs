//! The body of a token request.

use std::borrow::Cow;

use bytes::Bytes;
use zeroize::Zeroizing;

/// Encodes an `application/x-www-form-urlencoded` body, whose memory is wiped once the last holder drops it.
///
/// Everything but letters, digits and `*` `-` `.` `_` is percent-encoded and a space becomes `+`, so secrets may hold any
/// characters.
pub(crate) fn form(fields: &[(&str, Cow<'_, str>)]) -> Bytes {
    // Growing would leave unwiped copies behind, so the longest possible body fits from the start.
    let longest = fields.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
    let mut body = Zeroizing::new(Vec::with_capacity(longest));
    for (name, value) in fields {
        if !body.is_empty() {
            body.push(b'&');
        }
        push_encoded(&mut body, name);
        body.push(b'=');
        push_encoded(&mut body, value);
    }
    Bytes::from_owner(body)
}

fn push_encoded(body: &mut Vec<u8>, text: &str) {
    for part in form_urlencoded::byte_serialize(text.as_bytes()) {
        body.extend_from_slice(part.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn encodes_strictly() {
        assert_eq!(form(&[("a", "x y&=+/%~ü".into()), ("b", "".into())]), "a=x+y%26%3D%2B%2F%25%7E%C3%BC&b=");
    }

    proptest! {
        #[test]
        fn decodes_to_what_went_in(name in "[a-z_]{1,9}", value in "\\PC{0,40}", other in any::<String>()) {
            let body = form(&[(&name, value.as_str().into()), ("other", other.as_str().into())]);
            let decoded: Vec<_> = form_urlencoded::parse(&body).into_owned().collect();
            prop_assert_eq!(decoded, vec![(name, value), ("other".to_owned(), other)]);
        }
    }
}
