//! Writes for concurrent requests in one commit what each of them could write
//! alone.
//!
//! Doing it together is only a shortcut, which takes what is free at that
//! moment. Whatever it leaves is tried alone, and that alone decides that, say,
//! a code was spent before.

use std::collections::HashSet;
use std::hash::Hash;
use std::marker::PhantomData;

use uuid::Uuid;

use crate::error::Error;
use crate::store::Store;
use crate::store::gathered::{Gathered, Work};

/// A write that may be done with others of its kind.
pub trait Batched: Clone + Send + Sync + 'static {
    /// What it changes: of two with one key at most one is in a batch.
    type Key: Eq + Hash + Send;

    /// What it changes.
    fn key(&self) -> Self::Key;

    /// What it leaves behind, which is its own.
    fn id(&self) -> Uuid;

    /// Does what can be done of these, whose keys differ, in one commit, and
    /// returns the ids of what was done. Waits for nobody.
    fn together(store: &Store, asked: &[&Self]) -> impl Future<Output = Result<Vec<Uuid>, Error>> + Send;

    /// Does this one; `false` when another did it before.
    fn alone(&self, store: &Store) -> impl Future<Output = Result<bool, Error>> + Send;
}

/// The way to those who do it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Batcher<B> {
    store: Store,
    together: Gathered<B, bool>,
}

impl<B: Batched> Batcher<B> {
    /// Starts its task on the current runtime.
    pub fn start(store: Store) -> Self {
        let together = Gathered::start(Batch { store: store.clone(), of: PhantomData });
        Self { store, together }
    }

    /// Does it, or says by `false` that another did: of racing requests exactly
    /// one wins, and the losers write nothing.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach or too many
    /// wait: nothing was done, unless the store was lost on the way.
    pub async fn write(&self, asked: B) -> Result<bool, Error> {
        let together = self.together.submit(asked.clone())?.answer().await?;
        Ok(together || asked.alone(&self.store).await?)
    }
}

struct Batch<B> {
    store: Store,
    of: PhantomData<B>,
}

impl<B: Batched> Work for Batch<B> {
    type Asked = B;
    type Answer = bool;

    async fn done(&mut self, asked: &[B]) -> Result<Vec<bool>, Error> {
        let mut seen = HashSet::new();
        let once: Vec<&B> = asked.iter().filter(|one| seen.insert(one.key())).collect();
        let done = match self.store.while_it_answers(B::together(&self.store, &once)).await {
            Ok(done) => HashSet::from_iter(done),
            // One of them may be at fault for all.
            Err(refused) if refused.is_the_databases() => {
                refused.log();
                HashSet::new()
            }
            Err(failed) => return Err(failed),
        };
        Ok(asked.iter().map(|one| done.contains(&one.id())).collect())
    }
}
