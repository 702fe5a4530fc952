//! How long keys live.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::config::Config;
use crate::error::Error;
use crate::keys::Sealer;
use crate::secret::Secret;

/// What the operator set about keys.
#[derive(Clone, Debug)]
pub struct Policy {
    /// `keys.rotate_every`
    pub rotate_every: Duration,
    /// `keys.publish_ahead`
    pub publish_ahead: Duration,
    /// `keys.master_key`
    pub master_key: Option<Secret>,
    /// `keys.old_master_key`
    pub old_master_key: Option<Secret>,
    /// `tokens.access_lifetime`
    pub access_lifetime: Duration,
}

impl From<&Config> for Policy {
    fn from(config: &Config) -> Self {
        Self {
            rotate_every: config.keys.rotate_every,
            publish_ahead: config.keys.publish_ahead,
            master_key: config.keys.master_key.clone(),
            old_master_key: config.keys.old_master_key.clone(),
            access_lifetime: config.tokens.access_lifetime,
        }
    }
}

impl Policy {
    /// Seals with the master key, if there is one.
    pub(super) fn sealer(&self) -> Result<Option<Sealer>, Error> {
        let old = self.old_master_key.as_ref();
        self.master_key.as_ref().map(|current| Sealer::new(current, old)).transpose()
    }

    /// A key that activated at this instant or before needs a successor
    /// published now, for it to sign in time.
    pub(super) fn overdue(&self, now: Timestamp) -> Timestamp {
        now + self.publish_ahead - self.rotate_every
    }
}
