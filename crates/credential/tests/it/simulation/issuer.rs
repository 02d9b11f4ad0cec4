//! The service behind the caches: answers when it is told to, and notes everything that must not happen.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use credential::{
    AccessToken, Clock, CredentialError, CredentialErrorKind, CredentialIdentity, TokenCredential,
    TokenRequest,
};
use credential_testkit::FakeClock;
use http::StatusCode;

use super::executor::Dice;

/// What a fetch is answered with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Token { life: u64, fresh: Option<u64> },
    Refused,
    Throttled { retry_after: u64 },
    Unreachable,
}

impl Answer {
    pub(crate) fn random(dice: &mut Dice) -> Self {
        match dice.below(10) {
            0 | 1 => Self::Refused,
            2 => Self::Throttled { retry_after: 1 + dice.below(200) as u64 },
            3 => Self::Unreachable,
            _ => Self::good(dice),
        }
    }

    pub(crate) fn good(dice: &mut Dice) -> Self {
        let life = [2, 60, 240, 3600, 86_400][dice.below(5)];
        Self::Token { life, fresh: dice.percent(30).then(|| dice.below(life as usize) as u64) }
    }
}

/// A token as it truly is.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub(crate) number: u64,
    pub(crate) token: AccessToken,
    dies_at: Duration,
}

impl Truth {
    pub(crate) fn is_valid(&self, clock: &FakeClock) -> bool {
        clock.elapsed() < self.dies_at && self.token.is_valid_at(clock.now())
    }

    /// Valid for another second at least: caches count in whole ones, and end a token early rather than late.
    pub(crate) fn is_surely_valid(&self, clock: &FakeClock) -> bool {
        let second = Duration::from_secs(1);
        clock.elapsed() + second < self.dies_at && self.token.is_valid_at(clock.now() + second)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) issued: Vec<Truth>,
    /// The last token of each cache and scope: what the cache must have, unless it was dropped.
    pub(crate) latest: HashMap<(usize, String), Truth>,
    /// When a scope of a cache may be asked for again, by the service's own word, and by the cache's.
    ordered: HashMap<(usize, String), Duration>,
    held: HashMap<(usize, String), Duration>,
    /// Callers under way who insist on another token: a refusal does not hold them back.
    pub(crate) insisting: usize,
    /// How often a cache was cleared: what was asked for before is not kept.
    clears: HashMap<usize, u64>,
    asking: HashMap<u64, Asking>,
    asked: u64,
    pub(crate) failures: u64,
    pub(crate) wrong: Vec<String>,
}

#[derive(Debug)]
struct Asking {
    cache: usize,
    scope: String,
    answer: Option<Answer>,
    waker: Option<Waker>,
}

/// The service, as one of several caches sees it.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    pub(crate) books: Arc<Mutex<Books>>,
    pub(crate) clock: FakeClock,
    pub(crate) cache: usize,
    /// No two caches may ask for the same at once.
    pub(crate) is_shared: bool,
}

impl Issuer {
    pub(crate) fn new(clock: &FakeClock) -> Self {
        Self { books: Arc::default(), clock: clock.clone(), cache: 0, is_shared: false }
    }

    pub(crate) fn wrong(&self, what: impl Into<String>) {
        self.books.lock().unwrap().wrong.push(what.into());
    }

    pub(crate) fn issued(&self) -> u64 {
        self.books.lock().unwrap().asked
    }

    pub(crate) fn truth(&self, token: &AccessToken) -> Option<Truth> {
        let books = self.books.lock().unwrap();
        books.issued.iter().rev().find(|truth| truth.token.expose() == token.expose()).cloned()
    }

    pub(crate) fn latest(&self, cache: usize, scope: &str) -> Option<Truth> {
        self.books.lock().unwrap().latest.get(&(cache, scope.to_owned())).cloned()
    }

    pub(crate) fn is_asked(&self, cache: usize, scope: &str) -> bool {
        self.books
            .lock()
            .unwrap()
            .asking
            .values()
            .any(|asking| asking.cache == cache && asking.scope == scope)
    }

    /// Everything was dropped.
    pub(crate) fn forget(&self, cache: usize) {
        let mut books = self.books.lock().unwrap();
        *books.clears.entry(cache).or_default() += 1;
        books.latest.retain(|(of, _), _| *of != cache);
        books.ordered.retain(|(of, _), _| *of != cache);
        books.held.retain(|(of, _), _| *of != cache);
    }

    pub(crate) fn forget_token(&self, token: &AccessToken) {
        self.books.lock().unwrap().latest.retain(|_, truth| !truth.token.is_same_token(token));
    }

