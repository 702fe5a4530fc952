//! What was refused goes into the audit trail too where no client of ours is to
//! be told, see [`crate::endpoint::failure`]. A failure of ours is no refusal.

use axum::http::HeaderMap;

use crate::app::App;
use crate::audit::{Act, Entry, Origin};
use crate::client_auth;
use crate::context::Context;
use crate::error::Error;
use crate::oauth::params::Params;
use crate::pages::PageError;
use crate::token::validation::{self, Refusal};

/// Whoever it was did not prove to be the client whose id they gave.
pub async fn stranger(
    app: &App,
    context: &Context,
    headers: &HeaderMap,
    form: &Params,
    act: Act,
    error: &Error,
) {
    if error.status().is_server_error() {
        return;
    }
    let mut entry = Entry::failed(act, &Origin::anyone(context), app.now(), error);
    if let Some(claimed) = client_auth::claimed(headers, form)
        && matches!(app.clients.get(&claimed, app.now()).await, Ok(Some(_)))
    {
        entry = entry.client(claimed);
    }
    app.refusals.note(entry, context.address);
}

/// A client that proved who it is may not do that.
pub fn client(app: &App, context: &Context, client_id: &str, act: Act, error: &Error) {
    if !error.status().is_server_error() {
        let entry = Entry::failed(act, &Origin::client(client_id, context), app.now(), error);
        app.refusals.note(entry.client(client_id), context.address);
    }
}

/// An authorization request of nobody that we know.
pub fn request(app: &App, context: &Context, error: PageError) {
    let entry = Entry::refused(Act::Authorize, &Origin::anyone(context), app.now(), error.code());
    app.refusals.note(entry, context.address);
}

/// A token of ours that is good no more was presented, or for what it is not
/// good for. An expired one is what every client has once in a while.
pub fn token(app: &App, context: &Context, token: Option<&str>, refusal: Refusal) {
    if matches!(refusal, Refusal::Missing | Refusal::Malformed | Refusal::Expired) {
        return;
    }
    let now = app.now();
    let Some((claims, jti, _)) = token.and_then(|token| validation::read(app, token, now)) else { return };
    let origin = Origin::anyone(context);
    let mut entry = Entry::refused(Act::TokenUse, &origin, now, refusal.error_code()).object(jti);
    let text = |name: &str| claims.get(name).and_then(|value| value.as_str());
    let client_id = text("client_id");
    // A client that acts for itself is the subject too, and no person.
    if let Some(sub) = text("sub").filter(|sub| Some(*sub) != client_id) {
        entry = entry.subject(sub);
    }
    if let Some(client_id) = client_id {
        entry = entry.client(client_id);
    }
    app.refusals.note(entry, context.address);
}
