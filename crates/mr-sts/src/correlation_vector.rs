//! The name under which client and service log one exchange.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use credential::{CredentialError, Random};

/// Returns a fresh base of a correlation vector (version 2): 16 random bytes as 22 characters of base64.
///
/// The last character carries two bits only, so it is one of `A`, `Q`, `g` and `w`, as the rules of correlation vectors
/// ask. Some official SDKs draw 22 characters instead, most of which break that rule.
pub(crate) fn base(random: &dyn Random) -> Result<String, CredentialError> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    Ok(STANDARD_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use credential::SystemRandom;

    use super::*;

    #[test]
    fn bases_are_legal_and_differ() {
        let bases: Vec<_> = (0..100).map(|_| base(&*SystemRandom::shared()).unwrap()).collect();
        for base in &bases {
            assert_eq!(base.len(), 22);
            assert!(base.ends_with(['A', 'Q', 'g', 'w']), "{base}");
            assert!(
                base.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')),
                "{base}"
            );
        }
        let different: std::collections::HashSet<_> = bases.iter().collect();
        assert_eq!(different.len(), bases.len());
    }
}
