//! `/admin/sessions`: who is signed in.

use std::collections::HashMap;

use axum::response::Response;
use uuid::Uuid;

use super::{Administrator, PAGE};
use crate::endpoint::form::Form;
use crate::error::Error;
use crate::pages::{AdminDone, AdminPlace, SessionRow, SessionsPage};
use crate::store::{NewRevocation, RevocationKind, Session};

/// The sessions that were used last.
pub async fn list(desk: Administrator) -> Response {
    desk.or_failure(shown(&desk).await)
}

async fn shown(desk: &Administrator) -> Result<Response, Error> {
    let now = desk.app.now();
    let idle = desk.app.config.sessions.idle_lifetime;
    let sessions = desk.app.store.latest_sessions(now, now - idle, PAGE as i64).await?;
    let mut names: HashMap<&str, String> = HashMap::new();
    for session in &sessions {
        if !names.contains_key(session.sub.as_str()) {
            let user = desk.app.store.user(&session.sub).await?;
            names.insert(&session.sub, user.map_or_else(|| session.sub.clone(), |user| user.username));
        }
    }
    let rows = sessions.iter().map(|session| row(session, &names[session.sub.as_str()]));
    let list = SessionsPage { sessions: rows.collect(), now };
    Ok(desk.show(AdminPlace::Sessions, |page, frame| page.admin_sessions(frame, &list)))
}

/// A session of somebody.
pub fn row<'a>(session: &'a Session, username: &'a str) -> SessionRow<'a> {
    SessionRow {
        id: session.id.to_string(),
        user_agent: session.user_agent.as_deref(),
        address: session.address.as_deref(),
        last_seen_at: session.last_seen_at,
        username,
    }
}

/// Ends one of them.
pub async fn end(desk: Administrator, form: Result<Form, Error>) -> Response {
    desk.posted(form, async |form| Ok(desk.done(end_one(&desk, form.require("end_session")?, None).await?)))
        .await
}

/// Ends a session; only one of this person, if it is said whose.
///
/// # Errors
/// `not_found`, `temporarily_unavailable` when the store is out of reach.
pub async fn end_one(desk: &Administrator, id: &str, of: Option<&str>) -> Result<AdminDone, Error> {
    let unknown = || Error::not_found("there is no such session");
    let id = Uuid::parse_str(id).map_err(|_| unknown())?;
    let session = desk.app.store.session(id).await?.ok_or_else(unknown)?;
    if of.is_some_and(|sub| sub != session.sub) {
        return Err(unknown());
    }
    let revocation = NewRevocation::new(RevocationKind::Session, id.to_string(), desk.app.now())
        .by(desk.origin(), super::REASON)
        .of(None, Some(&session.sub));
    desk.app.revocations.revoke(&revocation).await?;
    Ok(AdminDone::SessionEnded)
}
