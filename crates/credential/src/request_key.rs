//! The part of a request that decides which token fits.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::OnceLock;

#[cfg(feature = "cache")]
use crate::TokenRequest;

/// The part of a request that decides which token fits: equal keys can share one. Carries its own hash.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestKey {
    pub(crate) hash: u64,
    pub(crate) scopes: Box<[Cow<'static, str>]>,
    pub(crate) tenant: Option<Cow<'static, str>>,
    pub(crate) claims: Option<Cow<'static, str>>,
    pub(crate) cae: bool,
}

impl RequestKey {
    /// Seeded anew in each process, so that nobody can prepare scopes or tenants whose hashes collide.
    pub(crate) fn hashed(mut self) -> Self {
        let mut hasher = seeded();
        hasher.write_u8(self.flags());
        hasher.write_usize(self.scopes.len());
        for scope in &self.scopes {
            scope.hash(&mut hasher);
        }
        for byte in self.tenant.iter().flat_map(|tenant| tenant.bytes()) {
            hasher.write_u8(byte.to_ascii_lowercase());
        }
        self.claims.as_deref().unwrap_or_default().hash(&mut hasher);
        self.hash = hasher.finish();
        self
    }

    /// What is there, in one byte.
    fn flags(&self) -> u8 {
        u8::from(self.cae) | u8::from(self.tenant.is_some()) << 1 | u8::from(self.claims.is_some()) << 2
    }
}

fn seeded() -> impl Hasher {
    static SEED: OnceLock<RandomState> = OnceLock::new();
    SEED.get_or_init(RandomState::new).build_hasher()
}

impl PartialEq for RequestKey {
    fn eq(&self, other: &Self) -> bool {
        let tenants_match = match (&self.tenant, &other.tenant) {
            (Some(mine), Some(theirs)) => mine.eq_ignore_ascii_case(theirs),
            (None, None) => true,
            _ => false,
        };
        self.hash == other.hash
            && tenants_match
            && self.scopes == other.scopes
            && self.claims == other.claims
            && self.cae == other.cae
    }
}

impl Eq for RequestKey {}

impl Hash for RequestKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// A [`RequestKey`] in one allocation without slack, as a cache keeps it by the thousand: the flags, the number of scopes,
/// then each text behind its length. The tenant is in lower case.
#[cfg(feature = "cache")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackedKey(Box<[u8]>);

#[cfg(feature = "cache")]
impl PackedKey {
    pub(crate) fn of(key: &RequestKey) -> Self {
        let mut bytes = Vec::with_capacity(key.scopes.iter().map(|scope| scope.len() + 2).sum::<usize>() + 2);
        bytes.push(key.flags());
        push_number(&mut bytes, key.scopes.len());
        for scope in &key.scopes {
            push_text(&mut bytes, scope);
        }
        if let Some(tenant) = &key.tenant {
            push_text(&mut bytes, &tenant.to_ascii_lowercase());
        }
        if let Some(claims) = &key.claims {
            push_text(&mut bytes, claims);
        }
        Self(bytes.into_boxed_slice())
    }

    /// A request with this key.
    pub(crate) fn to_request(&self) -> TokenRequest {
        let mut rest = Unpacked(&self.0);
        let flags = rest.byte();
        let scopes = rest.number();
        let mut text = || String::from_utf8_lossy(rest.text()).into_owned();
        let scopes: Vec<String> = (0..scopes).map(|_| text()).collect();
        let mut request = TokenRequest::new(scopes);
        if flags & 2 != 0 {
            request = request.with_tenant(text());
        }
        if flags & 4 != 0 {
            request = request.with_claims(text());
        }
        if flags & 1 != 0 { request.with_cae() } else { request }
    }
}

#[cfg(feature = "cache")]
impl papaya::Equivalent<PackedKey> for RequestKey {
    #[inline]
    fn equivalent(&self, packed: &PackedKey) -> bool {
        // What most requests are: one short scope.
        if let ([scope], 0, [0, 1, length @ 0..0x80, text @ ..]) = (&*self.scopes, self.flags(), &*packed.0) {
            return scope.len() == usize::from(*length) && scope.as_bytes() == text;
        }
        self.is_packed_as(packed)
    }
}

