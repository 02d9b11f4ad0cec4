//! Verifies signed requests.

use std::fmt;
use std::sync::Arc;

use credential::{AccessKey, Clock, Endpoint, SystemClock};
use http::{HeaderMap, Request};
use subtle::ConstantTimeEq;

use crate::authorization::Authorization;
use crate::content_hash::base64_of;
use crate::diagnosis::{Fields, MOST_TEXTS};
use crate::keyed_mac::{KeyedMac, KeyedRing};
use crate::request_address::{RequestAddress, SIGNED_HOST};
use crate::{ContentHash, Mistake, Refusal, Scheme, SigningDate, StringToSign};

/// Verifies signed requests as they arrived, and says which field differs when one does not fit.
///
/// It rebuilds the string-to-sign with the code that the [`Signer`](crate::Signer) uses, from the request-target and
/// the `Host` header as they arrived (the address's host where there is no such header, as in HTTP/2), and accepts the
/// primary and the secondary key. Hash and signature are compared in constant time. Replays within the allowed 5
/// minutes are not detected, as the scheme has nothing against them.
///
/// A signature that fits neither key is tried against what signing code is known to do wrong, and the refusal names the
/// [`Mistake`] that makes it fit. That work is bounded: at most 250 texts with each key, and none when target and host
/// are longer than 2,048 bytes together; a tenth of a millisecond for a common request.
/// [`Verifier::with_search_limit`] makes it less, or none.
///
/// # Example
/// ```
/// use acs_hmac::{Signer, VerifiedKey, Verifier};
/// use credential::AccessKey;
///
/// let key = AccessKey::from_base64("pw==")?;
/// let mut request = http::Request::post("https://localhost:8443/identities?api-version=2023-10-01").body("{}")?;
/// Signer::new(key.clone())?.sign(&mut request)?;
///
/// let verifier = Verifier::new(key);
/// assert_eq!(verifier.verify(&request)?.key(), VerifiedKey::Primary);
///
/// *request.body_mut() = "{ }";
/// assert_eq!(verifier.verify(&request).unwrap_err().field(), "x-ms-content-sha256");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Verifier {
    ring: Arc<KeyedRing>,
    clock: Arc<dyn Clock>,
    signed_host: Option<Arc<str>>,
    scheme: Scheme,
    search_limit: usize,
}

/// What is known of a request that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    key: VerifiedKey,
    skew_seconds: i64,
}

/// Which key of the ring signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifiedKey {
    /// The primary key.
    Primary,
    /// The secondary key.
    Secondary,
}

impl Verified {
    /// Returns which key signed.
    pub fn key(&self) -> VerifiedKey {
        self.key
    }

    /// Returns by how many seconds the request's date is ahead of the verifier's clock; negative when it is behind.
    pub fn skew_seconds(&self) -> i64 {
        self.skew_seconds
    }
}

impl Verifier {
    /// Verifies with the keys of this ring. A rotation is seen from the next request on.
    pub fn new(key: AccessKey) -> Self {
        Self {
            ring: Arc::new(KeyedRing::new(key)),
            clock: SystemClock::shared(),
            signed_host: None,
            scheme: Scheme::communication_services(),
            search_limit: MOST_TEXTS,
        }
    }

    /// Uses another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Accepts signatures over the host of this resource, too, when the header `x-ms-host` names it: what
    /// [`Signer::with_signed_host`](crate::Signer::with_signed_host) makes.
    #[must_use]
    pub fn with_signed_host(mut self, resource: &Endpoint) -> Self {
        self.signed_host = Some(resource.authority().into());
        self
    }

    /// Verifies another form of the scheme, such as [`Scheme::app_configuration`].
    #[must_use]
    pub fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Tries at most this many texts with each key to find the [`Mistake`] in a signature that does not fit. 0 turns the
    /// search off, for servers whose callers are strangers; the default is what there is to try, at most 250.
    #[must_use]
    pub fn with_search_limit(mut self, texts: usize) -> Self {
        self.search_limit = texts;
        self
    }

