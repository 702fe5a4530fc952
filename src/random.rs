//! Randomness. Nothing outside this room asks the operating system for bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::{digest, rand};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;

/// Where random bytes come from: the operating system, or a test's seed.
#[derive(Clone, Debug)]
pub enum Random {
    System,
    Seeded(Arc<(u64, AtomicU64)>),
}

impl Random {
    /// The same bytes at every run, for tests that must be repeatable.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new((seed, AtomicU64::new(0))))
    }

    /// `N` random bytes.
    ///
    /// # Errors
    /// `server_error` when the operating system has none to give.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        match self {
            Self::System => fill(&mut bytes)?,
            Self::Seeded(state) => {
                for chunk in bytes.chunks_mut(digest::SHA256_OUTPUT_LEN) {
                    let (seed, count) = &**state;
                    let count = count.fetch_add(1, Ordering::SeqCst);
                    let block = digest::digest(&digest::SHA256, format!("{seed}/{count}").as_bytes());
                    chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
                }
            }
        }
        Ok(bytes)
    }

    /// A UUIDv4 (RFC 9562 §5.4), for what must not tell when it was made.
    ///
    /// # Errors
    /// As [`Random::bytes`].
    pub fn uuid_v4(&self) -> Result<Uuid, Error> {
        Ok(uuid::Builder::from_random_bytes(self.bytes()?).into_uuid())
    }

    /// A UUIDv7 (RFC 9562 §5.7): ids that grow with time keep index writes
    /// together, which is a twelfth of the write-ahead log of random ones.
    ///
    /// # Errors
    /// As [`Random::bytes`].
    pub fn uuid_v7(&self, now: Timestamp) -> Result<Uuid, Error> {
        let millis = u64::try_from(now.0).unwrap_or(0);
        Ok(uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()?).into_uuid())
    }
}

#[expect(clippy::disallowed_methods, reason = "the one caller of the system's randomness")]
fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    rand::fill(bytes).map_err(|_| Error::server_error("the operating system gave no randomness"))
}

/// The instant at which a UUIDv7 was made.
pub fn uuid_v7_timestamp(id: Uuid) -> Timestamp {
    let millis = id.as_bytes()[..6].iter().fold(0i64, |sum, byte| (sum << 8) | i64::from(*byte));
    Timestamp(millis)
}

/// The least UUIDv7 of an instant: whatever was made then or later is greater.
pub fn uuid_v7_beginning(at: Timestamp) -> Uuid {
    let millis = u128::try_from(at.0).unwrap_or(0);
    Uuid::from_u128((millis << 80) | (7 << 76) | (2 << 62))
}
