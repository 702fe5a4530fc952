//! `POST /oauth2/introspect`: RFC 7662.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::audit::Act;
use crate::client_auth;
use crate::endpoint::context::Context;
use crate::endpoint::form::Form;
use crate::endpoint::refused;
use crate::error::{Code, Error};
use crate::store::{Client, GrantFamily};
use crate::token::refresh::{self, Presented};
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
    let client = match client_auth::authenticate_confidential(&app, &headers, &form, context.address).await {
        Ok(client) => client,
        Err(error) => {
            refused::stranger(&app, &context, &headers, &form, Act::TokenIntrospect, &error).await;
            return Err(error);
        }
    };
    let token = form.require("token")?;
    let active = match Presented::parse(token) {
        Some(token) => refresh_token(&app, &client, &token).await?,
        None => access_token(&app, &client, token).await?,
    };
    // RFC 7662 §2.2: nothing else is said, whatever the reason.
    let body = active.unwrap_or_else(|| json!({ "active": false }));
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

async fn access_token(app: &App, client: &Client, token: &str) -> Result<Option<Value>, Error> {
    let verdict = validation::validate(app, Some(token)).await?;
    Ok(verdict.ok().filter(|valid| may_see(client, valid)).map(describe))
}

/// A refresh token is nobody's business but its own client's.
async fn refresh_token(app: &App, client: &Client, token: &Presented) -> Result<Option<Value>, Error> {
    let grant = app.store.grant(token.grant_id).await?;
    let own = |grant: &GrantFamily| {
        token.is_genuine(app, grant)
            && token.generation == grant.generation
            && (client.introspect_any || grant.client_id == client.client_id)
    };
    let Some(grant) = grant.filter(own) else { return Ok(None) };
    match refresh::living(app, grant, app.now()).await {
        Ok(grant) => Ok(Some(json!({
            "active": true,
            "token_type": "refresh_token",
            "iss": app.config.issuer.as_str(),
            "client_id": grant.client_id,
            "sub": grant.sub,
            "scope": grant.scope,
            "iat": grant.rotated_at.unwrap_or(grant.created_at).seconds(),
            "exp": grant.expires_at.seconds(),
        }))),
        Err(ended) if ended.code == Code::InvalidGrant => Ok(None),
        Err(error) => Err(error),
    }
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
