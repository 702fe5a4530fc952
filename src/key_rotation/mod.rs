//! When signing keys come and go: the first ones on an empty store, a new one
//! every `keys.rotate_every`, the old ones until their last token has expired.
//!
//! A new key is published before it signs, so that every verifier knows it by
//! then. Servers learn of a change by a counter that they poll.

mod policy;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sqlx::types::Json;

use crate::audit::Origin;
use crate::clock::{Clock, Timestamp};
use crate::error::Error;
use crate::keys::{Key, KeySet, Keys, Sealer, SigningKey};
use crate::oauth::Algorithm;
use crate::random::Random;
use crate::store::{PrivateKey, Store, StoredKey};

pub use policy::Policy;

/// How often a server looks for changes. Twice within [`AT_ONCE`].
const POLL: Duration = Duration::from_millis(500);

/// How soon a key signs that may not wait: as soon as every server has seen it.
const AT_ONCE: Duration = Duration::from_millis(1500);

/// For servers that saw a retirement one poll late, and their clocks.
const MARGIN: Duration = Duration::from_secs(5);

/// Keeps [`Keys`] in step with the store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct KeyRotation {
    store: Store,
    keys: Keys,
    policy: Policy,
    sealer: Option<Arc<Sealer>>,
    clock: Clock,
    random: Random,
    seen: Arc<AtomicI64>,
}

impl KeyRotation {
    /// Loads the keys, after making those that are missing or overdue. Of
    /// several servers that start on an empty store, one makes them.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach,
    /// `server_error` when a key cannot be opened with `keys.master_key`.
    pub async fn open(store: Store, policy: Policy, clock: Clock, random: Random) -> Result<Self, Error> {
        let sealer = policy.sealer()?.map(Arc::new);
        let seen = Arc::new(AtomicI64::new(-1));
        let rotation = Self { store, keys: Keys::default(), policy, sealer, clock, random, seen };
        rotation.refresh().await?;
        rotation.maintain().await?;
        Ok(rotation)
    }

    /// The keys that this keeps.
    pub fn keys(&self) -> Keys {
        self.keys.clone()
    }

    /// Takes over what other servers or the command line changed.
    ///
    /// # Errors
    /// As [`KeyRotation::open`]; the keys stay as they were.
    pub async fn refresh(&self) -> Result<(), Error> {
        // Before the rows: a change between the two is seen once more.
        let version = self.store.signing_keys_version().await?;
        if version == self.seen.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut keys = Vec::new();
        for stored in self.store.signing_keys().await? {
            keys.push(self.opened(stored).await?);
        }
        self.keys.replace(KeySet::new(keys));
        self.seen.store(version, Ordering::Release);
        Ok(())
    }

    /// Adds keys that are due, and clears away those whose time is over. Asks
    /// the store only when there is something to do.
    ///
    /// # Errors
    /// As [`KeyRotation::open`].
    pub async fn maintain(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let current = self.keys.current();
        let mut changed = false;
        for algorithm in Algorithm::ALL {
            let newest = current.keys().iter().find(|k| k.algorithm == algorithm && k.retired_at.is_none());
            if newest.is_some_and(|key| key.activates_at > self.policy.overdue(now)) {
                continue;
            }
            // The first key of all signs at once: there is none to wait with.
            let ahead = if newest.is_some() { self.policy.publish_ahead } else { Duration::ZERO };
            let reason = if newest.is_some() { "due" } else { "the first" };
            self.add(algorithm, now + ahead, self.policy.overdue(now), &Origin::server(), reason).await?;
            changed = true;
        }
        if current.keys().iter().any(|key| key.is_over(now)) {
            let longest = i64::try_from(self.longest_token().await?.as_millis()).unwrap_or(i64::MAX / 2);
            self.store.clear_signing_keys(longest, now).await?;
            changed = true;
        }
        if changed { self.refresh().await } else { Ok(()) }
    }

    /// A new key for every algorithm: published now, signing after
    /// `keys.publish_ahead`, or within two seconds when it is urgent.
    ///
    /// # Errors
    /// As [`KeyRotation::open`].
    pub async fn rotate(&self, urgent: bool, by: impl Into<Origin>) -> Result<(), Error> {
        let by = by.into();
        let (ahead, reason) =
            if urgent { (AT_ONCE, "rotated at once") } else { (self.policy.publish_ahead, "rotated") };
        for algorithm in Algorithm::ALL {
            self.add(algorithm, self.clock.now() + ahead, Timestamp(i64::MAX), &by, reason).await?;
        }
        self.refresh().await
    }

