//! Commits the token records of concurrent requests together.

use std::collections::HashSet;
use std::time::Instant;

use uuid::Uuid;

use crate::error::Error;
use crate::metrics::Metrics;
use crate::store::gathered::{Awaited, Gathered, Work};
use crate::store::{Store, TokenRecord};

/// The way into table `token`. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TokenWriter(Gathered<TokenRecord, bool>);

/// A record on its way. Resolves when it is durable, or never will be.
#[derive(Debug)]
pub struct Commit(Awaited<bool>);

impl Commit {
    /// Waits for the commit.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach,
    /// `server_error` when the record was in the store before.
    pub async fn durable(self) -> Result<(), Error> {
        match self.0.answer().await? {
            true => Ok(()),
            false => Err(Error::server_error("a token with this jti exists")),
        }
    }
}

impl TokenWriter {
    /// Starts the writer's task on the current runtime.
    pub fn start(store: Store, metrics: Metrics) -> Self {
        Self(Gathered::start(Writing { store, metrics }))
    }

    /// Hands a record over. The caller signs while the commit runs, and sends
    /// nothing before [`Commit::durable`] says so.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the queue is full.
    pub fn submit(&self, record: TokenRecord) -> Result<Commit, Error> {
        Ok(Commit(self.0.submit(record)?))
    }
}

struct Writing {
    store: Store,
    metrics: Metrics,
}

impl Work for Writing {
    type Asked = TokenRecord;
    type Answer = bool;

    async fn done(&mut self, records: &[TokenRecord]) -> Result<Vec<bool>, Error> {
        let begun = Instant::now();
        let written = self.store.append_tokens(records).await;
        self.metrics.committed(records.len(), begun.elapsed());
        // Of two with one id the first was written.
        let mut written: HashSet<Uuid> = written?.into_iter().collect();
        Ok(records.iter().map(|record| written.remove(&record.jti)).collect())
    }
}
