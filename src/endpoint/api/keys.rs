//! `/keys`: the signing keys, without anything private.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::access::Caller;
use super::body::{Body, answer};
use crate::admin::KeyView;
use crate::app::App;
use crate::error::Error;

pub async fn list(State(app): State<App>) -> Result<Response, Error> {
    Ok(answer(&json!({ "keys": KeyView::all(&app.store, app.now()).await? })))
}

/// How keys are replaced.
#[derive(Deserialize)]
struct KeyRotation {
    /// Whether the new ones sign within two seconds.
    #[serde(default)]
    now: bool,
}

pub async fn rotate(State(app): State<App>, Caller(by): Caller, body: Body) -> Result<Response, Error> {
    let KeyRotation { now } = body.read("KeyRotation")?;
    app.rotation.rotate(now, by).await?;
    list(State(app)).await
}
