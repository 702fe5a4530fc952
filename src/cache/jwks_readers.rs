//! Who fetched the public keys since the store was told last.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{JwksReader, Store};

/// Readers between two tellings; more are not counted.
const MOST: usize = 1_000;

/// The longest name that is kept.
const USER_AGENT: usize = 80;

type Counts = BTreeMap<(IpAddr, String), (i64, Timestamp)>;

/// Counts fetches. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct JwksReaders(Arc<Mutex<Counts>>);

impl JwksReaders {
    /// Somebody fetched the keys.
    pub fn fetched(&self, address: IpAddr, user_agent: &str, now: Timestamp) {
        let printable = |c: &char| c.is_ascii_graphic() || *c == ' ';
        let user_agent = user_agent.chars().filter(printable).take(USER_AGENT).collect();
        self.add((address, user_agent), 1, now);
    }

    /// Tells the store. In the order of names, so that two servers that tell at
    /// once do not wait for each other.
    ///
    /// # Errors
    /// `temporarily_unavailable` when it is out of reach: told next time.
    pub async fn tell(&self, store: &Store) -> Result<(), Error> {
        let counts = std::mem::take(&mut *self.counts());
        if counts.is_empty() {
            return Ok(());
        }
        let readers: Vec<_> = counts.iter().map(reader).collect();
        let told = store.note_jwks_readers(&readers).await;
        if told.is_err() {
            for (name, (fetches, at)) in counts {
                self.add(name, fetches, at);
            }
        }
        told
    }

    fn add(&self, name: (IpAddr, String), fetches: i64, at: Timestamp) {
        let mut counts = self.counts();
        if counts.len() < MOST || counts.contains_key(&name) {
            let (count, latest) = counts.entry(name).or_default();
            *count += fetches;
            *latest = at.max(*latest);
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reader(
    ((address, user_agent), (fetches, fetched_at)): (&(IpAddr, String), &(i64, Timestamp)),
) -> JwksReader {
    JwksReader {
        address: address.to_string(),
        user_agent: user_agent.clone(),
        fetches: *fetches,
        fetched_at: *fetched_at,
    }
}
