//! Refreshes whose outcome this server does not know: the store broke off, or
//! did what was asked after we had given up. The client was told to ask again,
//! and may not be taken for a thief when it does.

use std::time::Duration;

use moka::sync::Cache;
use uuid::Uuid;

use crate::clock::Timestamp;

/// For how long a client is expected to ask again.
const PATIENCE: Duration = Duration::from_secs(600);

/// Refreshes remembered at once.
const CAPACITY: u64 = 100_000;

/// A grant, and the generation that was presented.
type Refresh = (Uuid, i64);

/// Remembers until when each may be asked for again. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Unanswered(Cache<Refresh, Timestamp>);

impl Unanswered {
    /// None.
    pub fn new() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).time_to_live(PATIENCE).build())
    }

    /// From here on the outcome is not known, even if nobody waits for it any
    /// more.
    pub fn begin(&self, grant_id: Uuid, generation: i64, now: Timestamp) {
        self.0.insert((grant_id, generation), now + PATIENCE);
    }

    /// The store has told the outcome.
    pub fn known(&self, grant_id: Uuid, generation: i64) {
        self.0.invalidate(&(grant_id, generation));
    }

    /// The client has its answer now. It may get lost as any other one may.
    pub fn answered(&self, grant_id: Uuid, generation: i64, until: Timestamp) {
        if let Some(open) = self.0.get(&(grant_id, generation)) {
            self.0.insert((grant_id, generation), open.min(until));
        }
    }

    /// Whether a client may ask for this one again.
    pub fn contains(&self, grant_id: Uuid, generation: i64, now: Timestamp) -> bool {
        self.0.get(&(grant_id, generation)).is_some_and(|until| now <= until)
    }
}

impl Default for Unanswered {
    fn default() -> Self {
        Self::new()
    }
}
