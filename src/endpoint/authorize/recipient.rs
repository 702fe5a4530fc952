//! Who asks, and where the answer may go. Until both are certain a failure is a
//! page, never a redirect (RFC 6749 §4.1.2.1).

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::App;
use crate::authorize::Target;
use crate::endpoint::failure::{self, Place};
use crate::endpoint::page::Shown;
use crate::endpoint::refused;
use crate::oauth::params::Params;
use crate::oauth::redirect_uri;
use crate::pages::{ErrorPage, PageError, RedirectMismatch};
use crate::session;
use crate::store::Client;

/// The registered client of a request, or the page that refuses it.
pub async fn client(app: &App, params: &Params, page: &Shown<'_>) -> Result<Arc<Client>, Response> {
    let refused = |error: PageError| {
        refused::request(app, page.context(), error);
        page.error(error)
    };
    let unknown = || refused(PageError::UnknownClient);
    if params.is_broken("client_id") {
        return Err(refused(PageError::InvalidRequest));
    }
    let client_id = params.get("client_id").ok_or_else(unknown)?;
    let known = app.clients.get(client_id, app.now()).await.map_err(|error| page.failure(&error))?;
    let client = Arc::clone(&known.ok_or_else(unknown)?.client);
    if client.enabled {
        return Ok(client);
    }
    note(app, &client, PageError::ClientDisabled, "the client is disabled", page).await;
    Err(page.error(PageError::ClientDisabled))
}

/// Where its answer goes, or the page that refuses the address.
pub async fn target(
    app: &App,
    headers: &HeaderMap,
    client: &Client,
    params: &Params,
    page: &Shown<'_>,
) -> Result<Target, Response> {
    let requested = params.get("redirect_uri");
    if params.is_broken("redirect_uri") {
        note(app, client, PageError::InvalidRequest, "redirect_uri is repeated or unreadable", page).await;
        return Err(page.error(PageError::InvalidRequest));
    }
    let chosen = redirect_uri::choose(&client.redirect_uris, requested, client.is_public());
    match (chosen, requested) {
        // OpenID Connect Core §3.1.2.1 requires it, however many are registered.
        (Ok(uri), requested) if requested.is_some() || !asks_for_openid(params) => {
            Ok(Target::of(client, uri.to_owned(), params))
        }
        (_, Some(requested)) => Err(mismatch(app, headers, client, requested, page).await),
        (_, None) => {
            note(app, client, PageError::RedirectUriMissing, "redirect_uri is missing", page).await;
            Err(page.error(PageError::RedirectUriMissing))
        }
    }
}

fn asks_for_openid(params: &Params) -> bool {
    params.get("scope").is_some_and(|scope| scope.split(' ').any(|token| token == "openid"))
}

async fn mismatch(
    app: &App,
    headers: &HeaderMap,
    client: &Client,
    requested: &str,
    page: &Shown<'_>,
) -> Response {
    // What comes after the path may be anything, secrets too.
    let address = requested.split(['?', '#']).next().unwrap_or_default();
    let description = format!("the redirect_uri is not registered: {address}");
    note(app, client, PageError::RedirectUriMismatch, &description, page).await;
    let mismatch =
        RedirectMismatch { client_id: &client.client_id, requested, registered: &client.redirect_uris };
    let teach = may_learn(app, headers).await;
    let error = ErrorPage::from(PageError::RedirectUriMismatch);
    page.page(None).error(ErrorPage { mismatch: teach.then_some(mismatch), ..error })
}

/// Only who may change the client is shown what is registered.
async fn may_learn(app: &App, headers: &HeaderMap) -> bool {
    app.teaching
        || matches!(session::current(app, headers).await, Ok(Some(signed_in)) if signed_in.user.admin)
}

async fn note(app: &App, client: &Client, error: PageError, description: &str, page: &Shown<'_>) {
    let (place, code) = (Place::Authorize, error.code());
    failure::note_code(app, page.context(), place, &client.client_id, code, description).await;
}
