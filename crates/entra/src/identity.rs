//! Whose token it is.

use credential::{Secret, decode_base64};
use serde_json::Value;

/// Whose token an answer holds, as far as it says so.
#[derive(Clone, Default)]
pub(crate) struct Identity {
    /// `<uid>.<utid>` of Entra's `client_info`; else what the id token has.
    pub(crate) home_account_id: Option<String>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) username: Option<String>,
    /// The id is the same in all tenants.
    is_global: bool,
}

impl Identity {
    pub(crate) fn read(client_info: Option<&Secret>, id_token: Option<&Secret>) -> Self {
        let claims = id_token.and_then(|token| decode(token.expose().split('.').nth(1)?));
        let claim = |name: &str| word(claims.as_ref()?.get(name)?.as_str()?);
        let names = ["preferred_username", "upn", "unique_name"];
        let of_id_token = || match (claim("oid"), claim("tid")) {
            (Some(oid), Some(tid)) => Some(format!("{oid}.{tid}")),
            _ => claim("sub"),
        };
        let global = client_info.and_then(home_account_id);
        Self {
            is_global: global.is_some(),
            home_account_id: global.or_else(of_id_token),
            tenant_id: claim("tid"),
            username: names.iter().find_map(|name| {
                let text = claims.as_ref()?.get(*name)?.as_str()?;
                let shown: String = text.chars().filter(|c| !c.is_control()).take(256).collect();
                (!shown.is_empty()).then_some(shown)
            }),
        }
    }
}

impl Identity {
    /// Says whether this is certainly another account. In each tenant that an account visits as a guest, an id token has
    /// another `oid`.
    pub(crate) fn is_other_than(&self, expected: &str) -> bool {
        let Some(actual) = self.home_account_id.as_deref() else { return false };
        let tenant = |id: &str| id.rsplit_once('.').map(|(_, tenant)| tenant.to_owned());
        let can_compare = self.is_global || tenant(actual) == tenant(expected);
        can_compare && actual != expected
    }
}

/// Returns a claim of an id token that is a text.
pub(crate) fn id_token_claim(id_token: &Secret, name: &str) -> Option<Secret> {
    let claims = decode(id_token.expose().split('.').nth(1)?)?;
    claims.get(name)?.as_str().map(Secret::from)
}

fn home_account_id(client_info: &Secret) -> Option<String> {
    let info = decode(client_info.expose())?;
    let part = |name: &str| word(info.get(name)?.as_str()?);
    Some(format!("{}.{}", part("uid")?, part("utid")?))
}

fn decode(text: &str) -> Option<Value> {
    serde_json::from_slice(&decode_base64(text)?).ok()
}

/// What ids are made of; `sub` may be any printable ASCII.
fn word(text: &str) -> Option<String> {
    let is_word = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_word.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use proptest::prelude::*;

    use super::*;

    fn encoded(json: &str) -> Secret {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json).into()
    }

    fn id_token(json: &str) -> Secret {
        format!("e30.{}.", encoded(json).expose()).into()
    }

    #[test]
    fn the_account_comes_from_client_info_before_the_id_token() {
        let token = id_token(r#"{"oid":"guest","tid":"there","sub":"s","preferred_username":"a@b\u001b"}"#);
        let identity = Identity::read(Some(&encoded(r#"{"uid":"u","utid":"t"}"#)), Some(&token));
        assert_eq!(identity.home_account_id.as_deref(), Some("u.t"));
        assert_eq!(identity.tenant_id.as_deref(), Some("there"));
        assert_eq!(identity.username.as_deref(), Some("a@b"));
        assert_eq!(Identity::read(None, Some(&token)).home_account_id.as_deref(), Some("guest.there"));
        let adfs = id_token(r#"{"sub":"s+/=","upn":"a@b"}"#);
        assert_eq!(Identity::read(None, Some(&adfs)).home_account_id.as_deref(), Some("s+/="));
    }

    #[test]
    fn a_guest_is_not_another_account() {
        let home = Identity::read(Some(&encoded(r#"{"uid":"u","utid":"t"}"#)), None);
        assert!(home.is_other_than("v.t") && home.is_other_than("u.s") && !home.is_other_than("u.t"));
        let guest = Identity::read(None, Some(&id_token(r#"{"oid":"g","tid":"s"}"#)));
        assert!(guest.is_other_than("u.s") && !guest.is_other_than("u.t") && !guest.is_other_than("g.s"));
        let adfs = Identity::read(None, Some(&id_token(r#"{"sub":"me"}"#)));
        assert!(adfs.is_other_than("you") && !adfs.is_other_than("me"));
        assert!(!Identity::default().is_other_than("u.t"));
    }

    #[test]
    fn odd_answers_name_nobody() {
        for text in ["", "%", "e30", "W10", "a.b.c", "e30.W10.x"] {
            let text = Secret::from(text);
            let identity = Identity::read(Some(&text), Some(&text));
            assert!(identity.home_account_id.is_none() && identity.username.is_none());
        }
        assert!(
            Identity::read(Some(&encoded(r#"{"uid":"u u","utid":"t"}"#)), None).home_account_id.is_none()
        );
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,60}") {
            let text = Secret::from(text);
            let _either = Identity::read(Some(&text), Some(&text));
        }
    }
}
