//! `/livez` and `/readyz`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;

/// The process answers; needs no store.
pub async fn livez() -> &'static str {
    "ok\n"
}

/// The store answers and is migrated, and a key is loaded.
pub async fn readyz(State(app): State<App>) -> (StatusCode, &'static str) {
    if *app.draining.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match app.store.is_ready().await {
        Ok(true) => (StatusCode::OK, "ok\n"),
        Ok(false) => (StatusCode::SERVICE_UNAVAILABLE, "the store is not migrated\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store is out of reach\n"),
    }
}
