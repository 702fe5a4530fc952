//! Which chosen client secrets were proven lately. Argon2id is paid once; after
//! that the digest of what was presented is compared in memory.

use std::time::Duration;

use moka::sync::Cache;
use uuid::Uuid;

use crate::secret::{Digest, Secret};

/// Proofs remembered at once.
const CAPACITY: u64 = 10_000;

/// How long a proof is good for without being used.
const IDLE: Duration = Duration::from_secs(3600);

/// Secrets proven lately, by the id of their row. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SecretProofs(Cache<(Uuid, Digest), ()>);

impl SecretProofs {
    /// Nothing proven yet.
    pub fn new() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).time_to_idle(IDLE).build())
    }

    /// Whether this value was proven for this secret before.
    pub fn holds(&self, secret_id: Uuid, presented: &Secret) -> bool {
        self.0.get(&(secret_id, presented.digest())).is_some()
    }

    /// Remembers a proof.
    pub fn remember(&self, secret_id: Uuid, presented: &Secret) {
        self.0.insert((secret_id, presented.digest()), ());
    }
}

impl Default for SecretProofs {
    fn default() -> Self {
        Self::new()
    }
}
