//! `GET /metrics`, on a listener of its own (`metrics.listen`).

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::logging;
use crate::oauth::Algorithm;

/// Everything that is counted, with the gauges of this moment.
pub async fn metrics(State(app): State<App>) -> Response {
    let state = app.metrics.state();
    state.hashes_waiting.set(i64::try_from(app.hasher.queued()).unwrap_or(i64::MAX));
    let (open, idle) = app.store.connections();
    state.store_connections.set(i64::from(open));
    state.store_connections_idle.set(i64::try_from(idle).unwrap_or(i64::MAX));
    if let Some(age) = app.revocations.age() {
        state.revocation_view_age.set(age.as_secs_f64());
    }
    for (algorithm, age) in signing_key_ages(&app) {
        state.signing_key_age(algorithm, age);
    }
    state.log_lines_dropped(logging::lines_dropped());
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], app.metrics.render()).into_response()
}

fn signing_key_ages(app: &App) -> Vec<(Algorithm, f64)> {
    let (now, keys) = (app.now(), app.keys.current());
    let age = |algorithm| {
        let signing = keys.keys().iter().filter(|key| key.algorithm == algorithm && key.activates_at <= now);
        let newest = signing.map(|key| key.activates_at).max()?;
        Some((algorithm, now.since(newest).as_secs_f64()))
    };
    Algorithm::ALL.into_iter().filter_map(age).collect()
}
