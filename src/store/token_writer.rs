//! Gathers the token records of concurrent requests and commits them together.
//!
//! A request that comes alone is written at once. While a commit runs, others
//! wait in the queue and go together in the next one: the batch grows with the
//! load and nothing waits for a timer.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use uuid::Uuid;

use crate::error::Error;
use crate::metrics::Metrics;
use crate::store::{Store, TokenRecord};

/// Records in one statement.
const BATCH: usize = 256;

/// Records that may wait. A full queue means that the store does not keep up.
const QUEUE: usize = 4096;

/// When a commit counts as lost: the store is out of reach.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(3);

/// The way into table `token`. Cheap to clone; the task behind it ends when
/// the last clone is dropped and the queue is empty.
#[derive(Clone, Debug)]
pub struct TokenWriter(mpsc::Sender<Pending>);

#[derive(Debug)]
struct Pending {
    record: TokenRecord,
    committed: oneshot::Sender<Result<(), Error>>,
}

/// A record on its way. Resolves when it is durable, or never will be.
#[derive(Debug)]
pub struct Commit(oneshot::Receiver<Result<(), Error>>);

impl Commit {
    /// Waits for the commit.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach,
    /// `server_error` when the record was in the store before.
    pub async fn durable(self) -> Result<(), Error> {
        self.0.await.unwrap_or_else(|gone| Err(Error::unavailable(gone)))
    }
}

impl TokenWriter {
    /// Starts the writer's task on the current runtime.
    pub fn start(store: Store, metrics: Metrics) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(run(store, receiver, metrics));
        Self(sender)
    }

    /// Hands a record over. The caller signs while the commit runs, and sends
    /// nothing before [`Commit::durable`] says so.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the queue is full.
    pub fn submit(&self, record: TokenRecord) -> Result<Commit, Error> {
        let (committed, durable) = oneshot::channel();
        self.0
            .try_send(Pending { record, committed })
            .map_err(|full| Error::unavailable(full.to_string()))?;
        Ok(Commit(durable))
    }
}

async fn run(store: Store, mut queue: mpsc::Receiver<Pending>, metrics: Metrics) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let (records, waiting): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|pending| (pending.record, pending.committed)).unzip();
        let begun = Instant::now();
        let written = write(&store, &records).await;
        metrics.committed(records.len(), begun.elapsed());
        answer(&records, waiting, &written);
    }
}

async fn write(store: &Store, records: &[TokenRecord]) -> Result<HashSet<Uuid>, Error> {
    let inserted = timeout(COMMIT_TIMEOUT, store.append_tokens(records));
    let inserted = inserted.await.unwrap_or_else(|elapsed| Err(Error::unavailable(elapsed)));
    inserted.map(HashSet::from_iter).inspect_err(Error::log)
}

/// A receiver that is gone hung up: its record stays, unused, until it expires.
fn answer(
    records: &[TokenRecord],
    waiting: Vec<oneshot::Sender<Result<(), Error>>>,
    written: &Result<HashSet<Uuid>, Error>,
) {
    let mut answered = HashSet::with_capacity(records.len());
    for (record, committed) in records.iter().zip(waiting) {
        let outcome = match written {
            Ok(ids) if ids.contains(&record.jti) && answered.insert(record.jti) => Ok(()),
            Ok(_) => Err(Error::server_error("a token with this jti exists")),
            Err(failed) => Err(failed.again()),
        };
        let _ = committed.send(outcome);
    }
}