    /// Answers one of those who ask. `false`: nobody does.
    pub(crate) fn answer(&self, dice: &mut Dice, answer: Answer) -> bool {
        let mut books = self.books.lock().unwrap();
        let mut waiting: Vec<u64> = books
            .asking
            .iter()
            .filter(|(_, asking)| asking.answer.is_none())
            .map(|(number, _)| *number)
            .collect();
        waiting.sort_unstable();
        if waiting.is_empty() {
            return false;
        }
        let asking = books.asking.get_mut(&waiting[dice.below(waiting.len())]).unwrap();
        asking.answer = Some(answer);
        if let Some(waker) = asking.waker.take() {
            waker.wake();
        }
        true
    }

    fn begin(&self, scope: &str) -> Ask {
        let mut books = self.books.lock().unwrap();
        let key = (self.cache, scope.to_owned());
        let is_same =
            |asking: &Asking| asking.scope == scope && (self.is_shared || asking.cache == self.cache);
        if books.asking.values().any(is_same) {
            books.wrong.push(format!("two fetches of {scope} at once"));
        }
        let elapsed = self.clock.elapsed();
        if books.ordered.get(&key).is_some_and(|until| elapsed < *until) {
            books.wrong.push(format!("{scope} asked for again before Retry-After has passed"));
        }
        if books.insisting == 0 && books.held.get(&key).is_some_and(|until| elapsed < *until) {
            books.wrong.push(format!("{scope} asked for again at once after a refusal"));
        }
        books.asked += 1;
        let number = books.asked;
        let asking = Asking { cache: self.cache, scope: scope.to_owned(), answer: None, waker: None };
        books.asking.insert(number, asking);
        let clears = books.clears.get(&self.cache).copied();
        Ask { issuer: self.clone(), number, key, clears }
    }
}

/// A fetch under way; dropped, it was cancelled.
struct Ask {
    issuer: Issuer,
    number: u64,
    key: (usize, String),
    clears: Option<u64>,
}

impl Ask {
    /// The token is made when it arrives, so that it never arrives expired.
    fn receive(&self, answer: Answer) -> Result<AccessToken, CredentialError> {
        let (now, elapsed) = (self.issuer.clock.now(), self.issuer.clock.elapsed());
        let mut books = self.issuer.books.lock().unwrap();
        let error = |kind| CredentialError::new(kind, "the issuer said no", "expect this in the test");
        let refused = |kind| error(kind).with_status(StatusCode::UNAUTHORIZED);
        books.failures += u64::from(!matches!(answer, Answer::Token { .. }));
        match answer {
            Answer::Token { life, fresh } => {
                let life = Duration::from_secs(life);
                let token = AccessToken::new(format!("{}#{}", self.key.1, self.number), now + life);
                let token = match fresh {
                    Some(fresh) => token.with_refresh_at(now + Duration::from_secs(fresh)),
                    None => token,
                };
                let truth = Truth { number: self.number, token: token.clone(), dies_at: elapsed + life };
                books.issued.push(truth.clone());
                if books.clears.get(&self.key.0).copied() == self.clears {
                    books.latest.insert(self.key.clone(), truth);
                }
                books.ordered.remove(&self.key);
                books.held.remove(&self.key);
                Ok(token)
            }
            Answer::Refused => {
                books.held.insert(self.key.clone(), elapsed + Duration::from_secs(1));
                Err(refused(CredentialErrorKind::Refused))
            }
            Answer::Throttled { retry_after } => {
                let retry_after = Duration::from_secs(retry_after);
                books.ordered.insert(self.key.clone(), elapsed + retry_after);
                Err(refused(CredentialErrorKind::Throttled).with_retry_after(retry_after))
            }
            Answer::Unreachable => Err(error(CredentialErrorKind::Unreachable)),
        }
    }
}

impl Drop for Ask {
    fn drop(&mut self) {
        self.issuer.books.lock().unwrap().asking.remove(&self.number);
    }
}

#[async_trait]
impl TokenCredential for Issuer {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let ask = self.begin(&request.scopes()[0]);
        let answer = poll_fn(|context| {
            let mut books = self.books.lock().unwrap();
            let asking = books.asking.get_mut(&ask.number).unwrap();
            asking.waker = Some(context.waker().clone());
            asking.answer.map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        ask.receive(answer)
    }

    fn identity(&self) -> Option<CredentialIdentity> {
        Some(CredentialIdentity::new("issuer", "simulation"))
    }
}

pub(crate) fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
}
