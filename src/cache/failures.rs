//! The last refusals of each client, on their way to the store: a refusal costs
//! a lock here, and however many there are, the store is written to once in a
//! while and no more than so much.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::store::{ClientFailure, Store};

/// Clients whose failures wait at once; those of more are not kept.
const CLIENTS: usize = 1_000;

/// Rows written at once, give or take one client's.
const BATCH: usize = 100;

/// What waits to be written. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Failures {
    store: Store,
    waiting: Arc<Mutex<HashMap<String, VecDeque<ClientFailure>>>>,
}

impl Failures {
    /// Nothing waits yet.
    pub fn new(store: Store) -> Self {
        Self { store, waiting: Arc::default() }
    }

    /// Remembers a failure; the oldest of its client makes room.
    pub fn note(&self, failure: ClientFailure) {
        let mut waiting = self.waiting();
        if waiting.len() >= CLIENTS && !waiting.contains_key(&failure.client_id) {
            return;
        }
        let own = waiting.entry(failure.client_id.clone()).or_default();
        if own.len() == ClientFailure::KEPT {
            own.pop_front();
        }
        own.push_back(failure);
    }

    /// Writes what waits, up to a limit; the rest waits on.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach: what could
    /// not be written is gone.
    pub async fn flush(&self) -> Result<(), Error> {
        let batch = self.take();
        if batch.is_empty() { Ok(()) } else { self.store.add_client_failures(&batch).await }
    }

    fn take(&self) -> Vec<ClientFailure> {
        let mut waiting = self.waiting();
        let mut clients: Vec<String> = Vec::new();
        let mut rows = 0;
        for (client_id, own) in waiting.iter() {
            if rows >= BATCH {
                break;
            }
            rows += own.len();
            clients.push(client_id.clone());
        }
        clients.sort_unstable();
        clients.iter().filter_map(|client_id| waiting.remove(client_id)).flatten().collect()
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, VecDeque<ClientFailure>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
