//! `/login`: user name and password in one form.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{ClientView, Page, Ticket, form_target};

/// What the login page shows.
pub struct LoginForm<'a> {
    pub ticket: Ticket<'a>,
    /// The application that asked; `None` when the person came by themselves.
    pub client: Option<ClientView<'a>>,
    /// What was typed before, or the `login_hint`.
    pub username: &'a str,
    pub problem: Option<LoginProblem>,
}

/// Why the form is shown again. A wrong name and a wrong password are one
/// case, so that nobody learns which names exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginProblem {
    /// A field was left empty.
    Incomplete,
    /// No account has this name and this password.
    WrongCredentials,
    /// Too many attempts from this address.
    TooMany,
    /// The store is away or the hashing queue is full.
    Unavailable,
}

impl LoginProblem {
    fn text_id(self) -> &'static str {
        match self {
            Self::Incomplete => "login-incomplete",
            Self::WrongCredentials => "login-wrong",
            Self::TooMany => "login-too-many",
            Self::Unavailable => "login-unavailable",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Incomplete | Self::WrongCredentials => StatusCode::OK,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl LoginForm<'_> {
    /// Whether what was typed is at fault, rather than we.
    fn is_wrong(&self) -> bool {
        matches!(self.problem, Some(LoginProblem::Incomplete | LoginProblem::WrongCredentials))
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginTemplate<'a> {
    page: &'a Page<'a>,
    form: &'a LoginForm<'a>,
}

impl Page<'_> {
    /// The login page. Posts `username`, `password` and `decision`, which is
    /// `login` or `cancel`, to `/login`.
    pub fn login(&self, form: &LoginForm<'_>) -> Response {
        let status = form.problem.map_or(StatusCode::OK, LoginProblem::status);
        self.render(status, &LoginTemplate { page: self, form }, form_target(form.client.as_ref()))
    }
}
