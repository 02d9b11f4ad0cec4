//! The app and the account that the environment names.

use ams_aad::ServicePrincipal;
use credential::{CredentialErrorKind, MapEnvironment};
use credential_testkit::LeakCheck;

const SECRET: &str = "pl4nted\"~s3cret";

fn app() -> MapEnvironment {
    MapEnvironment::new()
        .with("AZURE_TENANT_ID", "contoso.com")
        .with("AZURE_CLIENT_ID", "11111111-2222-3333-4444-555555555555")
        .with("AZURE_CLIENT_SECRET", SECRET)
}

#[test]
fn app_account_and_cloud_are_read() {
    let environment = app()
        .with("AZURE_SUBSCRIPTION_ID", "72f988bf-86f1-41af-91ab-2d7cd011db47")
        .with("AZURE_RESOURCE_GROUP", "group")
        .with("AZURE_MEDIA_SERVICES_ACCOUNT_NAME", "media1")
        .with("AZURE_AUTHORITY_HOST", "https://login.chinacloudapi.cn");
    let principal = ServicePrincipal::from_environment(&environment).unwrap();
    assert_eq!(principal.arm_endpoint().unwrap().to_string(), "https://management.chinacloudapi.cn");
    assert!(principal.account().is_ok());
    LeakCheck::new([SECRET]).debug(&principal);
    let local = app()
        .with("AZURE_AAD_ENDPOINT", "http://127.0.0.1:5000")
        .with("AZURE_ARM_ENDPOINT", "http://127.0.0.1:5000")
        .with("AZURE_ARM_TOKEN_AUDIENCE", "https://management.core.windows.net/");
    assert!(ServicePrincipal::from_environment_local(&local).is_ok());
    assert!(ServicePrincipal::from_environment(&local).is_err());
}

#[test]
fn what_is_missing_or_wrong_is_named_and_not_shown() {
    let check = LeakCheck::new([SECRET, "pl4nted"]);
    let mut texts = Vec::new();
    for (environment, kind) in [
        (MapEnvironment::new(), CredentialErrorKind::NotConfigured),
        (app().with("AZURE_CLIENT_SECRET", ""), CredentialErrorKind::NotConfigured),
        (app().with("AZURE_CLIENT_SECRET", "<your secret>"), CredentialErrorKind::InvalidConfiguration),
        (app().with("AZURE_RESOURCE_GROUP", "group"), CredentialErrorKind::InvalidConfiguration),
        (app().with("AZURE_AAD_ENDPOINT", "http://pl4nted"), CredentialErrorKind::InvalidConfiguration),
        (app().with("AZURE_TENANT_ID", "pl4nted/x"), CredentialErrorKind::InvalidConfiguration),
    ] {
        let error = ServicePrincipal::from_environment(&environment).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        check.error(&error);
        texts.push(error.to_string());
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn the_token_of_mkio() {
    let with = |token: &str| {
        let environment = MapEnvironment::new().with("MKIO_TOKEN", token);
        ams_aad::MkIoAuthorizer::from_environment(ams_aad::MkIoApi::Legacy, &environment)
    };
    LeakCheck::new(["pl4nted"]).debug(&with("pl4nted").unwrap());
    let error = with("").unwrap_err();
    assert_eq!(
        (error.kind(), error.problem()),
        (CredentialErrorKind::NotConfigured, "MKIO_TOKEN is not set")
    );
    let error = with("pl4nted token").unwrap_err();
    LeakCheck::new(["pl4nted"]).error(&error);
    assert!(error.problem().starts_with("MKIO_TOKEN: the MK.IO token"), "{error}");
}
