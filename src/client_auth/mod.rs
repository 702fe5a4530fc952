//! Who is the client: RFC 6749 §2.3.

mod assertion;
mod secret;

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, header};

use crate::app::App;
use crate::error::Error;
use crate::oauth::AuthMethod;
use crate::oauth::basic::{self, Credentials};
use crate::oauth::client_assertion;
use crate::oauth::params::Params;
use crate::secret::Secret;
use crate::store::Client;

/// How a request presents a client.
#[derive(Debug)]
enum Presented {
    /// `Authorization: Basic`. There may be two readings of one header.
    Basic(Vec<Credentials>),
    /// `client_id` and `client_secret` in the body.
    Body { client_id: String, secret: Secret },
    /// `client_assertion`, signed with the client's key.
    Assertion(String),
    /// `client_id` alone: a public client.
    Id(String),
}

/// Proves which client sent a request, by exactly one method.
///
/// # Errors
/// `invalid_client` (401) for every way of not being who one claims to be, in
/// the same words; `invalid_request` when two methods are used at once; 429
/// when this address failed too often for this client.
pub async fn authenticate(
    app: &App,
    headers: &HeaderMap,
    form: &Params,
    address: IpAddr,
) -> Result<Arc<Client>, Error> {
    let outcome = match presented(headers, form)? {
        Presented::Basic(readings) => secret::by_basic(app, readings, address).await,
        Presented::Body { client_id, secret } => {
            secret::prove(app, &client_id, &secret, AuthMethod::ClientSecretPost, address).await
        }
        Presented::Assertion(assertion) => assertion::prove(app, &assertion, form.get("client_id")).await,
        Presented::Id(client_id) => by_id(app, &client_id).await,
    };
    let client = outcome.map_err(|error| challenge(error, headers))?;
    same_client_id(&client, form)?;
    Ok(client)
}

/// Like [`authenticate`], for endpoints that public clients may not use.
///
/// # Errors
/// As [`authenticate`], and `invalid_client` for a public client.
pub async fn authenticate_confidential(
    app: &App,
    headers: &HeaderMap,
    form: &Params,
    address: IpAddr,
) -> Result<Arc<Client>, Error> {
    let client = authenticate(app, headers, form, address).await?;
    if client.is_public() {
        return Err(Error::invalid_client());
    }
    Ok(client)
}

fn presented(headers: &HeaderMap, form: &Params) -> Result<Presented, Error> {
    let header = headers.get(header::AUTHORIZATION);
    let (secret, assertion) = (form.get("client_secret"), assertion_of(form)?);
    let headers = headers.get_all(header::AUTHORIZATION).iter().count();
    if headers + usize::from(secret.is_some()) + usize::from(assertion.is_some()) > 1 {
        return Err(Error::invalid_request("use one method of client authentication, not two"));
    }
    if let Some(header) = header {
        let readings = basic::parse(header.as_bytes())?;
        return readings.map(Presented::Basic).ok_or_else(|| Error::invalid_client().with_basic_challenge());
    }
    if let Some(assertion) = assertion {
        return Ok(Presented::Assertion(assertion.to_owned()));
    }
    let client_id = form.get("client_id").ok_or_else(Error::invalid_client)?.to_owned();
    Ok(match secret {
        Some(secret) => Presented::Body { client_id, secret: Secret::new(secret) },
        None => Presented::Id(client_id),
    })
}

/// RFC 7521 §4.2: the assertion and its type come together.
fn assertion_of(form: &Params) -> Result<Option<&str>, Error> {
    match (form.get("client_assertion"), form.get("client_assertion_type")) {
        (None, None) => Ok(None),
        (Some(assertion), Some(client_assertion::TYPE)) => Ok(Some(assertion)),
        (Some(_), Some(_)) => Err(Error::invalid_client()),
        _ => Err(Error::invalid_request("client_assertion and client_assertion_type come together")),
    }
}

/// The client that a request names, proven or not.
pub fn claimed(headers: &HeaderMap, form: &Params) -> Option<String> {
    let header = headers.get(header::AUTHORIZATION);
    let readings = header.and_then(|header| basic::parse(header.as_bytes()).ok().flatten());
    let by_basic = readings.and_then(|readings| readings.into_iter().next()).map(|reading| reading.client_id);
    let named = by_basic.or_else(|| form.get("client_id").map(str::to_owned));
    named.or_else(|| client_assertion::claimed_client(form.get("client_assertion")?))
}

/// A public client has nothing to prove here; PKCE and its redirect URI stand
/// in (RFC 6749 §3.2.1).
async fn by_id(app: &App, client_id: &str) -> Result<Arc<Client>, Error> {
    let known = app.clients.get(client_id, app.now()).await?.ok_or_else(Error::invalid_client)?;
    if !known.client.enabled {
        return Err(Error::invalid_client().because(DISABLED));
    }
    if !known.client.is_public() {
        return Err(
            Error::invalid_client().because("the client is confidential and sent no secret or assertion")
        );
    }
    Ok(Arc::clone(&known.client))
}

/// Why a client that is switched off was refused.
const DISABLED: &str = "the client is disabled";

fn same_client_id(client: &Client, form: &Params) -> Result<(), Error> {
    match form.get("client_id") {
        Some(client_id) if client_id != client.client_id => {
            Err(Error::invalid_request("client_id differs from the authenticated client"))
        }
        _ => Ok(()),
    }
}

/// Basic is owed an answer in kind (RFC 6749 §5.2).
fn challenge(error: Error, headers: &HeaderMap) -> Error {
    let unauthorized = error.status() == axum::http::StatusCode::UNAUTHORIZED;
    if unauthorized && headers.contains_key(header::AUTHORIZATION) {
        error.with_basic_challenge()
    } else {
        error
    }
}
