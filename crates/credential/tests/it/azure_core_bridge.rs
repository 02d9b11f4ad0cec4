//! The bridge to `azure_core`, in both directions.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use azure_core::credentials as theirs;
use azure_core::error::ErrorKind;
use credential::{
    AccessToken, CachedCredential, CredentialError, CredentialErrorKind, FromAzureCore, IntoAzureCore,
    StaticTokenCredential, TokenCredential, TokenRequest,
};
use credential_testkit::LeakCheck;

fn expiry() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(4_000_000_000_500)
}

/// Answers with what it was asked, or with what it was told.
#[derive(Clone, Debug, Default)]
struct Echo {
    asked: Arc<Mutex<Vec<TokenRequest>>>,
    failure: Option<CredentialError>,
    expiry: Option<SystemTime>,
}

#[async_trait]
impl TokenCredential for Echo {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.asked.lock().unwrap().push(request.clone());
        match &self.failure {
            Some(error) => Err(error.clone()),
            None => Ok(AccessToken::new(request.scopes().join(" "), self.expiry.unwrap_or_else(expiry))),
        }
    }
}

#[tokio::test]
async fn ours_as_theirs_gives_the_token_and_its_expiry() {
    let token = Echo::default().into_azure_core().get_token(&["b", "a"], None).await.unwrap();
    assert_eq!(token.token.secret(), "a b");
    assert_eq!(SystemTime::from(token.expires_on), expiry());
}

#[tokio::test]
async fn each_call_gets_what_its_own_scopes_ask_for() {
    let echo = Echo::default();
    let theirs = echo.clone().into_azure_core();
    for (scopes, expected) in
        [(&["a"][..], "a"), (&["b", "a"], "a b"), (&["a"], "a"), (&[], ""), (&["b"], "b"), (&["a"], "a")]
    {
        assert_eq!(theirs.get_token(scopes, None).await.unwrap().token.secret(), expected);
    }
    let mut options = theirs::TokenRequestOptions::default();
    options.method_options.context.insert(TokenRequest::default().with_tenant("t"));
    theirs.get_token(&["a"], Some(options)).await.unwrap();
    theirs.get_token(&["a"], None).await.unwrap();
    let asked = echo.asked.lock().unwrap();
    let tenants: Vec<_> = asked[5..].iter().map(TokenRequest::tenant).collect();
    assert_eq!(tenants, [None, Some("t"), None]);
}

#[tokio::test]
async fn a_token_that_never_expires_expires_with_their_calendar() {
    let never = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
    let ours = StaticTokenCredential::new(AccessToken::new("t", never));
    let token = ours.into_azure_core().get_token(&["s"], None).await.unwrap();
    assert_eq!(token.expires_on.unix_timestamp(), 253_402_300_799);
}

#[tokio::test]
async fn their_time_is_ours_to_the_nanosecond() {
    for (seconds, nanoseconds) in [(0, 0), (1, 999_999_999), (951_826_800, 1), (253_402_300_799, 999_999_999)]
    {
        let expiry = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds);
        let echo = Echo { expiry: Some(expiry), ..Echo::default() };
        let token = echo.into_azure_core().get_token(&["s"], None).await.unwrap();
        let expected = expiry.min(SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799));
        assert_eq!(SystemTime::from(token.expires_on), expected);
    }
}

#[tokio::test]
async fn claims_travel_in_the_typed_context_there_and_back() {
    let echo = Echo::default();
    let asked = TokenRequest::new(["ignored"]).with_claims("{}").with_tenant("t").with_cae();
    let mut options = theirs::TokenRequestOptions::default();
    options.method_options.context.insert(asked.clone());
    echo.clone().into_azure_core().get_token(&["s"], Some(options)).await.unwrap();

    let there_and_back = FromAzureCore::new(echo.clone().into_azure_core());
    there_and_back.get_token(&asked.with_scopes(["s"])).await.unwrap();

    for request in echo.asked.lock().unwrap().iter() {
        assert_eq!(request.scopes(), ["s"]);
        assert_eq!((request.claims(), request.tenant(), request.is_cae()), (Some("{}"), Some("t"), true));
    }
    assert_eq!(echo.asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn our_error_is_found_inside_theirs_and_comes_back_as_itself() {
    let failure =
        CredentialError::new(CredentialErrorKind::Throttled, "busy", "wait").with_code("AADSTS90055");
    let echo = Echo { failure: Some(failure), ..Echo::default() };
    let error = echo.clone().into_azure_core().get_token(&["s"], None).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Credential));
    assert_eq!(error.to_string(), "busy (code AADSTS90055): wait");
    assert_eq!(error.downcast_ref::<CredentialError>().unwrap().code(), Some("AADSTS90055"));

    let back =
        FromAzureCore::new(echo.into_azure_core()).get_token(&TokenRequest::new(["s"])).await.unwrap_err();
    assert_eq!(back.kind(), CredentialErrorKind::Throttled);
    assert_eq!(back.to_string(), "busy (code AADSTS90055): wait");
}

type Failure = fn() -> azure_core::Error;

/// A credential of theirs that fails in a given way.
#[derive(Debug)]
struct TheirFailure(Failure);

