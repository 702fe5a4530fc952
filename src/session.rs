//! Who is the person: the login session behind the cookie.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use sqlx::types::Json;
use uuid::Uuid;

use crate::app::App;
use crate::audit::Origin;
use crate::browser::Cookie;
use crate::context::Context;
use crate::error::Error;
use crate::secret::Kind;
use crate::store::{NewRevocation, OwnSession, RevocationKind, Session, User};

/// How stale `last_seen_at` may be: saves a write per page.
const TOUCH_AFTER: Duration = Duration::from_secs(60);

/// The longest browser name that is kept.
const USER_AGENT: usize = 256;

/// A person with a living session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The person.
    pub user: Arc<User>,
}

/// The living session of this browser, if it has one: not ended by itself or
/// with everything, neither idle nor absolutely expired, of a person who is
/// enabled.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach.
pub async fn current(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
    let Some(cookie) = Cookie::Session.read(app, headers) else { return Ok(None) };
    let Some(own) = app.sessions.find(cookie.digest()).await? else { return Ok(None) };
    use_session(app, own).await
}

/// The living session of this id, for a browser at another host that proved to
/// belong to it.
///
/// # Errors
/// As [`current`].
pub async fn by_id(app: &App, id: Uuid) -> Result<Option<SignedIn>, Error> {
    let Some(session) = app.store.session(id).await? else { return Ok(None) };
    let Some(person) = app.store.user(&session.sub).await? else { return Ok(None) };
    use_session(app, OwnSession { session, person }).await
}

async fn use_session(app: &App, own: OwnSession) -> Result<Option<SignedIn>, Error> {
    let OwnSession { session, person } = own;
    let now = app.now();
    let idle = now.since(session.last_seen_at) > app.config.sessions.idle_lifetime;
    let ended = session.revoked_at.is_some() || session.expires_at <= now || idle;
    if ended || !person.enabled || app.revocations.reaches_login(session.auth_time).await? {
        return Ok(None);
    }
    if now.since(session.last_seen_at) > TOUCH_AFTER {
        app.store.touch_session(session.id, now).await?;
    }
    Ok(Some(SignedIn { session, user: Arc::new(person) }))
}

/// Begins a session for a person who has just proven who they are. Its cookie
/// is always a new one, so that a planted one is worth nothing. The same person
/// keeps the session and what it opened; another person's session ends.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach.
pub async fn begin(
    app: &App,
    user: Arc<User>,
    headers: &HeaderMap,
    context: &Context,
) -> Result<(SignedIn, HeaderValue), Error> {
    let now = app.now();
    let cookie = Kind::SessionCookie.generate(&app.random)?;
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let session = Session {
        id: app.random.uuid_v7(now)?,
        digest: cookie.digest().to_vec(),
        sub: user.sub.clone(),
        auth_time: now,
        amr: Json(vec![String::from("pwd")]),
        acr: String::from(ACR_PASSWORD),
        user_agent: user_agent.map(|name| name.chars().take(USER_AGENT).collect()),
        address: Some(context.address.to_string()),
        created_at: now,
        last_seen_at: now,
        expires_at: now + app.config.sessions.absolute_lifetime,
        revoked_at: None,
    };
    let by = Origin::person(&user.sub, context);
    let before = current(app, headers).await?;
    if let Some(before) = before.as_ref().filter(|before| before.user.sub == user.sub) {
        let renewed = Session { id: before.session.id, ..session.clone() };
        if app.store.renew_session(&renewed, &by).await? {
            return Ok((SignedIn { session: renewed, user }, Cookie::Session.set(app, &cookie)?));
        }
    }
    app.store.create_session(&session, &by).await?;
    if let Some(before) = before.filter(|before| before.user.sub != user.sub) {
        end(app, &before, by, "another person logged in").await?;
    }
    Ok((SignedIn { session, user }, Cookie::Session.set(app, &cookie)?))
}

/// The authentication context class of a password (OpenID Connect Core §2).
pub const ACR_PASSWORD: &str = "1";

/// Ends a session and everything that was to end with it.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach: it has not ended.
pub async fn end(app: &App, signed_in: &SignedIn, by: Origin, reason: &str) -> Result<(), Error> {
    let id = signed_in.session.id.to_string();
    let revocation = NewRevocation::new(RevocationKind::Session, id, app.now())
        .by(by, reason)
        .of(None, Some(&signed_in.user.sub));
    app.revocations.revoke(&revocation).await?;
    Ok(())
}
