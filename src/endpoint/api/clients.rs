//! `/clients`: the registrations, with the member names of RFC 7591.

use std::time::Duration;

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
use crate::admin::{ClientView, FailureView, Made, Registered, Registrar, Rotated};
use crate::app::App;
use crate::audit::Origin;
use crate::endpoint::named::Named;
use crate::error::{Code, Error};
use crate::secret::Secret;
use crate::store::Client;

const SCHEMA: &str = "Client";

pub async fn list(State(app): State<App>, query: Query) -> Result<Response, Error> {
    let listing = Listing::of(&app, "clients", &query)?;
    let after = listing.after.as_deref().unwrap_or_default();
    let mut clients = app.store.clients_after(after, listing.limit()).await?;
    let next = listing.cut(&app, &mut clients, |client| client.client_id.clone());
    let views: Vec<ClientView> = clients.iter().map(ClientView::of).collect();
    Ok(answer(&json!({ "clients": views, "next_cursor": next })))
}

pub async fn show(State(app): State<App>, Named(id): Named<String>) -> Result<Response, Error> {
    Ok(answer(&ClientView::of(&Client::find(&app.store, &id).await?)))
}

pub async fn create(State(app): State<App>, Caller(by): Caller, mut body: Body) -> Result<Response, Error> {
    members::known("NewClient", &body.0)?;
    let chosen = body.secret("client_secret")?;
    let id = match body.0.remove("client_id") {
        Some(Value::String(id)) => id,
        _ => return Err(Error::invalid_request("client_id is missing")),
    };
    let new = Client::new(id, app.now());
    members::without_read_only(SCHEMA, &mut body.0, &shown(&new)?)?;
    let scope_named = body.0.contains_key("scope");
    let mut client = with(&new, body.0)?;
    client.complete(scope_named)?;
    let made = Registrar::of(&app, by).create(&client, chosen).await?;
    Ok(answer_with(StatusCode::CREATED, &Registered::new(&client, unseen(made.as_ref()), None)))
}

pub async fn replace(
    State(app): State<App>,
    Caller(by): Caller,
    Named(id): Named<String>,
    mut body: Body,
) -> Result<Response, Error> {
    let before = found(&app, &id, &mut body).await?;
    let scope_named = body.0.contains_key("scope");
    let new = Client {
        client_id: before.client_id.clone(),
        enabled: before.enabled,
        created_at: before.created_at,
        ..Client::default()
    };
    let mut client = with(&new, body.0)?;
    client.complete(scope_named)?;
    save(&app, by, &client).await
}

pub async fn update(
    State(app): State<App>,
    Caller(by): Caller,
    Named(id): Named<String>,
    mut body: Body,
) -> Result<Response, Error> {
    let before = found(&app, &id, &mut body).await?;
    let mut client = with(&before, body.0)?;
    client.follow();
    save(&app, by, &client).await
}

pub async fn delete(
    State(app): State<App>,
    Caller(by): Caller,
    Named(id): Named<String>,
) -> Result<Response, Error> {
    if !app.store.delete_client(&id, by, app.now()).await? {
        return Err(Client::unknown(&id));
    }
    app.revocations.refresh().await?;
    Ok(nothing())
}

pub async fn enable(
    State(app): State<App>,
    Caller(by): Caller,
    Named(id): Named<String>,
) -> Result<Response, Error> {
    app.store.enable_client(&id, by, app.now()).await?;
    show(State(app), Named(id)).await
}

pub async fn disable(
    State(app): State<App>,
    Caller(by): Caller,
    Named(id): Named<String>,
) -> Result<Response, Error> {
    app.store.disable_client(&id, by, app.now()).await?;
    app.revocations.refresh().await?;
    show(State(app), Named(id)).await
}

/// How a secret is replaced.
#[derive(Deserialize)]
struct Rotation {
    /// Seconds that the old one lives on.
    #[serde(default)]
    overlap: u32,
}

pub async fn rotate_secret(
    State(app): State<App>,
    Caller(by): Caller,
    Named(id): Named<String>,
    body: Body,
) -> Result<Response, Error> {
    let Rotation { overlap } = body.read("Rotation")?;
    let client = Client::find(&app.store, &id).await?;
    let overlap = Duration::from_secs(overlap.into());
    let (made, end) = Registrar::of(&app, by).rotate_secret(&client, overlap).await?;
    Ok(answer(&Rotated::new(&id, &made.secret, end)))
}

pub async fn failures(State(app): State<App>, Named(id): Named<String>) -> Result<Response, Error> {
    let client = Client::find(&app.store, &id).await?;
    let failures = app.store.client_failures(&client.client_id).await?;
    let views: Vec<FailureView> = failures.iter().map(FailureView::of).collect();
    Ok(answer(&json!({ "failures": views })))
}

async fn save(app: &App, by: Origin, client: &Client) -> Result<Response, Error> {
    let made = Registrar::of(app, by).update(client, None).await?;
    Ok(answer(&Registered::new(client, unseen(made.as_ref()), None)))
}

fn unseen(made: Option<&Made>) -> Option<&Secret> {
    made.and_then(Made::unseen)
}

/// The client that a body is about, when nothing in it is beyond change.
async fn found(app: &App, id: &str, body: &mut Body) -> Result<Client, Error> {
    members::known(SCHEMA, &body.0)?;
    let client = Client::find(&app.store, id).await?;
    members::without_read_only(SCHEMA, &mut body.0, &shown(&client)?)?;
    Ok(client)
}

fn shown(client: &Client) -> Result<Value, Error> {
    serde_json::to_value(ClientView::of(client)).map_err(Error::server_error)
}

/// A registration with other members. Who names the method means it alone, as
/// on the command line.
fn with(client: &Client, mut body: Map<String, Value>) -> Result<Client, Error> {
    if body.contains_key("token_endpoint_auth_method") && !body.contains_key("auth_method_pinned") {
        body.insert("auth_method_pinned".into(), Value::Bool(true));
    }
    let mut metadata = serde_json::to_value(client).map_err(Error::server_error)?;
    members::merge(&mut metadata, Value::Object(body));
    let unreadable =
        |problem: serde_json::Error| Error::new(Code::InvalidClientMetadata, problem.to_string());
    let changed: Client = serde_json::from_value(metadata).map_err(unreadable)?;
    Ok(Client {
        client_id: client.client_id.clone(),
        enabled: client.enabled,
        created_at: client.created_at,
        updated_at: client.updated_at,
        ..changed
    })
}
