//! What a page takes from the request: its language, its place, its id.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::endpoint::context::Context;
use crate::error::Error;
use crate::pages::{ErrorPage, Locale, Page, PageError};

/// How the pages of one request are shown.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    app: &'a App,
    context: Context,
    base: &'a str,
    locale: Locale,
    request_id: String,
    /// The cookie that keeps the language chosen in the switcher.
    choice: Option<HeaderValue>,
}

impl<'a> Shown<'a> {
    /// In the language that the client asked for, else in the one that the
    /// person chose before, else in the browser's.
    pub fn new(app: &'a App, context: &Context, headers: &HeaderMap, ui_locales: Option<&str>) -> Self {
        let locale = Locale::of_request(ui_locales, headers);
        let base = app.config.issuer.path();
        Self {
            app,
            context: *context,
            base,
            locale,
            request_id: context.request_id.to_string(),
            choice: None,
        }
    }

    /// Of the request that is answered.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// At another host, which has our pages and nothing else of ours.
    pub fn elsewhere(mut self) -> Self {
        self.base = self.app.config.issuer.base();
        self
    }

    /// Takes `ui_locales` of the page's own address, where the switcher puts
    /// it. That choice comes first and is kept, unless a foreign site made it.
    pub fn switched(mut self, headers: &HeaderMap, ui_locales: Option<&str>) -> Self {
        let wish = ui_locales.and_then(|tags| tags.split_ascii_whitespace().find_map(Locale::from_tag));
        let Some(locale) = wish else { return self };
        self.locale = locale;
        let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
        if matches!(site, None | Some("same-origin")) {
            self.choice = HeaderValue::try_from(locale.cookie(self.app.config.issuer.is_https())).ok();
        }
        self
    }

    /// The page; `here` is the path and query by which a GET shows it again.
    pub fn page<'p>(&'p self, here: Option<&'p str>) -> Page<'p> {
        Page {
            locale: self.locale,
            branding: &self.app.config.branding,
            base: self.base,
            here,
            request_id: &self.request_id,
        }
    }

    /// The answer with the cookie that keeps the language, if one was chosen.
    pub fn keep(&self, mut response: Response) -> Response {
        if let Some(choice) = &self.choice {
            response.headers_mut().append(header::SET_COOKIE, choice.clone());
        }
        response
    }

    /// An error page of its own kind.
    pub fn error(&self, error: PageError) -> Response {
        self.page(None).error(ErrorPage::from(error))
    }

    /// The page for whatever `?` brought.
    pub fn failure(&self, error: &Error) -> Response {
        self.page(None).failure(error)
    }
}

/// A page for a person, JSON for a program: where no page of ours was reached.
pub fn failed(app: &App, context: &Context, headers: &HeaderMap, error: Error) -> Response {
    if reads_html(headers) {
        Shown::new(app, context, headers, None).failure(&error)
    } else {
        error.into_response()
    }
}

/// Whether a page is what the browser wants.
pub fn reads_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|range| range.split(';').next().is_some_and(|name| name.trim() == "text/html"))
}
