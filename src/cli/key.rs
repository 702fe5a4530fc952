//! `porteiro key list|rotate|retire`.

use std::time::Duration;

use clap::Subcommand;
use serde::Serialize;

use crate::cli::output::instant;
use crate::cli::{Failure, Global, Output, open_store, origin};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::key_rotation::{KeyRotation, Policy};
use crate::random::Random;
use crate::store::{JwksReader, Store, StoredKey};

/// Look at the signing keys and replace them.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the keys, newest first, and who fetched them in the last 24 hours
    List,
    /// Publish a new key for every algorithm; it signs after `keys.publish_ahead`
    Rotate {
        /// Sign with the new keys within two seconds
        #[arg(long)]
        now: bool,
    },
    /// Stop signing with a key; a new one takes its place within two seconds
    Retire {
        #[arg(value_name = "KID")]
        kid: String,
    },
}

/// What a replaced key leaves behind.
const CACHES: &str = "a verifier that keeps the old key set without asking again on an unknown kid \
    refuses new tokens until its cache ends; tokens signed before stay valid";

impl Verb {
    /// Runs it against the database that the configuration names.
    ///
    /// # Errors
    /// As [`open_store`]; exit code 3 for an unknown key.
    pub async fn run(self, global: &Global, output: Output) -> Result<(), Failure> {
        let (config, store) = open_store(global).await?;
        let outcome = self.act(&config, &store, output).await;
        store.close().await;
        outcome
    }

    async fn act(self, config: &Config, store: &Store, output: Output) -> Result<(), Failure> {
        match self {
            Self::List => {}
            Self::Rotate { now } => {
                rotation(config, store).await?.rotate(now, origin()).await?;
                output.note(if now { CACHES } else { "published a new key for every algorithm" });
            }
            Self::Retire { kid } => {
                if !rotation(config, store).await?.retire(&kid, origin()).await? {
                    return Err(Failure::NotFound(format!(
                        "no key {kid} that signs, see: porteiro key list"
                    )));
                }
                output.note(CACHES);
            }
        }
        list(store, output).await
    }
}

async fn rotation(config: &Config, store: &Store) -> Result<KeyRotation, Failure> {
    Ok(KeyRotation::open(store.clone(), Policy::from(config), Clock::System, Random::System).await?)
}

/// A key as it is shown: nothing private.
#[derive(Serialize)]
struct View<'a> {
    kid: &'a str,
    alg: &'a str,
    status: &'static str,
    activates_at: String,
    retired_at: Option<String>,
    expires_at: Option<String>,
    sealed: bool,
    /// Programs that fetched the key set since this key is in it.
    seen_by: usize,
    /// Those that fetched it lately, but not since.
    not_seen_by: Vec<String>,
}

/// Who did not fetch the keys for so long may have gone for good.
const LATELY: Duration = Duration::from_secs(86_400);

async fn list(store: &Store, output: Output) -> Result<(), Failure> {
    let now = Clock::System.now();
    let keys = store.signing_keys().await?;
    let readers = store.jwks_readers(now - LATELY).await?;
    let views: Vec<_> = keys.iter().map(|key| view(key, &keys, &readers, now)).collect();
    let columns = [
        "kid",
        "alg",
        "status",
        "activates_at",
        "retired_at",
        "expires_at",
        "sealed",
        "seen_by",
        "not_seen_by",
    ];
    output.list(&views, &columns);
    Ok(())
}

fn view<'a>(key: &'a StoredKey, all: &[StoredKey], readers: &[JwksReader], now: Timestamp) -> View<'a> {
    let (seen, not): (Vec<_>, Vec<_>) =
        readers.iter().partition(|reader| reader.fetched_at >= key.created_at);
    View {
        kid: &key.kid,
        alg: &key.alg,
        status: status(key, all, now),
        activates_at: instant(key.activates_at),
        retired_at: key.retired_at.map(instant),
        expires_at: key.expires_at.map(instant),
        sealed: key.sealed,
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
