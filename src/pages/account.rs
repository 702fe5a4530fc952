//! `/account` and `/select-account`: the person's own view.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::consent::scope_sentence;
use super::headers::FormTarget;
use super::{ClientView, Page, Ticket, device, form_target};
use crate::clock::Timestamp;

/// Where a person is signed in, and which applications they let in.
pub struct AccountPage<'a> {
    pub ticket: Ticket<'a>,
    pub username: &'a str,
    pub email: Option<&'a str>,
    /// Whether they may administer.
    pub admin: bool,
    pub sessions: Vec<SessionItem<'a>>,
    pub apps: Vec<AppItem<'a>>,
    pub now: Timestamp,
}

/// A browser that is signed in.
pub struct SessionItem<'a> {
    pub id: &'a str,
    pub user_agent: Option<&'a str>,
    pub address: Option<&'a str>,
    pub last_seen_at: Timestamp,
    /// The one that shows the page.
    pub current: bool,
}

impl SessionItem<'_> {
    fn device(&self, page: &Page<'_>) -> String {
        self.user_agent.and_then(device::name).unwrap_or_else(|| page.text("account-unknown-device"))
    }
}

/// An application that was allowed in.
pub struct AppItem<'a> {
    pub client_id: &'a str,
    pub name: &'a str,
    pub scopes: Vec<&'a str>,
    pub granted_at: Timestamp,
}

/// The person who is signed in already, and the way to be somebody else.
pub struct SelectAccount<'a> {
    pub ticket: Ticket<'a>,
    pub username: &'a str,
    pub email: Option<&'a str>,
    pub client: ClientView<'a>,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountTemplate<'a> {
    page: &'a Page<'a>,
    account: &'a AccountPage<'a>,
}

#[derive(Template)]
#[template(path = "select_account.html")]
struct SelectAccountTemplate<'a> {
    page: &'a Page<'a>,
    form: &'a SelectAccount<'a>,
}

impl AccountTemplate<'_> {
    fn sessions(&self) -> String {
        let count = i64::try_from(self.account.sessions.len()).unwrap_or(i64::MAX);
        self.page.count("account-sessions", count)
    }

    fn rights(&self, app: &AppItem<'_>) -> Vec<String> {
        app.scopes.iter().map(|scope| scope_sentence(self.page, scope)).collect()
    }

    fn ago(&self, then: &Timestamp) -> String {
        let minutes = self.account.now.0.saturating_sub(then.0) / 60_000;
        match minutes {
            ..1 => self.page.text("ago-now"),
            1..60 => self.page.count("ago-minutes", minutes),
            60..1440 => self.page.count("ago-hours", minutes / 60),
            _ => self.page.count("ago-days", minutes / 1440),
        }
    }
}

impl Page<'_> {
    /// The account page. Posts `end_session=<id>` or `remove_app=<client_id>`
    /// to `/account`; signing out goes to `/logout`.
    pub fn account(&self, account: &AccountPage<'_>) -> Response {
        self.render(StatusCode::OK, &AccountTemplate { page: self, account }, FormTarget::Ourselves)
    }

    /// `prompt=select_account`. Posts `decision`, which is `continue` or
    /// `other`, to `/select-account`.
    pub fn select_account(&self, form: &SelectAccount<'_>) -> Response {
        let template = SelectAccountTemplate { page: self, form };
        self.render(StatusCode::OK, &template, form_target(Some(&form.client)))
    }
}
