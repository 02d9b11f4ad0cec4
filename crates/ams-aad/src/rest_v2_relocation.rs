//! Where the REST v2 service sends its callers, and whether their token may go there.

use std::collections::BTreeSet;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind};
use http::header::LOCATION;
use http::{Response, StatusCode};

use crate::RestV2Endpoint;
use crate::service_error::with_details;

/// How often a service may send on before it is taken to run in a circle; Microsoft's did once.
pub(crate) const MOST_HOPS: usize = 3;

/// Says whether an answer sends the caller to another base address for good.
pub(crate) fn is_relocation(status: StatusCode) -> bool {
    matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT)
}

/// Reads the base address that the answer to the service's root names.
///
/// The token goes on to `https` only: to the same host, to the same account on another host of its cloud, from the old entry
/// for all accounts to any account's host, from this machine to this machine, and to hosts that were allowed by name.
pub(crate) fn destination(
    from: &RestV2Endpoint,
    response: &Response<Bytes>,
    allowed: &BTreeSet<String>,
) -> Result<RestV2Endpoint, CredentialError> {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let is_whole = |text: &&str| text.contains("://");
    let found = location.filter(is_whole).and_then(|text| {
        let parsed = RestV2Endpoint::parse_custom(text);
        if from.endpoint().is_loopback() { RestV2Endpoint::parse_local(text) } else { parsed }.ok()
    });
    let Some(to) = found else {
        return Err(refusal(
            response,
            "the media service sends on without a whole https address".to_owned(),
            "use the REST v2 endpoint of the account's API access page",
        ));
    };
    if may_take_token(from, &to, allowed) {
        return Ok(to);
    }
    let what = match to.endpoint().host() {
        host if is_cluster(host) => format!("the media service sends on to its cluster {host}"),
        _ => "the media service sends on to another host".to_owned(),
    };
    Err(refusal(
        response,
        format!("{what}, to which its token must not go"),
        "allow the host by its name (allow_host) if it is meant, or use the REST v2 endpoint of the account's API access page",
    ))
}

fn may_take_token(from: &RestV2Endpoint, to: &RestV2Endpoint, allowed: &BTreeSet<String>) -> bool {
    let (here, there) = (from.endpoint(), to.endpoint());
    let is_same_account = match (from.account_name(), to.account_name()) {
        (Some(from), Some(to)) => from == to,
        (None, Some(_)) => from.is_global(),
        (_, None) => false,
    };
    let has_usual_port = there.authority() == there.host();
    here.authority() == there.authority()
        || (here.is_loopback() && there.is_loopback())
        || (has_usual_port && from.cloud().is_some() && from.cloud() == to.cloud() && is_same_account)
        || (has_usual_port && allowed.contains(there.host()))
}

