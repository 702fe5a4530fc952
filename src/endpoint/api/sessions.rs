//! `/users/{user}/sessions`: where a person is logged in.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

use super::access::Caller;
use super::body::{answer, nothing};
use crate::admin::SessionView;
use crate::app::App;
use crate::endpoint::named::Named;
use crate::error::Error;
use crate::store::{NewRevocation, RevocationKind, User};

pub async fn list(State(app): State<App>, Named(name): Named<String>) -> Result<Response, Error> {
    let user = User::find(&app.store, &name).await?;
    let sessions = app.store.sessions_of(&user.sub, app.now()).await?;
    let views: Vec<SessionView> = sessions.iter().map(SessionView::of).collect();
    Ok(answer(&json!({ "sessions": views })))
}

pub async fn end(
    State(app): State<App>,
    Caller(by): Caller,
    Named((name, sid)): Named<(String, String)>,
) -> Result<Response, Error> {
    let user = User::find(&app.store, &name).await?;
    let unknown = || Error::not_found(format!("there is no session {sid} of this person"));
    let id = Uuid::parse_str(&sid).map_err(|_| unknown())?;
    let session = app.store.session(id).await?.filter(|session| session.sub == user.sub);
    let session = session.ok_or_else(unknown)?;
    let revocation = NewRevocation::new(RevocationKind::Session, session.id.to_string(), app.now())
        .by(by, super::REASON)
        .of(None, Some(&user.sub));
    app.revocations.revoke(&revocation).await?;
    Ok(nothing())
}