#[cfg(feature = "cache")]
impl RequestKey {
    fn is_packed_as(&self, packed: &PackedKey) -> bool {
        let mut rest = Unpacked(&packed.0);
        rest.byte() == self.flags()
            && rest.number() == self.scopes.len()
            && self.scopes.iter().all(|scope| rest.text() == scope.as_bytes())
            && self.tenant.as_ref().is_none_or(|tenant| rest.text().eq_ignore_ascii_case(tenant.as_bytes()))
            && self.claims.as_ref().is_none_or(|claims| rest.text() == claims.as_bytes())
    }
}

/// The same hash as that of the [`RequestKey`], by the same steps.
#[cfg(feature = "cache")]
impl Hash for PackedKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (mut hasher, mut rest) = (seeded(), Unpacked(&self.0));
        let flags = rest.byte();
        hasher.write_u8(flags);
        let scopes = rest.number();
        hasher.write_usize(scopes);
        for _ in 0..scopes {
            hash_text(rest.text(), &mut hasher);
        }
        if flags & 2 != 0 {
            rest.text().iter().for_each(|byte| hasher.write_u8(*byte));
        }
        hash_text(if flags & 4 != 0 { rest.text() } else { &[] }, &mut hasher);
        state.write_u64(hasher.finish());
    }
}

/// Text was packed, so text is what comes out.
#[cfg(feature = "cache")]
fn hash_text(text: &[u8], hasher: &mut impl Hasher) {
    std::str::from_utf8(text).unwrap_or_default().hash(hasher);
}

/// Seven bits to a byte, the lowest first; the eighth says that more follow.
#[cfg(feature = "cache")]
fn push_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(feature = "cache")]
fn push_text(bytes: &mut Vec<u8>, text: &str) {
    push_number(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}

/// What is left to read of a packed key; nothing when it has ended.
#[cfg(feature = "cache")]
struct Unpacked<'a>(&'a [u8]);

#[cfg(feature = "cache")]
impl<'a> Unpacked<'a> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn number(&mut self) -> usize {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return number;
            }
        }
    }

    fn text(&mut self) -> &'a [u8] {
        let length = self.number().min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        text
    }
}

/// A key carries its hash; this passes it on.
#[cfg(feature = "cache")]
#[derive(Default)]
pub(crate) struct PassedOn(u64);

#[cfg(feature = "cache")]
impl Hasher for PassedOn {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(all(test, feature = "cache"))]
mod tests {
    use papaya::Equivalent;
    use proptest::prelude::*;

    use super::*;

    fn hash_of(value: &impl Hash) -> u64 {
        let mut hasher = PassedOn::default();
        value.hash(&mut hasher);
        hasher.finish()
    }

    fn request() -> impl Strategy<Value = TokenRequest> {
        let text = || prop_oneof!["[ab]{0,2}", "[aA]", Just("x".repeat(200))];
        let parts = (
            proptest::collection::vec(text(), 0..4),
            proptest::option::of(text()),
            proptest::option::of(text()),
            any::<bool>(),
        );
        parts.prop_map(|(scopes, tenant, claims, cae)| {
            let request = TokenRequest::new(scopes);
            let request = tenant.into_iter().fold(request, TokenRequest::with_tenant);
            let request = claims.into_iter().fold(request, TokenRequest::with_claims);
            if cae { request.with_cae() } else { request }
        })
    }

    proptest! {
        #[test]
        fn a_packed_key_equals_what_it_was_packed_from_and_nothing_else(one in request(), other in request()) {
            let (one, other) = (one.key(), other.key());
            let packed = PackedKey::of(one);
            prop_assert!(one.equivalent(&packed));
            prop_assert_eq!(hash_of(&packed), hash_of(one));
            prop_assert_eq!(other.equivalent(&packed), one == other);
            prop_assert_eq!(PackedKey::of(other) == packed, one == other);
            prop_assert!(packed.to_request().key() == one);
        }
    }
}
