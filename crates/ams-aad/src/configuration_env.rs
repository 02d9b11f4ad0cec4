//! Reads lines of `KEY=value`.
//!
//! The samples' files have blanks around the sign, keys with hyphens and, in `.properties` files, with dots, which parsers of
//! `.env` files refuse, and those parsers put the line into their errors.

use zeroize::Zeroizing;

use crate::configuration_block::{Field, Values};

/// Reads the lines. `export` before a key, quotes around a value, and comments are understood.
pub(crate) fn parse(text: &str) -> Result<Values, String> {
    let mut values = Values::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '!', ';']) {
            continue;
        }
        let flaw = |what: &str| format!("the API access block breaks in line {}: {what}", index + 1);
        let (key, value) = line.split_once('=').ok_or_else(|| flaw("it is not KEY=value"))?;
        let key = key.trim();
        let key = key.strip_prefix("export ").map_or(key, str::trim_start);
        if !is_key(key) {
            return Err(flaw("its key is not made of letters, digits, _, - and ."));
        }
        let value =
            value_of(value.trim()).ok_or_else(|| flaw("its quotes do not end, or text follows them"))?;
        values.insert(key.to_owned(), Field::Text(value));
    }
    Ok(values)
}

fn is_key(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    !text.is_empty() && text.bytes().all(plain)
}

/// A value without its quotes, or without the comment behind it.
fn value_of(text: &str) -> Option<Zeroizing<String>> {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(&text[1..], quote),
        Some('#') => Some(Zeroizing::default()),
        _ => Some(Zeroizing::new(without_comment(text).to_owned())),
    }
}

/// A `#` begins a comment behind white space only: secrets may hold one.
fn without_comment(text: &str) -> &str {
    let comment = text
        .char_indices()
        .zip(text.chars().skip(1))
        .find(|((_, c), next)| c.is_whitespace() && *next == '#');
    comment.map_or(text, |((at, _), _)| text[..at].trim_end())
}

/// In double quotes a backslash keeps the quote or backslash behind it; in single quotes everything is as it is.
fn quoted(text: &str, quote: char) -> Option<Zeroizing<String>> {
    let mut value = Zeroizing::new(String::with_capacity(text.len()));
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quote == '"' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            c if c == quote => {
                let rest = text[at + c.len_utf8()..].trim_start();
                return (rest.is_empty() || rest.starts_with('#')).then_some(value);
            }
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(line: &str) -> Option<String> {
        match parse(line).ok()?.remove("KEY")? {
            Field::Text(text) => Some(text.as_str().to_owned()),
            _ => None,
        }
    }

    #[test]
    fn values() {
        for (line, expected) in [
            ("KEY=value", "value"),
            ("  KEY =  value  ", "value"),
            ("KEY= \"value\"", "value"),
            ("export KEY='value' # why", "value"),
            ("KEY=a~b+/=c", "a~b+/=c"),
            ("KEY=a#b", "a#b"),
            ("KEY=a  # b", "a"),
            ("KEY=\"a # b\"", "a # b"),
            (r#"KEY="a\"b\\c\d""#, r#"a"b\c\d"#),
            (r"KEY='a\b'", r"a\b"),
            ("KEY=", ""),
            ("KEY=\"\"", ""),
            ("KEY=# nothing", ""),
            ("# c\r\n\r\nKEY=value\r\n", "value"),
            ("KEY=one\nKEY=two", "two"),
            ("! properties\nKEY=value", "value"),
        ] {
            assert_eq!(one(line).as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn lines_that_break_are_named_by_number_and_not_shown() {
        for (text, line) in [
            ("A=b\nplanted", 2),
            ("KEY=\"planted", 1),
            ("KEY='planted' planted", 1),
            ("pl anted=x", 1),
            ("=planted", 1),
        ] {
            let problem = parse(text).err().expect(text);
            assert!(problem.contains(&format!("line {line}:")), "{problem}");
            assert!(!problem.contains("planted"), "{problem}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(value in "\\PC{0,20}") {
            let written = value.replace('\\', r"\\").replace('"', "\\\"");
            prop_assert_eq!(one(&format!("KEY=\"{written}\"")), Some(value));
        }

        #[test]
        fn what_needs_no_quotes_comes_back(value in "[A-Za-z0-9~+/=._:-]{1,30}") {
            prop_assert_eq!(one(&format!("KEY={value}")), Some(value));
        }
    }
}
