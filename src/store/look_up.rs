//! Answers the look-ups of concurrent requests together.

use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;

use crate::error::Error;
use crate::store::Store;
use crate::store::gathered::{Gathered, Work};

/// What many may look for at once.
pub trait LookedUp: Clone + Send + Sync + 'static {
    /// What it is looked for by.
    type Key: Eq + Hash + Send + Sync + 'static;

    /// What it is found by.
    fn key(&self) -> Self::Key;

    /// Whatever there is of these, in no order.
    fn all(store: &Store, keys: &[Self::Key]) -> impl Future<Output = Result<Vec<Self>, Error>> + Send;
}

/// The way to rows of one kind. Cheap to clone.
#[derive(Debug)]
pub struct LookUp<R: LookedUp>(Gathered<R::Key, Option<R>>);

impl<R: LookedUp> LookUp<R> {
    /// Starts its task on the current runtime.
    pub fn start(store: Store) -> Self {
        Self(Gathered::start(LookingUp { store, of: PhantomData }))
    }

    /// What this key leads to. Waits for room where too many ask.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn find(&self, key: R::Key) -> Result<Option<R>, Error> {
        self.0.ask(key).await
    }
}

impl<R: LookedUp> Clone for LookUp<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct LookingUp<R> {
    store: Store,
    of: PhantomData<R>,
}

impl<R: LookedUp> Work for LookingUp<R> {
    type Asked = R::Key;
    type Answer = Option<R>;

    async fn done(&mut self, keys: &[R::Key]) -> Result<Vec<Option<R>>, Error> {
        let found = self.store.while_it_answers(R::all(&self.store, keys)).await?;
        let found: HashMap<R::Key, R> = found.into_iter().map(|row| (row.key(), row)).collect();
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }
}

/// The rows that have one of these keys: UUIDs or bytes, which Postgres takes as
/// an array and SQLite as hexadecimal JSON.
macro_rules! fetch_by {
    ($store:expr, $keys:expr, $on_postgres:expr, $on_sqlite:expr) => {
        match $store {
            $crate::store::Store::Postgres { pool, .. } => {
                sqlx::query_as($on_postgres).bind($keys).fetch_all(pool).await?
            }
            $crate::store::Store::Sqlite { read, .. } => {
                let keys = $keys.iter().map(|key| $crate::secret::hex(key.as_ref()));
                let keys = sqlx::types::Json(keys.collect::<Vec<_>>());
                sqlx::query_as($on_sqlite).bind(keys).fetch_all(read).await?
            }
        }
    };
}

pub(super) use fetch_by;
