//! Signs requests.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AccessKey, AuthorizeRequest, Clock, CredentialError, CredentialErrorKind, Endpoint, SystemClock,
    Transport,
};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, Uri};

use crate::keyed_mac::KeyedRing;
use crate::request_address::RequestAddress;
use crate::resigner::Learned;
use crate::signed_headers::Signed;
use crate::{ContentHash, Resigner, Scheme, SignedHeaders, SigningDate, StringToSign, VerifiedKey};

/// Signs requests with the primary key of an [`AccessKey`].
///
/// What is signed is what goes on the wire: the method, the raw path and query, the host, the date and the hash of the
/// body. Three headers are set: `x-ms-date`, `x-ms-content-sha256` and `Authorization`. A request that has an
/// `Authorization` header already is refused, because one of the two would be lost; [`Signer::re_signing`] replaces it.
///
/// About the host, which the service reads from the wire too:
/// - it is signed in lower case, with the port only when that is not the scheme's default, as HTTP clients send it;
/// - a `Host` header must mean the same host as the address; it is rewritten when it spells that host differently;
/// - an address without a host (`/path`) takes its host from the `Host` header;
/// - when the address has upper-case letters in its host and there is no `Host` header, one is added, because some
///   clients would otherwise send the letters as they are.
///
/// Use an HTTP client that sends the path and query as they are. One that rewrites them, for example resolving `..` or
/// encoding a quote, sends something other than what was signed.
///
/// As an [`AuthorizeRequest`] it always re-signs, since a transport that retries authorizes every attempt anew, and
/// [`AuthorizeRequest::send`] mends a refusal as a [`Resigner`] does.
///
/// Clones share the keys; one signer serves all threads without a lock.
///
/// # Example
/// ```
/// use acs_hmac::Signer;
/// use credential::AccessKey;
///
/// let signer = Signer::new(AccessKey::from_base64("pw==")?)?;
/// let mut request = http::Request::get("https://contoso.communication.azure.com/identities?api-version=2023-10-01")
///     .body("")?;
/// signer.sign(&mut request)?;
/// assert_eq!(request.headers()["x-ms-content-sha256"], "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
/// assert!(request.headers()["authorization"].is_sensitive());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    ring: Arc<KeyedRing>,
    clock: Arc<dyn Clock>,
    signed_host: Option<Arc<str>>,
    scheme: Scheme,
    re_signing: bool,
    learned: Arc<Learned>,
}

/// What changes from one attempt of a request to the next.
#[derive(Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) now: SystemTime,
    pub(crate) key: VerifiedKey,
}

