//! Failed client authentications of the last minute, so that guessing a
//! secret is slow (RFC 6749 §2.3.1) and a stranger cannot lock a client out
//! from elsewhere: the count is per client and address.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use moka::sync::Cache;

/// How long failures are remembered.
const WINDOW: Duration = Duration::from_secs(60);

/// Failures within the window before the address has to wait.
const ALLOWED: u32 = 20;

/// Pairs of client and address remembered at once.
const CAPACITY: u64 = 10_000;

type Failures = Cache<(String, IpAddr), Arc<AtomicU32>>;

/// Counts failed client authentications. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Guesses(Failures);

impl Guesses {
    /// Counters at zero.
    pub fn new() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).time_to_live(WINDOW).build())
    }

    /// Seconds to wait, when this address failed too often for this client.
    pub fn pause(&self, client_id: &str, address: IpAddr) -> Option<u64> {
        let failures = self.0.get(&(client_id.to_owned(), address))?;
        (failures.load(Ordering::Relaxed) >= ALLOWED).then_some(WINDOW.as_secs())
    }

    /// Counts one failure.
    pub fn count(&self, client_id: &str, address: IpAddr) {
        let failures = self.0.get_with((client_id.to_owned(), address), Arc::default);
        failures.fetch_add(1, Ordering::Relaxed);
    }
}

impl Default for Guesses {
    fn default() -> Self {
        Self::new()
    }
}
