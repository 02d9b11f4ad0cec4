//! The user token credential: static, on demand and proactive, on a clock that moves by hand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use acs_hmac::{
    RefreshUserToken, UserTokenCredential, UserTokenCredentialBuilder, parse_user_token, refresh_with,
};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credential::{
    AccessToken, Clock, CredentialError, CredentialErrorKind, Random, TokenCredential, TokenRequest,
};
use credential_testkit::{FakeClock, LeakCheck};

use crate::hand_runtime::HandRuntime;

const NOW: u64 = 1_704_164_645;
const PLANTED: &str = "pl4nted-t0ken";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A token that lives this many seconds from the tests' beginning on.
fn token(text: &str, life: u64) -> AccessToken {
    AccessToken::new(text, SystemTime::UNIX_EPOCH + seconds(NOW + life))
}

fn jwt(payload: &str) -> String {
    format!("{PLANTED}.{}.{PLANTED}", URL_SAFE_NO_PAD.encode(payload))
}

fn unavailable() -> CredentialError {
    CredentialError::new(CredentialErrorKind::Unavailable, "my server is down", "wait")
}

/// Gives prepared results in order, and counts; one call too many fails the test. Waits when the test says so.
#[derive(Clone, Debug, Default)]
struct Server(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    results: VecDeque<Result<AccessToken, CredentialError>>,
    calls: usize,
    is_holding: bool,
}

impl Server {
    fn answers(results: impl IntoIterator<Item = Result<AccessToken, CredentialError>>) -> Self {
        let script = Script { results: results.into_iter().collect(), ..Script::default() };
        Self(Arc::new(Mutex::new(script)))
    }

    fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }

    fn hold(&self, is_holding: bool) {
        self.0.lock().unwrap().is_holding = is_holding;
    }
}

#[async_trait]
impl RefreshUserToken for Server {
    async fn refresh(&self) -> Result<AccessToken, CredentialError> {
        self.0.lock().unwrap().calls += 1;
        std::future::poll_fn(|_| match self.0.lock().unwrap().is_holding {
            true => Poll::Pending,
            false => Poll::Ready(()),
        })
        .await;
        self.0.lock().unwrap().results.pop_front().unwrap()
    }
}

fn builder(clock: &FakeClock) -> UserTokenCredentialBuilder {
    UserTokenCredential::builder().clock(clock.shared())
}

fn any() -> TokenRequest {
    TokenRequest::default()
}

/// Polls until the future ends; nothing else happens meanwhile, so one that waits fails the test.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits for something"),
    }
}

fn text(credential: &UserTokenCredential) -> String {
    ready(credential.get_token(&any())).unwrap().expose().to_owned()
}

#[test]
fn a_static_token_is_returned_as_it_is_even_when_it_has_expired() {
    // {"exp":100}, the official SDKs' own sample of an expired token.
    let text = jwt(r#"{"exp":100}"#);
    let credential = UserTokenCredential::from_token(&format!(" {text}\n")).unwrap();
    let token = ready(credential.get_token(&any())).unwrap();
    assert_eq!(token.expose(), text);
    assert_eq!(token.expires_at(), SystemTime::UNIX_EPOCH + seconds(100));
}

#[test]
fn a_static_token_that_a_service_refused_is_not_returned_again() {
    let credential = builder(&FakeClock::at(NOW)).access_token(token(PLANTED, 3600)).build().unwrap();
    let refused = ready(credential.get_token(&any())).unwrap();
    assert!(credential.token_at_hand(&any()).expect("a token at hand").is_same_token(&refused));
    assert!(credential.token_at_hand(&any().not_this_token(refused.clone())).is_none());
    let error = ready(credential.get_token(&any().not_this_token(refused))).unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Refused);
    LeakCheck::new([PLANTED]).error(&error);
}

#[test]
fn without_an_initial_token_the_first_caller_refreshes() {
    let server = Server::answers([Ok(token("first", 3600))]);
    let credential = builder(&FakeClock::at(NOW)).refresher(server.clone()).build().unwrap();
    assert_eq!(server.calls(), 0, "nothing is asked for before it is needed");
    assert_eq!((text(&credential), text(&credential)), ("first".into(), "first".into()));
    assert_eq!(server.calls(), 1);
}

