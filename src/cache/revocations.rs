//! Everything that was taken back and could still be presented, in memory, so
//! that asking costs no round trip.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, watch};

use super::recent_revocations::RecentRevocations;
use super::{RevocationEvent, RevocationView};
use crate::clock::{Clock, Timestamp};
use crate::error::Error;
use crate::metrics::Metrics;
use crate::store::{NewRevocation, Revocation, Store, TokenRecord};

/// How old the view may be before it is refreshed on the spot. With the store
/// away that refresh fails: better no answer than "active" for a dead token.
const STALE: Duration = Duration::from_millis(700);

/// Entries read at once.
const PAGE: i64 = 5_000;

/// The log of revocations as this server has read it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Revocations(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    refreshing: Mutex<()>,
    state: RwLock<State>,
    position: watch::Sender<i64>,
    metrics: Metrics,
    clock: Clock,
}

#[derive(Debug, Default)]
struct State {
    view: RevocationView,
    recent: RecentRevocations,
    as_of: Option<Instant>,
}

impl Revocations {
    /// A view that has read nothing yet.
    pub fn new(store: Store, metrics: Metrics, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            store,
            metrics,
            clock,
            refreshing: Mutex::default(),
            state: RwLock::default(),
            position: watch::Sender::new(0),
        }))
    }

    /// Reads what is new in the log.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn refresh(&self) -> Result<(), Error> {
        let asked = Instant::now();
        let _one_at_a_time = self.0.refreshing.lock().await;
        if self.read(|state| state.as_of.is_some_and(|as_of| as_of > asked)) {
            return Ok(());
        }
        let as_of = Instant::now();
        loop {
            let after = self.read(|state| state.view.seq());
            let entries = self.0.store.revocations_after(after, PAGE).await?;
            let last_page = (entries.len() as i64) < PAGE;
            self.count(&entries);
            self.write(|state| entries.into_iter().for_each(|entry| state.apply(entry.into())));
            let position = self.read(|state| state.view.seq());
            self.0.position.send_if_modified(|last| std::mem::replace(last, position) != position);
            if last_page {
                self.write(|state| state.as_of = Some(as_of));
                return Ok(());
            }
        }
    }

    /// Takes back, and sees it here before returning. `false` when it was
    /// taken back before.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn revoke(&self, new: &NewRevocation) -> Result<bool, Error> {
        let fresh = self.0.store.revoke(new).await?;
        self.refresh().await?;
        Ok(fresh)
    }

    /// Whether a token was taken back, by whatever way.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the view is stale and the store out of
    /// reach.
    pub async fn reaches(&self, record: &TokenRecord) -> Result<bool, Error> {
        self.refresh_if_stale().await?;
        Ok(self.read(|state| state.view.reaches(record)))
    }

    /// Whether a grant of this client, person and age was taken back by a mass
    /// revocation. Its own `revoked_at` is in its row.
    ///
    /// # Errors
    /// As [`Revocations::reaches`].
    pub async fn reaches_grant(
        &self,
        client_id: &str,
        sub: &str,
        created_at: Timestamp,
    ) -> Result<bool, Error> {
        self.refresh_if_stale().await?;
        Ok(self.read(|state| state.view.watermark(client_id, Some(sub)) >= created_at))
    }

    /// Whether a login of this instant was taken back with everything else. The
    /// session's own end is in its row.
    ///
    /// # Errors
    /// As [`Revocations::reaches`].
    pub async fn reaches_login(&self, auth_time: Timestamp) -> Result<bool, Error> {
        self.refresh_if_stale().await?;
        Ok(self.read(|state| state.view.everything() >= auth_time))
    }

    /// At most `limit` events after a position, in order: from memory, or from
    /// the store for a reader who is far behind.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is needed and out of reach.
    pub async fn events_after(&self, seq: i64, limit: usize) -> Result<Vec<RevocationEvent>, Error> {
        if let Some(events) = self.read(|state| state.recent.after(seq, limit)) {
            return Ok(events);
        }
        let limit = i64::try_from(limit).unwrap_or(PAGE);
        let entries = self.0.store.revocations_after(seq, limit).await?;
        Ok(entries.into_iter().map(RevocationEvent::from).collect())
    }

    /// The last position read, and a wake-up at every further one.
    pub fn position(&self) -> watch::Receiver<i64> {
        self.0.position.subscribe()
    }

    /// Whether the log was read so lately that nothing can be missing.
    pub fn is_fresh(&self) -> bool {
        self.age().is_some_and(|age| age < STALE)
    }

    /// How long ago the log was read; none before the first time.
    pub fn age(&self) -> Option<Duration> {
        self.read(|state| state.as_of.map(|as_of| as_of.elapsed()))
    }

    /// Forgets entries whose tokens have all expired.
    pub fn forget_expired(&self, now: Timestamp) {
        self.write(|state| state.view.forget_expired(now));
    }

    pub(super) async fn refresh_if_stale(&self) -> Result<(), Error> {
        if self.is_fresh() { Ok(()) } else { self.refresh().await }
    }

    /// What the first look finds was done before this server was there to know.
    fn count(&self, entries: &[Revocation]) {
        let now = self.0.clock.now();
        let follows = self.read(|state| state.as_of.is_some());
        for entry in entries {
            self.0.metrics.revocation(entry.kind.as_str());
            if follows {
                self.0.metrics.revocation_lag(now.since(entry.revoked_at));
            }
        }
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.0.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl State {
    fn apply(&mut self, event: RevocationEvent) {
        self.view.apply(&event);
        self.recent.push(event);
    }
}
