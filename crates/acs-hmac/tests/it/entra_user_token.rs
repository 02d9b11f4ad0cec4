//! The exchange of Entra tokens for user access tokens: requests on the wire, the cache rule, errors and secrets.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use acs_hmac::{
    CLIENTS_SCOPE, EntraUserTokenCredential, EntraUserTokenCredentialBuilder, TEAMS_EXTENSION_SCOPE,
};
use async_trait::async_trait;
use credential::{
    AccessToken, CredentialError, CredentialErrorKind, Endpoint, TokenCredential, TokenRequest,
};
use credential_testkit::{FakeClock, LeakCheck, ScriptedTransport};

use crate::slow_transport::SlowTransport;

const NOW: u64 = 1_704_164_645;
const USER: &str = "8:acs:res_wf_tenant_oid";
const PLANTED: &str = "pl4nted-t0ken";
const ENTRA: &str = "pl4nted-entra";

/// Stands in for somebody who signs in: the test says which token Entra gives.
#[derive(Clone, Debug)]
struct Entra(Arc<Mutex<(String, Vec<TokenRequest>)>>);

impl Entra {
    fn giving(text: &str) -> Self {
        Self(Arc::new(Mutex::new((text.to_owned(), Vec::new()))))
    }

    fn give(&self, text: &str) {
        self.0.lock().unwrap().0 = text.to_owned();
    }

    fn asked(&self) -> Vec<TokenRequest> {
        self.0.lock().unwrap().1.clone()
    }
}

#[async_trait]
impl TokenCredential for Entra {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let mut entra = self.0.lock().unwrap();
        entra.1.push(request.clone());
        Ok(AccessToken::new(entra.0.clone(), SystemTime::UNIX_EPOCH))
    }
}

fn exchanged(token: &str, expires_on: &str) -> String {
    format!(
        r#"{{"identity":{{"id":"{USER}"}},"accessToken":{{"token":"{token}","expiresOn":"{expires_on}"}}}}"#
    )
}

fn in_an_hour(token: &str) -> String {
    exchanged(token, "2024-01-02T04:04:05.0016613+00:00")
}

fn builder(entra: &Entra, endpoint: &str) -> EntraUserTokenCredentialBuilder {
    let endpoint = Endpoint::parse("endpoint", endpoint).unwrap();
    EntraUserTokenCredential::builder(endpoint, entra.clone()).clock(FakeClock::at(NOW).shared())
}

fn credential(entra: &Entra, transport: &ScriptedTransport, clock: &FakeClock) -> EntraUserTokenCredential {
    builder(entra, "https://contoso.communication.azure.com")
        .clock(clock.shared())
        .transport(transport.shared())
        .build()
        .unwrap()
}

#[tokio::test]
async fn both_scope_families_on_the_wire() {
    let entra = Entra::giving(ENTRA);
    let transport = ScriptedTransport::new()
        .then_json(&in_an_hour("t"))
        .then_json(&in_an_hour("t"))
        .then_json(&in_an_hour("t"));
    let plain = builder(&entra, "https://contoso.communication.azure.com");
    // A trailing slash of the endpoint is not repeated.
    let teams = builder(&entra, "https://contoso.communication.azure.com/").scopes([TEAMS_EXTENSION_SCOPE]);
    let newer = builder(&entra, "https://contoso.communication.azure.com").api_version("2026-09-23");
    for builder in [plain, teams, newer] {
        let credential = builder.transport(transport.shared()).build().unwrap();
        credential.get_token(&TokenRequest::default()).await.unwrap();
    }
    insta::assert_snapshot!(transport.wire());
    let asked: Vec<_> = entra.asked().iter().map(|request| request.scopes().to_vec()).collect();
    assert_eq!(asked, [[CLIENTS_SCOPE], [TEAMS_EXTENSION_SCOPE], [CLIENTS_SCOPE]]);
}

