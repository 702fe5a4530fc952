//! Token records: once committed they never change, so they may be remembered
//! as long as there is room. Whether one was taken back is asked elsewhere.

use std::sync::Arc;

use moka::sync::Cache;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{LookUp, Store, TokenReader, TokenRecord};

/// Records remembered at once; about 300 bytes each.
const CAPACITY: u64 = 100_000;

/// The records that were asked for lately. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tokens {
    store: TokenReader,
    known: Cache<Uuid, Arc<TokenRecord>>,
}

impl Tokens {
    /// An empty cache over a store. Starts a task on the current runtime.
    pub fn start(store: Store) -> Self {
        Self { store: TokenReader::start(store), known: Cache::new(CAPACITY) }
    }

    /// The record of a token, if the store has or had it.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn get(&self, jti: Uuid, exp: Timestamp) -> Result<Option<Arc<TokenRecord>>, Error> {
        match self.known(jti, exp) {
            Some(known) => Ok(Some(known)),
            None => self.learn(self.store.ask(jti, exp).await?).await,
        }
    }

    /// Fetches all at once what is not known of these, for those who will ask
    /// about one after the other.
    ///
    /// # Errors
    /// As [`Tokens::get`].
    pub async fn prepare(&self, tokens: impl Iterator<Item = (Uuid, Timestamp)>) -> Result<(), Error> {
        let mut asked = Vec::new();
        for (jti, exp) in tokens.filter(|(jti, exp)| self.known(*jti, *exp).is_none()) {
            asked.push(self.store.ask(jti, exp).await?);
        }
        for look_up in asked {
            self.learn(look_up).await?;
        }
        Ok(())
    }

    /// A record with another end is another token's, as it is in the store.
    fn known(&self, jti: Uuid, exp: Timestamp) -> Option<Arc<TokenRecord>> {
        self.known.get(&jti).filter(|known| known.exp == exp)
    }

    async fn learn(&self, look_up: LookUp) -> Result<Option<Arc<TokenRecord>>, Error> {
        let record = look_up.found().await?;
        if let Some(record) = &record {
            self.known.insert(record.jti, Arc::clone(record));
        }
        Ok(record)
    }
}
