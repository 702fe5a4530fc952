//! What the pages of a flow share: the flow, the browser it is bound to, and
//! who is signed in there.

use axum::http::HeaderMap;

use crate::app::App;
use crate::authorize::Flow;
use crate::browser::{self, Cookie};
use crate::error::Error;
use crate::oauth::params::Params;
use crate::secret::{Secret, same};
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

    fn handle(&self) -> &str {
        self.flow.handle.as_ref().map(Secret::reveal).unwrap_or_default()
    }

    /// The flow, and the person who is asked.
    fn question(&self) -> String {
        let session = self.signed_in.as_ref().map(|signed_in| signed_in.session.id.to_string());
        format!("{} {}", self.handle(), session.unwrap_or_default())
    }

    /// The ticket: one part says that the form is ours, the other one whom it
    /// asked.
    pub fn csrf_token(&self, app: &App) -> String {
        let [form, person] =
            [self.handle(), &self.question()].map(|purpose| browser::csrf_token(app, &self.browser, purpose));
        format!("{form}.{person}")
    }

    /// Whether a form is of this flow's pages.
    pub fn is_own_form(&self, app: &App, headers: &HeaderMap, form: &Params) -> bool {
        let ticket = ticket(form).map(|(form, _)| form);
        browser::is_own_form(app, headers, &self.browser, self.handle(), ticket)
    }

    /// Whether who answers is who was asked. In another tab somebody else may
    /// have logged in since.
    pub fn asked_this_person(&self, app: &App, form: &Params) -> bool {
        let asked = browser::csrf_token(app, &self.browser, &self.question());
        ticket(form).is_some_and(|(_, person)| same(person.as_bytes(), asked.as_bytes()))
    }
}

fn ticket(form: &Params) -> Option<(&str, &str)> {
    form.get("csrf")?.split_once('.')
}
