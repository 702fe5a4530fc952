//! Failures of late, so that guessing is slow where it comes from, and a
//! stranger elsewhere is not slowed down: client authentication is counted per
//! client and address (RFC 6749 §2.3.1), logins per address.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use moka::sync::Cache;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::config::Limits;
use crate::error::Error;
use crate::secret::{Digest, sha256};

/// How long failed client authentications are remembered.
const CLIENT_WINDOW: Duration = Duration::from_secs(60);

/// Failures within that before the address has to wait.
const CLIENT_FAILURES: u32 = 20;

/// Pairs remembered at once.
const CAPACITY: u64 = 50_000;

/// Who is guessed at, and from where. The name is what the sender claims, of
/// any length: its digest is kept.
type Pair = (Digest, IpAddr);

#[derive(Debug)]
struct Failures {
    since: Instant,
    count: AtomicU32,
    turn: Arc<Mutex<()>>,
}

/// Counts failures. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Guesses {
    failures: Cache<Pair, Arc<Failures>>,
    window: Duration,
    allowed: u32,
    refusal: &'static str,
}

impl Guesses {
    /// Counters of failed client authentications, at zero.
    pub fn at_clients() -> Self {
        let refusal = "too many failed client authentications, wait and try again";
        Self::new(CLIENT_WINDOW, CLIENT_FAILURES, refusal)
    }

    /// Counters of failed logins, at zero. No one of them is guessed at alone,
    /// so each address counts under one name.
    pub fn at_logins(limits: &Limits) -> Self {
        let refusal = "too many failed logins from this address, wait and try again";
        Self::new(limits.login_window, limits.address_failures, refusal)
    }

    fn new(window: Duration, allowed: u32, refusal: &'static str) -> Self {
        let failures = Cache::builder().max_capacity(CAPACITY).time_to_live(window).build();
        Self { failures, window, allowed, refusal }
    }

    /// Whether this address may guess (again).
    ///
    /// # Errors
    /// 429 when it failed too often.
    pub fn check(&self, name: &str, address: IpAddr) -> Result<(), Error> {
        let Some(failures) = self.failures.get(&pair(name, address)) else { return Ok(()) };
        if failures.count.load(Ordering::Relaxed) < self.allowed {
            return Ok(());
        }
        let seconds = self.window.saturating_sub(failures.since.elapsed()).as_secs() + 1;
        Err(Error::too_many(self.refusal, seconds))
    }

    /// Counts one failure.
    pub fn count(&self, name: &str, address: IpAddr) {
        self.failures(name, address).count.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until no other guess of this address at this secret is being
    /// computed.
    pub async fn turn(&self, name: &str, address: IpAddr) -> OwnedMutexGuard<()> {
        let turn = Arc::clone(&self.failures(name, address).turn);
        turn.lock_owned().await
    }

    fn failures(&self, name: &str, address: IpAddr) -> Arc<Failures> {
        let fresh =
            || Arc::new(Failures { since: Instant::now(), count: AtomicU32::new(0), turn: Arc::default() });
        self.failures.get_with(pair(name, address), fresh)
    }
}

/// Whoever has one IPv6 address has the 2^64 beside it too.
fn pair(name: &str, address: IpAddr) -> Pair {
    let network = match address {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    };
    (sha256(name.as_bytes()), network)
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
        let guesses = Guesses::at_clients();
        for _ in 0..CLIENT_FAILURES {
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
