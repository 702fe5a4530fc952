//! What a proxy shows of a host that is protected: the way to the login.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::Page;
use super::headers::FormTarget;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInTemplate<'a> {
    page: &'a Page<'a>,
    login: &'a str,
}

impl Page<'_> {
    /// 401 for a browser, which goes on to the login by itself. A proxy that
    /// passes on what it was answered needs no redirect for that.
    pub fn sign_in(&self, login: &str) -> Response {
        self.render(StatusCode::UNAUTHORIZED, &SignInTemplate { page: self, login }, FormTarget::None)
    }
}
