//! One run: callers, a service, time and a store, moved in an order that a seed decides.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use credential::{AccessToken, Clock, CredentialError, TokenRequest};
use credential_testkit::FakeClock;

use super::executor::{Alarm, Background, Dice, Executor};
use super::issuer::{Answer, Issuer, start};

const SCOPES: [&str; 2] = ["a", "b"];

/// A cache under test.
#[async_trait(?Send)]
pub(crate) trait Subject {
    async fn get(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError>;
    async fn refresh(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError>;
    async fn invalidate(&self, token: &AccessToken);
    fn clear(&self);
    fn hit(&self, request: &TokenRequest) -> Option<AccessToken>;
}

/// What happens in a run.
#[derive(Clone, Copy)]
pub(crate) struct Play {
    pub(crate) steps: usize,
    pub(crate) caches: usize,
    pub(crate) has_background: bool,
    pub(crate) has_store: bool,
    /// Callers give up, and the wall clock is set.
    pub(crate) is_rough: bool,
}

/// What was seen in all runs: a simulation in which nothing happens proves nothing.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) tokens: usize,
    pub(crate) errors: usize,
    pub(crate) served_despite_failure: usize,
    pub(crate) cancelled: usize,
    pub(crate) fetches: u64,
    pub(crate) failures: u64,
}

pub(crate) struct Stage {
    pub(crate) issuer: Issuer,
    pub(crate) background: Background,
    pub(crate) alarm: Alarm,
}

struct World {
    play: Play,
    clock: FakeClock,
    stage: Stage,
    caches: Vec<Rc<dyn Subject>>,
    executor: Executor,
    seen: Rc<RefCell<Seen>>,
    /// Tokens that were invalidated, and must not come back.
    dropped: Rc<RefCell<HashSet<String>>>,
}

/// Runs one seed. `Err` says what went wrong.
pub(crate) fn run(
    seed: u64,
    play: Play,
    make: impl Fn(&Stage, usize) -> Rc<dyn Subject>,
    seen: &Rc<RefCell<Seen>>,
) -> Result<(), String> {
    let clock = FakeClock::at(0);
    clock.set(start());
    let mut issuer = Issuer::new(&clock);
    issuer.is_shared = play.has_store && !play.is_rough;
    let stage = Stage { issuer, background: Background::default(), alarm: Alarm::on(&clock) };
    let caches = (0..play.caches).map(|number| make(&stage, number)).collect();
    let (executor, dropped) = (Executor::default(), Rc::default());
    let mut world = World { play, clock, stage, caches, executor, seen: seen.clone(), dropped };
    let mut dice = Dice(seed);
    for _ in 0..play.steps {
        world.act(&mut dice);
    }
    world.wind_up(&mut dice);
    let books = world.stage.issuer.books.lock().unwrap();
    seen.borrow_mut().fetches += books.issued.len() as u64;
    seen.borrow_mut().failures += books.failures;
    if books.wrong.is_empty() { Ok(()) } else { Err(books.wrong.join("; ")) }
}

impl World {
    fn act(&mut self, dice: &mut Dice) {
        for task in self.stage.background.take() {
            // A runtime that ends drops its tasks.
            if !self.play.is_rough || dice.percent(90) {
                self.executor.spawn(task);
            }
        }
        match dice.below(100) {
            0..30 => self.call(dice),
            30..65 => drop(self.executor.step(dice)),
            65..80 => {
                let answer = Answer::random(dice);
                self.stage.issuer.answer(dice, answer);
            }
            80..95 => self.pass_time(dice),
            95..97 if self.play.is_rough => {
                self.seen.borrow_mut().cancelled += usize::from(self.executor.len() > 0);
                self.executor.cancel(dice);
            }
            97..99 if self.play.is_rough && !self.play.has_store => self.set_clock(dice),
            99 => self.clear(dice),
            _ => {}
        }
    }

    fn pass_time(&self, dice: &mut Dice) {
        let longest = if dice.percent(50) { 5 } else { 9 };
        let seconds = [0, 1, 1, 5, 30, 100, 1000, 3000, 50_000][dice.below(longest)];
        self.clock.advance(Duration::from_secs(seconds) + Duration::from_millis(dice.below(1000) as u64));
        self.stage.alarm.ring();
    }

    fn set_clock(&self, dice: &mut Dice) {
        let by = Duration::from_secs([1, 60, 3600, 40_000][dice.below(4)]);
        let now = self.clock.now();
        self.clock.set(if dice.percent(50) { now + by } else { (now - by).max(std::time::UNIX_EPOCH + by) });
    }

    fn clear(&self, dice: &mut Dice) {
        let cache = dice.below(self.caches.len());
        self.stage.issuer.forget(cache);
        self.caches[cache].clear();
    }

    fn call(&mut self, dice: &mut Dice) {
        let (cache, scope) = (dice.below(self.caches.len()), SCOPES[dice.below(SCOPES.len())]);
        match dice.below(20) {
            0 => self.refresh(cache, scope),
            1 => self.invalidate(cache, scope),
            2 => self.get(cache, scope, true),
            _ => self.get(cache, scope, false),
        }
    }

