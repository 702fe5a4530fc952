//! `/account`: where a person is logged in and which applications they let in.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use uuid::Uuid;

use crate::app::App;
use crate::audit::Origin;
use crate::browser::{self, Cookie};
use crate::endpoint::authorize::see_other;
use crate::endpoint::context::Context;
use crate::endpoint::form::Form;
use crate::endpoint::page::Shown;
use crate::error::Error;
use crate::oauth::params::Params;
use crate::pages::{AccountPage, AppItem, PageError, SessionItem, Ticket};
use crate::secret::Secret;
use crate::session::{self, SignedIn};
use crate::store::{Client, Consent, NewRevocation, RevocationKind, Session};

/// What the ticket of the form is for.
const FORM: &str = "account";

/// Whoever opens the bare address of the server.
pub async fn home(State(app): State<App>) -> Response {
    see_other(&format!("{}/account", app.config.issuer.path()))
}

/// The page.
pub async fn account(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let shown = Shown::new(&app, &context, &headers, None).switched(&headers, params.get("ui_locales"));
    let answer = overview(&app, &headers, &shown).await.unwrap_or_else(|error| shown.failure(&error));
    shown.keep(answer)
}

/// Ends a session or lets an application out again.
pub async fn account_form(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    form: Result<Form, Error>,
) -> Response {
    let shown = Shown::new(&app, &context, &headers, None);
    let answer = match form {
        Ok(Form(params)) => change(&app, &headers, &shown, &params).await,
        Err(error) => Err(error),
    };
    answer.unwrap_or_else(|error| shown.failure(&error))
}

async fn signed_in(app: &App, headers: &HeaderMap) -> Result<Option<(Secret, SignedIn)>, Error> {
    let person = session::current(app, headers).await?;
    Ok(Cookie::Session.read(app, headers).zip(person))
}

fn to_login(app: &App) -> Response {
    see_other(&format!("{}/login", app.config.issuer.path()))
}

async fn overview(app: &App, headers: &HeaderMap, shown: &Shown<'_>) -> Result<Response, Error> {
    let Some((cookie, person)) = signed_in(app, headers).await? else { return Ok(to_login(app)) };
    let now = app.now();
    let sessions = app.store.sessions_of(&person.user.sub, now).await?;
    let living = |session: &&Session| now.since(session.last_seen_at) <= app.config.sessions.idle_lifetime;
    let sessions: Vec<_> =
        sessions.iter().filter(living).map(|session| (session.id.to_string(), session)).collect();
    let apps = apps(app, &person).await?;
    let here = format!("{}/account", app.config.issuer.path());
    Ok(shown.page(Some(&here)).account(&AccountPage {
        ticket: Ticket { csrf: &browser::csrf_token(app, &cookie, FORM), flow: None },
        username: &person.user.username,
        email: person.user.email.as_deref(),
        admin: person.user.admin,
        sessions: sessions.iter().map(|(id, session)| item(id, session, &person)).collect(),
        apps: apps.iter().map(|(consent, client)| app_item(consent, client)).collect(),
        now,
    }))
}

/// The applications, but those that are no longer registered.
async fn apps(app: &App, person: &SignedIn) -> Result<Vec<(Consent, Arc<Client>)>, Error> {
    let mut apps = Vec::new();
    for consent in app.store.consents_of(&person.user.sub).await? {
        if let Some(known) = app.clients.get(&consent.client_id, app.now()).await? {
            apps.push((consent, Arc::clone(&known.client)));
        }
    }
    Ok(apps)
}

fn item<'a>(id: &'a str, session: &'a Session, person: &SignedIn) -> SessionItem<'a> {
    SessionItem {
        id,
        user_agent: session.user_agent.as_deref(),
        address: session.address.as_deref(),
        last_seen_at: session.last_seen_at,
        current: session.id == person.session.id,
    }
}

fn app_item<'a>(consent: &'a Consent, client: &'a Client) -> AppItem<'a> {
    AppItem {
        client_id: &client.client_id,
        name: client.client_name.as_deref().unwrap_or(&client.client_id),
        scopes: consent.scope.split_ascii_whitespace().collect(),
        granted_at: consent.granted_at,
    }
}

async fn change(
    app: &App,
    headers: &HeaderMap,
    shown: &Shown<'_>,
    params: &Params,
) -> Result<Response, Error> {
    let Some((cookie, person)) = signed_in(app, headers).await? else { return Ok(to_login(app)) };
    if !browser::is_own_form(app, headers, &cookie, FORM, params.get("csrf")) {
        return Ok(shown.error(PageError::ForeignForm));
    }
    if let Some(id) = params.get("end_session") {
        end_session(app, &person, id, shown.context()).await?;
    }
    if let Some(client_id) = params.get("remove_app") {
        let by = Origin::person(&person.user.sub, shown.context());
        app.store.withdraw_consent(&person.user.sub, client_id, app.now(), by).await?;
        app.revocations.refresh().await?;
    }
    let mut response = see_other(&format!("{}/account", app.config.issuer.path()));
    if params.get("end_session") == Some(person.session.id.to_string().as_str()) {
        response.headers_mut().append(header::SET_COOKIE, Cookie::Session.clear(app)?);
    }
    Ok(response)
}

/// A person ends their own sessions only; another's is as good as none.
async fn end_session(app: &App, person: &SignedIn, id: &str, context: &Context) -> Result<(), Error> {
    let Ok(id) = Uuid::parse_str(id) else { return Ok(()) };
    let own = app.store.session(id).await?.is_some_and(|session| session.sub == person.user.sub);
    if own {
        let sub = &person.user.sub;
        let revocation = NewRevocation::new(RevocationKind::Session, id.to_string(), app.now())
            .by(Origin::person(sub, context), "ended on the account page")
            .of(None, Some(sub));
        app.revocations.revoke(&revocation).await?;
    }
    Ok(())
}
