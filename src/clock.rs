//! Time. Nothing outside this room asks the system what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// An instant in Unix milliseconds, as the store keeps it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From whole seconds, the NumericDate of RFC 7519 §2.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Whole seconds, rounded down, for the edge: JWTs and HTTP.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Rounded down to a whole second, as a JWT will show it.
    pub fn floor_to_second(self) -> Self {
        Self::from_seconds(self.seconds())
    }

    /// For people and programs alike, to the second (RFC 3339 §5.6).
    pub fn rfc3339(self) -> String {
        humantime::format_rfc3339_seconds(self.system()).to_string()
    }

    /// As [`Timestamp::rfc3339`], to the millisecond.
    pub fn rfc3339_millis(self) -> String {
        humantime::format_rfc3339_millis(self.system()).to_string()
    }

    /// Reads what RFC 3339 §5.6 writes; without an offset it is UTC. None for
    /// anything else, and for what lies before 1970.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        /// As long as `2026-01-31T12:00:00`: only after that comes an offset.
        const SECONDS: usize = 19;
        let (day_and_time, offset) = match text.get(SECONDS..)?.find(['+', '-']) {
            Some(at) => text.split_at(SECONDS + at),
            None => (text, "+00:00"),
        };
        let (hours, minutes) = offset.get(1..)?.split_once(':')?;
        let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
        let ahead = (i64::from(hours) * 60 + i64::from(minutes)) * 60_000;
        let ahead = if offset.starts_with('-') { -ahead } else { ahead };
        let since_1970 = humantime::parse_rfc3339_weak(day_and_time).ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Self(i64::try_from(since_1970.as_millis()).ok()? - ahead))
    }

    fn system(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }

    /// How long from `earlier` to here; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(rhs.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, rhs: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(rhs.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// Where "now" comes from: the system, or a test's hand.
#[derive(Clone, Debug)]
pub enum Clock {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still until [`Clock::advance`].
    pub fn fixed(at: Timestamp) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(at.0)))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => system_now(),
            Self::Fixed(at) => Timestamp(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock on; the system clock does not listen.
    pub fn advance(&self, by: Duration) {
        if let Self::Fixed(at) = self {
            let now = Timestamp(at.load(Ordering::SeqCst));
            at.store((now + by).0, Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one caller of the system clock")]
fn system_now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}
