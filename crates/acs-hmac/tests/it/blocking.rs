//! Tokens and operations for code that is not async, wherever it is called from.

use acs_hmac::{ConnectionString, IdentityClient, IssuedUserTokenCredential, TokenScope};
use credential::TokenRequest;
use credential_http::Blocking;
use credential_testkit::{ScriptedTransport, in_every_place};

const CREATED: &str = r#"{"identity":{"id":"8:acs:resource_user"},"accessToken":{"token":"t0ken","expiresOn":"2999-01-01T00:00:00+00:00"}}"#;

#[test]
fn tokens_and_operations_work_in_every_place() {
    in_every_place(|| {
        let service = ScriptedTransport::new().then(201, &[], CREATED).then(201, &[], CREATED);
        let text = "endpoint=https://contoso.communication.azure.com;accesskey=c2VjcmV0";
        let parsed = ConnectionString::parse(text).unwrap();
        let client = || IdentityClient::from_connection_string(&parsed, service.shared()).unwrap();
        let credential = IssuedUserTokenCredential::builder(client(), [TokenScope::Chat]).build().unwrap();
        let token = Blocking::new(credential).get_token(&TokenRequest::default()).unwrap();
        assert_eq!(token.expose(), "t0ken");
        let created = Blocking::new(client())
            .call(|client| async move { client.create_user_and_token(&[TokenScope::Chat], None).await })
            .unwrap();
        assert_eq!(created.user().id(), "8:acs:resource_user");
    });
}
