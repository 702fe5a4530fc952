//! What is looked up when somebody asks.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::labels::Signature;
use crate::oauth::Algorithm;

/// A gauge that need not be a whole number.
pub(super) type Seconds = Gauge<f64, AtomicU64>;

/// The gauges.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Passwords that wait for their turn.
    pub hashes_waiting: Gauge,
    /// Connections to the store.
    pub store_connections: Gauge,
    /// Those of them that nobody uses.
    pub store_connections_idle: Gauge,
    /// Age of what is known of revocations, in seconds.
    pub revocation_view_age: Seconds,
    /// Readers of the feed of revocations.
    pub(super) feed_readers: Gauge,
    pub(super) signing_key_age: Family<Signature, Seconds>,
    pub(super) log_lines_dropped: Counter,
}

impl State {
    /// Age of the key that signs with an algorithm, in seconds.
    pub fn signing_key_age(&self, algorithm: Algorithm, age: f64) {
        self.signing_key_age.get_or_create(&Signature { alg: algorithm.as_str() }).set(age);
    }

    /// Log lines that nobody read in time, since the start.
    pub fn log_lines_dropped(&self, lines: u64) {
        self.log_lines_dropped.inner().store(lines, Ordering::Relaxed);
    }

    /// A reader of the feed came; it counts until this is dropped.
    pub fn feed_reader(&self) -> Held {
        self.feed_readers.inc();
        Held(self.feed_readers.clone())
    }
}

/// One more in a gauge, until it is dropped.
#[derive(Debug)]
pub struct Held(Gauge);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}
