//! Signing keys: what they are, how they lie at rest, how they are published.
//! When they come and go is decided in [`crate::key_rotation`].

mod jwk;
mod key_set;
mod mac;
mod sealing;
mod signer;

use std::sync::{Arc, PoisonError, RwLock};

pub use key_set::{Key, KeySet, Verified};
pub use mac::MacKey;
pub use sealing::{Opened, Sealer};
pub use signer::SigningKey;

/// The keys of this moment, shared by everything that signs or verifies.
#[derive(Clone, Debug, Default)]
pub struct Keys(Arc<RwLock<Arc<KeySet>>>);

impl Keys {
    /// Shares a set.
    pub fn new(set: KeySet) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(set))))
    }

    /// The set of this moment. One request keeps to one set.
    pub fn current(&self) -> Arc<KeySet> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another set in its place.
    pub fn replace(&self, set: KeySet) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
    }
}
