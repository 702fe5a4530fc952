//! Spends what tokens are issued for, together for concurrent requests.
//!
//! What is spent and the record of the token are written in one commit. Doing
//! it together is only a shortcut, which takes what is free at that moment.
//! Whatever it leaves is tried alone, and that alone decides that something was
//! spent before.

use std::collections::HashSet;
use std::hash::Hash;
use std::marker::PhantomData;

use uuid::Uuid;

use crate::error::Error;
use crate::store::gathered::{Gathered, Work};
use crate::store::{Store, TokenRecord};

/// Something that buys one token, once.
pub trait Spend: Clone + Send + Sync + 'static {
    /// What it is: of two with one key, one wins.
    type Key: Eq + Hash + Send;

    /// What it is.
    fn key(&self) -> Self::Key;

    /// The token.
    fn record(&self) -> &TokenRecord;

    /// Spends what is free of these, whose keys differ, in one commit, and
    /// returns the ids of the tokens that were bought. Waits for nobody.
    fn together(store: &Store, asked: &[&Self]) -> impl Future<Output = Result<Vec<Uuid>, Error>> + Send;

    /// Spends this one; `false` when it was spent before, or taken back.
    fn alone(&self, store: &Store) -> impl Future<Output = Result<bool, Error>> + Send;
}

/// The way to what is spent. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Spender<S> {
    store: Store,
    together: Gathered<S, bool>,
}

impl<S: Spend> Spender<S> {
    /// Starts its task on the current runtime.
    pub fn start(store: Store) -> Self {
        let together = Gathered::start(Spending { store: store.clone(), of: PhantomData });
        Self { store, together }
    }

    /// Spends something and writes the token that it buys. `false` when it was
    /// spent before or taken back: of racing requests exactly one wins, and the
    /// losers write nothing.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach or too many
    /// wait: nothing was spent, unless the store was lost on the way.
    pub async fn spend(&self, asked: S) -> Result<bool, Error> {
        let together = self.together.submit(asked.clone())?.answer().await?;
        Ok(together || asked.alone(&self.store).await?)
    }
}

struct Spending<S> {
    store: Store,
    of: PhantomData<S>,
}

impl<S: Spend> Work for Spending<S> {
    type Asked = S;
    type Answer = bool;

    async fn done(&mut self, asked: &[S]) -> Result<Vec<bool>, Error> {
        let mut seen = HashSet::new();
        let once: Vec<&S> = asked.iter().filter(|one| seen.insert(one.key())).collect();
        let bought = match self.store.while_it_answers(S::together(&self.store, &once)).await {
            Ok(bought) => HashSet::from_iter(bought),
            // One of them may be at fault for all.
            Err(refused) if refused.is_the_databases() => {
                refused.log();
                HashSet::new()
            }
            Err(failed) => return Err(failed),
        };
        Ok(asked.iter().map(|one| bought.contains(&one.record().jti)).collect())
    }
}
