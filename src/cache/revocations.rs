//! Everything that was taken back and could still be presented, in memory, so
//! that asking costs no round trip.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::random::uuid_v7_timestamp;
use crate::store::{NewRevocation, Revocation, RevocationKind, Store, TokenRecord};

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
    view: RwLock<View>,
}

impl Revocations {
    /// A view that has read nothing yet.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner { store, refreshing: Mutex::default(), view: RwLock::default() }))
    }

    /// Reads what is new in the log.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn refresh(&self) -> Result<(), Error> {
        let asked = Instant::now();
        let _one_at_a_time = self.0.refreshing.lock().await;
        if self.read(|view| view.as_of.is_some_and(|as_of| as_of > asked)) {
            return Ok(());
        }
        let as_of = Instant::now();
        loop {
            let after = self.read(|view| view.seq);
            let entries = self.0.store.revocations_after(after, PAGE).await?;
            let last_page = (entries.len() as i64) < PAGE;
            self.write(|view| entries.iter().for_each(|entry| view.apply(entry)));
            if last_page {
                self.write(|view| view.as_of = Some(as_of));
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
        Ok(self.read(|view| view.reaches(record)))
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
        Ok(self.read(|view| view.watermark(client_id, Some(sub)) >= created_at))
    }

    /// Forgets entries whose tokens have all expired.
    pub fn forget_expired(&self, now: Timestamp) {
        self.write(|view| view.forget_expired(now));
    }

    async fn refresh_if_stale(&self) -> Result<(), Error> {
        let fresh = |view: &View| view.as_of.is_some_and(|as_of| as_of.elapsed() < STALE);
        if self.read(fresh) { Ok(()) } else { self.refresh().await }
    }

    fn read<T>(&self, look: impl FnOnce(&View) -> T) -> T {
        look(&self.0.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut View)) {
        change(&mut self.0.view.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The log, folded. Watermarks only ever rise: the strictest wins.
#[derive(Debug, Default)]
struct View {
    seq: i64,
    as_of: Option<Instant>,
    ids: HashMap<(RevocationKind, Uuid), Timestamp>,
    users: HashMap<String, Timestamp>,
    clients: HashMap<String, Timestamp>,
    all: Timestamp,
}

impl View {
    fn apply(&mut self, entry: &Revocation) {
        self.seq = self.seq.max(entry.seq);
        match (entry.kind, Uuid::parse_str(&entry.subject)) {
            (RevocationKind::User, _) => raise(&mut self.users, entry),
            (RevocationKind::Client, _) => raise(&mut self.clients, entry),
            (RevocationKind::All, _) => self.all = self.all.max(entry.issued_before),
            (kind, Ok(id)) => {
                self.ids.insert((kind, id), entry.expires_at);
            }
            (kind, Err(_)) => tracing::error!(seq = entry.seq, ?kind, "unreadable revocation"),
        }
    }

    fn reaches(&self, record: &TokenRecord) -> bool {
        let by_id = |kind, id: Option<Uuid>| id.is_some_and(|id| self.ids.contains_key(&(kind, id)));
        by_id(RevocationKind::Token, Some(record.jti))
            || by_id(RevocationKind::Grant, record.grant_id)
            || by_id(RevocationKind::Session, record.session_id)
            || self.watermark(&record.client_id, record.sub.as_deref()) >= uuid_v7_timestamp(record.jti)
    }

    fn watermark(&self, client_id: &str, sub: Option<&str>) -> Timestamp {
        let of_client = self.clients.get(client_id).copied().unwrap_or_default();
        let of_user = sub.and_then(|sub| self.users.get(sub)).copied().unwrap_or_default();
        self.all.max(of_client).max(of_user)
    }

    fn forget_expired(&mut self, now: Timestamp) {
        self.ids.retain(|_, expires_at| *expires_at >= now);
    }
}

fn raise(watermarks: &mut HashMap<String, Timestamp>, entry: &Revocation) {
    let watermark = watermarks.entry(entry.subject.clone()).or_default();
    *watermark = entry.issued_before.max(*watermark);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Random;

    fn entry(seq: i64, kind: RevocationKind, subject: &str, issued_before: i64) -> Revocation {
        let new = NewRevocation::new(kind, subject, Timestamp(issued_before));
        Revocation {
            seq,
            kind,
            subject: new.subject,
            issued_before: new.issued_before,
            revoked_at: new.revoked_at,
            expires_at: new.expires_at,
            actor: new.actor,
            reason: new.reason,
        }
    }

    fn token(issued_at: i64) -> TokenRecord {
        TokenRecord {
            jti: Random::seeded(7).uuid_v7(Timestamp(issued_at)).unwrap(),
            exp: Timestamp(issued_at + 1_000_000),
            client_id: "dashboard".into(),
            sub: Some("alice".into()),
            grant_id: None,
            session_id: None,
            scope: String::new(),
        }
    }

    proptest! {
        /// Whatever the order of the entries, the strictest watermark wins.
        #[test]
        fn the_strictest_watermark_wins(
            marks in prop::collection::vec((0..3usize, 0..100i64), 1..20),
            issued_at in 0..100i64,
        ) {
            let kinds = [
                (RevocationKind::User, "alice"),
                (RevocationKind::Client, "dashboard"),
                (RevocationKind::All, ""),
            ];
            let mut view = View::default();
            for (seq, (kind, mark)) in marks.iter().enumerate() {
                let (kind, subject) = kinds[*kind];
                view.apply(&entry(seq as i64, kind, subject, *mark));
            }
            let strictest = marks.iter().map(|(_, mark)| *mark).max().unwrap();
            prop_assert_eq!(view.reaches(&token(issued_at)), issued_at <= strictest);
        }
    }

    #[test]
    fn another_persons_watermark_does_not_reach() {
        let mut view = View::default();
        view.apply(&entry(1, RevocationKind::User, "bob", 500));
        assert!(!view.reaches(&token(100)));
    }
}
