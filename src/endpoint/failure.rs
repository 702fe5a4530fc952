//! What a client was refused, kept for whoever runs it: `client show` tells the
//! last of it, and the audit trail more.

use crate::app::App;
use crate::audit::{Act, Entry, Origin};
use crate::endpoint::context::Context;
use crate::error::{Error, printable};
use crate::store::ClientFailure;

/// The longest sentence that is kept.
const LONGEST: usize = 300;

/// That a person has to be asked first is no refusal.
const ASKS_FIRST: [&str; 4] =
    ["login_required", "consent_required", "interaction_required", "account_selection_required"];

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
    fn act(self) -> Act {
        match self {
            Self::Authorize => Act::Authorize,
            Self::Token(_) | Self::ProtectedHost => Act::TokenIssue,
        }
    }

    /// At the token endpoint these come after the client proved who it is.
    fn is_proven(self, error: &str) -> bool {
        let before = ["invalid_client", "invalid_request"];
        matches!(self, Self::Token(_)) && !before.contains(&error)
    }

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
    let error_description: String = printable(description).chars().take(LONGEST).collect();
    if !ASKS_FIRST.contains(&error) {
        let anyone = Origin::anyone(context);
        let by = if place.is_proven(error) { Origin::client(client_id, context) } else { anyone };
        let reason = format!("{error}: {error_description}");
        let entry = Entry::refused(place.act(), &by, now, reason).client(client_id);
        app.refusals.note(entry, context.address);
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
        error_description,
        address: context.address.to_string(),
    });
}
