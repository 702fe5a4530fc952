//! Signing keys as they are shown.

use std::time::Duration;

use serde::Serialize;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{JwksReader, Store, StoredKey};

/// Who did not fetch the keys for so long may have gone for good.
const LATELY: Duration = Duration::from_secs(86_400);

/// A key: nothing private.
#[derive(Debug, Serialize)]
pub struct KeyView {
    kid: String,
    alg: String,
    status: &'static str,
    activates_at: String,
    retired_at: Option<String>,
    expires_at: Option<String>,
    /// Nothing is left to seal of a key that signs no more.
    sealed: Option<bool>,
    /// Programs that fetched the key set since this key is in it.
    seen_by: usize,
    /// Those that fetched it lately, but not since.
    not_seen_by: Vec<String>,
}

impl KeyView {
    /// Every key, newest first.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn all(store: &Store, now: Timestamp) -> Result<Vec<Self>, Error> {
        let keys = store.signing_keys().await?;
        let readers = store.jwks_readers(now - LATELY).await?;
        Ok(keys.iter().map(|key| view(key, &keys, &readers, now)).collect())
    }
}

fn view(key: &StoredKey, all: &[StoredKey], readers: &[JwksReader], now: Timestamp) -> KeyView {
    let (seen, not): (Vec<_>, Vec<_>) =
        readers.iter().partition(|reader| reader.fetched_at >= key.created_at);
    KeyView {
        kid: key.kid.clone(),
        alg: key.alg.clone(),
        status: status(key, all, now),
        activates_at: key.activates_at.rfc3339(),
        retired_at: key.retired_at.map(Timestamp::rfc3339),
        expires_at: key.expires_at.map(Timestamp::rfc3339),
        sealed: (!key.private_key.is_forgotten()).then_some(key.sealed),
        seen_by: seen.len(),
        not_seen_by: not.iter().map(|reader| format!("{} {}", reader.address, reader.user_agent)).collect(),
    }
}

/// The keys come newest first, and the newest one that is due signs.
fn status(key: &StoredKey, all: &[StoredKey], now: Timestamp) -> &'static str {
    let due =
        |key: &&StoredKey| key.activates_at <= now && key.retired_at.is_none_or(|retired| retired > now);
    match all.iter().filter(|other| other.alg == key.alg).find(due) {
        Some(signing) if signing.kid == key.kid => "signing",
        _ if key.retired_at.is_some_and(|retired| retired <= key.activates_at.max(now)) => "retired",
        _ => "published",
    }
}