    fn get(&mut self, cache: usize, scope: &'static str, refuses: bool) {
        let issuer = Issuer { cache, ..self.stage.issuer.clone() };
        let latest = issuer.latest(cache, scope).filter(|latest| latest.is_surely_valid(&self.clock));
        let mut request = TokenRequest::new([scope]);
        if let Some(latest) = latest.as_ref().filter(|_| refuses) {
            request = request.not_this_token(latest.token.clone());
            if self.play.has_store {
                // The other cache's token may take its place.
                issuer.forget_token(&latest.token);
            }
        }
        let has_token = latest.as_ref().is_some_and(|latest| !request.refuses(&latest.token));
        if let Some(hit) = self.caches[cache].hit(&request) {
            self.judge(&issuer, scope, &request, &hit);
        }
        let judge =
            Judge { clock: self.clock.clone(), seen: self.seen.clone(), dropped: self.dropped.clone() };
        let subject = self.caches[cache].clone();
        let (before, play) = (self.executor.len(), self.play);
        self.executor.spawn(async move {
            let failures = issuer.books.lock().unwrap().failures;
            match subject.get(&request).await {
                Ok(token) => {
                    judge.token(&issuer, scope, &request, &token);
                    let failed = issuer.books.lock().unwrap().failures > failures;
                    judge.seen.borrow_mut().served_despite_failure += usize::from(failed);
                }
                Err(_) => judge.error(&issuer, cache, scope, &request),
            }
        });
        self.executor.poll_last();
        let is_pending = self.executor.len() > before;
        let issuer = &self.stage.issuer;
        if is_pending && has_token && play.has_background {
            issuer.wrong(format!("a caller waits although a valid token of {scope} lies in the cache"));
        }
        // Whoever waits, waits for a fetch of the same key, or for somebody who was woken and is to take one over.
        let is_elsewhere = play.has_store || play.is_rough || play.has_background;
        if is_pending && !is_elsewhere && !issuer.is_asked(cache, scope) {
            issuer.wrong(format!("a caller waits for {scope}, which nobody fetches"));
        }
    }

    fn judge(&self, issuer: &Issuer, scope: &str, request: &TokenRequest, token: &AccessToken) {
        let judge =
            Judge { clock: self.clock.clone(), seen: self.seen.clone(), dropped: self.dropped.clone() };
        judge.token(issuer, scope, request, token);
    }

    fn refresh(&mut self, cache: usize, scope: &'static str) {
        struct Insisting(Issuer);
        impl Drop for Insisting {
            fn drop(&mut self) {
                self.0.books.lock().unwrap().insisting -= 1;
            }
        }
        let issuer = Issuer { cache, ..self.stage.issuer.clone() };
        let judge =
            Judge { clock: self.clock.clone(), seen: self.seen.clone(), dropped: self.dropped.clone() };
        let (subject, before) = (self.caches[cache].clone(), issuer.issued());
        issuer.books.lock().unwrap().insisting += 1;
        let insisting = Insisting(issuer);
        self.executor.spawn(async move {
            let issuer = &insisting.0;
            let request = TokenRequest::new([scope]);
            if let Ok(token) = subject.refresh(&request).await {
                judge.token(issuer, scope, &request, &token);
                if issuer.truth(&token).is_some_and(|truth| truth.number <= before) {
                    issuer.wrong("a forced refresh brought a token that was asked for before");
                }
            }
        });
    }

    fn invalidate(&mut self, cache: usize, scope: &'static str) {
        let Some(latest) = self.stage.issuer.latest(cache, scope) else { return };
        let (subject, issuer, dropped) =
            (self.caches[cache].clone(), self.stage.issuer.clone(), self.dropped.clone());
        issuer.forget_token(&latest.token);
        let shared = self.play.has_store;
        self.executor.spawn(async move {
            subject.invalidate(&latest.token).await;
            // A store that fails keeps it, and another cache has it still.
            if !shared {
                dropped.borrow_mut().insert(latest.token.expose().to_owned());
            }
        });
    }

    /// No more trouble: every fetch is answered, and everybody who is still there comes home.
    fn wind_up(&mut self, dice: &mut Dice) {
        for _ in 0..10_000 {
            for task in self.stage.background.take() {
                self.executor.spawn(task);
            }
            let answer = Answer::good(dice);
            if !self.executor.step(dice) && !self.stage.issuer.answer(dice, answer) {
                match self.stage.alarm.next() {
                    Some(next) if self.executor.len() > 0 => self.clock.advance(next),
                    _ => break,
                }
                self.stage.alarm.ring();
            }
        }
        if self.executor.len() > 0 {
            self.stage.issuer.wrong(format!("{} callers hang", self.executor.len()));
        }
    }
}

/// Judges what callers get.
struct Judge {
    clock: FakeClock,
    seen: Rc<RefCell<Seen>>,
    dropped: Rc<RefCell<HashSet<String>>>,
}

impl Judge {
    fn token(&self, issuer: &Issuer, scope: &str, request: &TokenRequest, token: &AccessToken) {
        self.seen.borrow_mut().tokens += 1;
        let text = token.expose();
        match issuer.truth(token) {
            None => issuer.wrong("a token that was never issued"),
            Some(truth) if !truth.is_valid(&self.clock) => {
                issuer.wrong(format!("an expired token of {scope}"))
            }
            Some(_) => {}
        }
        if !text.starts_with(&format!("{scope}#")) {
            issuer.wrong(format!("a token of another key than {scope}"));
        }
        if request.refuses(token) {
            issuer.wrong("the very token that was refused");
        }
        if self.dropped.borrow().contains(text) {
            issuer.wrong("a token that was invalidated");
        }
    }

    fn error(&self, issuer: &Issuer, cache: usize, scope: &str, request: &TokenRequest) {
        self.seen.borrow_mut().errors += 1;
        let latest = issuer.latest(cache, scope).filter(|latest| latest.is_surely_valid(&self.clock));
        if latest.is_some_and(|latest| !request.refuses(&latest.token)) {
            issuer.wrong(format!("an error although a valid token of {scope} lies in the cache"));
        }
    }
}