impl Signer {
    /// Signs with this key ring. A rotation of its keys is seen from the next request on.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the primary key has no bytes.
    pub fn new(key: AccessKey) -> Result<Self, CredentialError> {
        if key.load().primary().bytes().is_empty() {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the access key is empty",
                "copy a key from the resource's Keys page",
            ));
        }
        Ok(Self {
            ring: Arc::new(KeyedRing::new(key)),
            clock: SystemClock::shared(),
            signed_host: None,
            scheme: Scheme::communication_services(),
            re_signing: false,
            learned: Arc::default(),
        })
    }

    /// Uses another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self.learned = Arc::default();
        self
    }

    /// Signs by another form of the scheme, such as [`Scheme::app_configuration`].
    #[must_use]
    pub fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Replaces the signature, or the token, that a request has already, instead of refusing it: what a retry needs.
    ///
    /// # Example
    /// ```
    /// use acs_hmac::Signer;
    /// use credential::AccessKey;
    ///
    /// let signer = Signer::new(AccessKey::from_base64("pw==")?)?;
    /// let mut request = http::Request::get("https://contoso.communication.azure.com/rooms").body("")?;
    /// signer.sign(&mut request)?;
    /// assert!(signer.sign(&mut request).is_err());
    /// signer.re_signing().sign(&mut request)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn re_signing(mut self) -> Self {
        self.re_signing = true;
        self
    }

    /// Signs the host of this resource instead of the host that the request goes to, and names it in the header
    /// `x-ms-host`, as Call Automation wants it when it is called at a host of a region or at one that holds recordings.
    ///
    /// Whoever gets such a request can send it to the resource for 5 minutes, so use it for such hosts only.
    ///
    /// # Example
    /// ```
    /// use acs_hmac::ConnectionString;
    /// use acs_hmac::Signer;
    ///
    /// let resource = ConnectionString::parse("endpoint=https://contoso.communication.azure.com/;accesskey=pw==")?;
    /// let signer = Signer::new(resource.access_key().clone())?.with_signed_host(resource.endpoint());
    /// let mut request = http::Request::get("https://recordings.example/v1/1").body("")?;
    /// signer.sign(&mut request)?;
    /// assert_eq!(request.headers()["x-ms-host"], "contoso.communication.azure.com");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_signed_host(mut self, resource: &Endpoint) -> Self {
        self.signed_host = Some(resource.authority().into());
        self
    }

    /// Signs a request whose body is in memory, exactly as it will be sent.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when the request cannot be signed: no host, an `http` address of another
    /// machine, user info in the address, a `Host` header that disagrees, a method in lower case or `CONNECT`, signed already.
    /// [`CredentialErrorKind::InvalidConfiguration`] when the clock is out of range. The request is then exactly what
    /// came in.
    pub fn sign<B: AsRef<[u8]>>(&self, request: &mut Request<B>) -> Result<(), CredentialError> {
        self.refuse_signed(request.headers())?;
        self.sign_whole(request)
    }

    fn sign_whole<B: AsRef<[u8]>>(&self, request: &mut Request<B>) -> Result<(), CredentialError> {
        let content_hash = ContentHash::of(request.body().as_ref());
        let attempt = self.first_attempt();
        let signed =
            self.signed(request.method(), request.uri(), request.headers(), content_hash, attempt)?;
        signed.apply(request.headers_mut(), &self.scheme, &content_hash)
    }

    /// Signs the head of a request whose body is hashed by the caller, for a body that is not in memory as a whole.
    ///
    /// # Errors
    /// Those of [`Signer::sign`].
    ///
    /// # Example
    /// ```
    /// use acs_hmac::{ContentHash, Signer};
    /// use credential::AccessKey;
    ///
    /// let (mut parts, body) = http::Request::post("https://contoso.communication.azure.com/sms").body("{}")?.into_parts();
    /// let signer = Signer::new(AccessKey::from_base64("pw==")?)?;
    /// signer.sign_parts(&mut parts, &ContentHash::of(body.as_bytes()))?;
    /// assert!(parts.headers.contains_key("authorization"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sign_parts(&self, parts: &mut Parts, content_hash: &ContentHash) -> Result<(), CredentialError> {
        self.refuse_signed(&parts.headers)?;
        let Parts { method, uri, headers, .. } = parts;
        self.sign_attempt(method, uri, headers, *content_hash, self.first_attempt())
    }

    /// Signs a text and touches no request: no clock, no heap allocation, no error.
    ///
    /// # Example
    /// ```
    /// use acs_hmac::{ContentHash, Signer, SigningDate, StringToSign};
    /// use credential::AccessKey;
    ///
    /// let date = SigningDate::parse("Wed, 13 Apr 2022 18:09:12 GMT")?;
    /// let text = StringToSign::new("GET", "/testPath", date, "example.com", ContentHash::EMPTY)?;
    /// let headers = Signer::new(AccessKey::from_base64("pw==")?)?.sign_at(&text);
    /// assert_eq!(
    ///     headers.authorization(),
    ///     "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256\
    ///      &Signature=+6tWkg3lNKVjQHHmxkdGQcJjUgzclsWTMebnuCz1ngU=",
    /// );
    /// # Ok::<(), credential::CredentialError>(())
    /// ```
    #[must_use]
    pub fn sign_at(&self, text: &StringToSign<'_>) -> SignedHeaders {
        let mac = self.mac(text, VerifiedKey::Primary);
        SignedHeaders::new(&self.scheme, text.date(), text.content_hash(), &mac)
    }

    /// The HMAC by one of the keys; by the primary one where there is no other.
    fn mac(&self, text: &StringToSign<'_>, key: VerifiedKey) -> [u8; 32] {
        let keys = self.ring.load();
        let key = match (key, &keys.secondary) {
            (VerifiedKey::Secondary, Some(secondary)) => secondary,
            _ => &keys.primary,
        };
        key.of_text(text)
    }

    /// Signs a head, whether or not it is signed already; on error it is what it was.
    pub(crate) fn sign_attempt(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &mut HeaderMap,
        content_hash: ContentHash,
        attempt: Attempt,
    ) -> Result<(), CredentialError> {
        let signed = self.signed(method, uri, headers, content_hash, attempt)?;
        signed.apply(headers, &self.scheme, &content_hash)
    }

    fn signed(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        content_hash: ContentHash,
        attempt: Attempt,
    ) -> Result<Signed, CredentialError> {
        let date = SigningDate::at(attempt.now)?;
        let mut address = RequestAddress::to_send(method, uri, headers)?;
        let host = match &self.signed_host {
            None => address.host_header_to_set(),
            Some(host) => address.sign_host(host),
        };
        let text = StringToSign::from_address(method, address, date, content_hash);
        Ok(Signed { date, mac: self.mac(&text, attempt.key), host })
    }

    pub(crate) fn refuse_signed(&self, headers: &HeaderMap) -> Result<(), CredentialError> {
        if self.re_signing || !headers.contains_key(AUTHORIZATION) {
            return Ok(());
        }
        Err(CredentialError::new(
            CredentialErrorKind::InvalidRequest,
            "the request has an Authorization header already",
            "sign it once, or use re_signing() to replace what it has",
        ))
    }

    pub(crate) fn first_attempt(&self) -> Attempt {
        Attempt { now: self.clock.now(), key: VerifiedKey::Primary }
    }

    /// The version of the keys, and whether there is a second one.
    pub(crate) fn keys(&self) -> (u64, bool) {
        let keys = self.ring.load();
        (keys.version, keys.secondary.is_some())
    }

    pub(crate) fn learned(&self) -> &Arc<Learned> {
        &self.learned
    }

    pub(crate) fn scheme(&self) -> &Scheme {
        &self.scheme
    }
}

