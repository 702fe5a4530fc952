//! `GET /.well-known/jwks.json`: the public keys (RFC 7517).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::endpoint::context::Context;

/// Public members only. Who fetches is counted: `porteiro key list` shows who
/// knows the next key. May be
/// cached shorter than `keys.publish_ahead`, so that every cache has a key
/// before it signs.
pub async fn jwks(State(app): State<App>, context: Context, headers: HeaderMap) -> Response {
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    app.jwks_readers.fetched(context.address, user_agent.unwrap_or_default(), app.now());
    let seconds = (app.config.keys.publish_ahead.as_secs() / 2).clamp(1, 300);
    let caching = [(header::CACHE_CONTROL, format!("public, max-age={seconds}"))];
    (caching, Json(app.keys.current().jwks(app.now()))).into_response()
}