    /// Verifies a request as it arrived, with its whole body.
    ///
    /// # Errors
    /// The first field that does not fit: the headers' presence and form, the date, the body's hash, the signature.
    pub fn verify<B: AsRef<[u8]>>(&self, request: &Request<B>) -> Result<Verified, Refusal> {
        let headers = request.headers();
        let authorization = Authorization::parse(one(headers, "authorization")?, &self.scheme)?;
        let address = RequestAddress::as_received(request.uri(), headers)?;
        let signed_host = self
            .signed_host
            .as_deref()
            .filter(|host| headers.get(SIGNED_HOST).is_some_and(|value| value.as_bytes() == host.as_bytes()));
        let (date, skew_seconds) = self.date(headers, authorization.date_header)?;
        let content_hash = self.content_hash(headers, request.body().as_ref())?;
        let text = StringToSign::from_address(request.method(), address, date, content_hash);
        let text = match signed_host {
            Some(host) => text.with_host(host),
            None => text,
        };
        match self.key_of(&text, authorization.signature) {
            Some(key) => Ok(Verified { key, skew_seconds }),
            None => {
                let found = self.search(&text, headers, &authorization);
                let (mistakes, signed) = found.map_or_else(Default::default, |(all, text)| (all, Some(text)));
                Err(Refusal::Signature { string_to_sign: text.to_string(), mistakes, signed })
            }
        }
    }

    fn date(&self, headers: &HeaderMap, name: &'static str) -> Result<(SigningDate, i64), Refusal> {
        let received = one(headers, name)?;
        let date = SigningDate::parse(received)
            .map_err(|_| Refusal::Date { name, received: received.to_owned() })?;
        let now = self.clock.now();
        let (skew, is_ahead) = match date.time().duration_since(now) {
            Ok(ahead) => (ahead, true),
            Err(behind) => (behind.duration(), false),
        };
        let seconds = i64::try_from(skew.as_secs()).unwrap_or(i64::MAX);
        let skew_seconds = if is_ahead { seconds } else { -seconds };
        let allowed = self.scheme.allowed_skew();
        if skew > allowed {
            let verifier = SigningDate::at(now)
                .map_or_else(|_| "clock, out of range".to_owned(), |date| date.to_string());
            return Err(Refusal::DateSkew {
                name,
                received: received.to_owned(),
                verifier,
                skew_seconds,
                allowed_seconds: allowed.as_secs(),
            });
        }
        Ok((date, skew_seconds))
    }

    /// The known mistakes with which the signature would fit one of the keys, and the text that was signed then.
    fn search(
        &self,
        text: &StringToSign<'_>,
        headers: &HeaderMap,
        authorization: &Authorization<'_>,
    ) -> Option<(Vec<Mistake>, String)> {
        if self.search_limit == 0 {
            return None;
        }
        let content_hash = text.content_hash();
        let date = text.date();
        let fields = Fields {
            method: text.method(),
            target: text.target(),
            date: date.as_str(),
            host: text.host(),
            content_hash: content_hash.as_str(),
            header_names: [self.scheme.date_header(), self.scheme.content_hash_header()],
            date_header: headers.get(http::header::DATE).and_then(|value| value.to_str().ok()),
        };
        let fits = |mac: &KeyedMac, text: &str| {
            bool::from(base64_of(&mac.of(&[text.as_bytes()])).ct_eq(authorization.signature.as_bytes()))
        };
        let keys = self.ring.keys();
        let mut texts = std::iter::once(keys.primary()).chain(keys.secondary()).map(|key| key.expose());
        if texts.any(|key| fits(&KeyedMac::from_bytes(key.as_bytes()), &fields.text())) {
            return Some((vec![Mistake::KeyNotDecoded], fields.text()));
        }
        let ring = self.ring.load();
        // The text of the key that is not decoded was one.
        fields.diagnose(self.search_limit - 1, |text| {
            fits(&ring.primary, text) || ring.secondary.as_ref().is_some_and(|mac| fits(mac, text))
        })
    }

    fn content_hash(&self, headers: &HeaderMap, body: &[u8]) -> Result<ContentHash, Refusal> {
        let name = self.scheme.content_hash_header();
        let received = one(headers, name)?;
        let computed = ContentHash::of(body);
        if computed.equals(received) {
            return Ok(computed);
        }
        Err(Refusal::ContentHash { name, received: received.to_owned(), computed: computed.to_string() })
    }

    fn key_of(&self, text: &StringToSign<'_>, signature: &str) -> Option<VerifiedKey> {
        let ring = self.ring.load();
        let fits = |mac: &KeyedMac| bool::from(base64_of(&mac.of_text(text)).ct_eq(signature.as_bytes()));
        if fits(&ring.primary) {
            Some(VerifiedKey::Primary)
        } else if ring.secondary.as_ref().is_some_and(fits) {
            Some(VerifiedKey::Secondary)
        } else {
            None
        }
    }
}

/// The value of a header that must be there exactly once.
fn one<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Refusal> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Err(Refusal::MissingHeader { name }),
        (Some(value), None) => value.to_str().map_err(|_| Refusal::UnreadableHeader { name }),
        (Some(_), Some(_)) => Err(Refusal::RepeatedHeader { name }),
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("clock", &self.clock).finish_non_exhaustive()
    }
}
