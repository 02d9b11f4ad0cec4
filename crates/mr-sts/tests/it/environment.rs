//! The account that the environment names.

use credential::{CredentialErrorKind, MapEnvironment, TokenCredential, TokenRequest};
use credential_testkit::{LeakCheck, ScriptedTransport, SequenceRandom};
use mr_sts::{MixedRealityCredential, MixedRealityStsClient};

const PLANTED: &str = "cGw0bnRlZC1rZXk";
const ID: (&str, &str) = ("MIXEDREALITY_ACCOUNT_ID", "68321d5a-7978-4ceb-b880-0f49751daae9");
const DOMAIN: (&str, &str) = ("MIXEDREALITY_ACCOUNT_DOMAIN", "westeurope.mixedreality.azure.com\n");

#[tokio::test]
async fn the_key_is_exchanged() {
    let environment = MapEnvironment::from_iter([ID, DOMAIN, ("MIXEDREALITY_ACCOUNT_KEY", "c2VjcmV0")]);
    let service = ScriptedTransport::new().then_json(r#"{"AccessToken":"h.eyJleHAiOjIxNDc0ODM2NDd9.s"}"#);
    let credential = MixedRealityCredential::from_environment(&environment)
        .unwrap()
        .transport(service.shared())
        .random(std::sync::Arc::new(SequenceRandom::default()))
        .build()
        .unwrap();
    credential.get_token(&TokenRequest::default()).await.unwrap();
    insta::assert_snapshot!(service.wire());
}

#[test]
fn what_is_missing_or_wrong_is_named_and_not_shown() {
    let check = LeakCheck::new([PLANTED]);
    let mut texts = Vec::new();
    for (variables, kind) in [
        (&[][..], CredentialErrorKind::NotConfigured),
        (&[ID, ("MIXEDREALITY_ACCOUNT_DOMAIN", "")], CredentialErrorKind::NotConfigured),
        (&[DOMAIN, ("MIXEDREALITY_ACCOUNT_KEY", PLANTED)], CredentialErrorKind::NotConfigured),
        (&[ID, DOMAIN], CredentialErrorKind::NotConfigured),
        (
            &[ID, DOMAIN, ("MIXEDREALITY_ACCOUNT_KEY", "cGw0bnRlZC1rZXk?")],
            CredentialErrorKind::InvalidConfiguration,
        ),
        (&[("MIXEDREALITY_ACCOUNT_ID", PLANTED), DOMAIN], CredentialErrorKind::InvalidConfiguration),
    ] {
        let environment: MapEnvironment = variables.iter().copied().collect();
        check.debug(&environment);
        let builder = MixedRealityStsClient::from_environment(&environment);
        let service = ScriptedTransport::new();
        let key = credential::AccessKey::from_base64("c2VjcmV0").unwrap();
        let error = match builder {
            Ok(builder) if variables[0].1 == PLANTED => {
                builder.account_key(key).transport(service.shared()).build().unwrap_err()
            }
            Ok(builder) => builder.transport(service.shared()).build().unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.kind(), kind, "{error}");
        check.error(&error);
        texts.push(error.to_string());
    }
    insta::assert_snapshot!(texts.join("\n"));
}
