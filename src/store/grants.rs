//! The way to grants that are refreshed, together for concurrent requests.

use uuid::Uuid;

use crate::error::Error;
use crate::store::batched::Batcher;
use crate::store::look_up::LookUp;
use crate::store::{GivenGrant, Rotation, Store};

/// Grants and their refresh tokens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Grants {
    found: LookUp<GivenGrant>,
    rotated: Batcher<Rotation>,
}

impl Grants {
    /// Starts its tasks on the current runtime.
    pub fn start(store: Store) -> Self {
        Self { found: LookUp::start(store.clone()), rotated: Batcher::start(store) }
    }

    /// A grant, taken back or not, and the person who gave it.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn find(&self, id: Uuid) -> Result<Option<GivenGrant>, Error> {
        self.found.find(id).await
    }

    /// Moves a grant to its next refresh token and writes the access token that
    /// goes with it. `false` when another request moved it first, or when it
    /// was taken back meanwhile.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach or too many wait.
    pub async fn rotate(&self, rotation: Rotation) -> Result<bool, Error> {
        self.rotated.write(rotation).await
    }
}
