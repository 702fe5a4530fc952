//! `private_key_jwt`: RFC 7523 §2.2.

use std::sync::Arc;

use crate::app::App;
use crate::error::Error;
use crate::oauth::AuthMethod;
use crate::oauth::client_assertion;
use crate::secret;
use crate::store::Client;

/// The client whose key signed this assertion. It is noted as used last of
/// all, when nothing else can be wrong with it.
pub(super) async fn prove(app: &App, assertion: &str, client_id: Option<&str>) -> Result<Arc<Client>, Error> {
    let claimed = client_assertion::claimed_client(assertion).ok_or_else(Error::invalid_client)?;
    if client_id.is_some_and(|client_id| client_id != claimed) {
        return Err(Error::invalid_client());
    }
    let known = app.clients.get(&claimed, app.now()).await?.ok_or_else(Error::invalid_client)?;
    let client = &known.client;
    let keys = client.jwks.as_ref().filter(|_| client.enabled && client.accepts(AuthMethod::PrivateKeyJwt));
    let keys = keys.ok_or_else(Error::invalid_client)?;
    let issuer = app.config.issuer.as_str();
    match client_assertion::judge(assertion, keys, &claimed, issuer, app.now()) {
        Ok(accepted) if first_use(app, &claimed, &accepted).await? => Ok(Arc::clone(client)),
        Ok(_) => Err(refused(client, "it was used before")),
        Err(reason) => Err(refused(client, reason)),
    }
}

async fn first_use(app: &App, client_id: &str, accepted: &client_assertion::Accepted) -> Result<bool, Error> {
    // No client id has a line break in it: two pairs never make one text.
    let name = format!("client_assertion\n{client_id}\n{}", accepted.jti);
    app.store.use_once(&secret::sha256(name.as_bytes()), accepted.expires_at).await
}

/// The reason is for the operator, who may be asked; the client gets the same
/// words as everybody.
fn refused(client: &Client, reason: client_assertion::Refusal) -> Error {
    tracing::info!(client_id = ?client.client_id, reason, "client assertion refused");
    Error::invalid_client().because(reason)
}
