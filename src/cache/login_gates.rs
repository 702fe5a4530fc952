//! How many passwords of one account are tried at the same time: no more than
//! may be wrong before it locks. Guesses sent all at once thus find the lock,
//! and honest logins, however many, only wait for one another.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::Error;

/// Accounts remembered at once.
const CAPACITY: u64 = 10_000;

/// How long an account is remembered after its last attempt.
const REMEMBERED: Duration = Duration::from_secs(60);

/// How long an attempt may wait for others.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// A gate for each account. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LoginGates {
    gates: Cache<String, Arc<Semaphore>>,
    width: usize,
}

impl LoginGates {
    /// Gates that let `width` attempts through at a time.
    pub fn new(width: u32) -> Self {
        let gates = Cache::builder().max_capacity(CAPACITY).time_to_idle(REMEMBERED).build();
        Self { gates, width: usize::try_from(width).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS) }
    }

    /// Waits for a place; it is given back when dropped.
    ///
    /// # Errors
    /// `temporarily_unavailable` when too many are before it.
    pub async fn enter(&self, account_key: &str) -> Result<OwnedSemaphorePermit, Error> {
        let fresh = || Arc::new(Semaphore::new(self.width));
        let gate = self.gates.get_with_by_ref(account_key, fresh);
        let place = timeout(LONGEST_WAIT, gate.acquire_owned()).await.map_err(Error::unavailable)?;
        place.map_err(Error::server_error)
    }
}
