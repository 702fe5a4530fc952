//! What the pages of a flow share: the flow, the browser it is bound to, and
//! who is signed in there.

use axum::http::HeaderMap;

use crate::app::App;
use crate::authorize::Flow;
use crate::browser::{self, Cookie};
use crate::error::Error;
use crate::oauth::params::Params;
use crate::secret::Secret;
use crate::session::{self, SignedIn};

/// A browser at one of the pages of its flow.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The flow.
    pub flow: Flow,
    /// The browser's cookie.
    pub browser: Secret,
    /// The person.
    pub signed_in: Option<SignedIn>,
}

impl Visit {
    /// The flow that `?flow=` names, if it began in this browser.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn find(app: &App, headers: &HeaderMap, params: &Params) -> Result<Option<Self>, Error> {
        let (Some(browser), Some(handle)) = (Cookie::Browser.read(app, headers), params.get("flow")) else {
            return Ok(None);
        };
        let Some(flow) = Flow::find(app, Some(&browser), handle).await? else { return Ok(None) };
        Ok(Some(Self { flow, browser, signed_in: session::current(app, headers).await? }))
    }

    /// What the ticket of this page's form is bound to: the flow, and the
    /// person who was asked.
    fn purpose(&self) -> String {
        let handle = self.flow.handle.as_ref().map(Secret::reveal).unwrap_or_default();
        let session = self.signed_in.as_ref().map(|signed_in| signed_in.session.id.to_string());
        format!("{handle} {}", session.unwrap_or_default())
    }

    /// The ticket.
    pub fn csrf_token(&self, app: &App) -> String {
        browser::csrf_token(app, &self.browser, &self.purpose())
    }

    /// Whether a form is this page's.
    pub fn is_own_form(&self, app: &App, headers: &HeaderMap, form: &Params) -> bool {
        browser::is_own_form(app, headers, &self.browser, &self.purpose(), form.get("csrf"))
    }
}
