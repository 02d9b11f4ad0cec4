//! Where the account lives.

use credential::{CredentialError, CredentialErrorKind};

/// Regions in which accounts were offered; a domain that is only one of these is the most frequent slip.
const REGIONS: [&str; 11] = [
    "australiaeast",
    "eastus",
    "eastus2",
    "japaneast",
    "koreacentral",
    "northeurope",
    "southcentralus",
    "southeastasia",
    "uksouth",
    "westeurope",
    "westus2",
];

const WHERE: &str = "copy the account domain, such as eastus2.mixedreality.azure.com, from the account's overview page in the portal";

/// A host name has at most 253 characters; the service's begins with `sts.`.
const MAX_LENGTH: usize = 253 - "sts.".len();

/// Returns the account domain in lower case.
///
/// Checked as strictly as it is, because a wrong domain otherwise shows up as a DNS failure after all retries.
pub(crate) fn parse(text: &str) -> Result<String, CredentialError> {
    let domain = text.to_ascii_lowercase();
    match flaw(&domain) {
        None => Ok(domain),
        Some((problem, fix)) => {
            let problem = format!("the account domain {problem}");
            Err(CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix))
        }
    }
}

fn flaw(domain: &str) -> Option<(&'static str, String)> {
    let flaw = |problem, fix: &str| Some((problem, fix.to_owned()));
    if domain.is_empty() {
        flaw("is empty", WHERE)
    } else if domain.contains(char::is_whitespace) {
        flaw("has white space in it", WHERE)
    } else if domain.contains("://") {
        flaw("has a scheme", "leave out https://; to name another address, use endpoint()")
    } else if domain.contains('@') {
        flaw("has user info (text before an @)", WHERE)
    } else if domain.contains(['/', '\\', '?', '#']) {
        flaw("has a path", "give the domain only")
    } else if domain.contains(':') {
        flaw("has a colon or port", "give the domain only; to name another address, use endpoint()")
    } else if domain.starts_with("sts.") {
        flaw("begins with sts., which is added to it", "leave out the leading sts.")
    } else if !domain.contains('.') {
        Some(("has no dot in it", whole_domain(domain)))
    } else if domain.len() > MAX_LENGTH || !domain.split('.').all(is_label) || ends_in_number(domain) {
        flaw("is not a domain name", WHERE)
    } else {
        None
    }
}

/// Only a known region is shown again: anything else might be a key in the wrong place.
fn whole_domain(domain: &str) -> String {
    match REGIONS.iter().find(|region| **region == domain) {
        Some(region) => {
            format!("{region} is a region; did you mean {region}.mixedreality.azure.com?")
        }
        None => WHERE.to_owned(),
    }
}

/// RFC 1123, section 2.1.
fn is_label(label: &str) -> bool {
    let ends_well = |end: Option<char>| end.is_some_and(|c| c.is_ascii_alphanumeric());
    label.len() <= 63
        && ends_well(label.chars().next())
        && ends_well(label.chars().last())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// So do IP addresses, before which no `sts.` makes sense; clients take decimal, octal and hexadecimal numbers for parts of
/// one (WHATWG URL standard, section 3.5).
fn ends_in_number(domain: &str) -> bool {
    let is_number = |label: &str| match label.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    };
    domain.rsplit('.').next().is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use credential::Endpoint;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn domains() {
        for good in [
            "mixedreality.azure.com",
            "eastus2.mixedreality.azure.com",
            "a-1.example",
            "local.test",
            "0x7f.example",
            "a.0xg",
        ] {
            assert_eq!(parse(good).unwrap(), good);
        }
        assert_eq!(parse("EastUS2.MixedReality.Azure.com").unwrap(), "eastus2.mixedreality.azure.com");
        for (bad, problem) in [
            ("", "empty"),
            (" ", "white space"),
            ("mixedreality.azure.com\n", "white space"),
            ("mixed reality.azure.com", "white space"),
            ("https://planted.azure.com", "scheme"),
            ("user:planted@azure.com", "user info"),
            ("mixedreality.azure.com/planted", "path"),
            ("mixedreality.azure.com?planted", "path"),
            ("mixedreality.azure.com#planted", "path"),
            ("mixedreality.azure.com\\planted", "path"),
            ("mixedreality.azure.com:443", "port"),
            ("mixedreality.azure.com:", "port"),
            ("sts.mixedreality.azure.com", "sts."),
            ("STS.mixedreality.azure.com", "sts."),
            ("localhost", "no dot"),
            ("planted", "no dot"),
            ("mixedreality..com", "not a domain name"),
            (".azure.com", "not a domain name"),
            ("azure.com.", "not a domain name"),
            ("-a.azure.com", "not a domain name"),
            ("a_b.azure.com", "not a domain name"),
            ("pläntéd.azure.com", "not a domain name"),
            ("127.0.0.1", "not a domain name"),
            ("1.2.3", "not a domain name"),
            ("a.0x7f", "not a domain name"),
            ("a.0X7F", "not a domain name"),
            ("1.2.3.0x4", "not a domain name"),
            ("a.0x", "not a domain name"),
        ] {
            let error = parse(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(error.problem().starts_with("the account domain"), "{error}");
            assert!(error.problem().contains(problem), "{bad}: {error}");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }

    #[test]
    fn a_region_gets_a_hint() {
        for region in REGIONS {
            let fix = parse(&region.to_uppercase()).unwrap_err().fix().to_owned();
            assert!(fix.contains(&format!("did you mean {region}.mixedreality.azure.com?")), "{fix}");
        }
    }

    proptest! {
        #[test]
        fn what_passes_is_a_host(text in "[ -~é]{0,40}|[a-zA-Z0-9.-]{1,30}") {
            if let Ok(domain) = parse(&text) {
                let address = format!("https://sts.{domain}");
                prop_assert_eq!(Endpoint::parse("address", &address).unwrap().to_string(), address);
            }
        }

        #[test]
        fn every_host_name_with_a_dot_passes(name in "[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,5})?(\\.[a-z]{2,9}){1,4}") {
            prop_assume!(!name.starts_with("sts."));
            prop_assert_eq!(parse(&name).unwrap(), name);
        }
    }
}
