//! What to do about an AADSTS code.

use credential::CredentialErrorKind;

use crate::generated::error_codes::ERROR_CODES;

/// What some AADSTS codes mean, and what to do about them.
#[derive(Debug)]
pub(crate) struct Advice {
    pub(crate) codes: &'static [u32],
    pub(crate) kind: CredentialErrorKind,
    pub(crate) problem: &'static str,
    pub(crate) fix: &'static str,
}

/// Finds the advice for a code.
pub(crate) fn advice(code: u32) -> Option<&'static Advice> {
    ERROR_CODES.iter().find(|advice| advice.codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_stands_once() {
        let mut seen = HashSet::new();
        for code in ERROR_CODES.iter().flat_map(|advice| advice.codes) {
            assert!(seen.insert(code), "{code} stands twice");
        }
        assert!(seen.len() > 100, "{} codes", seen.len());
    }

    #[test]
    fn texts_are_of_the_form_of_all_errors() {
        for advice in ERROR_CODES {
            for text in [advice.problem, advice.fix] {
                assert!(!text.is_empty() && !text.ends_with('.') && text.trim() == text, "{text}");
                let named = text.starts_with("Entra") || text.starts_with(|c: char| c.is_lowercase());
                assert!(named, "{text} does not begin in lower case");
            }
            assert!(!advice.codes.is_empty(), "{}", advice.problem);
        }
    }

    #[test]
    fn the_reference_has_every_code_in_these_words() {
        let page = include_str!("../../../docs/errors.md");
        let mut missing = String::new();
        for advice in ERROR_CODES {
            for code in advice.codes {
                let (problem, fix) = (advice.problem, advice.fix);
                let row = format!("| <a id=\"aadsts{code}\"></a>AADSTS{code} | {problem} | {fix} |\n");
                if !page.contains(&row) {
                    missing += &row;
                }
            }
        }
        assert!(missing.is_empty(), "docs/errors.md lacks these rows:\n{missing}");
        let anchors: Vec<&str> =
            page.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let of_codes = anchors.iter().filter(|anchor| anchor.starts_with("aadsts")).count();
        assert_eq!(
            of_codes,
            ERROR_CODES.iter().flat_map(|advice| advice.codes).count(),
            "a row has no advice"
        );
        let links = page.split("](#").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links {
            assert!(anchors.contains(&link), "docs/errors.md links to #{link}, which is not there");
        }
    }

    #[test]
    fn codes_find_their_row() {
        assert_eq!(advice(7_000_215).unwrap().problem, "the client secret is wrong");
        assert_eq!(advice(90055).unwrap().kind, CredentialErrorKind::Throttled);
        assert_eq!(advice(90033).unwrap().kind, CredentialErrorKind::Unavailable);
        assert!(advice(1).is_none());
    }
}
