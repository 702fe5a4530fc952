//! `GET /.well-known/jwks.json`: the public keys (RFC 7517).

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// Public members only. May be cached shorter than `keys.publish_ahead`, so
/// that every cache has a key before it signs.
pub async fn jwks(State(app): State<App>) -> Response {
    let seconds = (app.config.keys.publish_ahead.as_secs() / 2).clamp(1, 300);
    let caching = [(header::CACHE_CONTROL, format!("public, max-age={seconds}"))];
    (caching, Json(app.keys.current().jwks(app.now()))).into_response()
}
