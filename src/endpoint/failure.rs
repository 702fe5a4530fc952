//! What a client was refused, kept for whoever runs it: `client show` tells.

use crate::app::App;
use crate::endpoint::context::Context;
use crate::error::{Error, printable};
use crate::store::ClientFailure;

/// The longest sentence that is kept.
const LONGEST: usize = 300;

/// Where something failed.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// The authorization endpoint and its pages.
    Authorize,
    /// The token endpoint, with the grant that was asked for.
    Token(&'static str),
    /// The login for a protected host.
    ProtectedHost,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Token(_) => "token",
            Self::ProtectedHost => "protected_host",
        }
    }
}

/// Notes an error that a client was answered. What went wrong on our side is
/// none of the client's.
pub async fn note(app: &App, context: &Context, place: Place, client_id: &str, error: &Error) {
    if !error.status().is_server_error() {
        note_code(app, context, place, client_id, error.code.as_str(), error.explanation()).await;
    }
}

/// Notes a refusal that has a code of its own. Only what is registered has
/// failures, or anybody could fill the store with names.
pub async fn note_code(
    app: &App,
    context: &Context,
    place: Place,
    client_id: &str,
    error: &str,
    description: &str,
) {
    let now = app.now();
    if !matches!(app.clients.get(client_id, now).await, Ok(Some(_))) {
        return;
    }
    app.failures.note(ClientFailure {
        client_id: client_id.to_owned(),
        request_id: context.request_id,
        failed_at: now,
        endpoint: place.name().to_owned(),
        grant_type: match place {
            Place::Token(grant_type) => Some(grant_type.to_owned()),
            Place::Authorize | Place::ProtectedHost => None,
        },
        error: error.to_owned(),
        error_description: printable(description).chars().take(LONGEST).collect(),
        address: context.address.to_string(),
    });
}
