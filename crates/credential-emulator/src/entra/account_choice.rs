//! Who signs in at the page.

use super::error::EntraError;
use super::form::Form;
use super::password::{check_password, known_user};
use super::token_request::TokenRequest;
use crate::accounts::User;
use crate::verdict::Verdict;

/// What is done at the page.
#[derive(Clone, Copy)]
pub(super) enum Decision<'a> {
    Undecided,
    Cancel,
    Accept(Account<'a>),
}

/// As whom.
#[derive(Clone, Copy)]
pub(super) enum Account<'a> {
    /// As whom the page offers first.
    First,
    /// As one whom the page offers.
    Named(&'a str),
    WithPassword {
        name: &'a str,
        password: &'a str,
    },
}

impl<'a> Decision<'a> {
    pub(super) fn of(sent: &'a Form<'_>) -> Self {
        if let Some(name) = sent.field("account") {
            return Self::Accept(Account::Named(name));
        }
        match (sent.field("decision"), sent.field("username")) {
            (Some("cancel"), _) => Self::Cancel,
            (Some("continue"), None) => Self::Accept(Account::First),
            (Some("continue"), Some(name)) => {
                let password = sent.field("password").unwrap_or_default();
                Self::Accept(Account::WithPassword { name, password })
            }
            _ => Self::Undecided,
        }
    }
}

/// Returns who can sign in where the client asks: whom it hints at first, then those who are at home there.
pub(super) fn offered<'a>(request: &TokenRequest<'a>) -> Vec<User<'a>> {
    let mut users = request.tenant.users();
    if let Some(hint) = request.form.field("login_hint") {
        users.sort_by_key(|user| !user.name.eq_ignore_ascii_case(hint));
    }
    users
}

/// Returns who signs in, and the tenant.
pub(super) fn chosen<'a>(
    request: &TokenRequest<'a>,
    account: Account<'_>,
    verdict: &mut Verdict,
) -> Result<(User<'a>, &'a str), EntraError> {
    let (accounts, directory) = (&request.services.accounts, request.tenant.shown());
    let user = match account {
        Account::First => offered(request).into_iter().next().ok_or_else(|| nobody(directory))?,
        Account::Named(name) | Account::WithPassword { name, .. } => known_user(accounts, name, directory)?,
    };
    let tenant_id = request.tenant_of(&user, verdict)?;
    if let Account::WithPassword { password, .. } = account {
        check_password(&user, password, verdict)?;
    }
    Ok((user, tenant_id))
}

/// Returns who is signed in with the browser, and is whom the client hints at.
pub(super) fn signed_in<'a>(request: &TokenRequest<'a>) -> Option<User<'a>> {
    let hint = request.form.field("login_hint");
    let is_meant = |user: &User<'_>| {
        hint.is_none_or(|hint| user.name.eq_ignore_ascii_case(hint)) && request.tenant.of_user(user).is_ok()
    };
    let session = request.services.sign_ins.browser.users();
    session.iter().filter_map(|id| request.services.accounts.user_of(id)).find(is_meant)
}

fn nobody(directory: &str) -> EntraError {
    let message = format!("No user account exists in '{directory}'.");
    EntraError::invalid_grant(50_020, &message)
        .because(format!("user: nobody is at home or a guest in {directory}; add a user to the accounts"))
}
