//! Errors that a person meets: what happened, what to do next, and a code and
//! request id for whoever helps them.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::headers::FormTarget;
use super::{Page, RedirectMismatch, text};
use crate::error::{Code, Error};

/// What can go wrong on a page. The codes are API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageError {
    /// `client_id` is missing or no client has it.
    UnknownClient,
    ClientDisabled,
    /// `redirect_uri` is missing, and the client has not exactly one or asks
    /// for an ID token.
    RedirectUriMissing,
    RedirectUriMismatch,
    /// A parameter twice, bad encoding, and other things of the kind.
    InvalidRequest,
    /// The form did not come from our page in this browser (403).
    ForeignForm,
    /// The account may not do this (403).
    Forbidden,
    NotFound,
    /// The logout address is not registered, or the hint is not ours.
    LogoutRequestInvalid,
    /// Somebody said no on the way to a protected host (403).
    SignInDenied,
    /// The login for a protected host is too old, used, or another browser's.
    SignInLost,
    TooLarge,
    TooManyRequests,
    Unavailable,
    ServerError,
}

impl PageError {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::UnknownClient,
        Self::ClientDisabled,
        Self::RedirectUriMissing,
        Self::RedirectUriMismatch,
        Self::InvalidRequest,
        Self::ForeignForm,
        Self::Forbidden,
        Self::NotFound,
        Self::LogoutRequestInvalid,
        Self::SignInDenied,
        Self::SignInLost,
        Self::TooLarge,
        Self::TooManyRequests,
        Self::Unavailable,
        Self::ServerError,
    ];

    /// The stable code, shown in `#error-code`.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownClient => "unknown_client",
            Self::ClientDisabled => "client_disabled",
            Self::RedirectUriMissing => "redirect_uri_missing",
            Self::RedirectUriMismatch => "redirect_uri_mismatch",
            Self::InvalidRequest => "invalid_request",
            Self::ForeignForm => "foreign_form",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::LogoutRequestInvalid => "logout_request_invalid",
            Self::SignInDenied => "sign_in_denied",
            Self::SignInLost => "sign_in_lost",
            Self::TooLarge => "too_large",
            Self::TooManyRequests => "too_many_requests",
            Self::Unavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }

    /// The status of the page.
    pub fn status(self) -> StatusCode {
        match self {
            Self::ForeignForm | Self::Forbidden | Self::SignInDenied => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The page for a failure that is not of one page's own.
    pub fn of(error: &Error) -> Self {
        match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::TOO_MANY_REQUESTS => Self::TooManyRequests,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND => Self::NotFound,
            status if status.is_server_error() => Self::ServerError,
            _ if error.code == Code::InvalidClient => Self::UnknownClient,
            _ => Self::InvalidRequest,
        }
    }

    pub(super) fn text_id(self) -> String {
        format!("error-{}", self.code().replace('_', "-"))
    }
}

/// What an error page shows.
#[derive(Clone, Copy)]
pub struct ErrorPage<'a> {
    pub error: PageError,
    /// A sentence in English for whoever runs the application. Never a secret.
    pub description: Option<&'a str>,
    /// The lesson: only in `dev`, or for a signed-in administrator.
    pub mismatch: Option<RedirectMismatch<'a>>,
    /// The way on.
    pub next: Option<Next<'a>>,
}

/// Where a person can go from an error page.
#[derive(Clone, Copy)]
pub enum Next<'a> {
    /// Try once more, at this address.
    Again(&'a str),
    /// Look after their account.
    Account,
}

impl From<PageError> for ErrorPage<'_> {
    fn from(error: PageError) -> Self {
        Self { error, description: None, mismatch: None, next: None }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    page: &'a Page<'a>,
    title: String,
    message: String,
    code: &'static str,
    shown: ErrorPage<'a>,
}

impl Page<'_> {
    /// An error page; never a redirect.
    pub fn error(&self, shown: ErrorPage<'_>) -> Response {
        let id = shown.error.text_id();
        let template = ErrorTemplate {
            page: self,
            title: self.text(&id),
            message: text::message(self.locale, &format!("{id}-text"), &[]),
            code: shown.error.code(),
            shown,
        };
        let mut response = self.render(shown.error.status(), &template, FormTarget::None);
        if matches!(shown.error, PageError::Unavailable | PageError::TooManyRequests) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }

    /// The page for whatever `?` brought, with its headers; logs the cause.
    pub fn failure(&self, error: &Error) -> Response {
        error.log();
        let kind = PageError::of(error);
        let description = matches!(kind, PageError::InvalidRequest).then_some(&*error.description);
        let mut response = self.error(ErrorPage { description, ..ErrorPage::from(kind) });
        let own = error.headers();
        if let Some(pause) = own.get(header::RETRY_AFTER) {
            response.headers_mut().insert(header::RETRY_AFTER, pause.clone());
        }
        response
    }
}
