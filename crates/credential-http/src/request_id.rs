//! The id under which a service's operators find a request.

use bytes::Bytes;
use credential::{CredentialError, Random};
use http::{HeaderName, HeaderValue, Request};

/// What Azure services log as the client's id of a request (Azure REST guidelines).
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");

/// Adds a fresh client request id, unless the caller chose one.
pub(crate) fn ensure(request: &mut Request<Bytes>, random: &dyn Random) -> Result<(), CredentialError> {
    if !request.headers().contains_key(&CLIENT_REQUEST_ID) {
        let id = uuid_v4(random)?;
        // Hexadecimal digits and hyphens always stand in a header.
        if let Ok(value) = HeaderValue::from_str(&id) {
            request.headers_mut().insert(CLIENT_REQUEST_ID, value);
        }
    }
    Ok(())
}

/// Returns the id as text for log events.
pub(crate) fn of(request: &Request<Bytes>) -> &str {
    request.headers().get(&CLIENT_REQUEST_ID).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// RFC 9562, section 5.4: 122 random bits, version 4, variant 10.
fn uuid_v4(random: &dyn Random) -> Result<String, CredentialError> {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes)?;
    bytes[6] = (bytes[6] & 0x0F) | 0x40;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    let digits = format!("{:032x}", u128::from_be_bytes(bytes));
    Ok([&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-"))
}

#[cfg(test)]
mod tests {
    use credential_testkit::SequenceRandom;

    use super::*;

    #[test]
    fn ids_are_version_4_and_differ() {
        let random = SequenceRandom::default();
        assert_eq!(uuid_v4(&random).unwrap(), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid_v4(&random).unwrap(), "01010101-0101-4101-8101-010101010101");
    }

    #[test]
    fn an_id_of_the_caller_stays() {
        let mut request = Request::get("https://host/")
            .header("x-ms-client-request-id", "mine")
            .body(Bytes::new())
            .unwrap();
        ensure(&mut request, &SequenceRandom::default()).unwrap();
        assert_eq!(of(&request), "mine");
    }
}