#[async_trait]
impl theirs::TokenCredential for TheirFailure {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<theirs::TokenRequestOptions<'_>>,
    ) -> azure_core::Result<theirs::AccessToken> {
        Err((self.0)())
    }
}

fn answered(status: u16) -> azure_core::Error {
    let body = r#"{"echo":"pl4nted-s3cret"}"#;
    let raw = azure_core::http::RawResponse::from_bytes(
        status.into(),
        azure_core::http::headers::Headers::new(),
        body,
    );
    ErrorKind::HttpResponse {
        status: status.into(),
        error_code: Some("SomeCode".to_owned()),
        raw_response: Some(Box::new(raw)),
    }
    .into_error()
}

#[tokio::test]
async fn their_errors_keep_class_status_and_code_and_no_body() {
    let cases: [(Failure, CredentialErrorKind, Option<u16>); 7] = [
        (|| answered(408), CredentialErrorKind::Unavailable, Some(408)),
        (|| answered(401), CredentialErrorKind::Refused, Some(401)),
        (|| answered(429), CredentialErrorKind::Throttled, Some(429)),
        (|| answered(503), CredentialErrorKind::Unavailable, Some(503)),
        (
            || azure_core::Error::with_message(ErrorKind::Connection, "x"),
            CredentialErrorKind::Unreachable,
            None,
        ),
        (
            || azure_core::Error::with_message(ErrorKind::DataConversion, "x"),
            CredentialErrorKind::UnexpectedAnswer,
            None,
        ),
        (|| azure_core::Error::with_message(ErrorKind::Credential, "x"), CredentialErrorKind::Refused, None),
    ];
    let check = LeakCheck::new(["pl4nted-s3cret"]);
    for (failure, kind, status) in cases {
        let credential = FromAzureCore::new(Arc::new(TheirFailure(failure)));
        let error = credential.get_token(&TokenRequest::new(["s"])).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.status().map(|status| status.as_u16()), status);
        assert_eq!(error.code(), status.map(|_| "SomeCode"));
        check.error(&error);
    }
}

#[tokio::test]
async fn their_credential_gains_our_cache() {
    let echo = Echo::default();
    let cached = CachedCredential::new(FromAzureCore::new(echo.clone().into_azure_core()));
    for _ in 0..3 {
        cached.get_token(&TokenRequest::new(["s"])).await.unwrap();
    }
    assert_eq!(echo.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn each_call_asks_for_its_own_scopes() {
    let echo = Echo::default();
    let theirs = echo.clone().into_azure_core();
    let calls: [&[&str]; 9] = [
        &["a", "b"],
        &["a", "b"],
        &["b", "a"],
        &["a"],
        &["a", "a"],
        &["ab"],
        &[],
        &["a", "b", "c"],
        &["a", "b"],
    ];
    for scopes in calls {
        let token = theirs.get_token(scopes, None).await.unwrap();
        assert_eq!(
            token.token.secret(),
            TokenRequest::new(scopes.iter().map(|s| (*s).to_owned())).scopes().join(" ")
        );
    }
    assert_eq!(echo.asked.lock().unwrap().len(), calls.len());
}

#[tokio::test]
async fn what_a_context_asks_for_holds_for_one_call() {
    let echo = Echo::default();
    let theirs = echo.clone().into_azure_core();
    theirs.get_token(&["s"], None).await.unwrap();
    let mut options = theirs::TokenRequestOptions::default();
    let refused = AccessToken::new("refused", expiry());
    let asked = TokenRequest::new(["x"]).with_tenant("t").with_claims("{}").not_this_token(refused);
    options.method_options.context.insert(asked);
    theirs.get_token(&["s"], Some(options)).await.unwrap();
    theirs.get_token(&["s"], None).await.unwrap();
    let seen: Vec<_> = echo
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|asked| {
            assert_eq!(asked.scopes(), ["s"]);
            (asked.tenant().is_some(), asked.claims().is_some(), asked.refused_token().is_some())
        })
        .collect();
    assert_eq!(seen, [(false, false, false), (true, true, true), (false, false, false)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_with_other_scopes_do_not_disturb_each_other() {
    let theirs = Echo::default().into_azure_core();
    let mut callers = tokio::task::JoinSet::new();
    for scope in ["a", "b", "c", "d"] {
        let theirs = Arc::clone(&theirs);
        callers.spawn(async move {
            for _ in 0..500 {
                let token = theirs.get_token(&[scope], None).await.unwrap();
                assert_eq!(token.token.secret(), scope);
                tokio::task::yield_now().await;
            }
        });
    }
    callers.join_all().await;
}

#[tokio::test]
async fn debug_of_theirs_shows_no_secret() {
    let check = LeakCheck::new(["pl4nted-s3cret", "pl4nted-cl4ims"]);
    let ours = StaticTokenCredential::new(AccessToken::new("pl4nted-s3cret", expiry()));
    let theirs = CachedCredential::new(ours).into_azure_core();
    theirs.get_token(&["s"], None).await.unwrap();
    let mut options = theirs::TokenRequestOptions::default();
    options.method_options.context.insert(TokenRequest::default().with_claims("pl4nted-cl4ims"));
    theirs.get_token(&["s"], Some(options)).await.unwrap();
    check.debug(&theirs);
}