#[test]
fn callers_renew_when_two_minutes_are_left() {
    let clock = FakeClock::at(NOW);
    let server = Server::answers([Ok(token("second", 7200))]);
    let credential =
        builder(&clock).access_token(token("first", 3600)).refresher(server.clone()).build().unwrap();
    clock.advance(seconds(3600 - 121));
    assert_eq!((text(&credential), server.calls()), ("first".into(), 0));
    assert_eq!(credential.token_at_hand(&any()).expect("a token at hand").expose(), "first");
    clock.advance(seconds(1));
    assert!(credential.token_at_hand(&any()).is_none(), "a due one is left to `get_token`");
    assert_eq!((text(&credential), server.calls()), ("second".into(), 1));
    assert_eq!((text(&credential), server.calls()), ("second".into(), 1));
}

#[test]
fn an_expired_initial_token_is_never_returned_when_there_is_a_refresher() {
    let server = Server::answers([Ok(token("second", 3600))]);
    let credential =
        builder(&FakeClock::at(NOW)).token(jwt(r#"{"exp":100}"#)).refresher(server.clone()).build().unwrap();
    assert_eq!((text(&credential), server.calls()), ("second".into(), 1));
}

#[test]
fn tokens_of_short_lives_are_renewed_half_way() {
    let clock = FakeClock::at(NOW);
    let server = Server::answers([Ok(token("first", 60)), Ok(token("second", 120))]);
    let credential = builder(&clock).refresher(server.clone()).build().unwrap();
    assert_eq!(text(&credential), "first");
    clock.advance(seconds(29));
    assert_eq!((text(&credential), server.calls()), ("first".into(), 1));
    clock.advance(seconds(1));
    assert_eq!((text(&credential), server.calls()), ("second".into(), 2));
}

#[test]
fn a_token_that_a_service_refused_is_replaced() {
    let server =
        Server::answers([Ok(token("first", 3600)), Ok(token("first", 3600)), Ok(token("second", 3600))]);
    let credential = builder(&FakeClock::at(NOW)).refresher(server.clone()).build().unwrap();
    let first = ready(credential.get_token(&any())).unwrap();
    let request = any().not_this_token(first);
    let error = ready(credential.get_token(&request)).unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Refused, "the refresher gave the same again");
    assert_eq!(ready(credential.get_token(&request)).unwrap().expose(), "second");
    assert_eq!((text(&credential), server.calls()), ("second".into(), 3));
}

#[test]
fn a_failed_renewal_leaves_the_valid_token_in_use_and_the_refresher_alone_for_a_while() {
    let clock = FakeClock::at(NOW);
    let server = Server::answers([
        Err(unavailable()),
        Err(unavailable()),
        Err(unavailable()),
        Ok(token("second", 7200)),
    ]);
    let credential =
        builder(&clock).access_token(token("first", 3600)).refresher(server.clone()).build().unwrap();
    clock.advance(seconds(3600 - 60));
    assert_eq!((text(&credential), server.calls()), ("first".into(), 1));
    clock.advance(seconds(4));
    assert_eq!((text(&credential), server.calls()), ("first".into(), 1), "paused for 5 s");
    clock.advance(seconds(1));
    assert_eq!((text(&credential), server.calls()), ("first".into(), 2));
    clock.advance(seconds(9));
    assert_eq!((text(&credential), server.calls()), ("first".into(), 2), "then for 10 s");
    // Expired: whoever needs a token does not wait for the pause to end.
    clock.advance(seconds(46));
    assert_eq!(ready(credential.get_token(&any())).unwrap_err().problem(), "my server is down");
    assert_eq!((text(&credential), server.calls()), ("second".into(), 4));
}

#[test]
fn a_token_that_expires_during_a_failing_renewal_is_not_returned() {
    let clock = FakeClock::at(NOW);
    let server = Server::answers([Err(unavailable())]);
    let credential =
        builder(&clock).access_token(token("first", 3600)).refresher(server.clone()).build().unwrap();
    clock.advance(seconds(3599));
    server.hold(true);
    let request = any();
    let mut call = std::pin::pin!(credential.get_token(&request));
    let context = &mut Context::from_waker(Waker::noop());
    assert!(call.as_mut().poll(context).is_pending());
    clock.advance(seconds(1));
    server.hold(false);
    let Poll::Ready(Err(error)) = call.as_mut().poll(context) else {
        panic!("an expired token was returned")
    };
    assert_eq!(error.problem(), "my server is down");
}

#[test]
fn a_clock_that_is_set_back_does_not_revive_a_token() {
    let clock = FakeClock::at(NOW);
    let server = Server::answers([Ok(token("second", 3600))]);
    let credential =
        builder(&clock).access_token(token("first", 3600)).refresher(server.clone()).build().unwrap();
    clock.advance(seconds(3600));
    clock.set(SystemTime::UNIX_EPOCH + seconds(NOW));
    assert_eq!((text(&credential), server.calls()), ("second".into(), 1));
}

#[test]
fn one_caller_renews_while_the_others_go_on_with_the_valid_token() {
    let clock = FakeClock::at(NOW);
    let server = Server::answers([Ok(token("second", 7200))]);
    let credential =
        builder(&clock).access_token(token("first", 3600)).refresher(server.clone()).build().unwrap();
    clock.advance(seconds(3500));
    server.hold(true);
    let request = any();
    let mut renewing = std::pin::pin!(credential.get_token(&request));
    let context = &mut Context::from_waker(Waker::noop());
    assert!(renewing.as_mut().poll(context).is_pending());
    assert_eq!((text(&credential), text(&credential), server.calls()), ("first".into(), "first".into(), 1));
    server.hold(false);
    assert_eq!(ready(renewing).unwrap().expose(), "second");
    assert_eq!((text(&credential), server.calls()), ("second".into(), 1));
}

/// Lets this many callers wait for one refresh, then lets the server answer; returns what they got.
fn crowd(server: &Server, credential: &UserTokenCredential, callers: usize) -> Vec<Result<String, String>> {
    server.hold(true);
    let request = any();
    let context = &mut Context::from_waker(Waker::noop());
    let mut waiting: Vec<_> = (0..callers).map(|_| credential.get_token(&request)).collect();
    for call in &mut waiting {
        assert!(call.as_mut().poll(context).is_pending());
    }
    server.hold(false);
    waiting
        .into_iter()
        .map(|call| match ready(call) {
            Ok(token) => Ok(token.expose().to_owned()),
            Err(error) => Err(error.problem().to_owned()),
        })
        .collect()
}

#[test]
fn callers_without_a_token_share_one_refresh_and_its_failure() {
    let server = Server::answers([Err(unavailable()), Ok(token("first", 3600))]);
    let credential = builder(&FakeClock::at(NOW)).refresher(server.clone()).build().unwrap();
    let failed = crowd(&server, &credential, 100);
    assert!(failed.iter().all(|result| *result == Err("my server is down".into())), "{failed:?}");
    assert_eq!(server.calls(), 1);
    let served = crowd(&server, &credential, 100);
    assert!(served.iter().all(|result| *result == Ok("first".into())), "{served:?}");
    assert_eq!(server.calls(), 2);
}

#[test]
fn when_the_refreshing_caller_goes_away_a_waiting_one_takes_over() {
    let server = Server::answers([Ok(token("first", 3600))]);
    let credential = builder(&FakeClock::at(NOW)).refresher(server.clone()).build().unwrap();
    let request = any();
    let context = &mut Context::from_waker(Waker::noop());
    server.hold(true);
    let mut refreshing = credential.get_token(&request);
    let mut waiting = credential.get_token(&request);
    assert!(refreshing.as_mut().poll(context).is_pending());
    assert!(waiting.as_mut().poll(context).is_pending());
    assert_eq!(server.calls(), 1);
    drop(refreshing);
    server.hold(false);
    assert_eq!(ready(waiting).unwrap().expose(), "first");
    assert_eq!(server.calls(), 2);
}

fn proactive(runtime: &HandRuntime, clock: &FakeClock, server: &Server) -> UserTokenCredentialBuilder {
    let (spawn, sleep) = (Arc::new(runtime.clone()), Arc::new(runtime.clone()));
    builder(clock).refresher(server.clone()).refresh_proactively(spawn, sleep)
}

#[test]
fn the_background_refreshes_ten_minutes_before_the_expiry() {
    let clock = FakeClock::at(NOW);
    let runtime = HandRuntime::on(&clock);
    let server = Server::answers([Ok(token("second", 7200)), Ok(token("third", 10_800))]);
    let credential = proactive(&runtime, &clock, &server).access_token(token("first", 3600)).build().unwrap();
    runtime.run();
    assert_eq!((runtime.slept(), server.calls()), (vec![3000.0], 0));
    runtime.advance(seconds(2999));
    assert_eq!((text(&credential), server.calls()), ("first".into(), 0));
    runtime.advance(seconds(1));
    assert_eq!((text(&credential), server.calls()), ("second".into(), 1));
    // 7200 in all, of which 3000 are over.
    assert_eq!(runtime.slept(), [3000.0, 3600.0]);
    runtime.finish_wait();
    assert_eq!((text(&credential), server.calls()), ("third".into(), 2));
}

#[test]
fn the_background_refreshes_at_once_without_a_valid_token() {
    for initial in [None, Some(token("old", 0))] {
        let clock = FakeClock::at(NOW);
        let runtime = HandRuntime::on(&clock);
        let server = Server::answers([Ok(token("first", 3600))]);
        let builder = proactive(&runtime, &clock, &server);
        let credential = match initial {
            Some(token) => builder.access_token(token),
            None => builder,
        };
        let credential = credential.build().unwrap();
        runtime.run();
        assert_eq!((server.calls(), runtime.slept()), (1, vec![3000.0]), "nobody has asked for a token yet");
        assert_eq!((text(&credential), server.calls()), ("first".into(), 1));
    }
}

#[test]
fn within_the_window_the_background_halves_down_to_a_floor() {
    let clock = FakeClock::at(NOW);
    let runtime = HandRuntime::on(&clock);
    // A refresher that caches: the same token each time, until 5 s before its expiry.
    let same = || Ok(token("first", 600));
    let server = Server::answers((0..8).map(|_| same()).chain([Ok(token("second", 4200))]));
    let credential = proactive(&runtime, &clock, &server).access_token(token("first", 600)).build().unwrap();
    runtime.run();
    for _ in 0..9 {
        runtime.finish_wait();
    }
    assert_eq!(runtime.slept()[..5], [300.0, 150.0, 75.0, 37.5, 18.75]);
    assert_eq!(runtime.slept()[5..], [9.375, 4.6875, 2.34375, 1.171_875, 3_001.171_875]);
    assert_eq!((text(&credential), server.calls()), ("second".into(), 9));
}

#[test]
fn tokens_that_live_for_no_time_do_not_make_a_tight_loop() {
    let clock = FakeClock::at(NOW);
    let runtime = HandRuntime::on(&clock);
    let server = Server::answers([
        Ok(AccessToken::new("a", clock.now() + Duration::from_millis(10))),
        Ok(AccessToken::new("b", clock.now() + Duration::from_millis(1010))),
        Ok(token("c", 3602)),
    ]);
    let credential = proactive(&runtime, &clock, &server).build().unwrap();
    runtime.run();
    runtime.finish_wait();
    runtime.finish_wait();
    assert_eq!(runtime.slept(), [1.0, 1.0, 3000.0]);
    assert_eq!(text(&credential), "c");
}

#[test]
fn after_failures_the_background_backs_off_and_goes_on() {
    let clock = FakeClock::at(NOW);
    let runtime = HandRuntime::on(&clock);
    let expired = || Ok(token("expired", 0));
    let busy = unavailable().with_retry_after(seconds(90));
    let server = Server::answers([
        Err(unavailable()),
        expired(),
        Err(unavailable()),
        Err(busy),
        Ok(token("second", 9000)),
        Err(unavailable()),
        Ok(token("third", 19_000)),
    ]);
    let credential = proactive(&runtime, &clock, &server).access_token(token("first", 3600)).build().unwrap();
    runtime.run();
    for calls in 1..=4 {
        runtime.finish_wait();
        assert_eq!((text(&credential), server.calls()), ("first".into(), calls));
    }
    runtime.finish_wait();
    assert_eq!(text(&credential), "second");
    assert_eq!(runtime.slept(), [3000.0, 5.0, 10.0, 20.0, 90.0, 5275.0]);
    runtime.finish_wait();
    runtime.finish_wait();
    assert_eq!(text(&credential), "third");
    assert_eq!(runtime.slept()[6..], [5.0, 9995.0], "a success ends the backing off");
}

#[test]
fn pauses_are_jittered_when_there_is_randomness() {
    #[derive(Debug)]
    struct Highest;
    impl Random for Highest {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), CredentialError> {
            bytes.fill(u8::MAX);
            Ok(())
        }
    }
    #[derive(Debug)]
    struct Broken;
    impl Random for Broken {
        fn fill(&self, _: &mut [u8]) -> Result<(), CredentialError> {
            Err(unavailable())
        }
    }
    for (random, expected) in
        [(Arc::new(Highest) as Arc<dyn Random>, [2.5, 5.0]), (Arc::new(Broken), [5.0, 10.0])]
    {
        let clock = FakeClock::at(NOW);
        let runtime = HandRuntime::on(&clock);
        let server = Server::answers([Err(unavailable()), Err(unavailable())]);
        let _credential = proactive(&runtime, &clock, &server).random(random).build().unwrap();
        runtime.run();
        runtime.finish_wait();
        assert_eq!(runtime.slept(), expected);
    }
}