#[async_trait]
impl AuthorizeRequest for Signer {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
        self.sign_whole(request)
    }

    /// Mends a refusal, as [`Resigner::send`] does.
    async fn send(
        &self,
        transport: &dyn Transport,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, CredentialError> {
        Resigner::of(self).send(transport, request).await
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("clock", &self.clock).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &str = "ZmFrZS1rZXktZm9yLXRlc3RzLW9ubHktbm90LXJlYWw=";
    const DATE: &str = "Tue, 02 Jan 2024 03:04:05 GMT";
    const CONTOSO: &str = "https://contoso.communication.azure.com";

    fn signature(key: &str, method: &str, uri: &str, date: &str, body: &[u8]) -> String {
        let signer = Signer::new(AccessKey::from_base64(key).unwrap()).unwrap();
        let (method, uri): (Method, Uri) = (method.parse().unwrap(), uri.parse().unwrap());
        let headers = HeaderMap::new();
        let date = SigningDate::parse(date).unwrap();
        let text = StringToSign::of_request(&method, &uri, &headers, date, ContentHash::of(body)).unwrap();
        signer.sign_at(&text).authorization().rsplit_once("Signature=").unwrap().1.to_owned()
    }

    /// The whole requests of the official SDKs' own suites; the iOS and Java one with the path that HTTP sends.
    #[test]
    fn vectors_of_the_official_sdks() {
        let date = "Wed, 13 Apr 2022 18:09:12 GMT";
        for (uri, expected) in [
            ("https://example.com/testPath?testQuery=test", "DGdgwggJWnQyc6EHjR/Vbqg1ES64KpD6U2XwTDDj3tU="),
            ("https://example.com/testPath", "+6tWkg3lNKVjQHHmxkdGQcJjUgzclsWTMebnuCz1ngU="),
            ("https://example.com/", "X2lD3c1+T+BNWQrZHoVV5SSECO9sAokjs10ATeB5qm4="),
            ("https://example.com", "X2lD3c1+T+BNWQrZHoVV5SSECO9sAokjs10ATeB5qm4="),
        ] {
            assert_eq!(signature("pw==", "GET", uri, date, b""), expected, "{uri}");
        }
        assert_eq!(
            signature(
                "68810419818922fb0263dd6ee4b9c56537dbad914aa7324a119fce26778a286e",
                "POST",
                "https://localhost?id=b93a5ef4-f622-44d8-a80b-ff983122554e",
                "Wed, 07 Oct 2020 18:16:02 GMT",
                br#"{"propName":"name", "propValue": "value"}"#,
            ),
            "mQrpLBb54U9OPppnm5ZGGgCy+BrYYcVRfWMRPAOx1x0="
        );
    }

    #[test]
    fn vectors_with_bodies_and_odd_paths() {
        let create = "/identities?api-version=2023-10-01";
        let token: &[u8] = br#"{"createTokenWithScopes":["chat"],"expiresInMinutes":60}"#;
        let sms: &[u8] = br#"{"from":"+15550100","smsRecipients":[{"to":"+15550101"}],"message":"hi"}"#;
        for (method, target, body, expected) in [
            ("POST", create, &b""[..], "mokw2YWsC+akQJZ5+GGxvD60RffH1gZVg5Gq8LUFHz4="),
            ("POST", create, token, "b+BhxbpX1f5Ep3sF+hGEERiM6hff+Qk6vuCy5VWs9b8="),
            ("POST", create, &[0xFF, 0x00, 0xFE], "2QXsKWb1KAJJ5RQSAdboDmqlUbf5KEM33imz1kDjyUg="),
            (
                "DELETE",
                "/identities/8%3Aacs%3Ares_user?api-version=2023-10-01",
                b"",
                "e2elM7xrLWq9zw8e4IPDpPlfo3OfZN9DYVibUaXX3yU=",
            ),
            (
                "DELETE",
                "/identities/8:acs:res_user?api-version=2023-10-01",
                b"",
                "qDCaTtZmDxtagBkeULpGdp7ygu2QrxLSgOXQuc1Rqa8=",
            ),
            ("POST", "/sms?api-version=2021-03-07", sms, "AsHWQhPCPxhbYJr7W5VPmFkdjjzaL+wLH3QHd7A7BcI="),
            (
                "GET",
                "//emails/operations/00000000-0000-0000-0000-000000000000?api-version=2023-03-31",
                b"",
                "Kv28OJ9hHzCH9Zy8rqnebw/ksQ0PF2MO46ng47niMsA=",
            ),
        ] {
            assert_eq!(
                signature(REAL, method, &format!("{CONTOSO}{target}"), DATE, body),
                expected,
                "{target}"
            );
        }
        let local = "https://localhost:8443/phoneNumbers?skip=0&top=100&api-version=2025-06-01";
        assert_eq!(signature(REAL, "GET", local, DATE, b""), "SSNmsbDHhmsWNEgxLKx3UHVL8weCWWDQLnwJn0LgLAQ=");
    }
}
