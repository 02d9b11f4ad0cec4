//! What tests do to a running emulator, and find in it.

use serde::Serialize;

use crate::communication::Mailbox;
use crate::entra::DeviceSignIn;
use crate::fault::Fault;
use crate::request_matcher::RequestMatcher;
use crate::signing_key::SigningKey;
use crate::{Emulator, EmulatorError, entra};

impl Emulator {
    /// Returns the e-mails and text messages that clients sent, oldest first; at most 1,000 of each are kept.
    pub fn mailbox(&self) -> Mailbox {
        self.services.contents().mailbox()
    }

    /// Lets something go wrong with the next request that is meant, or the next few. Faults that mean the same request
    /// happen in the order in which they were asked for. The request log and the header `x-emulator-fault` say what
    /// happened.
    ///
    /// # Example
    /// ```
    /// use credential_emulator::{Emulator, Fault};
    /// use credential_http::{HttpClient, RetryPolicy};
    /// use http::Request;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::start().await?;
    /// emulator.fail_next("GET /healthz", Fault::too_many_requests(2));
    ///
    /// let client = HttpClient::builder().retry(RetryPolicy::none()).build()?;
    /// let request = || Request::get(format!("{}/healthz", emulator.http_origin())).body(Default::default());
    /// let busy = credential::Transport::send(&client, request()?).await?;
    /// assert_eq!((busy.status().as_u16(), &busy.headers()["retry-after"]), (429, &"2".parse()?));
    /// assert_eq!(credential::Transport::send(&client, request()?).await?.status(), 200);
    /// assert_eq!(emulator.requests()[0].fault.as_deref(), Some("status 429, Retry-After 2 s"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn fail_next(&self, matcher: impl Into<RequestMatcher>, fault: Fault) {
        self.services.faults.add(matcher.into(), fault);
    }

    /// Returns the faults that can still happen, in the order in which they were asked for.
    pub fn faults(&self) -> Vec<(RequestMatcher, Fault)> {
        self.services.faults.all()
    }

    /// Returns the sign-ins that devices began, oldest first, with the codes that [`approve`](Self::approve) takes; at most
    /// 1,000 are kept.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = credential_emulator::Emulator::start().await?;
    /// for sign_in in emulator.device_sign_ins() {
    ///     emulator.approve(&sign_in.user_code)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn device_sign_ins(&self) -> Vec<DeviceSignIn> {
        self.services.sign_ins.device_codes.all(self.services.clock.epoch_seconds())
    }

    /// Returns a token that the emulator's key signed, with any claims, wrong ones too: what a service must refuse although
    /// the signature is good.
    ///
    /// # Errors
    /// When the claims are no JSON object.
    ///
    /// # Example
    /// ```
    /// use serde_json::json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = credential_emulator::Emulator::start().await?;
    /// let tenant = &emulator.accounts().tenant_id;
    /// let token = emulator.forge(&json!({
    ///     "iss": format!("{}/{tenant}/v2.0", emulator.authority()),
    ///     "aud": "api://not-my-service",
    ///     "exp": 0,
    /// }))?;
    /// assert_eq!(token.split('.').count(), 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn forge(&self, claims: &impl Serialize) -> Result<String, EmulatorError> {
        let claims =
            serde_json::to_value(claims).ok().filter(serde_json::Value::is_object).ok_or_else(|| {
                EmulatorError::new(
                    "claims: they are no JSON object",
                    "give a map, or a struct with named fields",
                )
            })?;
        self.services
            .signing_keys
            .sign_as_entra(&claims)
            .map_err(|_| EmulatorError::new("the token could not be signed", "start the emulator again"))
    }

    /// Signs with a new key from now on. The key set shows old and new: at most four keys. Computing the key takes some
    /// hundred milliseconds.
    ///
    /// # Errors
    /// When no key can be made.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = credential_emulator::Emulator::start().await?;
    /// emulator.rotate_signing_key()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn rotate_signing_key(&self) -> Result<(), EmulatorError> {
        self.services.signing_keys.rotate(SigningKey::generate()?);
        Ok(())
    }

    /// Revokes the sessions of a user, by name or object id: refresh tokens give no token any more, the browser is signed
    /// out, and services answer the access tokens of clients that handle claims challenges (`cp1`) with
    /// `insufficient_claims`. A token that is then asked for with the claims of the challenge is accepted. For an
    /// application, by its client id, only the last.
    ///
    /// # Errors
    /// When no user and no application is known by this name.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = credential_emulator::Emulator::start().await?;
    /// emulator.revoke_sessions(&emulator.accounts().user_name)?;
    /// assert!(emulator.revoke_sessions("nobody").is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn revoke_sessions(&self, principal: &str) -> Result<(), EmulatorError> {
        entra::revoke_sessions(&self.services, principal)
    }

    /// Demands that every user signs in again, with more proof, as a conditional access policy does: refresh tokens, passwords
    /// and on-behalf-of requests are answered with `interaction_required` and the claims to ask for, until that user has
    /// signed in at the page or with a device code.
    pub fn demand_interaction(&self) {
        self.services.sign_ins.interaction.demand(&self.services.accounts);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.services.faults.clear();
    }

    /// Forgets everything that clients made and asked, and all faults, as if newly started: sign-ins and refresh
    /// tokens, users and their tokens, messages, rooms, threads, assets, the request log. Addresses, keys, certificates
    /// and clock stay; access tokens of Entra are good for as long as they say.
    pub fn reset(&self) {
        self.services.reset();
    }
}
