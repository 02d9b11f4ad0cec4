//! Fixes in the words of the command line.

use std::borrow::Cow;

use credential::CredentialError;

/// What the libraries advise to people who write Rust, and what that is to people who type.
const WORDS: &[(&str, &str)] = &[
    (
        "trust the certificate authority that issued it (trust_pem of the HTTP client's builder), if you know it",
        "give the PEM file of the certificate authority that issued it with --ca-file, if you trust it",
    ),
    ("give a CA with trust_pem", "give one with --ca-file"),
    (
        "; for a private cloud, call without_instance_discovery on the authority; for a server that is not Entra, use \
         Authority::open_id",
        "; azcred takes only authorities that Entra knows",
    ),
    ("give its address with endpoint()", "give its address with --endpoint"),
    ("to name another address, use endpoint()", "to name another address, give --endpoint"),
    ("or leave it out to use mr_sts::DEFAULT_SCOPE", "or leave --scope out"),
    (", or call arm_audience on the builder", ""),
    (", or call rest_v2_resource on the builder", ""),
    (", or call arm_endpoint on the builder", ""),
    (", or call rest_v2_endpoint on the builder", ", or give --discover"),
    (", or call account on the builder", ""),
    ("allow the host by its name (allow_host) if it is meant, or use the REST v2", "use the REST v2"),
    (
        "or allow a compatible service explicitly with parse_custom",
        "or name the compatible service's own authority as AadEndpoint (AZURE_AAD_ENDPOINT) in the block",
    ),
    (
        "add the tenant with additionally_allowed_tenants, or `*` to allow every tenant",
        "give that tenant with --tenant",
    ),
    (
        "or allow http for loopback hosts explicitly where an emulator is meant",
        "or name a host of this machine",
    ),
    ("pass the id that creating the user returned", "give --user the id that --json showed as identity"),
    ("call authenticate where a person can sign in", "sign in with azcred login"),
    (", or allow more time with sign_in_timeout", ""),
    (
        "give the credential a way by hand (by_hand), or sign in with the device code",
        "sign in with azcred token entra device-code",
    ),
    (
        ", or call sign_out, or build a credential without an authentication record",
        ", or call azcred logout first",
    ),
    (
        ", and share one credential, which caches its token",
        ", and use the token that you have until it expires",
    ),
    (
        ", and reuse one credential, which caches its tokens",
        ", and use the token that you have until it expires",
    ),
];

/// Replaces names of the libraries in an error's fix by flags and keys that can be typed.
pub(crate) fn in_words_of_the_command_line(error: CredentialError) -> CredentialError {
    let mut fix = Cow::Borrowed(error.fix());
    for (library, command_line) in WORDS {
        if fix.contains(library) {
            fix = Cow::Owned(fix.replace(library, command_line));
        }
    }
    match fix {
        Cow::Borrowed(_) => error,
        Cow::Owned(fix) => error.with_fix(fix),
    }
}

#[cfg(test)]
mod tests {
    use credential::AccessKey;
    use mr_sts::MixedRealityCredential;

    use super::*;

    const ID: &str = "11111111-2222-4333-8444-555555555555";

    fn fix(error: CredentialError) -> String {
        in_words_of_the_command_line(error).fix().to_owned()
    }

    /// What the libraries say today, so that a change there is noticed here.
    #[test]
    fn errors_of_the_libraries_name_flags_and_keys() {
        let mixed_reality = |domain: &str, scope: &str| {
            let key = AccessKey::from_base64("cGxhbnRlZA==").unwrap();
            let builder = MixedRealityCredential::builder(ID, domain).scope(scope);
            builder.account_key(key).build().unwrap_err()
        };
        let block = |more: &str| {
            let text =
                format!(r#"{{"AadTenantId":"contoso.com","AadClientId":"{ID}","AadSecret":"s"{more}}}"#);
            ams_aad::ServicePrincipal::from_portal_json_local(&text)
        };
        let custom = block(r#","AadEndpoint":"https://login.example.com""#).unwrap();
        let transport = credential_http::HttpClient::shared().unwrap();
        for (error, expected) in [
            (mixed_reality("https://mixedreality.azure.com", "a/.default"), "give --endpoint"),
            (mixed_reality("mixedreality.azure.com:443", "a/.default"), "give --endpoint"),
            (mixed_reality("mixedreality.azure.com", "a b"), "leave --scope out"),
            (block(r#","ArmEndpoint":"https://rms.example.com""#).unwrap_err(), "as AadEndpoint"),
            (block(r#","AmsRestApiEndpoint":"https://ams.example.com""#).unwrap_err(), "as AadEndpoint"),
            (
                custom.arm_credential(transport.clone()).unwrap_err(),
                "add ArmAadAudience to the API access block",
            ),
            (custom.rest_v2_credential(transport).unwrap_err(), "add AmsApiResource to the API access block"),
        ] {
            let library = error.fix().to_owned();
            let fix = fix(error);
            assert!(fix.contains(expected), "{fix}");
            assert_ne!(fix, library);
            for rust in ["()", "::", "builder", "parse_", "trust_pem", "arm_audience", "rest_v2_resource"] {
                assert!(!fix.contains(rust), "{fix}");
            }
        }
    }

    #[tokio::test]
    async fn a_closed_service_leads_to_the_endpoint_flag() {
        use credential::{CredentialErrorKind, NetworkFailure, TokenCredential, TokenRequest};
        let unresolved = CredentialError::new(
            CredentialErrorKind::Unreachable,
            "no host sts.eastus.mixedreality.azure.com",
            "check it",
        )
        .with_network_failure(NetworkFailure::Dns);
        let transport = credential_testkit::ScriptedTransport::new().then_result(Err(unresolved));
        let credential = MixedRealityCredential::builder(ID, "eastus.mixedreality.azure.com")
            .account_key(AccessKey::from_base64("cGxhbnRlZA==").unwrap())
            .transport(transport.shared())
            .build()
            .unwrap();
        let error = credential.get_token(&TokenRequest::default()).await.unwrap_err();
        assert!(fix(error).ends_with("give its address with --endpoint"));
    }

    #[tokio::test]
    async fn an_authority_that_nobody_knows_is_told_without_rust() {
        use credential::{TokenCredential, TokenRequest};
        use credential_testkit::ScriptedTransport;
        let refused = r#"{"error":"invalid_instance","error_codes":[50049]}"#;
        for transport in [
            ScriptedTransport::new().then_unreachable(),
            ScriptedTransport::new().then(400, &[("content-type", "application/json")], refused),
        ] {
            let credential = entra::ClientSecretCredential::builder("contoso.com", ID, "s3cret")
                .authority(entra::Authority::parse("login.contoso.example").unwrap())
                .transport(transport.shared())
                .build()
                .unwrap();
            let request = TokenRequest::new(["https://vault.azure.net/.default"]);
            let fix = fix(credential.get_token(&request).await.unwrap_err());
            assert!(fix.ends_with("; azcred takes only authorities that Entra knows"), "{fix}");
        }
    }

    #[test]
    fn other_fixes_stay_as_they_are() {
        let kind = credential::CredentialErrorKind::Refused;
        assert_eq!(fix(CredentialError::new(kind, "it is so", "do this")), "do this");
        let tenant = CredentialError::new(
            kind,
            "it is so",
            "add the tenant with additionally_allowed_tenants, or `*` to allow every tenant",
        );
        assert_eq!(fix(tenant), "give that tenant with --tenant");
    }
}
