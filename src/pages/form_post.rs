//! OAuth 2.0 Form Post Response Mode: a page that posts itself to the client.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::headers::{FormTarget, SUBMIT};
use super::{ClientView, Page};

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPostTemplate<'a> {
    page: &'a Page<'a>,
    redirect_uri: &'a str,
    parameters: &'a [(&'a str, &'a str)],
    script: &'static str,
}

impl Page<'_> {
    /// Carries `parameters` to the client; by a button where scripts are off.
    pub fn form_post(&self, client: ClientView<'_>, parameters: &[(&str, &str)]) -> Response {
        let redirect_uri = client.redirect_uri;
        let template = FormPostTemplate { page: self, redirect_uri, parameters, script: SUBMIT };
        self.render(StatusCode::OK, &template, FormTarget::Post(client))
    }
}
