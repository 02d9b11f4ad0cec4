//! How the peers are set up, once for all comparisons.

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::{ClientOptions, HttpClient, Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use google_cloud_auth::credentials::{AccessTokenCredentials, user_account};
use serde_json::json;

use crate::service::{Service, token};

pub const SCOPE: &str = "https://management.azure.com/.default";

/// Microsoft's credential, which insists on an https authority; `client` takes its requests in the network's place.
pub fn azure_identity(client: Arc<dyn HttpClient>) -> Arc<ClientSecretCredential> {
    let client_options = ClientOptions { transport: Some(Transport::new(client)), ..ClientOptions::default() };
    let options = ClientSecretCredentialOptions { client_options };
    ClientSecretCredential::new("tenant", "client".into(), "secret".into(), Some(options))
        .expect("a credential of azure_identity")
}

/// Google's, whose token requests go to a socket. Its background task runs on the present runtime.
pub fn google(service: &Service) -> AccessTokenCredentials {
    let user = json!({
        "type": "authorized_user", "client_id": "client", "client_secret": "secret", "refresh_token": "refresh",
    });
    let token_uri = format!("{}/token", crate::loopback::serve(service.clone()));
    user_account::Builder::new(user)
        .with_token_uri(token_uri)
        .build_access_token_credentials()
        .expect("a credential of google-cloud-auth")
}

/// A cache of tokens that somebody would write with moka: the token's life is the entry's.
#[derive(Clone)]
pub struct Moka {
    pub cache: moka::future::Cache<String, Arc<String>>,
    service: Service,
}

impl Moka {
    pub fn new(service: Service, capacity: u64, time_to_live: Duration) -> Self {
        let cache = moka::future::Cache::builder().max_capacity(capacity).time_to_live(time_to_live).build();
        Self { cache, service }
    }

    pub async fn get(&self, scope: &str) -> Result<Arc<String>, Arc<String>> {
        let fetch = async {
            if self.service.answer().await { Ok(Arc::new(token())) } else { Err("refused".to_owned()) }
        };
        self.cache.try_get_with_by_ref(scope, fetch).await
    }
}
