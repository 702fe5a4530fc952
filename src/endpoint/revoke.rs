//! `POST /oauth2/revoke`: RFC 7009.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::audit::{Act, Origin};
use crate::client_auth;
use crate::endpoint::context::Context;
use crate::endpoint::form::Form;
use crate::endpoint::refused;
use crate::error::Error;
use crate::store::{Client, NewRevocation};
use crate::token::refresh::Presented;
use crate::token::validation;

/// Takes back a client's own token. Unknown, expired and already revoked ones
/// are fine too: the purpose is reached (§2.2).
///
/// # Errors
/// `invalid_client` (401), `invalid_request` without `token` or for another
/// client's token, `temporarily_unavailable` (503): then it is not revoked
/// (§2.2.1).
pub async fn revoke(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Error> {
    let client = match client_auth::authenticate(&app, &headers, &form, context.address).await {
        Ok(client) => client,
        Err(error) => {
            refused::stranger(&app, &context, &headers, &form, Act::TokenRevoke, &error).await;
            return Err(error);
        }
    };
    let token = form.require("token")?;
    let revoked = match Presented::parse(token) {
        Some(token) => revoke_refresh_token(&app, &context, &client, &token).await,
        None => revoke_access_token(&app, &context, &client, token).await,
    };
    revoked.inspect_err(|error| {
        refused::client(&app, &context, &client.client_id, Act::TokenRevoke, error);
    })?;
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response())
}

/// A refresh token stands for its grant: everything of it goes (§2.1).
async fn revoke_refresh_token(
    app: &App,
    context: &Context,
    client: &Client,
    token: &Presented,
) -> Result<(), Error> {
    let Some(grant) = app.store.grant(token.grant_id).await? else { return Ok(()) };
    if !token.is_genuine(app, &grant) {
        return Ok(());
    }
    if grant.client_id != client.client_id {
        return Err(foreign());
    }
    let revocation = NewRevocation::grant(grant.id, app.now())
        .by(Origin::client(&client.client_id, context), "revoked by its client")
        .of(Some(&grant.client_id), Some(&grant.sub));
    app.revocations.revoke(&revocation).await?;
    Ok(())
}

/// §2.1: refused, and the other client's token stays as it is.
fn foreign() -> Error {
    Error::invalid_request("the token was issued to another client")
}

async fn revoke_access_token(
    app: &App,
    context: &Context,
    client: &Client,
    token: &str,
) -> Result<(), Error> {
    let now = app.now();
    let Some((_, jti, exp)) = validation::read(app, token, now) else { return Ok(()) };
    let Some(record) = app.tokens.get(jti, exp).await? else { return Ok(()) };
    if record.client_id != client.client_id {
        return Err(foreign());
    }
    let revocation = NewRevocation::token(jti, exp, now)
        .by(Origin::client(&client.client_id, context), "revoked by its client")
        .of(Some(&record.client_id), record.sub.as_deref());
    app.revocations.revoke(&revocation).await?;
    Ok(())
}
