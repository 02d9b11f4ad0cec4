//! Every text that a person may see when an input is wrong.

use credential::{AccessKey, Endpoint, StaticTokenCredential, jwt_expires_at};

#[test]
fn texts_of_bad_inputs() {
    let mut texts = Vec::new();
    let mut add = |case: &str, error: credential::CredentialError| texts.push(format!("{case}\n    {error}"));
    for (case, input) in [
        ("empty", ""),
        ("no host", "https://"),
        ("plain http", "http://contoso.communication.azure.com"),
        ("other scheme", "ftp://localhost"),
        ("user info", "https://user:password@contoso.communication.azure.com"),
        ("query", "https://contoso.communication.azure.com/?a=b"),
        ("spaces", "https://con toso"),
        ("port", "https://contoso:port"),
    ] {
        add(&format!("endpoint, {case}"), Endpoint::parse("endpoint", input).unwrap_err());
    }
    add("local endpoint, not local", Endpoint::parse_local("endpoint", "http://example.com").unwrap_err());
    add("endpoint, http on loopback unasked", Endpoint::parse("endpoint", "http://localhost").unwrap_err());
    add("access key, empty", AccessKey::from_base64(" ").unwrap_err());
    add("access key, not base64", AccessKey::from_base64("not base64").unwrap_err());
    add("access key, two words", AccessKey::from_text("two words").unwrap_err());
    add("JWT, opaque", jwt_expires_at("opaque").unwrap_err());
    add("JWT, not base64", jwt_expires_at("a.!.c").unwrap_err());
    add("JWT, not JSON", jwt_expires_at("a.bm90IGpzb24.c").unwrap_err());
    add("JWT, no exp", jwt_expires_at("a.e30.c").unwrap_err());
    add("static token, opaque", StaticTokenCredential::from_jwt("opaque").unwrap_err());
    insta::assert_snapshot!(texts.join("\n"));
}
