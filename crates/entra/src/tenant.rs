//! Which tenant issues the token.

use credential::{CredentialError, CredentialErrorKind};

/// The tenant of personal accounts, which `consumers` stands for.
const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// A tenant id or verified domain, safe to stand in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tenant(String);

impl Tenant {
    /// Checks a tenant that may also be `common`, `organizations` or `consumers`.
    pub(crate) fn parse(kind: CredentialErrorKind, text: &str) -> Result<Self, CredentialError> {
        let invalid = |problem| {
            CredentialError::new(kind, problem, "give the tenant id or a domain such as contoso.com")
        };
        if text.is_empty() {
            return Err(invalid("the tenant is empty"));
        }
        let bytes = text.as_bytes();
        if !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) {
            return Err(invalid("the tenant holds characters other than ASCII letters, digits, `-` and `.`"));
        }
        // `..` would climb in the path once a client normalizes the address.
        let ends = [bytes.first(), bytes.last()];
        if text.contains("..") || !ends.iter().flatten().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(invalid(
                "the tenant begins or ends with a character other than a letter or digit, or holds `..`",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// Checks a tenant for a flow in which no person takes part, so that none can be found out by signing in.
    pub(crate) fn parse_concrete(kind: CredentialErrorKind, text: &str) -> Result<Self, CredentialError> {
        let tenant = Self::parse(kind, text)?;
        let placeholders = ["common", "organizations", "consumers", PERSONAL_ACCOUNTS];
        if placeholders.iter().any(|name| name.eq_ignore_ascii_case(text)) {
            return Err(CredentialError::new(
                kind,
                "the tenant stands for many tenants or for personal accounts, which an app cannot sign in to by itself",
                "give the id of the tenant that the app works in, from its overview page",
            ));
        }
        Ok(tenant)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

/// The tenants that requests of one credential may name.
#[derive(Clone, Debug)]
pub(crate) struct TenantPolicy {
    own: Tenant,
    others: Vec<Tenant>,
    any: bool,
}

impl TenantPolicy {
    /// Allows `own` and the tenants of a list, in which `*` means all.
    pub(crate) fn new(own: Tenant, others: &[String]) -> Result<Self, CredentialError> {
        let (any, named): (Vec<&str>, _) = others.iter().map(String::as_str).partition(|text| *text == "*");
        let others = named
            .into_iter()
            .map(|text| Tenant::parse_concrete(CredentialErrorKind::InvalidConfiguration, text))
            .collect::<Result<_, _>>()?;
        Ok(Self { own, others, any: !any.is_empty() })
    }

    pub(crate) fn own(&self) -> &Tenant {
        &self.own
    }

    /// Chooses the tenant for a request that may name another than the credential's own.
    pub(crate) fn choose(&self, asked: Option<&str>) -> Result<Tenant, CredentialError> {
        let Some(asked) = asked.filter(|asked| !self.own.is(asked)) else { return Ok(self.own.clone()) };
        let tenant = Tenant::parse_concrete(CredentialErrorKind::InvalidRequest, asked)?;
        if self.any || self.others.iter().any(|other| other.is(asked)) {
            return Ok(tenant);
        }
        Err(CredentialError::new(
            CredentialErrorKind::InvalidRequest,
            "the request names a tenant that the credential is not allowed to use",
            "add the tenant with additionally_allowed_tenants, or `*` to allow every tenant",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: CredentialErrorKind = CredentialErrorKind::InvalidConfiguration;

    #[test]
    fn good_tenants_pass() {
        for good in ["contoso.onmicrosoft.com", "72f988bf-86f1-41af-91ab-2d7cd011db47", "adfs", "1"] {
            assert_eq!(Tenant::parse_concrete(KIND, good).unwrap().as_str(), good);
        }
        assert_eq!(Tenant::parse(KIND, "organizations").unwrap().as_str(), "organizations");
    }

    #[test]
    fn bad_tenants_are_refused_and_not_echoed() {
        for bad in [
            "",
            " ",
            "pl anted",
            "planted/..",
            "..",
            ".planted",
            "planted-",
            "a..planted",
            "plänted",
            "planted\n",
        ] {
            let error = Tenant::parse(KIND, bad).expect_err(bad);
            assert_eq!(error.kind(), KIND, "{bad}");
            assert!(error.to_string().starts_with("the tenant"), "{bad}: {error}");
            assert!(!error.to_string().contains("planted"), "{bad}: {error}");
        }
    }

    #[test]
    fn placeholders_are_refused_where_an_app_signs_in() {
        for bad in ["common", "Organizations", "consumers", PERSONAL_ACCOUNTS] {
            assert!(Tenant::parse(KIND, bad).is_ok(), "{bad}");
            let error = Tenant::parse_concrete(KIND, bad).expect_err(bad);
            assert!(error.fix().contains("overview page"), "{error}");
        }
    }

    #[test]
    fn requests_may_name_only_allowed_tenants() {
        let policy = |others: &[&str]| {
            let own = Tenant::parse_concrete(KIND, "Contoso.com").unwrap();
            TenantPolicy::new(own, &others.iter().map(|&text| text.to_owned()).collect::<Vec<_>>()).unwrap()
        };
        assert_eq!(policy(&[]).choose(None).unwrap().as_str(), "Contoso.com");
        assert_eq!(policy(&[]).choose(Some("contoso.COM")).unwrap().as_str(), "Contoso.com");
        assert_eq!(policy(&["fabrikam.com"]).choose(Some("Fabrikam.com")).unwrap().as_str(), "Fabrikam.com");
        assert_eq!(policy(&["*"]).choose(Some("fabrikam.com")).unwrap().as_str(), "fabrikam.com");
        let error = policy(&["other.com"]).choose(Some("fabrikam.com")).unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest);
        assert!(error.fix().contains("additionally_allowed_tenants"));
        assert!(policy(&["*"]).choose(Some("a/b")).is_err(), "`*` does not switch the checks off");
        assert!(policy(&["*"]).choose(Some("common")).is_err());
    }
}
