//! `porteiro verify`: checks tokens beside an API. It keeps the public keys
//! and follows the feed of revocations, so that a check asks nobody.

mod answer;
mod event_stream;
mod feed;
mod issuer;
mod judge;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use tokio::task::JoinSet;

use crate::cache::RevocationView;
use crate::clock::Clock;
use crate::config;
use crate::error::Error;
use crate::keys::{KeySet, Keys};
use crate::outbound::{Outbound, Reach, Trust};
use crate::secret::Secret;
use issuer::IssuerApi;

/// How long nothing may come from a feed whose heart beats every second.
pub const SILENCE: Duration = Duration::from_secs(3);

/// What the sidecar is told by its operator.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose tokens.
    pub issuer: config::Issuer,
    /// One of them must be in `aud` (RFC 9068 §4).
    pub audience: Vec<String>,
    /// All of them must be granted.
    pub scope: Vec<String>,
    /// A client that may have `revocations.read`.
    pub client_id: String,
    /// What it authenticates with.
    pub client_secret: Secret,
    /// What to do without news of revocations.
    pub when_silent: WhenSilent,
    /// Certificates to trust instead of those that browsers trust.
    pub authorities: Option<PathBuf>,
}

/// What becomes of a token that seems good when the feed is silent, so that a
/// revocation may have been missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenSilent {
    /// 503.
    FailClosed,
    /// The issuer is asked about each (RFC 7662).
    Introspect,
    /// It is accepted for so long after the last news, then 503.
    ServeStale(Duration),
}

/// The running sidecar. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sidecar(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    issuer: IssuerApi,
    clock: Clock,
    keys: Keys,
    revoked: RwLock<RevocationView>,
    heard: RwLock<Option<Instant>>,
}

impl Sidecar {
    /// A sidecar that knows nothing yet.
    ///
    /// # Errors
    /// `server_error` when the certificates cannot be used.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Error> {
        let trust = settings.authorities.as_deref().map_or(Trust::Public, Trust::Only);
        let outbound = Outbound::new(Reach::Anywhere, trust)?;
        Ok(Self(Arc::new(Inner {
            issuer: IssuerApi::new(outbound, &settings),
            settings,
            clock,
            keys: Keys::new(KeySet::default()),
            revoked: RwLock::default(),
            heard: RwLock::default(),
        })))
    }

    /// Follows the feed for as long as the returned set lives.
    pub fn start(&self) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        tasks.spawn(feed::follow(self.clone()));
        tasks
    }

    /// What it answers.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/verify", get(answer::verify))
            .route("/readyz", get(answer::readyz))
            .with_state(self.clone())
    }

    /// Whether every revocation until a moment ago is known.
    pub fn is_current(&self) -> bool {
        self.silent_for().is_some_and(|silent_for| silent_for < SILENCE)
    }

    /// How long ago the last news came; none before the first.
    fn silent_for(&self) -> Option<Duration> {
        let heard = *self.0.heard.read().unwrap_or_else(PoisonError::into_inner);
        heard.map(|heard| heard.elapsed())
    }

    fn heard(&self) {
        *self.0.heard.write().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn revoked<T>(&self, look: impl FnOnce(&RevocationView) -> T) -> T {
        look(&self.0.revoked.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn revoke(&self, change: impl FnOnce(&mut RevocationView)) {
        change(&mut self.0.revoked.write().unwrap_or_else(PoisonError::into_inner));
    }
}