#[tokio::test]
async fn exchanges_anew_when_the_entra_token_changed_or_the_user_token_expired_or_was_refused() {
    let clock = FakeClock::at(NOW);
    let entra = Entra::giving("entra-1");
    let transport = ScriptedTransport::new()
        .then_json(&exchanged("first", "2024-01-02T04:04:05Z"))
        .then_json(&exchanged("second", "2024-01-02T05:04:05Z"))
        .then_json(&exchanged("third", "2024-01-03T03:04:05Z"))
        .then_json(&exchanged("fourth", "2024-01-03T03:04:05Z"));
    let credential = credential(&entra, &transport, &clock);
    let request = TokenRequest::default();
    assert!(entra.asked().is_empty(), "nothing is asked for before it is needed");
    for _ in 0..2 {
        assert_eq!(credential.get_token(&request).await.unwrap().expose(), "first");
    }
    assert_eq!(entra.asked().len(), 2, "Entra is asked every time");
    clock.advance(Duration::from_secs(3599));
    assert_eq!(credential.get_token(&request).await.unwrap().expose(), "first", "no early margin");
    clock.advance(Duration::from_secs(1));
    assert_eq!(credential.get_token(&request).await.unwrap().expose(), "second", "expired");
    entra.give("entra-2");
    let third = credential.get_token(&request).await.unwrap();
    assert_eq!(third.expose(), "third", "another Entra token");
    let refusing = request.clone().not_this_token(third);
    assert_eq!(credential.get_token(&refusing).await.unwrap().expose(), "fourth", "refused");
    assert_eq!(credential.get_token(&request).await.unwrap().expose(), "fourth");
    let user = credential.user_and_token(&request).await.unwrap();
    assert_eq!((user.user().id(), user.token().expose()), (USER, "fourth"));
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_revive_a_token() {
    let clock = FakeClock::at(NOW);
    let transport = ScriptedTransport::new()
        .then_json(&exchanged("first", "2024-01-02T04:04:05Z"))
        .then_json(&exchanged("second", "2024-01-02T04:04:05Z"));
    let credential = credential(&Entra::giving(ENTRA), &transport, &clock);
    credential.get_token(&TokenRequest::default()).await.unwrap();
    clock.advance(Duration::from_secs(3600));
    clock.set(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW));
    assert_eq!(credential.get_token(&TokenRequest::default()).await.unwrap().expose(), "second");
}

#[tokio::test]
async fn tenant_and_claims_go_to_entra_and_scopes_do_not() {
    let entra = Entra::giving(ENTRA);
    let transport = ScriptedTransport::new().then_json(&in_an_hour("t"));
    let credential = credential(&entra, &transport, &FakeClock::at(NOW));
    let refused = AccessToken::new(PLANTED, SystemTime::UNIX_EPOCH);
    let request =
        TokenRequest::new(["chat"]).with_tenant("fabrikam").with_claims("{}").not_this_token(refused);
    credential.get_token(&request).await.unwrap();
    let asked = &entra.asked()[0];
    assert_eq!((asked.tenant(), asked.claims()), (Some("fabrikam"), Some("{}")));
    assert_eq!(asked.scopes(), [CLIENTS_SCOPE]);
    assert!(asked.refused_token().is_none(), "the refused token is none of Entra's");
}

#[tokio::test]
async fn callers_share_one_exchange_and_its_failure() {
    let transport = ScriptedTransport::new().then(503, &[], "").then_json(&in_an_hour("first"));
    let credential = builder(&Entra::giving(ENTRA), "https://contoso.communication.azure.com")
        .transport(Arc::new(SlowTransport(transport.clone())))
        .build()
        .unwrap();
    let credential = Arc::new(credential);
    for is_good in [false, true] {
        let calls: Vec<_> = (0..50)
            .map(|_| {
                let credential = credential.clone();
                tokio::spawn(async move { credential.get_token(&TokenRequest::default()).await })
            })
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap().is_ok(), is_good);
        }
    }
    assert_eq!(transport.requests().len(), 2);
}

#[tokio::test]
async fn a_failure_is_not_shared_with_callers_whose_entra_token_is_another_one() {
    let transport = ScriptedTransport::new().then(401, &[], "").then_json(&in_an_hour("second"));
    let entra = Entra::giving("entra-1");
    let credential = builder(&entra, "https://contoso.communication.azure.com")
        .transport(Arc::new(SlowTransport(transport.clone())))
        .build()
        .unwrap();
    let request = TokenRequest::default();
    let first = credential.get_token(&request);
    let second = async {
        entra.give("entra-2");
        credential.get_token(&request).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap_err().kind(), CredentialErrorKind::Refused);
    assert_eq!(second.unwrap().expose(), "second");
}

