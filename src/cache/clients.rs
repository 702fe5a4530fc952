//! Clients and their secrets, remembered for less than a second.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{Client, ClientSecret, Store};

/// Shorter than the second in which a change must act.
const REMEMBERED: Duration = Duration::from_millis(800);

/// Clients remembered at once.
const CAPACITY: u64 = 10_000;

/// A registered client with the secrets that are good now.
#[derive(Debug)]
pub struct KnownClient {
    /// Its registration.
    pub client: Arc<Client>,
    /// Its living secrets; none for a public client.
    pub secrets: Vec<ClientSecret>,
}

/// The registrations that were asked for lately. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clients {
    store: Store,
    known: Cache<String, Option<Arc<KnownClient>>>,
}

impl Clients {
    /// An empty cache over a store.
    pub fn new(store: Store) -> Self {
        let known = Cache::builder().max_capacity(CAPACITY).time_to_live(REMEMBERED).build();
        Self { store, known }
    }

    /// A client by its id, enabled or not. Requests that ask at once for the
    /// same one ask the store once.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn get(&self, client_id: &str, now: Timestamp) -> Result<Option<Arc<KnownClient>>, Error> {
        // What cannot be registered is worth neither a question nor a memory.
        if !Client::is_id(client_id) {
            return Ok(None);
        }
        if let Some(known) = self.known.get(client_id).await {
            return Ok(known);
        }
        let load = self.load(client_id, now);
        self.known.try_get_with_by_ref(client_id, load).await.map_err(|shared| shared.again())
    }

    async fn load(&self, client_id: &str, now: Timestamp) -> Result<Option<Arc<KnownClient>>, Error> {
        let Some(client) = self.store.client(client_id).await? else { return Ok(None) };
        let secrets = self.store.client_secrets(client_id, now).await?;
        Ok(Some(Arc::new(KnownClient { client: Arc::new(client), secrets })))
    }
}
