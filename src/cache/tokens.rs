//! Token records: once committed they never change, so they may be remembered
//! as long as there is room. Whether one was taken back is asked elsewhere.

use std::sync::Arc;

use moka::sync::Cache;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{LookUp, Store, TokenRecord};

/// Records remembered at once; about 300 bytes each.
const CAPACITY: u64 = 100_000;

/// The records that were asked for lately. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tokens {
    store: LookUp<Arc<TokenRecord>>,
    known: Cache<Uuid, Arc<TokenRecord>>,
}

impl Tokens {
    /// An empty cache over a store. Starts a task on the current runtime.
    pub fn start(store: Store) -> Self {
        Self { store: LookUp::start(store), known: Cache::new(CAPACITY) }
    }

    /// The record of a token, if the store has or had it.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn get(&self, jti: Uuid, exp: Timestamp) -> Result<Option<Arc<TokenRecord>>, Error> {
        // A record with another end is another token's, as it is in the store.
        if let Some(known) = self.known.get(&jti).filter(|known| known.exp == exp) {
            return Ok(Some(known));
        }
        let record = self.store.find((jti, exp)).await?;
        if let Some(record) = &record {
            self.known.insert(jti, Arc::clone(record));
        }
        Ok(record)
    }
}
