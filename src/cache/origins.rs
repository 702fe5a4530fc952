//! The web origins that registered clients live on, remembered for less than a
//! second: those may call us from a browser, and some of them are protected by
//! a proxy that asks us.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::error::Error;
use crate::oauth::redirect_uri::{self, PROTECTED_CALLBACK};
use crate::store::Store;

/// Shorter than the second in which a change must act.
const REMEMBERED: Duration = Duration::from_millis(800);

/// The origins of every enabled client's redirect URIs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Origins(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    reading: Mutex<()>,
    view: RwLock<View>,
}

#[derive(Clone, Debug, Default)]
struct View {
    as_of: Option<Instant>,
    /// The client that protects each of them, if one does.
    origins: Arc<HashMap<String, Option<String>>>,
}

impl Origins {
    /// Nothing read yet.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner { store, reading: Mutex::default(), view: RwLock::default() }))
    }

    /// Whether a client lives on this origin. With the store away the answer
    /// is the last one known: keys and metadata are served then too, and an
    /// origin alone opens nothing.
    pub async fn contains(&self, origin: &str) -> bool {
        self.current().await.origins.contains_key(origin)
    }

    /// The client that protects this origin: the first by its id if there are
    /// more. Its registration is asked for elsewhere.
    pub async fn protector(&self, origin: &str) -> Option<String> {
        self.current().await.origins.get(origin).cloned().flatten()
    }

    async fn current(&self) -> View {
        let mut view = self.view();
        if !view.is_fresh() {
            let _one_at_a_time = self.0.reading.lock().await;
            view = self.view();
            if !view.is_fresh() {
                view = self.read(view).await;
            }
        }
        view
    }

    async fn read(&self, last: View) -> View {
        let origins = match self.load().await {
            Ok(origins) => Arc::new(origins),
            Err(cause) => {
                tracing::warn!(%cause, "the origins of the clients could not be read");
                last.origins
            }
        };
        let view = View { as_of: Some(Instant::now()), origins };
        *self.0.view.write().unwrap_or_else(PoisonError::into_inner) = view.clone();
        view
    }

    async fn load(&self) -> Result<HashMap<String, Option<String>>, Error> {
        let mut origins = HashMap::<_, Option<String>>::new();
        for (client_id, uris) in self.0.store.redirect_uris().await? {
            for (uri, origin) in uris.iter().filter_map(|uri| Some((uri, redirect_uri::origin(uri)?))) {
                let protects = uri.strip_prefix(&origin) == Some(PROTECTED_CALLBACK);
                let protector = origins.entry(origin).or_default();
                if protects {
                    protector.get_or_insert_with(|| client_id.clone());
                }
            }
        }
        Ok(origins)
    }

    fn view(&self) -> View {
        self.0.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl View {
    fn is_fresh(&self) -> bool {
        self.as_of.is_some_and(|as_of| as_of.elapsed() < REMEMBERED)
    }
}
