//! `POST /oauth2/introspect`: RFC 7662.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::client_auth;
use crate::endpoint::context::Context;
use crate::endpoint::form::Form;
use crate::error::Error;
use crate::store::Client;
use crate::token::validation::{self, ValidToken};

/// Says whether a token is active, to those who may know.
///
/// # Errors
/// `invalid_client` (401) also for public clients, `invalid_request` without
/// `token`, `temporarily_unavailable` (503).
pub async fn introspect(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Error> {
    let client = client_auth::authenticate_confidential(&app, &headers, &form, context.address).await?;
    let token = form.require("token")?;
    let verdict = validation::validate(&app, Some(token)).await?;
    let body = match verdict {
        Ok(valid) if may_see(&client, &valid) => describe(valid),
        // RFC 7662 §2.2: nothing else is said, whatever the reason.
        _ => json!({ "active": false }),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// A token is shown to its own client, to those it is meant for, and to
/// clients that may introspect any.
fn may_see(client: &Client, token: &ValidToken) -> bool {
    client.introspect_any
        || token.record.client_id == client.client_id
        || token.is_for(&client.client_id)
        || client.resource.iter().any(|resource| token.is_for(resource))
}

fn describe(token: ValidToken) -> Value {
    let scope = token.record.scope.clone();
    let mut body = token.claims;
    body.insert("active".into(), true.into());
    body.insert("token_type".into(), "Bearer".into());
    body.insert("scope".into(), scope.into());
    Value::Object(body)
}
