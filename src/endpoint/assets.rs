//! `GET /assets/{file}`: what the pages refer to.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::Error;
use crate::pages;

/// The file, if there is one of this name.
pub async fn assets(State(app): State<App>, Path(file): Path<String>) -> Response {
    pages::asset(&app.config.branding, &file).unwrap_or_else(|| {
        Error::invalid_request("there is no such file").with_status(StatusCode::NOT_FOUND).into_response()
    })
}
