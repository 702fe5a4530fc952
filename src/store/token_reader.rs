//! Gathers the look-ups of concurrent requests and asks for them together, as
//! [`super::TokenWriter`] gathers records: one that comes alone is asked at
//! once, and what comes while a question runs goes into the next one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{Store, TokenRecord};

/// Tokens in one question.
const BATCH: usize = 256;

/// Look-ups that may wait. Who finds no room waits for that first.
const QUEUE: usize = 4096;

/// When a question counts as lost: the store is out of reach.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The way to records in table `token`. Cheap to clone; the task behind it ends
/// when the last clone is dropped and the queue is empty.
#[derive(Clone, Debug)]
pub struct TokenReader(mpsc::Sender<Pending>);

#[derive(Debug)]
struct Pending {
    jti: Uuid,
    exp: Timestamp,
    found: oneshot::Sender<Found>,
}

type Found = Result<Option<Arc<TokenRecord>>, Error>;

impl TokenReader {
    /// Starts the reader's task on the current runtime.
    pub fn start(store: Store) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(run(store, receiver));
        Self(sender)
    }

    /// The record of a token, if the store has it, found with the `exp` that
    /// the signed JWT carries: a record with another end is another token's.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn find(&self, jti: Uuid, exp: Timestamp) -> Result<Option<Arc<TokenRecord>>, Error> {
        let (found, receiver) = oneshot::channel();
        let asked = self.0.send(Pending { jti, exp, found }).await;
        asked.map_err(|gone| Error::unavailable(gone.to_string()))?;
        receiver.await.unwrap_or_else(|gone| Err(Error::unavailable(gone)))
    }
}

async fn run(store: Store, mut queue: mpsc::Receiver<Pending>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        // While the store was away, those who asked may have given up.
        batch.retain(|pending| !pending.found.is_closed());
        if batch.is_empty() {
            continue;
        }
        let records = read(&store, &batch).await;
        for Pending { jti, exp, found } in batch.drain(..) {
            let _ = found.send(match &records {
                Ok(records) => Ok(records.get(&(jti, exp)).cloned()),
                Err(failed) => Err(failed.again()),
            });
        }
    }
}

type Records = HashMap<(Uuid, Timestamp), Arc<TokenRecord>>;

async fn read(store: &Store, asked: &[Pending]) -> Result<Records, Error> {
    let ids: Vec<Uuid> = asked.iter().map(|pending| pending.jti).collect();
    let read = timeout(TIMEOUT, store.while_it_answers(store.tokens_by_id(&ids))).await;
    let records = read.unwrap_or_else(|elapsed| Err(Error::unavailable(elapsed))).inspect_err(Error::log)?;
    Ok(records.into_iter().map(|record| ((record.jti, record.exp), Arc::new(record))).collect())
}
