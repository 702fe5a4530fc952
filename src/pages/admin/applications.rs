//! The applications.

use askama::Template;
use axum::response::Response;

use super::AdminFrame;
use crate::pages::Page;

/// A page of the applications.
pub struct ApplicationsPage<'a> {
    pub applications: Vec<ApplicationRow<'a>>,
    /// The address of the next page.
    pub next: Option<String>,
}

/// An application in the list.
pub struct ApplicationRow<'a> {
    pub client_id: &'a str,
    /// `client_id` as it stands in an address.
    pub path: String,
    pub name: &'a str,
    pub enabled: bool,
}

/// One application.
pub struct ApplicationPage<'a> {
    pub client_id: &'a str,
    /// `client_id` as it stands in an address.
    pub path: String,
    pub name: &'a str,
    pub enabled: bool,
    pub grants: String,
    pub redirect_uris: Vec<&'a str>,
    pub scope: String,
    pub method: &'a str,
    /// Whether it has a secret to replace.
    pub sends_secret: bool,
    pub refusals: Vec<RefusalItem<'a>>,
}

/// What it was refused.
pub struct RefusalItem<'a> {
    pub at: String,
    pub error: &'a str,
    pub description: &'a str,
    pub request_id: String,
}

/// A secret, the one time that it is shown.
pub struct SecretPage<'a> {
    pub client_id: &'a str,
    /// `client_id` as it stands in an address.
    pub path: String,
    pub secret: &'a str,
}

#[derive(Template)]
#[template(path = "admin/applications.html")]
struct ApplicationsTemplate<'a> {
    page: &'a Page<'a>,
    frame: &'a AdminFrame<'a>,
    list: &'a ApplicationsPage<'a>,
}

#[derive(Template)]
#[template(path = "admin/application.html")]
struct ApplicationTemplate<'a> {
    page: &'a Page<'a>,
    frame: &'a AdminFrame<'a>,
    application: &'a ApplicationPage<'a>,
}

#[derive(Template)]
#[template(path = "admin/secret.html")]
struct SecretTemplate<'a> {
    page: &'a Page<'a>,
    frame: &'a AdminFrame<'a>,
    shown: &'a SecretPage<'a>,
}

impl Page<'_> {
    /// The applications.
    pub fn admin_applications(&self, frame: &AdminFrame<'_>, list: &ApplicationsPage<'_>) -> Response {
        self.admin(&ApplicationsTemplate { page: self, frame, list })
    }

    /// One of them. Posts `decision`, which is `disable`, `enable`, `revoke` or
    /// `rotate-secret`.
    pub fn admin_application(&self, frame: &AdminFrame<'_>, application: &ApplicationPage<'_>) -> Response {
        self.admin(&ApplicationTemplate { page: self, frame, application })
    }

    /// Its new secret.
    pub fn admin_secret(&self, frame: &AdminFrame<'_>, shown: &SecretPage<'_>) -> Response {
        self.admin(&SecretTemplate { page: self, frame, shown })
    }
}