    /// Ends signing with one key: a new one takes its place within two
    /// seconds. `false` when there is no such key, or it signs no more.
    ///
    /// # Errors
    /// As [`KeyRotation::open`].
    pub async fn retire(&self, kid: &str, by: impl Into<Origin>) -> Result<bool, Error> {
        let signs_from = self.clock.now() + AT_ONCE;
        let current = self.keys.current();
        let key = current.keys().iter().find(|key| key.kid == kid);
        let Some(key) = key.filter(|key| key.retired_at.is_none_or(|at| at > signs_from)) else {
            return Ok(false);
        };
        let reason = format!("in place of {kid}");
        self.add(key.algorithm, signs_from, Timestamp(i64::MAX), &by.into(), &reason).await?;
        self.refresh().await?;
        Ok(true)
    }

    /// Refreshes and maintains for as long as the server runs. While the store
    /// is away, the keys at hand go on signing.
    pub async fn run(self) {
        let mut failing = false;
        loop {
            tokio::time::sleep(POLL).await;
            let kept = self.store.while_it_answers(self.keep()).await;
            // An outage is told once, not twice a second.
            if let Err(error) = kept.as_ref()
                && !failing
            {
                error.log();
            }
            failing = kept.is_err();
        }
    }

    async fn keep(&self) -> Result<(), Error> {
        self.refresh().await?;
        self.maintain().await
    }

    async fn add(
        &self,
        algorithm: Algorithm,
        activates_at: Timestamp,
        unless_after: Timestamp,
        by: &Origin,
        reason: &str,
    ) -> Result<(), Error> {
        // An RSA key takes a good part of a second to find.
        let made = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm)).await;
        let key = made.map_err(Error::server_error)??;
        let (private_key, sealed) = match &self.sealer {
            Some(sealer) => (sealer.seal(key.kid(), &key.to_pkcs8()?, &self.random)?, true),
            None => (key.to_pkcs8()?.to_vec(), false),
        };
        let stored = StoredKey {
            kid: key.kid().to_owned(),
            alg: algorithm.to_string(),
            private_key: PrivateKey::new(private_key),
            sealed,
            public_jwk: Json(key.jwk().clone()),
            created_at: self.clock.now(),
            activates_at,
            retired_at: None,
            expires_at: None,
        };
        if self.store.add_signing_key(&stored, unless_after, by, reason).await? {
            tracing::info!(kid = stored.kid, alg = stored.alg, "published a new signing key");
        }
        Ok(())
    }

    async fn opened(&self, stored: StoredKey) -> Result<Key, Error> {
        let algorithm = stored.algorithm()?;
        let bytes = stored.private_key.reveal();
        let signer = match &self.sealer {
            _ if stored.private_key.is_forgotten() => None,
            Some(sealer) if stored.sealed => {
                let opened = sealer.open(&stored.kid, bytes)?;
                if opened.outdated {
                    self.seal(sealer, &stored, &opened.text).await?;
                }
                Some(SigningKey::from_pkcs8(algorithm, &opened.text)?)
            }
            Some(sealer) => {
                self.seal(sealer, &stored, bytes).await?;
                Some(SigningKey::from_pkcs8(algorithm, bytes)?)
            }
            None if stored.sealed => {
                let sentence = format!("signing key {} is sealed: set keys.master_key", stored.kid);
                return Err(Error::server_error(sentence));
            }
            None => Some(SigningKey::from_pkcs8(algorithm, bytes)?),
        };
        let mut key = Key::new(algorithm, stored.public_jwk.0, signer, stored.activates_at)?;
        key.retired_at = stored.retired_at;
        key.expires_at = stored.expires_at;
        Ok(key)
    }

    /// Seals what lay open, or anew what an older master key sealed.
    async fn seal(&self, sealer: &Sealer, stored: &StoredKey, bytes: &[u8]) -> Result<(), Error> {
        let sealed = PrivateKey::new(sealer.seal(&stored.kid, bytes, &self.random)?);
        self.store.seal_signing_key(&stored.kid, &stored.private_key, &sealed).await
    }

    /// The longest life of a token signed until now.
    async fn longest_token(&self) -> Result<Duration, Error> {
        let clients = self.store.clients().await?;
        let own = clients.iter().filter_map(|client| client.access_token_lifetime);
        Ok(own.fold(self.policy.access_lifetime, Duration::max) + MARGIN)
    }
}
