//! Gathers what concurrent requests ask of the store and does it together.
//!
//! What comes alone is done at once. While that runs, others wait in the queue
//! and go together in the next batch: it grows with the load, and nothing waits
//! for a timer.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::error::Error;

/// How many go together.
const BATCH: usize = 256;

/// How many may wait. A full queue means that the store does not keep up.
const QUEUE: usize = 4096;

/// When a batch counts as lost: the store is out of reach.
const LOST: Duration = Duration::from_secs(3);

/// What is done for many at once.
pub trait Work: Send + 'static {
    /// What one of them asks.
    type Asked: Send + Sync + 'static;
    /// What it is told.
    type Answer: Send + 'static;

    /// Does it for all of them. The answers are in the order of what was asked.
    fn done(
        &mut self,
        asked: &[Self::Asked],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, Error>> + Send;
}

/// The way to those who do it. Cheap to clone; the task behind it ends when the
/// last clone is dropped and the queue is empty.
#[derive(Debug)]
pub struct Gathered<Q, A>(mpsc::Sender<Pending<Q, A>>);

#[derive(Debug)]
struct Pending<Q, A> {
    asked: Q,
    answer: oneshot::Sender<Result<A, Error>>,
}

/// An answer on its way.
#[derive(Debug)]
pub struct Awaited<A>(oneshot::Receiver<Result<A, Error>>);

impl<A> Awaited<A> {
    /// Waits for it.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn answer(self) -> Result<A, Error> {
        self.0.await.unwrap_or_else(|gone| Err(Error::unavailable(gone)))
    }
}

impl<Q: Send + Sync + 'static, A: Send + 'static> Gathered<Q, A> {
    /// Starts the task on the current runtime.
    pub fn start(work: impl Work<Asked = Q, Answer = A>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(run(work, receiver));
        Self(sender)
    }

    /// Hands something over, if there is room for it.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the queue is full.
    pub fn submit(&self, asked: Q) -> Result<Awaited<A>, Error> {
        let (answer, receiver) = oneshot::channel();
        let handed = self.0.try_send(Pending { asked, answer });
        handed.map_err(|full| Error::unavailable(full.to_string()))?;
        Ok(Awaited(receiver))
    }

    /// Hands something over as soon as there is room, and waits for the answer.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn ask(&self, asked: Q) -> Result<A, Error> {
        let (answer, receiver) = oneshot::channel();
        let handed = self.0.send(Pending { asked, answer }).await;
        handed.map_err(|gone| Error::unavailable(gone.to_string()))?;
        Awaited(receiver).answer().await
    }
}

impl<Q, A> Clone for Gathered<Q, A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

async fn run<W: Work>(mut work: W, mut queue: mpsc::Receiver<Pending<W::Asked, W::Answer>>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        // Who hung up needs no answer any more, and leaves nothing behind.
        let living = batch.drain(..).filter(|pending| !pending.answer.is_closed());
        let (asked, waiting): (Vec<_>, Vec<_>) =
            living.map(|pending| (pending.asked, pending.answer)).unzip();
        if asked.is_empty() {
            continue;
        }
        let done = timeout(LOST, work.done(&asked)).await;
        match done.unwrap_or_else(|elapsed| Err(Error::unavailable(elapsed))).inspect_err(Error::log) {
            Ok(answers) => {
                for (waiting, answer) in waiting.into_iter().zip(answers) {
                    let _ = waiting.send(Ok(answer));
                }
            }
            Err(failed) => {
                for waiting in waiting {
                    let _ = waiting.send(Err(failed.again()));
                }
            }
        }
    }
}
