//! `client_secret_basic` and `client_secret_post`: RFC 6749 §2.3.1.

use std::net::IpAddr;
use std::sync::Arc;

use crate::app::App;
use crate::cache::KnownClient;
use crate::error::Error;
use crate::oauth::AuthMethod;
use crate::oauth::basic::Credentials;
use crate::secret::{Secret, same};
use crate::store::{Client, ClientSecret, SecretHash};

/// The RFC wants id and secret form-encoded inside Basic; many clients send
/// them raw. Where the two readings differ, either may be the right one.
pub(super) async fn by_basic(
    app: &App,
    readings: Vec<Credentials>,
    address: IpAddr,
) -> Result<Arc<Client>, Error> {
    let mut outcome = Err(Error::invalid_client());
    for reading in readings {
        let method = AuthMethod::ClientSecretBasic;
        outcome = prove(app, &reading.client_id, &reading.secret, method, address).await;
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// The client that knows this secret and may send it in this way.
pub(super) async fn prove(
    app: &App,
    client_id: &str,
    secret: &Secret,
    method: AuthMethod,
    address: IpAddr,
) -> Result<Arc<Client>, Error> {
    app.guesses
        .check(client_id, address)
        .inspect_err(|_| app.metrics.rate_limited("client_authentication"))?;
    let known = app.clients.get(client_id, app.now()).await?;
    let proven = match &known {
        Some(known) => knows_secret(app, known, secret, address).await?,
        None => false,
    };
    match known {
        Some(known) if proven && known.client.enabled && known.client.accepts(method) => {
            Ok(Arc::clone(&known.client))
        }
        known => {
            app.guesses.count(client_id, address);
            Err(Error::invalid_client().because(match known {
                Some(_) if !proven => "the client secret is wrong, or the client has none",
                Some(known) if !known.client.enabled => super::DISABLED,
                _ => "the client may not authenticate in this way",
            }))
        }
    }
}

async fn knows_secret(
    app: &App,
    known: &KnownClient,
    presented: &Secret,
    address: IpAddr,
) -> Result<bool, Error> {
    let now = app.now();
    let alive = || known.secrets.iter().filter(|secret| secret.expires_at.is_none_or(|end| end > now));
    if alive().any(|secret| is_known_to_match(app, secret, presented)) {
        return Ok(true);
    }
    let slow: Vec<(&ClientSecret, &str)> =
        alive().filter_map(|secret| secret.hash.phc().map(|phc| (secret, phc))).collect();
    if slow.is_empty() || presented.reveal().len() > LONGEST_CHOSEN {
        return Ok(false);
    }
    let client_id = &known.client.client_id;
    // One after the other, or many guesses sent at once would all be computed
    // before the first of them counts.
    let _turn = app.guesses.turn(client_id, address).await;
    app.guesses.check(client_id, address)?;
    for (secret, phc) in slow {
        if app.secret_proofs.holds(secret.id, presented) {
            return Ok(true);
        }
        if app.hasher.verify(Some(phc), presented).await? {
            app.secret_proofs.remember(secret.id, presented);
            return Ok(true);
        }
    }
    Ok(false)
}

/// A longer secret cannot have been chosen: the hasher refuses it.
const LONGEST_CHOSEN: usize = 1024;

/// What can be told without computing a slow hash.
fn is_known_to_match(app: &App, secret: &ClientSecret, presented: &Secret) -> bool {
    match &secret.hash {
        SecretHash::Sha256(digest) => same(digest, &presented.digest()),
        SecretHash::Argon2(_) => app.secret_proofs.holds(secret.id, presented),
    }
}
