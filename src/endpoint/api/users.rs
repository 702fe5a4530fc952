//! `/users`: the people, with the claim names of OpenID Connect Core §5.1.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access::Caller;
use super::body::{Body, answer, answer_with, nothing};
use super::listing::Listing;
use super::members;
use super::query::Query;
use crate::admin::{People, PersonView};
use crate::app::App;
use crate::endpoint::named::Named;
use crate::error::Error;
use crate::oauth::username;
use crate::store::{PasswordHash, Profile, User};

const SCHEMA: &str = "User";

pub async fn list(State(app): State<App>, query: Query) -> Result<Response, Error> {
    let listing = Listing::of(&app, "users", &query)?;
    let after = listing.after.as_deref().unwrap_or_default();
    let mut users = app.store.users_after(after, listing.limit()).await?;
    let next = listing.cut(&app, &mut users, |user| username::key(&user.username).unwrap_or_default());
    let views: Vec<PersonView> = users.iter().map(PersonView::of).collect();
    Ok(answer(&json!({ "users": views, "next_cursor": next })))
}

pub async fn show(State(app): State<App>, Named(name): Named<String>) -> Result<Response, Error> {
    Ok(answer(&PersonView::of(&User::find(&app.store, &name).await?)))
}

pub async fn create(State(app): State<App>, Caller(by): Caller, mut body: Body) -> Result<Response, Error> {
    members::known("NewUser", &body.0)?;
    let password = body.secret("password")?;
    let new = User::new("", &app.random, app.now())?;
    members::without_read_only(SCHEMA, &mut body.0, &shown(&new)?)?;
    let mut user = with(&new, body.0)?;
    user.check()?;
    if let Some(password) = password {
        user.password = Some(PasswordHash(app.hasher.hash(&password, &app.random).await?));
    }
    People::of(&app, by).create(&user).await?;
    Ok(answer_with(StatusCode::CREATED, &PersonView::of(&user)))
}

pub async fn replace(
    State(app): State<App>,
    Caller(by): Caller,
    Named(name): Named<String>,
    mut body: Body,
) -> Result<Response, Error> {
    let before = found(&app, &name, &mut body).await?;
    let new = User {
        sub: before.sub,
        enabled: before.enabled,
        created_at: before.created_at,
        ..User::new("", &app.random, app.now())?
    };
    let user = with(&new, body.0)?;
    People::of(&app, by).update(&user).await?;
    Ok(answer(&PersonView::of(&user)))
}

pub async fn update(
    State(app): State<App>,
    Caller(by): Caller,
    Named(name): Named<String>,
    mut body: Body,
) -> Result<Response, Error> {
    let before = found(&app, &name, &mut body).await?;
    let user = User { updated_at: app.now(), ..with(&before, body.0)? };
    People::of(&app, by).update(&user).await?;
    Ok(answer(&PersonView::of(&user)))
}

pub async fn delete(
    State(app): State<App>,
    Caller(by): Caller,
    Named(name): Named<String>,
) -> Result<Response, Error> {
    let user = User::find(&app.store, &name).await?;
    app.store.delete_user(&user.sub, app.now(), by).await?;
    app.revocations.refresh().await?;
    Ok(nothing())
}

pub async fn enable(
    State(app): State<App>,
    Caller(by): Caller,
    Named(name): Named<String>,
) -> Result<Response, Error> {
    let user = User::find(&app.store, &name).await?;
    app.store.enable_user(&user.sub, app.now(), by).await?;
    show(State(app), Named(user.sub)).await
}

pub async fn disable(
    State(app): State<App>,
    Caller(by): Caller,
    Named(name): Named<String>,
) -> Result<Response, Error> {
    let user = User::find(&app.store, &name).await?;
    app.store.disable_user(&user.sub, app.now(), by).await?;
    app.revocations.refresh().await?;
    show(State(app), Named(user.sub)).await
}

pub async fn set_password(
    State(app): State<App>,
    Caller(by): Caller,
    Named(name): Named<String>,
    mut body: Body,
) -> Result<Response, Error> {
    members::known("NewPassword", &body.0)?;
    let password = body.secret("password")?.ok_or_else(|| Error::invalid_request("password is missing"))?;
    let user = User::find(&app.store, &name).await?;
    let hash = PasswordHash(app.hasher.hash(&password, &app.random).await?);
    app.store.set_password(&user.sub, &hash, app.now(), by).await?;
    app.revocations.refresh().await?;
    Ok(nothing())
}

/// The person that a body is about, when nothing in it is beyond change.
async fn found(app: &App, name: &str, body: &mut Body) -> Result<User, Error> {
    members::known(SCHEMA, &body.0)?;
    let person = User::find(&app.store, name).await?;
    members::without_read_only(SCHEMA, &mut body.0, &shown(&person)?)?;
    Ok(person)
}

fn shown(user: &User) -> Result<Value, Error> {
    serde_json::to_value(PersonView::of(user)).map_err(Error::server_error)
}

/// What may be said of a person.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    username: String,
    email: Option<String>,
    email_verified: bool,
    #[serde(flatten)]
    profile: Profile,
    groups: Vec<String>,
    roles: Vec<String>,
    admin: bool,
}

/// A person of whom other things are said.
fn with(user: &User, body: Map<String, Value>) -> Result<User, Error> {
    let said = |name: &str| body.contains_key(name);
    let mut members = shown(user)?;
    members::merge(&mut members, Value::Object(body.clone()));
    let is: Said = members::read(members)?;
    let mut changed = User {
        username: is.username,
        email: is.email,
        email_verified: is.email_verified,
        profile: is.profile,
        groups: is.groups,
        roles: is.roles,
        admin: is.admin,
        ..user.clone()
    };
    changed.keep_proofs(user, said);
    Ok(changed)
}
