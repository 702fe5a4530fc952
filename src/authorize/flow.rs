//! A request on its way through the pages: kept by us, bound to the browser.

use std::time::Duration;

use crate::app::App;
use crate::authorize::{AuthorizationRequest, Progress};
use crate::error::Error;
use crate::secret::{Kind, Secret};

/// How long a person may take.
const LIFETIME: Duration = Duration::from_secs(3600);

/// A request and, once it was stored, its handle.
#[derive(Clone, Debug)]
pub struct Flow {
    /// What the browser carries from page to page.
    pub handle: Option<Secret>,
    /// What was asked, and what the person did so far.
    pub request: AuthorizationRequest,
}

impl Flow {
    /// A request that has just arrived.
    pub fn new(request: AuthorizationRequest) -> Self {
        Self { handle: None, request }
    }

    /// The flow of a handle, for the browser that began it. One that was
    /// answered, or took too long, begins anew: a person who goes back meets
    /// no dead end.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn find(app: &App, browser: Option<&Secret>, handle: &str) -> Result<Option<Self>, Error> {
        let (Some(browser), Some(handle)) = (browser, Kind::LoginFlow.parse(handle)) else { return Ok(None) };
        let found =
            app.store.flow::<AuthorizationRequest>(&handle.digest(), &browser.digest(), app.now()).await?;
        Ok(found.map(|(mut request, waits)| {
            if !waits {
                request.progress = Progress::default();
            }
            Self { handle: waits.then_some(handle), request }
        }))
    }

    /// Stores the flow as it is now and returns its handle.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn save(&mut self, app: &App, browser: &Secret) -> Result<Secret, Error> {
        if let Some(handle) = &self.handle {
            app.store.update_flow(&handle.digest(), &self.request).await?;
            return Ok(handle.clone());
        }
        let handle = Kind::LoginFlow.generate(&app.random)?;
        let now = app.now();
        app.store
            .create_flow(&handle.digest(), &browser.digest(), &self.request, now, now + LIFETIME)
            .await?;
        self.handle = Some(handle.clone());
        Ok(handle)
    }

    /// Keeps the language that the person chose on one page for the next ones;
    /// the client's wish was made before.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn switch_language(&mut self, app: &App, chosen: Option<&str>) -> Result<(), Error> {
        let (Some(chosen), Some(handle)) = (chosen, &self.handle) else { return Ok(()) };
        self.request.ui_locales = Some(chosen.to_owned());
        app.store.update_flow(&handle.digest(), &self.request).await
    }

    /// Ends the flow before it is answered. `false` when it was answered
    /// already: of two submits, one counts.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn finish(&self, app: &App) -> Result<bool, Error> {
        match &self.handle {
            Some(handle) => app.store.consume_flow(&handle.digest(), app.now()).await,
            None => Ok(true),
        }
    }
}
