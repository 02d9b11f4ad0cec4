//! The users of the Communication Services resource.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// How many are kept. The oldest are forgotten first.
const CAPACITY: usize = 100_000;
/// How many tokens of one user are kept. The oldest are forgotten first.
const MOST_TOKENS: usize = 1_000;

/// The users that clients created, each with its tokens that are neither expired nor revoked.
#[derive(Debug, Default)]
pub(crate) struct Users(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    users: HashMap<String, User>,
    by_custom_id: HashMap<String, String>,
    /// By the number of each, in the order in which they came. Who was deleted is gone here too, so that memory stays flat.
    order: BTreeMap<u64, String>,
    /// How many came, those that are gone too.
    count: u64,
}

#[derive(Debug, Default)]
struct User {
    /// Its place in the order.
    number: u64,
    about: AboutUser,
    tokens: VecDeque<Issued>,
}

/// What is known of a user.
#[derive(Clone, Debug, Default)]
pub(super) struct AboutUser {
    pub(super) custom_id: Option<String>,
    /// In seconds since 1970.
    pub(super) last_token_issued_at: Option<i64>,
}

#[derive(Debug)]
struct Issued {
    token_id: String,
    expires_at: i64,
}

/// There is no such user, or no longer.
#[derive(Debug)]
pub(super) struct NoSuchUser;

impl Users {
    /// Adds a user and returns the id, and whether the user is new: who has the client's own name already is not.
    pub(super) fn add(&self, custom_id: Option<String>, fresh: impl FnOnce() -> String) -> (String, bool) {
        let mut inner = self.lock();
        if let Some(known) = custom_id.as_ref().and_then(|name| inner.by_custom_id.get(name)) {
            return (known.clone(), false);
        }
        let id = fresh();
        if let Some(name) = &custom_id {
            inner.by_custom_id.insert(name.clone(), id.clone());
        }
        inner.insert(id.clone(), custom_id);
        (id, true)
    }

    /// Adds a user who is known elsewhere, unless that was done before.
    pub(super) fn know(&self, id: &str) {
        let mut inner = self.lock();
        if !inner.users.contains_key(id) {
            inner.insert(id.to_owned(), None);
        }
    }

    pub(super) fn holds(&self, id: &str) -> bool {
        self.lock().users.contains_key(id)
    }

    pub(super) fn find(&self, id: &str) -> Result<AboutUser, NoSuchUser> {
        self.lock().users.get(id).map(|user| user.about.clone()).ok_or(NoSuchUser)
    }

    /// Forgets all users, and so ends all their tokens.
    pub(crate) fn clear(&self) {
        *self.lock() = Inner::default();
    }

    pub(super) fn remove(&self, id: &str) -> Result<(), NoSuchUser> {
        self.lock().remove(id)
    }

    pub(super) fn add_token(
        &self,
        id: &str,
        token_id: String,
        expires_at: i64,
        now: i64,
    ) -> Result<(), NoSuchUser> {
        let mut inner = self.lock();
        let user = inner.users.get_mut(id).ok_or(NoSuchUser)?;
        user.about.last_token_issued_at = Some(now);
        user.tokens.retain(|issued| now < issued.expires_at);
        if user.tokens.len() == MOST_TOKENS {
            user.tokens.pop_front();
        }
        user.tokens.push_back(Issued { token_id, expires_at });
        Ok(())
    }

    /// Revokes all tokens of the user.
    pub(super) fn revoke_tokens(&self, id: &str) -> Result<(), NoSuchUser> {
        self.lock().users.get_mut(id).map(|user| user.tokens.clear()).ok_or(NoSuchUser)
    }

    /// Says whether the token was issued to the user and not revoked.
    pub(super) fn has_token(&self, id: &str, token_id: &str) -> Result<bool, NoSuchUser> {
        let inner = self.lock();
        let user = inner.users.get(id).ok_or(NoSuchUser)?;
        Ok(user.tokens.iter().any(|issued| issued.token_id == token_id))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn insert(&mut self, id: String, custom_id: Option<String>) {
        if self.users.len() == CAPACITY
            && let Some((_, oldest)) = self.order.pop_first()
        {
            // Each of the order is known.
            let _known = self.remove(&oldest);
        }
        self.count += 1;
        let number = self.count;
        self.order.insert(number, id.clone());
        let about = AboutUser { custom_id, last_token_issued_at: None };
        self.users.insert(id, User { number, about, tokens: VecDeque::new() });
    }

    fn remove(&mut self, id: &str) -> Result<(), NoSuchUser> {
        let user = self.users.remove(id).ok_or(NoSuchUser)?;
        self.order.remove(&user.number);
        if let Some(name) = user.about.custom_id {
            self.by_custom_id.remove(&name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_own_name_is_one_user() {
        let users = Users::default();
        let add = |id: &str, name: &str| users.add(Some(name.to_owned()), || id.to_owned());
        assert_eq!(add("1", "ann"), ("1".to_owned(), true));
        assert_eq!(add("2", "ann"), ("1".to_owned(), false));
        users.remove("1").unwrap();
        assert_eq!(add("3", "ann"), ("3".to_owned(), true));
        assert!(users.remove("1").is_err());
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let users = Users::default();
        for number in 0..=CAPACITY {
            users.know(&number.to_string());
        }
        assert!(!users.holds("0") && users.holds("1"));
        users.know("1");
        for number in 0..=MOST_TOKENS {
            users.add_token("1", number.to_string(), 10, 0).unwrap();
        }
        assert!(!users.has_token("1", "0").unwrap() && users.has_token("1", "1").unwrap());
        assert_eq!(users.find("1").unwrap().last_token_issued_at, Some(0));
    }

    #[test]
    fn nothing_is_kept_of_users_who_were_deleted() {
        let users = Users::default();
        users.know("stays");
        for number in 0..10 {
            // One comes again and again, the others once.
            for id in ["again".to_owned(), number.to_string()] {
                users.know(&id);
                users.add_token(&id, "t".to_owned(), 10, 0).unwrap();
                users.remove(&id).unwrap();
            }
        }
        let inner = users.lock();
        assert_eq!((inner.users.len(), inner.order.len(), inner.by_custom_id.len()), (1, 1, 0));
    }

    #[test]
    fn who_was_deleted_and_came_again_is_not_the_oldest() {
        let users = Users::default();
        users.know("again");
        for number in 1..CAPACITY {
            users.know(&number.to_string());
        }
        users.remove("again").unwrap();
        users.know("again");
        users.know("one more");
        assert!(users.holds("again") && !users.holds("1") && users.holds("2"));
    }
}
