//! `/admin/people`: who they are, and what may be done about them.

use axum::response::Response;

use super::sessions::row;
use super::{Administrator, PAGE};
use crate::endpoint::authorize::see_other;
use crate::endpoint::form::Form;
use crate::endpoint::named::Named;
use crate::error::{Code, Error};
use crate::oauth::params::Params;
use crate::oauth::username;
use crate::pages::{AdminDone, AdminPlace, PeoplePage, PersonPage, PersonRow};
use crate::secret::Secret;
use crate::store::{NewRevocation, PasswordHash, RevocationKind, User};

/// The people, by name; with `?name=` the one of that name.
pub async fn list(desk: Administrator) -> Response {
    desk.or_failure(shown(&desk).await)
}

async fn shown(desk: &Administrator) -> Result<Response, Error> {
    let sought = desk.query.get("name");
    if let Some(name) = sought {
        match User::find(&desk.app.store, name.trim()).await {
            Ok(user) => {
                let path = desk.app.config.issuer.path();
                return Ok(see_other(&format!("{path}/admin/people/{}", user.sub)));
            }
            Err(error) if error.code == Code::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    let after = desk.query.get("after").unwrap_or_default();
    let mut users = desk.app.store.users_after(after, PAGE as i64 + 1).await?;
    let more = users.len() > PAGE;
    users.truncate(PAGE);
    let last = users.last().filter(|_| more).and_then(|user| username::key(&user.username).ok());
    let list = PeoplePage {
        people: users.iter().map(person_row).collect(),
        next: last.map(|last| desk.here(&[("after", &last)])),
        sought,
    };
    Ok(desk.show(AdminPlace::People, |page, frame| page.admin_people(frame, &list)))
}

fn person_row(user: &User) -> PersonRow<'_> {
    PersonRow {
        sub: &user.sub,
        username: &user.username,
        email: user.email.as_deref(),
        admin: user.admin,
        enabled: user.enabled,
    }
}

/// One of them.
pub async fn show(desk: Administrator, Named(sub): Named<String>) -> Response {
    desk.or_failure(person(&desk, &sub).await)
}

async fn person(desk: &Administrator, sub: &str) -> Result<Response, Error> {
    let user = User::find(&desk.app.store, sub).await?;
    let now = desk.app.now();
    let sessions = desk.app.store.sessions_of(&user.sub, now).await?;
    let idle = desk.app.config.sessions.idle_lifetime;
    let living = sessions.iter().filter(|session| now.since(session.last_seen_at) <= idle);
    let person = PersonPage {
        sub: &user.sub,
        username: &user.username,
        name: user.profile.name.as_deref(),
        email: user.email.as_deref(),
        groups: user.groups.join(", "),
        roles: user.roles.join(", "),
        admin: user.admin,
        enabled: user.enabled,
        own: user.sub == desk.person.user.sub,
        sessions: living.map(|session| row(session, &user.username)).collect(),
        now,
    };
    Ok(desk.show(AdminPlace::People, |page, frame| page.admin_person(frame, &person)))
}

/// Does what the buttons say.
pub async fn change(desk: Administrator, Named(sub): Named<String>, form: Result<Form, Error>) -> Response {
    desk.posted(form, async |form| {
        let user = User::find(&desk.app.store, &sub).await?;
        let done = match form.get("end_session") {
            Some(id) => super::sessions::end_one(&desk, id, Some(&user.sub)).await?,
            None => act(&desk, &user, form).await?,
        };
        desk.app.revocations.refresh().await?;
        Ok(desk.done(done))
    })
    .await
}

async fn act(desk: &Administrator, user: &User, form: &Params) -> Result<AdminDone, Error> {
    let (store, now, by) = (&desk.app.store, desk.app.now(), desk.origin());
    match form.require("decision")? {
        "disable" if user.sub == desk.person.user.sub => {
            Err(Error::invalid_request("nobody shuts themselves out"))
        }
        "disable" => {
            store.disable_user(&user.sub, now, by).await?;
            Ok(AdminDone::Disabled)
        }
        "enable" => {
            store.enable_user(&user.sub, now, by).await?;
            Ok(AdminDone::Enabled)
        }
        "revoke" => {
            let new = NewRevocation::new(RevocationKind::User, user.sub.as_str(), now);
            desk.app.revocations.revoke(&new.by(by, super::REASON)).await?;
            Ok(AdminDone::Revoked)
        }
        "set-password" => {
            let password = Secret::new(form.require("password")?);
            let hash = desk.app.hasher.hash(&password, &desk.app.random).await?;
            store.set_password(&user.sub, &PasswordHash(hash), now, by).await?;
            Ok(AdminDone::PasswordSet)
        }
        _ => Err(Error::invalid_request("there is no such button")),
    }
}
