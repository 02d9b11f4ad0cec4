//! Reads an RSA public key.

/// Returns modulus and exponent of an `RSAPublicKey` (RFC 8017, appendix A.1.1), big-endian without leading zeros: the
/// form in which a key set wants them (RFC 7518, section 6.3.1).
pub(crate) fn rsa_public_key(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (fields, _) = element(0x30, der)?;
    let (modulus, rest) = element(0x02, fields)?;
    let (exponent, _) = element(0x02, rest)?;
    Some((without_sign(modulus), without_sign(exponent)))
}

/// Splits off an element with this tag: its content, and what follows it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = der.strip_prefix(&[tag])?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if digits.len() > size_of::<usize>() {
            return None;
        }
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    rest.split_at_checked(length)
}

/// A positive integer whose first bit is set carries a zero byte in front.
fn without_sign(integer: &[u8]) -> &[u8] {
    integer.strip_prefix(&[0]).unwrap_or(integer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_lengths() {
        assert_eq!(rsa_public_key(&[0x30, 7, 2, 2, 0, 0x81, 2, 1, 3]), Some((&[0x81][..], &[3][..])));
        assert_eq!(rsa_public_key(&[0x30, 0x81, 6, 2, 1, 5, 2, 1, 3]), Some((&[5][..], &[3][..])));
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(der: Vec<u8>) {
            if let Some((modulus, exponent)) = rsa_public_key(&der) {
                proptest::prop_assert!(modulus.len() + exponent.len() < der.len());
            }
        }
    }

    #[test]
    fn broken_input_is_no_key() {
        for bad in [
            &[][..],
            &[0x30],
            &[0x30, 9, 2, 1, 5],
            &[0x31, 0],
            &[0x30, 0x8f],
            &[0x30, 3, 2, 1, 5],
            &[0x30, 0xff, 1],
        ] {
            assert_eq!(rsa_public_key(bad), None, "{bad:?}");
        }
    }
}
