//! Inputs that cannot work are refused before anything is sent.

use credential::CredentialErrorKind::{InvalidConfiguration, NotConfigured};
use credential_testkit::ScriptedTransport;
use mr_sts::{MixedRealityCredential, MixedRealityStsClient};

use crate::account::{DOMAIN, Entra, ID, KEY, client_builder, credential_builder, key};

#[test]
fn texts_of_bad_inputs() {
    let mut texts = Vec::new();
    for (case, id, domain) in [
        ("id, empty", "", DOMAIN),
        ("id, a name", "my-account", DOMAIN),
        ("id, the key in its place", KEY, DOMAIN),
        ("id, zeros", "00000000-0000-0000-0000-000000000000", DOMAIN),
        ("domain, empty", ID, ""),
        ("domain, a region", ID, "eastus"),
        ("domain, no known region", ID, "mars"),
        ("domain, an address", ID, "https://sts.eastus.mixedreality.azure.com"),
        ("domain, with sts.", ID, "sts.eastus.mixedreality.azure.com"),
        ("domain, with a path", ID, "eastus.mixedreality.azure.com/"),
        ("domain, with a port", ID, "eastus.mixedreality.azure.com:443"),
        ("domain, with user info", ID, "user@eastus.mixedreality.azure.com"),
        ("domain, with white space", ID, "eastus.mixedreality.azure.com "),
        ("domain, the key in its place", ID, KEY),
        ("domain, an IP address", ID, "127.0.0.1"),
    ] {
        let client = MixedRealityStsClient::builder(id, domain).account_key(key()).build().unwrap_err();
        let credential = MixedRealityCredential::builder(id, domain).account_key(key()).build().unwrap_err();
        assert_eq!(client.to_string(), credential.to_string());
        assert_eq!(client.kind(), InvalidConfiguration, "{case}");
        assert!(!client.to_string().contains(KEY), "{case}: {client}");
        texts.push(format!("{case}\n    {client}"));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn texts_of_bad_combinations() {
    // Any request would fail the test: the script has no answers.
    let script = ScriptedTransport::new();
    let neither = credential_builder(&script).build().unwrap_err();
    assert_eq!(neither.kind(), NotConfigured);
    let both =
        client_builder(&script).account_key(key()).token_credential(Entra::default()).build().unwrap_err();
    assert_eq!(both.kind(), InvalidConfiguration);
    let mut texts = vec![neither.to_string(), both.to_string()];
    for scope in ["", "two scopes", "scöpe"] {
        let builder = client_builder(&script).token_credential(Entra::default());
        let error = builder.scope(scope).build().unwrap_err();
        assert_eq!(error.kind(), InvalidConfiguration);
        texts.push(error.to_string());
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
#[cfg(feature = "reqwest")]
fn the_short_constructors_check_as_well() {
    assert!(MixedRealityCredential::with_account_key(ID, DOMAIN, key()).is_ok());
    assert!(MixedRealityCredential::with_token_credential(ID, DOMAIN, Entra::default()).is_ok());
    assert!(MixedRealityCredential::with_account_key(ID, "eastus", key()).is_err());
    assert!(MixedRealityCredential::with_token_credential("id", DOMAIN, Entra::default()).is_err());
}
