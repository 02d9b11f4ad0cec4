//! Which account the token is for.

use credential::{CredentialError, CredentialErrorKind};

const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// Returns the account id in lower case, the form in which the portal shows it.
///
/// The value is not in the error: ids and keys lie side by side on the portal and get swapped.
pub(crate) fn parse(text: &str) -> Result<String, CredentialError> {
    let invalid = |problem| {
        CredentialError::new(
            CredentialErrorKind::InvalidConfiguration,
            problem,
            "copy the account id, a UUID, from the account's overview page in the portal",
        )
    };
    if text.is_empty() {
        return Err(invalid("the account id is empty"));
    }
    if !is_uuid(text) {
        return Err(invalid("the account id is not a UUID such as 11111111-2222-3333-4444-555555555555"));
    }
    if text.bytes().all(|byte| matches!(byte, b'0' | b'-')) {
        return Err(invalid("the account id is the UUID of zeros"));
    }
    Ok(text.to_ascii_lowercase())
}

/// RFC 9562, section 4: five groups of hexadecimal digits; without braces, which do not belong into an address.
fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq(GROUPS) && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_are_uuids() {
        assert_eq!(
            parse("68321D5A-7978-4CEB-B880-0F49751DAAE9").unwrap(),
            "68321d5a-7978-4ceb-b880-0f49751daae9"
        );
        for bad in [
            "",
            " ",
            "planted",
            "00000000-0000-0000-0000-000000000000",
            "68321d5a79784cebb8800f49751daae9",
            "{68321d5a-7978-4ceb-b880-0f49751daae9}",
            " 68321d5a-7978-4ceb-b880-0f49751daae9",
            "68321d5a-7978-4ceb-b880-0f49751daae9\n",
            "68321d5a-7978-4ceb-b880-0f49751daae",
            "68321d5a-7978-4ceb-b880-0f49751daae9-",
            "g8321d5a-7978-4ceb-b880-0f49751daae9",
            "68321d5a-7978-4ceb-b880-0f49751daaé",
        ] {
            let error = parse(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(error.to_string().contains("account id"), "{error}");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_uuid_and_nothing_else_passes(number in 1_u128.., noise in ".{0,40}") {
            let digits = format!("{number:032x}");
            let id = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-");
            prop_assert_eq!(parse(&id.to_uppercase()).unwrap(), id);
            if let Ok(id) = parse(&noise) {
                prop_assert!(id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'));
            }
        }
    }
}
