//! Failed client authentications of the last minute, so that guessing a
//! secret is slow (RFC 6749 §2.3.1) and a stranger cannot lock a client out
//! from elsewhere: the count is per client and address.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use moka::sync::Cache;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::Error;
use crate::secret::{Digest, sha256};

/// How long failures are remembered.
const WINDOW: Duration = Duration::from_secs(60);

/// Failures within the window before the address has to wait.
const ALLOWED: u32 = 20;

/// Pairs of client and address remembered at once.
const CAPACITY: u64 = 50_000;

/// The id is what the sender claims, of any length: its digest is kept.
type Pair = (Digest, IpAddr);

#[derive(Debug)]
struct Failures {
    since: Instant,
    count: AtomicU32,
    turn: Arc<Mutex<()>>,
}

/// Counts failed client authentications. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Guesses(Cache<Pair, Arc<Failures>>);

impl Guesses {
    /// Counters at zero.
    pub fn new() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).time_to_live(WINDOW).build())
    }

    /// Whether this address may try (again) to be this client.
    ///
    /// # Errors
    /// 429 when it failed too often.
    pub fn check(&self, client_id: &str, address: IpAddr) -> Result<(), Error> {
        let Some(failures) = self.0.get(&pair(client_id, address)) else { return Ok(()) };
        if failures.count.load(Ordering::Relaxed) < ALLOWED {
            return Ok(());
        }
        let seconds = WINDOW.saturating_sub(failures.since.elapsed()).as_secs() + 1;
        Err(Error::too_many("too many failed client authentications, wait and try again", seconds))
    }

    /// Counts one failure.
    pub fn count(&self, client_id: &str, address: IpAddr) {
        self.failures(client_id, address).count.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until no other guess of this address at this client's secret is
    /// being computed.
    pub async fn turn(&self, client_id: &str, address: IpAddr) -> OwnedMutexGuard<()> {
        let turn = Arc::clone(&self.failures(client_id, address).turn);
        turn.lock_owned().await
    }

    fn failures(&self, client_id: &str, address: IpAddr) -> Arc<Failures> {
        let fresh =
            || Arc::new(Failures { since: Instant::now(), count: AtomicU32::new(0), turn: Arc::default() });
        self.0.get_with(pair(client_id, address), fresh)
    }
}

impl Default for Guesses {
    fn default() -> Self {
        Self::new()
    }
}

/// Whoever has one IPv6 address has the 2^64 beside it too.
fn pair(client_id: &str, address: IpAddr) -> Pair {
    let network = match address {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    };
    (sha256(client_id.as_bytes()), network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// SECURITY-CASES 117: guessing is slowed down where it comes from.
    #[test]
    fn an_address_that_failed_too_often_waits_and_no_other_does() {
        let guesses = Guesses::new();
        for _ in 0..ALLOWED {
            assert!(guesses.check("app", address("2001:db8::1")).is_ok());
            guesses.count("app", address("2001:db8::1"));
        }
        let refusal = guesses.check("app", address("2001:db8::1")).unwrap_err();
        assert_eq!(refusal.status(), 429);
        assert!(refusal.headers().contains_key("retry-after"));
        assert!(guesses.check("app", address("2001:db8::2")).is_err(), "the same network");
        assert!(guesses.check("app", address("2001:db8:0:1::1")).is_ok());
        assert!(guesses.check("other", address("2001:db8::1")).is_ok());
    }
}
