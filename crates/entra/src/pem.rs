//! The text form of certificates and keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// One block of a PEM text.
pub(crate) struct PemBlock<'a> {
    pub(crate) label: &'a str,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// What is wrong with a PEM text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PemProblem {
    /// A block does not end.
    Unfinished,
    /// A block has headers, as keys encrypted the old way do.
    Encrypted,
    /// What stands in a block is not base64.
    NotBase64,
}

/// Reads all blocks (RFC 7468); text around them is passed over.
pub(crate) fn read_pem(text: &str) -> Result<Vec<PemBlock<'_>>, PemProblem> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (label, after) = after.split_once(DASHES).ok_or(PemProblem::Unfinished)?;
        let (body, after) = after.split_once("-----END ").ok_or(PemProblem::Unfinished)?;
        let after = after.strip_prefix(label).and_then(|after| after.strip_prefix(DASHES));
        rest = after.ok_or(PemProblem::Unfinished)?;
        blocks.push(PemBlock { label, der: decode(body)? });
    }
    Ok(blocks)
}

fn decode(body: &str) -> Result<Zeroizing<Vec<u8>>, PemProblem> {
    if body.contains(':') {
        return Err(PemProblem::Encrypted);
    }
    // Growing would leave unwiped copies behind, so both have room from the start.
    let mut bare = Zeroizing::new(String::with_capacity(body.len()));
    bare.extend(body.chars().filter(|c| !c.is_ascii_whitespace()));
    let mut der = Zeroizing::new(vec![0; base64::decoded_len_estimate(bare.len())]);
    let length = STANDARD.decode_slice(&*bare, &mut der).map_err(|_| PemProblem::NotBase64)?;
    der.truncate(length);
    Ok(der)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blocks_are_found_in_other_text() {
        let text = "Bag Attributes\r\n-----BEGIN A B-----\r\nAQ\r\nID\r\n-----END A B-----\r\n-----BEGIN C-----\n\n-----END C-----";
        let blocks = read_pem(text).map_err(|_| ()).unwrap();
        let seen: Vec<_> = blocks.iter().map(|block| (block.label, block.der.to_vec())).collect();
        assert_eq!(seen, [("A B", vec![1, 2, 3]), ("C", vec![])]);
    }

    #[test]
    fn broken_texts_are_told_apart() {
        for (text, problem) in [
            ("-----BEGIN A", PemProblem::Unfinished),
            ("-----BEGIN A-----\nAQID", PemProblem::Unfinished),
            ("-----BEGIN A-----\nAQID\n-----END B-----", PemProblem::Unfinished),
            ("-----BEGIN A-----\nA!\n-----END A-----", PemProblem::NotBase64),
            ("-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAQID\n-----END A-----", PemProblem::Encrypted),
        ] {
            assert_eq!(read_pem(text).err(), Some(problem), "{text}");
        }
        assert!(read_pem("no block").is_ok_and(|blocks| blocks.is_empty()));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(-----|BEGIN |END |A|\n|=|:){0,20}") {
            let _either = read_pem(&text);
        }
    }
}
