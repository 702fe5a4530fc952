//! Places in the status lists, leased ahead and handed out in random order:
//! two neighbours in a list tell nothing about when their tokens were issued.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::error::Error;
use crate::oauth::status_list::bucket_of;
use crate::random::Random;
use crate::store::{STATUS_BLOCK, Store};

/// The next block is leased when fewer places than this are left.
const LOW: usize = 512;

/// The next hour's first block is leased so long before it is needed.
const AHEAD: Duration = Duration::from_secs(60);

/// Leased places. Cheap to clone.
#[derive(Clone, Debug)]
pub struct StatusIndexes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Clock,
    random: Random,
    pools: Mutex<HashMap<i64, Pool>>,
    /// Held by those who wait for a lease, so that a hundred requests at an
    /// empty pool lease once.
    waiting: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Pool {
    places: Vec<i32>,
    leasing: bool,
}

impl StatusIndexes {
    /// Nothing is leased yet.
    pub fn new(store: Store, clock: Clock, random: Random) -> Self {
        let (pools, waiting) = Default::default();
        Self(Arc::new(Inner { store, clock, random, pools, waiting }))
    }

    /// A place for a token with this end. Waits for the store only when none
    /// was leased ahead.
    ///
    /// # Errors
    /// `temporarily_unavailable` when it has to wait and the store is out of
    /// reach.
    pub async fn take(&self, exp: Timestamp) -> Result<i32, Error> {
        let bucket = bucket_of(exp);
        self.lease_ahead(bucket_of(exp + AHEAD), 1);
        if let Some(place) = self.pop(bucket) {
            self.lease_ahead(bucket, LOW);
            return Ok(place);
        }
        let _one_at_a_time = self.0.waiting.lock().await;
        loop {
            if let Some(place) = self.pop(bucket) {
                return Ok(place);
            }
            self.lease(bucket).await?;
        }
    }

    /// Drops the places of tokens that would have ended.
    pub fn forget_ended(&self, now: Timestamp) {
        self.pools().retain(|bucket, _| *bucket >= bucket_of(now));
    }

    fn pop(&self, bucket: i64) -> Option<i32> {
        self.pools().get_mut(&bucket)?.places.pop()
    }

    fn lease_ahead(&self, bucket: i64, fewer_than: usize) {
        let mut pools = self.pools();
        let pool = pools.entry(bucket).or_default();
        if pool.leasing || pool.places.len() >= fewer_than {
            return;
        }
        pool.leasing = true;
        drop(pools);
        let indexes = self.clone();
        tokio::spawn(async move {
            // A failure shows where somebody has to wait for the lease.
            let _ = indexes.0.store.while_it_answers(indexes.lease(bucket)).await;
            if let Some(pool) = indexes.pools().get_mut(&bucket) {
                pool.leasing = false;
            }
        });
    }

    async fn lease(&self, bucket: i64) -> Result<(), Error> {
        let first = self.0.store.lease_status_block(bucket, self.0.clock.now()).await?;
        let mut places: Vec<i32> = (first..first + STATUS_BLOCK).collect();
        self.shuffle(&mut places)?;
        self.pools().entry(bucket).or_default().places.append(&mut places);
        Ok(())
    }

    /// Fisher and Yates.
    fn shuffle(&self, places: &mut [i32]) -> Result<(), Error> {
        for last in (1..places.len()).rev() {
            let drawn = u64::from_le_bytes(self.0.random.bytes()?);
            places.swap(last, usize::try_from(drawn % (last as u64 + 1)).unwrap_or(last));
        }
        Ok(())
    }

    fn pools(&self) -> MutexGuard<'_, HashMap<i64, Pool>> {
        self.0.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