/// `wams<cluster>rest-hs.cloudapp.net`, where Microsoft's clusters were. Anybody could have a name below `cloudapp.net`, so
/// that no token goes there by itself.
fn is_cluster(host: &str) -> bool {
    let name = host.strip_suffix(".cloudapp.net").and_then(|name| name.strip_suffix("rest-hs"));
    name.is_some_and(|name| {
        name.starts_with("wams") && name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn refusal(response: &Response<Bytes>, problem: String, fix: &'static str) -> CredentialError {
    with_details(CredentialError::new(CredentialErrorKind::UnexpectedAnswer, problem, fix), response, None)
}

pub(crate) fn circle(response: &Response<Bytes>) -> CredentialError {
    refusal(
        response,
        format!("the media service sent on more than {MOST_HOPS} times"),
        "use the REST v2 endpoint of the account's API access page",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn go(from: &str, location: &str, allowed: &[&str]) -> Result<String, CredentialError> {
        let response = Response::builder().status(301).header(LOCATION, location).body(Bytes::new()).unwrap();
        let allowed = allowed.iter().map(ToString::to_string).collect();
        let from = RestV2Endpoint::parse(from).or_else(|_| RestV2Endpoint::parse_local(from)).unwrap();
        destination(&from, &response, &allowed).map(|to| to.to_string())
    }

    const OWN: &str = "https://abc.restv2.westus.media.azure.net/api";
    const GLOBAL: &str = "https://media.windows.net/API/";
    const CLUSTER: &str = "https://wamsbluclus001rest-hs.cloudapp.net/api/";

    #[test]
    fn where_tokens_may_go() {
        for (from, location, allowed, expected) in [
            (
                OWN,
                "https://abc.restv2.westus.media.azure.net/v2/",
                &[][..],
                "https://abc.restv2.westus.media.azure.net/v2",
            ),
            (
                OWN,
                "https://ABC.restv2.westus2-1.media.azure.net/api/",
                &[],
                "https://abc.restv2.westus2-1.media.azure.net/api",
            ),
            (GLOBAL, "https://abc.restv2.westus.media.azure.net/api/", &[], OWN),
            (
                GLOBAL,
                CLUSTER,
                &["wamsbluclus001rest-hs.cloudapp.net"],
                "https://wamsbluclus001rest-hs.cloudapp.net/api",
            ),
            ("http://127.0.0.1:1/api", "https://localhost:2/api/", &[], "https://localhost:2/api"),
            ("https://media.example/api", "https://media.example/api2/", &[], "https://media.example/api2"),
            (
                "https://media.example/api",
                "https://other.example/",
                &["other.example"],
                "https://other.example/api",
            ),
        ] {
            assert_eq!(go(from, location, allowed).expect(location), expected);
        }
    }

    #[test]
    fn where_tokens_must_not_go() {
        for (from, location) in [
            (OWN, "https://other.restv2.westus.media.azure.net/api/"),
            (OWN, "https://abc.restv2.chinaeast.media.chinacloudapi.cn/api/"),
            (OWN, "http://abc.restv2.westus.media.azure.net/api/"),
            (OWN, "https://abc.restv2.westus.media.azure.net.example.com/api/"),
            (OWN, "https://abc@example.com/api/"),
            (OWN, "https://abc.restv2.westus.media.azure.net:8443/api/"),
            (OWN, "http://127.0.0.1/api/"),
            (OWN, "https://localhost/api/"),
            (OWN, "/api/"),
            (OWN, "//example.com/api/"),
            (OWN, ""),
            (OWN, "https://abc.restv2.westus2.media.azure.net/api/?x=y"),
            (OWN, GLOBAL),
            (GLOBAL, "https://abc.restv2.chinaeast.media.chinacloudapi.cn/api/"),
            (GLOBAL, "https://evil.cloudapp.net/api/"),
            (GLOBAL, CLUSTER),
            ("https://media.example/api", OWN),
            ("http://127.0.0.1:1/api", "https://example.com/api/"),
        ] {
            let error = go(from, location, &["allowed.example"]).expect_err(location);
            assert_eq!(error.kind(), CredentialErrorKind::UnexpectedAnswer, "{location}");
            assert!(!error.to_string().contains("evil") && !error.to_string().contains("example"), "{error}");
        }
        assert!(
            go(GLOBAL, CLUSTER, &[]).unwrap_err().problem().contains("wamsbluclus001rest-hs.cloudapp.net")
        );
    }

    proptest! {
        /// Whatever is written there, the token stays in the family.
        #[test]
        fn no_other_host_is_ever_reached(location in "(https?://)?[ -~]{0,40}|https://[a-z.]{1,20}(\\.media\\.azure\\.net|\\.restv2\\.westus\\.media\\.azure\\.net)[ -~]{0,12}") {
            let Ok(location) = http::HeaderValue::from_str(&location) else { return Ok(()) };
            let response = Response::builder().status(301).header(LOCATION, location).body(Bytes::new()).unwrap();
            let from = RestV2Endpoint::parse(OWN).unwrap();
            if let Ok(to) = destination(&from, &response, &BTreeSet::new()) {
                prop_assert_eq!(to.account_name(), Some("abc"));
                prop_assert!(to.to_string().starts_with("https://"));
            }
        }
    }
}
