//! `/logout`: the question, and the good-bye.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::headers::FormTarget;
use super::{ClientView, Page, Ticket, form_target};

/// What the question shows.
pub struct LogoutForm<'a> {
    pub ticket: Ticket<'a>,
    /// Who would be signed out.
    pub username: &'a str,
    /// The application that asked, with its registered logout address.
    pub client: Option<ClientView<'a>>,
    /// The parameters of the request, to be posted again.
    pub parameters: &'a [(&'a str, &'a str)],
}

/// What is shown when it is done.
#[derive(Default)]
pub struct LoggedOut<'a> {
    /// An application to go back to: its name and a registered address.
    pub back: Option<(&'a str, &'a str)>,
}

#[derive(Template)]
#[template(path = "logout_confirm.html")]
struct LogoutTemplate<'a> {
    page: &'a Page<'a>,
    form: &'a LogoutForm<'a>,
}

#[derive(Template)]
#[template(path = "logged_out.html")]
struct LoggedOutTemplate<'a> {
    page: &'a Page<'a>,
    done: &'a LoggedOut<'a>,
}

impl Page<'_> {
    /// Asks whether to sign out. Posts `decision=logout` to `/logout`.
    pub fn logout_confirm(&self, form: &LogoutForm<'_>) -> Response {
        let template = LogoutTemplate { page: self, form };
        self.render(StatusCode::OK, &template, form_target(form.client.as_ref()))
    }

    /// Says that the person is signed out.
    pub fn logged_out(&self, done: &LoggedOut<'_>) -> Response {
        self.render(StatusCode::OK, &LoggedOutTemplate { page: self, done }, FormTarget::None)
    }
}