#[test]
fn the_background_plans_anew_after_a_caller_has_refreshed() {
    let clock = FakeClock::at(NOW);
    let runtime = HandRuntime::on(&clock);
    let server = Server::answers([Ok(token("second", 7200)), Ok(token("third", 10_800))]);
    let credential = proactive(&runtime, &clock, &server).access_token(token("first", 3600)).build().unwrap();
    runtime.run();
    clock.advance(seconds(1000));
    let first = ready(credential.get_token(&any())).unwrap();
    let second = ready(credential.get_token(&any().not_this_token(first))).unwrap();
    assert_eq!((second.expose(), server.calls()), ("second", 1));
    runtime.advance(seconds(2000));
    assert_eq!((runtime.slept(), server.calls()), (vec![3000.0, 3600.0], 1), "no refresh at the old time");
    runtime.finish_wait();
    assert_eq!((text(&credential), server.calls()), ("third".into(), 2));
}

#[test]
fn the_background_and_a_caller_share_one_refresh() {
    let clock = FakeClock::at(NOW);
    let runtime = HandRuntime::on(&clock);
    let server = Server::answers([Ok(token("first", 3600))]);
    let credential = proactive(&runtime, &clock, &server).build().unwrap();
    server.hold(true);
    runtime.run();
    let request = any();
    let mut caller = credential.get_token(&request);
    assert!(caller.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    server.hold(false);
    runtime.run();
    assert_eq!(ready(caller).unwrap().expose(), "first");
    assert_eq!(server.calls(), 1);
}

#[test]
fn dropping_the_credential_ends_the_background_while_it_waits_and_while_it_refreshes() {
    for is_holding in [false, true] {
        let clock = FakeClock::at(NOW);
        let runtime = HandRuntime::on(&clock);
        let server = Server::answers([Ok(token("first", 3600))]);
        server.hold(is_holding);
        let credential = proactive(&runtime, &clock, &server).build().unwrap();
        runtime.run();
        assert_eq!((runtime.tasks(), server.calls()), (1, 1));
        drop(credential);
        runtime.run();
        assert_eq!(runtime.tasks(), 0);
        assert_eq!(Arc::strong_count(&server.0), 1, "nothing holds the refresher any more");
        runtime.advance(seconds(100_000));
        assert_eq!(server.calls(), 1);
    }
}

/// On a real runtime, where a task is polled only when somebody wakes it.
#[tokio::test]
async fn dropping_the_credential_wakes_the_background() {
    #[derive(Debug)]
    struct OnTokio;
    impl credential::Spawn for OnTokio {
        fn spawn(&self, task: credential::Task) {
            drop(tokio::spawn(task));
        }
    }
    let clock = FakeClock::at(NOW);
    let runtime = HandRuntime::on(&clock);
    let server = Server::answers([Ok(token("first", 3600))]);
    let credential = builder(&clock)
        .refresher(server.clone())
        .refresh_proactively(Arc::new(OnTokio), Arc::new(runtime.clone()))
        .build()
        .unwrap();
    while runtime.slept().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(credential);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(Arc::strong_count(&server.0), 1, "the task has ended");
}

#[tokio::test]
async fn a_closure_is_a_refresher() {
    let text = jwt(r#"{"exp":32503680000}"#);
    let answer = text.clone();
    let refresher = refresh_with(move || {
        let answer = answer.clone();
        async move { parse_user_token(&answer) }
    });
    let shared: Arc<dyn RefreshUserToken> = Arc::new(refresher);
    let credential = UserTokenCredential::builder().refresher(shared).build().unwrap();
    let token = credential.get_token(&any()).await.unwrap();
    assert_eq!(token.expose(), text);
    LeakCheck::new([PLANTED]).debug(&credential);
}

#[test]
fn bad_inputs() {
    use CredentialErrorKind::{InvalidConfiguration, NotConfigured};
    let clock = FakeClock::at(NOW);
    let runtime = HandRuntime::on(&clock);
    let timers = || (Arc::new(runtime.clone()), Arc::new(runtime.clone()));
    let new = || builder(&clock);
    let check = LeakCheck::new([PLANTED]);
    let mut texts = Vec::new();
    for (case, builder, kind) in [
        ("nothing", new(), NotConfigured),
        ("proactive, nothing else", new().refresh_proactively(timers().0, timers().1), InvalidConfiguration),
        (
            "proactive, no refresher",
            new().access_token(token(PLANTED, 9)).refresh_proactively(timers().0, timers().1),
            InvalidConfiguration,
        ),
        ("blank token", new().token(" \n"), InvalidConfiguration),
        ("blank access token", new().access_token(token(" ", 9)), InvalidConfiguration),
        ("opaque token", new().token(PLANTED), InvalidConfiguration),
        ("two parts", new().token(format!("{PLANTED}.e30")), InvalidConfiguration),
        ("payload is not base64", new().token(format!("h.{PLANTED}!.s")), InvalidConfiguration),
        ("payload is not JSON", new().token(jwt(PLANTED)), InvalidConfiguration),
        ("no exp", new().token(jwt("{}")), InvalidConfiguration),
        ("exp is no time", new().token(jwt(r#"{"exp":"pl4nted-t0ken"}"#)), InvalidConfiguration),
        (
            "a refresher does not excuse a bad token",
            new().token(PLANTED).refresher(Server::default()),
            InvalidConfiguration,
        ),
    ] {
        check.debug(&builder);
        let error = builder.build().expect_err(case);
        assert_eq!(error.kind(), kind, "{case}");
        check.error(&error);
        texts.push(format!("{case}\n    {error}"));
    }
    assert_eq!(runtime.tasks(), 0, "no task is started for a credential that is not built");
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn bad_refreshers() {
    let check = LeakCheck::new([PLANTED]);
    let mut texts = Vec::new();
    for (case, result) in [
        ("expired", Ok(token(PLANTED, 0))),
        ("long expired", parse_user_token(&jwt(r#"{"exp":100}"#))),
        ("empty", Ok(token("", 3600))),
        ("blank", Ok(token("  ", 3600))),
        ("no token", parse_user_token("")),
        ("opaque", parse_user_token(PLANTED)),
        ("the refused token", Ok(token(PLANTED, 3600))),
        ("its own error", Err(unavailable())),
    ] {
        let credential = builder(&FakeClock::at(NOW)).refresher(Server::answers([result])).build().unwrap();
        let request = any().not_this_token(token(PLANTED, 3600));
        let error = ready(credential.get_token(&request)).expect_err(case);
        check.error(&error);
        check.debug(&credential);
        texts.push(format!("{case} ({:?})\n    {error}", error.kind()));
    }
    insta::assert_snapshot!(texts.join("\n"));
}
