//! Tokens for code that is not async, wherever it is called from.

use ams_aad::ServicePrincipal;
use credential::TokenRequest;
use credential_http::Blocking;
use credential_testkit::{ScriptedTransport, in_every_place};

#[test]
fn both_apis_work_in_every_place() {
    in_every_place(|| {
        let answer = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#;
        let entra = ScriptedTransport::new().then_json(answer).then_json(answer);
        let principal =
            ServicePrincipal::builder("contoso.com", "11111111-2222-3333-4444-555555555555", "s3cret")
                .build()
                .unwrap();
        for credential in [
            principal.rest_v2_credential(entra.shared()).unwrap(),
            principal.arm_credential(entra.shared()).unwrap(),
        ] {
            let token = Blocking::new(credential).get_token(&TokenRequest::default()).unwrap();
            assert_eq!(token.expose(), "t0ken");
        }
    });
}
