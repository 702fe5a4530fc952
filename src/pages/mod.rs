//! HTML out; nothing is decided here. Forms work without JavaScript, their
//! element ids are API, and everything that a stranger wrote is escaped.
//!
//! Every form posts `csrf`, `flow` where there is one, and `decision`: the
//! button that was pressed.

mod account;
mod admin;
mod api_reference;
mod asset;
mod consent;
mod device;
mod error;
mod form_post;
mod headers;
mod locale;
mod login;
mod logout;
mod redirect_mismatch;
mod sign_in;
#[cfg(test)]
mod tests;
mod text;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::branding::Branding;
use crate::error::Error;
use crate::store::Client;

use headers::FormTarget;
use text::Argument;

pub use account::{AccountPage, AppItem, SelectAccount, SessionItem};
pub use admin::{
    AdminDone, AdminFrame, AdminPlace, ApplicationPage, ApplicationRow, ApplicationsPage, AuditPage,
    FoundOut, LineItem, OverviewPage, PeoplePage, PersonPage, PersonRow, RefusalItem, SecretPage, SessionRow,
    SessionsPage, WhyPage,
};
pub use api_reference::{ApiGroup, ApiMember, ApiOperation, ApiReference, ApiSchema};
pub use asset::asset;
pub use consent::{ConsentForm, SCOPE_FIELD, ScopeItem};
pub use error::{ErrorPage, Next, PageError};
pub use locale::Locale;
pub use login::{LoginForm, LoginProblem};
pub use logout::{LoggedOut, LogoutForm};
pub use redirect_mismatch::RedirectMismatch;

/// What all pages share.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    pub locale: Locale,
    pub branding: &'a Branding,
    /// The path of the issuer, without a slash at its end: `""` or `/auth`. On
    /// a page at another host, its whole address.
    pub base: &'a str,
    /// The path and query by which a GET shows this page again; the language
    /// switcher adds `ui_locales` to it. `None` leaves the switcher out.
    pub here: Option<&'a str>,
    pub request_id: &'a str,
}

/// What a form carries so that its answer is believed.
#[derive(Clone, Copy)]
pub struct Ticket<'a> {
    pub csrf: &'a str,
    /// The handle of the stored request, where the form belongs to one.
    pub flow: Option<&'a str>,
}

/// The application in whose name the page is shown.
#[derive(Clone, Copy)]
pub struct ClientView<'a> {
    /// `client_name`, else the `client_id`.
    pub name: &'a str,
    /// Where the answer goes; its host is shown.
    pub redirect_uri: &'a str,
    /// The other addresses that are registered for it.
    pub registered: [&'a [String]; 2],
    /// Its home page.
    pub client_uri: Option<&'a str>,
}

impl<'a> ClientView<'a> {
    /// A registered client, whose answer goes to `redirect_uri`.
    pub fn of(client: &'a Client, redirect_uri: &'a str) -> Self {
        Self {
            name: client.client_name.as_deref().unwrap_or(&client.client_id),
            redirect_uri,
            registered: [&client.redirect_uris, &client.post_logout_redirect_uris],
            client_uri: client.client_uri.as_deref(),
        }
    }

    /// Every address of it. Browsers that hold `form-action` against redirects
    /// hold it against the client's own too, so they may lead to any of these.
    fn addresses(&self) -> impl Iterator<Item = &'a str> {
        let registered = self.registered.into_iter().flatten().map(String::as_str);
        [self.redirect_uri].into_iter().chain(registered).chain(self.client_uri)
    }

    /// The host of the redirect URI; its scheme for a native application.
    fn host(&self) -> String {
        let Ok(uri) = url::Url::parse(self.redirect_uri) else { return String::new() };
        match (uri.host_str(), uri.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => format!("{}:", uri.scheme()),
        }
    }
}

fn form_target<'a>(client: Option<&ClientView<'a>>) -> FormTarget<'a> {
    client.map_or(FormTarget::Ourselves, |client| FormTarget::Client(*client))
}

impl Page<'_> {
    fn text(&self, id: &str) -> String {
        text::message(self.locale, id, &[])
    }

    fn text_with(&self, id: &str, name: &'static str, value: &str) -> String {
        text::message(self.locale, id, &[(name, Argument::Text(value))])
    }

    fn count(&self, id: &str, count: i64) -> String {
        text::message(self.locale, id, &[("count", Argument::Count(count))])
    }

    fn languages(&self) -> Vec<Language> {
        let Some(here) = self.here else { return Vec::new() };
        Locale::ALL.map(|locale| Language::new(locale, here, self.locale)).into()
    }

    fn style(&self) -> String {
        format!("{}/assets/style.css?{}", self.base, asset::version(self.branding))
    }

    fn render(&self, status: StatusCode, template: &impl Template, target: FormTarget<'_>) -> Response {
        match template.render() {
            Ok(html) => headers::page(status, html, target, self.base),
            Err(cause) => axum::response::IntoResponse::into_response(Error::server_error(cause)),
        }
    }
}

/// A link of the language switcher.
struct Language {
    locale: Locale,
    href: String,
    current: bool,
}

impl Language {
    fn new(locale: Locale, here: &str, shown: Locale) -> Self {
        let (path, query) = here.split_once('?').unwrap_or((here, ""));
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("ui_locales="));
        let wish = format!("ui_locales={}", locale.tag());
        let query = kept.chain([wish.as_str()]).collect::<Vec<_>>().join("&");
        Self { locale, href: format!("{path}?{query}"), current: locale == shown }
    }
}
