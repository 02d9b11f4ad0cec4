//! Asks authorities about themselves, once a day.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use credential::{Clock, CredentialError, Transport};

use crate::client::Client;
use crate::tenant::Tenant;
use crate::{AuthorityMetadata, InstanceDiscovery};

/// How long an answer is used; MSAL keeps it as long.
const LIFE: Duration = Duration::from_secs(24 * 3600);
/// The tenants that are kept, at most; a credential that is let into all tenants meets many.
const TENANTS: usize = 256;

/// Asks one authority about itself, and keeps the answers: once for all callers, and by tenant where tenants differ.
#[derive(Default)]
pub(crate) struct Discovery {
    /// Entra has vouched for the host, once and for all.
    is_known: async_lock::OnceCell<()>,
    tenants: Mutex<HashMap<String, Arc<Slot>>>,
}

/// What is known of a tenant, and since when. Who holds the lock asks, and the others wait for the answer.
type Slot = async_lock::Mutex<Option<(Arc<AuthorityMetadata>, Duration)>>;

impl Discovery {
    /// Adds the authority's metadata to a client that needs it.
    pub(crate) async fn complete<'a>(
        &self,
        client: &'a Client,
        tenant: &Tenant,
        transport: &dyn Transport,
        clock: &dyn Clock,
    ) -> Result<Cow<'a, Client>, CredentialError> {
        if client.metadata.is_some() || !client.authority.needs_metadata(tenant) {
            return Ok(Cow::Borrowed(client));
        }
        if client.authority.needs_vouching(tenant) {
            self.is_known.get_or_try_init(|| vouch(client, tenant, transport)).await?;
        }
        let metadata = self.metadata(client, tenant, transport, clock).await?;
        Ok(Cow::Owned(Client { metadata: Some(metadata), ..client.clone() }))
    }

    async fn metadata(
        &self,
        client: &Client,
        tenant: &Tenant,
        transport: &dyn Transport,
        clock: &dyn Clock,
    ) -> Result<Arc<AuthorityMetadata>, CredentialError> {
        let slot = self.slot(client, tenant);
        let mut known = slot.lock().await;
        let now = clock.elapsed();
        let is_fresh = |since: &Duration| now.saturating_sub(*since) < LIFE;
        if let Some((metadata, _)) = known.as_ref().filter(|(_, since)| is_fresh(since)) {
            return Ok(metadata.clone());
        }
        match fetch(client, tenant, transport).await {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                *known = Some((metadata.clone(), now));
                Ok(metadata)
            }
            // What was true yesterday is better than nothing while the server is down.
            Err(error) if error.is_transient() => {
                known.as_ref().map(|(metadata, _)| metadata.clone()).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    fn slot(&self, client: &Client, tenant: &Tenant) -> Arc<Slot> {
        let is_shared = client.authority.kind_for(tenant).is_tenant_independent();
        let key = if is_shared { String::new() } else { tenant.as_str().to_ascii_lowercase() };
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if tenants.len() >= TENANTS && !tenants.contains_key(&key) {
            tenants.clear();
        }
        tenants.entry(key).or_default().clone()
    }
}

async fn vouch(client: &Client, tenant: &Tenant, transport: &dyn Transport) -> Result<(), CredentialError> {
    let question = InstanceDiscovery::build(&client.authority, tenant)?;
    // Without this, the error would be about a host that nobody has named.
    let response = transport.send(question).await.map_err(|error| {
        error.with_fix(
            "it was asked whether Entra knows the authority's host; check the authority's address and the network; for a \
             private cloud, call without_instance_discovery on the authority; for a server that is not Entra, use \
             Authority::open_id",
        )
    })?;
    InstanceDiscovery::read(&response).map(drop)
}

async fn fetch(
    client: &Client,
    tenant: &Tenant,
    transport: &dyn Transport,
) -> Result<AuthorityMetadata, CredentialError> {
    let request = AuthorityMetadata::build(&client.authority, tenant, client.version)?;
    let response = transport.send(request).await?;
    AuthorityMetadata::read_for(&response, &client.authority, tenant, client.version)
}