#[test]
fn bad_inputs() {
    let entra = Entra::giving(ENTRA);
    let new = || {
        builder(&entra, "https://contoso.communication.azure.com")
            .transport(ScriptedTransport::new().shared())
    };
    let mut texts = Vec::new();
    for (case, builder) in [
        ("no scopes", new().scopes::<&str>([])),
        ("a blank scope", new().scopes([""])),
        ("the scope for services", new().scopes(["https://communication.azure.com//.default"])),
        ("mixed families", new().scopes([CLIENTS_SCOPE, TEAMS_EXTENSION_SCOPE])),
        ("no api version", new().api_version("")),
        ("a bad api version", new().api_version("2025-06-30&planted")),
    ] {
        let error = builder.build().expect_err(case);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{case}");
        texts.push(format!("{case}\n    {error}"));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn errors_say_what_to_do_and_show_no_token() {
    let check = LeakCheck::new([PLANTED, ENTRA]);
    let ids = &[("MS-CV", "abc.0")][..];
    let refused = r#"{"error":{"code":"InvalidAccessToken","message":"pl4nted-t0ken is not valid."}}"#;
    let mut texts = Vec::new();
    for (case, entra, answer) in [
        ("refused", ENTRA, Some((401, ids, refused))),
        ("forbidden", ENTRA, Some((403, ids, r#"{"error":{"code":"Forbidden","message":"m"}}"#))),
        ("bad request", ENTRA, Some((400, ids, r#"{"error":{"code":"ValidationError","message":"m"}}"#))),
        ("throttled", ENTRA, Some((429, &[("retry-after", "7")][..], ""))),
        ("unavailable", ENTRA, Some((503, ids, "<html>pl4nted-t0ken</html>"))),
        ("a page instead", ENTRA, Some((200, ids, "<html>pl4nted-t0ken</html>"))),
        ("no token", ENTRA, Some((200, ids, r#"{"identity":{"id":"8:acs:u"}}"#))),
        ("no user", ENTRA, Some((200, ids, r#"{"accessToken":{"token":"pl4nted-t0ken"}}"#))),
        ("an empty Entra token", "", None),
        ("an Entra token that is no header", "pl4nted-entra\n", None),
    ] {
        let transport = match answer {
            Some((status, headers, body)) => ScriptedTransport::new().then(status, headers, body),
            None => ScriptedTransport::new(),
        };
        let credential = credential(&Entra::giving(entra), &transport, &FakeClock::at(NOW));
        let error = credential.get_token(&TokenRequest::default()).await.expect_err(case);
        check.error(&error);
        texts.push(format!("{case} ({:?})\n    {error}", error.kind()));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[derive(Debug)]
struct HiddenEntra;

#[async_trait]
impl TokenCredential for HiddenEntra {
    async fn get_token(&self, _: &TokenRequest) -> Result<AccessToken, CredentialError> {
        Ok(AccessToken::new(ENTRA, SystemTime::UNIX_EPOCH))
    }
}

#[tokio::test]
async fn nothing_shows_a_token() {
    let transport = ScriptedTransport::new().then_json(&in_an_hour(PLANTED));
    let endpoint = Endpoint::parse("endpoint", "https://contoso.communication.azure.com").unwrap();
    let credential = EntraUserTokenCredential::builder(endpoint, HiddenEntra)
        .transport(transport.shared())
        .clock(FakeClock::at(NOW).shared())
        .build()
        .unwrap();
    let exchanged = credential.user_and_token(&TokenRequest::default()).await.unwrap();
    let check = LeakCheck::new([PLANTED, ENTRA]);
    check.debug(&exchanged);
    let request = transport.requests().remove(0);
    assert!(request.headers()["authorization"].is_sensitive());
    check.debug(request.headers());
    check.debug(&credential.get_token(&TokenRequest::default()).await.unwrap());
}
