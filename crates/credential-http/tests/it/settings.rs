//! Settings that cannot work are refused before anything is sent.

use std::sync::Arc;
use std::time::Duration;

use credential::CredentialErrorKind;
use credential_http::{HttpClient, HttpClientBuilder};

#[test]
fn bad_settings() {
    let given = || reqwest::Client::builder().no_proxy().build().unwrap();
    let private_key = "-----BEGIN PRIVATE KEY-----\ncGxhbnRlZA==\n-----END PRIVATE KEY-----";
    let no_certificate = "-----BEGIN CERTIFICATE-----\ncGxhbnRlZA==\n-----END CERTIFICATE-----";
    let cases: [(&str, HttpClientBuilder); 13] = [
        ("empty PEM", HttpClient::builder().trust_pem("")),
        ("no PEM", HttpClient::builder().trust_pem("planted")),
        ("a private key", HttpClient::builder().trust_pem(private_key)),
        ("PEM of something else", HttpClient::builder().trust_pem(no_certificate)),
        ("no time to connect", HttpClient::builder().connect_timeout(Duration::ZERO)),
        ("no time", HttpClient::builder().timeout(Duration::ZERO)),
        ("empty user agent", HttpClient::builder().user_agent("")),
        ("user agent of two lines", HttpClient::builder().user_agent("a\r\nplanted: b")),
        ("PEM beside a client", HttpClient::builder().reqwest(given()).trust_pem("planted")),
        ("time-out beside a client", HttpClient::builder().reqwest(given()).timeout(Duration::from_secs(1))),
        (
            "time to connect beside a client",
            HttpClient::builder().reqwest(given()).connect_timeout(Duration::from_secs(1)),
        ),
        (
            "environment beside a client",
            HttpClient::builder().reqwest(given()).environment(credential::SystemEnvironment::shared()),
        ),
        ("user agent beside a client", HttpClient::builder().reqwest(given()).user_agent("a")),
    ];
    let mut texts = Vec::new();
    for (case, builder) in cases {
        let error = builder.build().expect_err(case);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{case}");
        assert!(!format!("{error:?}").contains("plant"), "{case}: {error:?}");
        texts.push(format!("{case}\n    {error}"));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn the_shared_client_is_one() {
    assert!(Arc::ptr_eq(&HttpClient::shared().unwrap(), &HttpClient::shared().unwrap()));
}
