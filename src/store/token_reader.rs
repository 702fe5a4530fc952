//! Answers the look-ups of concurrent requests together.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::gathered::{Gathered, Work};
use crate::store::{Store, TokenRecord};

/// A token's id, and the `exp` that the signed JWT carries.
type Key = (Uuid, Timestamp);

/// The way to records in table `token`. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TokenReader(Gathered<Key, Option<Arc<TokenRecord>>>);

impl TokenReader {
    /// Starts the reader's task on the current runtime.
    pub fn start(store: Store) -> Self {
        Self(Gathered::start(Reading(store)))
    }

    /// The record of a token, if the store has it, found with the `exp` that
    /// the signed JWT carries: a record with another end is another token's.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn find(&self, jti: Uuid, exp: Timestamp) -> Result<Option<Arc<TokenRecord>>, Error> {
        self.0.ask((jti, exp)).await
    }
}

struct Reading(Store);

impl Work for Reading {
    type Asked = Key;
    type Answer = Option<Arc<TokenRecord>>;

    async fn done(&mut self, asked: &[Key]) -> Result<Vec<Self::Answer>, Error> {
        let ids: Vec<Uuid> = asked.iter().map(|(jti, _)| *jti).collect();
        let records = self.0.while_it_answers(self.0.tokens_by_id(&ids)).await?;
        let records: HashMap<Key, Arc<TokenRecord>> =
            records.into_iter().map(|record| ((record.jti, record.exp), Arc::new(record))).collect();
        Ok(asked.iter().map(|key| records.get(key).cloned()).collect())
    }
}
