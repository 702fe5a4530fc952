//! `porteiro key list|rotate|retire`.

use clap::Subcommand;

use crate::admin::KeyView;
use crate::cli::{Failure, Global, Output, open_store, origin};
use crate::clock::Clock;
use crate::config::Config;
use crate::key_rotation::{KeyRotation, Policy};
use crate::random::Random;
use crate::store::Store;

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

async fn list(store: &Store, output: Output) -> Result<(), Failure> {
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
    output.list(&KeyView::all(store, Clock::System.now()).await?, &columns);
    Ok(())
}
