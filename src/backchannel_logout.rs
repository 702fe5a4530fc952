//! Tells clients that a session has ended: OpenID Connect Back-Channel Logout
//! 1.0 §2.5. Whoever ended it has queued a notice in the same commit.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::task::JoinSet;
use url::{Url, form_urlencoded};

use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{Client, LogoutNotice};
use crate::token::logout_token;

/// Calls at once.
const BATCH: i64 = 16;

/// For how long a notice is ours: longer than an attempt takes.
const CLAIM: Duration = Duration::from_secs(30);

/// The pauses after the first, second, … attempt; then it is given up.
const BACK_OFF: [Duration; 7] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(12 * 3600),
];

/// Makes every attempt that is due.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach.
pub async fn deliver_due(app: App) -> Result<(), Error> {
    loop {
        let now = app.now();
        let notices = app.store.claim_logout_notices(now, now + CLAIM, BATCH).await?;
        if notices.is_empty() {
            return Ok(());
        }
        let mut attempts = JoinSet::new();
        for notice in notices {
            let app = app.clone();
            attempts.spawn(async move { attempt(&app, &notice).await });
        }
        for outcome in attempts.join_all().await {
            outcome?;
        }
    }
}

/// One attempt and its place in the books.
async fn attempt(app: &App, notice: &LogoutNotice) -> Result<(), Error> {
    let known = app.clients.get(&notice.client_id, app.now()).await?;
    let address = known.as_ref().and_then(|known| known.client.backchannel_logout_uri.as_deref());
    let (Some(known), Some(address)) = (&known, address.and_then(|address| Url::parse(address).ok())) else {
        return app.store.note_logout_outcome(notice, "the client has no address any more", None).await;
    };
    let (outcome, due_at) = match call(app, &known.client, &address, notice).await? {
        Ok(status) => (status.to_string(), None),
        Err(cause) => {
            let due_at = next_attempt(notice.attempts, app.now());
            (cause, due_at)
        }
    };
    let (client_id, sid, attempts) = (&notice.client_id, notice.session_id, notice.attempts);
    match due_at {
        Some(_) => {
            tracing::warn!(client_id, %sid, attempts, outcome, "back-channel logout failed, will try again")
        }
        None => tracing::info!(client_id, %sid, attempts, outcome, "back-channel logout settled"),
    }
    app.store.note_logout_outcome(notice, &outcome, due_at).await
}

/// Any 2xx will do (§2.8), and anything else may pass: a client that deploys,
/// a proxy that has lost it, a network that is to be allowed yet.
async fn call(
    app: &App,
    client: &Client,
    address: &Url,
    notice: &LogoutNotice,
) -> Result<Result<StatusCode, String>, Error> {
    let token = logout_token::sign(app, client, notice)?;
    let body = form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", &token).finish();
    Ok(match app.outbound.post_form(address, body).await {
        Ok(status) if status.is_success() => Ok(status),
        Ok(status) => Err(format!("answered {status}")),
        Err(failure) => Err(failure.to_string()),
    })
}

fn next_attempt(attempts: i64, now: Timestamp) -> Option<Timestamp> {
    let made = usize::try_from(attempts).unwrap_or_default().saturating_sub(1);
    BACK_OFF.get(made).map(|pause| now + *pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_and_end() {
        let pause = |attempts| next_attempt(attempts, Timestamp(0)).map(|due| due.0 / 1000);
        assert_eq!(pause(1), Some(2));
        assert_eq!(pause(2), Some(10));
        assert_eq!(pause(7), Some(43_200));
        assert_eq!(pause(8), None);
    }
}
