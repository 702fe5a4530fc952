//! `/docs`: the description of the administration API, for people. In English,
//! as the description is.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::headers::FormTarget;
use super::{Locale, Page};

/// The whole reference.
pub struct ApiReference<'a> {
    /// The address that every path is below.
    pub base: String,
    /// Where tokens are got.
    pub token_endpoint: String,
    /// Where the description for programs is.
    pub description: String,
    /// The scope to look, and the scope to change.
    pub scopes: [&'a str; 2],
    /// The operations, by what they are about.
    pub groups: Vec<ApiGroup<'a>>,
    /// The objects.
    pub schemas: Vec<ApiSchema<'a>>,
}

/// What is about one thing.
pub struct ApiGroup<'a> {
    pub name: &'a str,
    pub operations: Vec<ApiOperation<'a>>,
}

/// One operation.
pub struct ApiOperation<'a> {
    pub id: &'a str,
    pub method: String,
    pub path: &'a str,
    pub summary: &'a str,
    pub about: &'a str,
    pub scope: &'a str,
    pub parameters: Vec<ApiMember<'a>>,
    /// The name of the schema of the body.
    pub body: Option<&'a str>,
    pub status: u16,
    /// The name of the schema of the answer.
    pub answer: Option<&'a str>,
    pub errors: Vec<u16>,
}

/// A parameter, or a member of an object.
pub struct ApiMember<'a> {
    pub name: &'a str,
    /// Its type, in a word or two.
    pub kind: String,
    pub about: &'a str,
}

/// One kind of object.
pub struct ApiSchema<'a> {
    pub name: &'a str,
    pub about: &'a str,
    pub example: Option<String>,
    pub members: Vec<ApiMember<'a>>,
}

#[derive(Template)]
#[template(path = "api_reference.html")]
struct ApiReferenceTemplate<'a> {
    page: &'a Page<'a>,
    api: &'a ApiReference<'a>,
}

impl Page<'_> {
    /// The reference. It has no form.
    pub fn api_reference(&self, api: &ApiReference<'_>) -> Response {
        let page = Page { locale: Locale::En, here: None, ..*self };
        let template = ApiReferenceTemplate { page: &page, api };
        page.render(StatusCode::OK, &template, FormTarget::None)
    }
}
