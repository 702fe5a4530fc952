//! Who is the client: RFC 6749 §2.3.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, header};

use crate::app::App;
use crate::cache::KnownClient;
use crate::error::Error;
use crate::oauth::AuthMethod;
use crate::oauth::basic::{self, Credentials};
use crate::oauth::params::Params;
use crate::secret::{Secret, same};
use crate::store::{Client, ClientSecret, SecretHash};

/// How a request presents a client.
#[derive(Debug)]
enum Presented {
    /// `Authorization: Basic`. There may be two readings of one header.
    Basic(Vec<Credentials>),
    /// `client_id` and `client_secret` in the body.
    Body { client_id: String, secret: Secret },
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
        Presented::Basic(readings) => by_basic(app, readings, address).await,
        Presented::Body { client_id, secret } => {
            by_secret(app, &client_id, &secret, AuthMethod::ClientSecretPost, address).await
        }
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
    let body_secret = form.get("client_secret");
    if header.is_some() && (body_secret.is_some() || form.get("client_assertion").is_some()) {
        return Err(Error::invalid_request("use one method of client authentication, not two"));
    }
    if let Some(header) = header {
        let readings = basic::parse(header.as_bytes())?;
        return readings.map(Presented::Basic).ok_or_else(|| Error::invalid_client().with_basic_challenge());
    }
    let client_id = form.get("client_id").ok_or_else(Error::invalid_client)?.to_owned();
    Ok(match body_secret {
        Some(secret) => Presented::Body { client_id, secret: Secret::new(secret) },
        None => Presented::Id(client_id),
    })
}

/// RFC 6749 §2.3.1 wants id and secret form-encoded inside Basic; many clients
/// send them raw. Where the two readings differ, either may be the right one.
async fn by_basic(app: &App, readings: Vec<Credentials>, address: IpAddr) -> Result<Arc<Client>, Error> {
    let mut outcome = Err(Error::invalid_client());
    for reading in readings {
        let method = AuthMethod::ClientSecretBasic;
        outcome = by_secret(app, &reading.client_id, &reading.secret, method, address).await;
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

async fn by_secret(
    app: &App,
    client_id: &str,
    secret: &Secret,
    method: AuthMethod,
    address: IpAddr,
) -> Result<Arc<Client>, Error> {
    if let Some(seconds) = app.guesses.pause(client_id, address) {
        return Err(Error::too_many("too many failed client authentications, wait and try again", seconds));
    }
    let known = app.clients.get(client_id, app.now()).await?;
    let proven = match &known {
        Some(known) => knows_secret(app, known, secret).await?,
        None => false,
    };
    match known {
        Some(known) if proven && known.client.enabled && known.client.accepts(method) => {
            Ok(Arc::clone(&known.client))
        }
        _ => {
            app.guesses.count(client_id, address);
            Err(Error::invalid_client())
        }
    }
}

async fn knows_secret(app: &App, known: &KnownClient, presented: &Secret) -> Result<bool, Error> {
    for secret in known.secrets.iter().filter(|secret| secret.expires_at.is_none_or(|end| end > app.now())) {
        if matches_secret(app, secret, presented).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn matches_secret(app: &App, secret: &ClientSecret, presented: &Secret) -> Result<bool, Error> {
    match &secret.hash {
        SecretHash::Sha256(digest) => Ok(same(digest, &presented.digest())),
        SecretHash::Argon2(_) if app.secret_proofs.holds(secret.id, presented) => Ok(true),
        SecretHash::Argon2(phc) => {
            let proven = app.hasher.verify(Some(phc), presented).await?;
            if proven {
                app.secret_proofs.remember(secret.id, presented);
            }
            Ok(proven)
        }
    }
}

/// A public client has nothing to prove here; PKCE and its redirect URI stand
/// in (RFC 6749 §3.2.1).
async fn by_id(app: &App, client_id: &str) -> Result<Arc<Client>, Error> {
    let known = app.clients.get(client_id, app.now()).await?;
    let public = known.filter(|known| known.client.enabled && known.client.is_public());
    public.map(|known| Arc::clone(&known.client)).ok_or_else(Error::invalid_client)
}

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
