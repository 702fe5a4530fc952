//! Every path that is nobody's.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::endpoint::context::Context;
use crate::endpoint::page::{Shown, reads_html};
use crate::error::Error;
use crate::pages::PageError;

/// A page for a person, JSON for a program.
pub async fn not_found(State(app): State<App>, context: Context, headers: HeaderMap) -> Response {
    if reads_html(&headers) {
        return Shown::new(&app, &context, &headers, None).error(PageError::NotFound);
    }
    Error::invalid_request("nothing lives at this path").with_status(StatusCode::NOT_FOUND).into_response()
}
