//! A logout request: OpenID Connect RP-Initiated Logout 1.0 §2.

use std::sync::Arc;

use url::form_urlencoded;

use crate::app::App;
use crate::error::Error;
use crate::oauth::params::Params;
use crate::store::Client;
use crate::token::hint::Hint;

/// What the form repeats, so that the answer is judged as the question was.
pub const PARAMETERS: [&str; 5] =
    ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];

/// A request whose address, if it names one, is registered.
#[derive(Debug)]
pub struct LogoutRequest {
    /// Who asks, as far as it is said.
    pub client: Option<Arc<Client>>,
    /// Whose login the client knows of, proven by an ID token.
    pub hinted_sub: Option<String>,
    /// Where the browser is to go, with `state`.
    pub target: Option<String>,
}

impl LogoutRequest {
    /// Checks a request.
    ///
    /// # Errors
    /// `invalid_request`: then nothing of it may be followed.
    pub async fn parse(app: &App, params: &Params) -> Result<Self, Error> {
        params.check()?;
        let hint = params.get("id_token_hint").map(|hint| Hint::read(app, hint)).transpose()?;
        let named = params.get("client_id");
        if let (Some(hint), Some(named)) = (&hint, named)
            && hint.client_id != named
        {
            return Err(Error::invalid_request("id_token_hint was issued to another client than client_id"));
        }
        let client_id = named.or(hint.as_ref().map(|hint| hint.client_id.as_str()));
        let client = match client_id {
            Some(client_id) => Some(registered(app, client_id).await?),
            None => None,
        };
        let target = target(client.as_deref(), params)?;
        Ok(Self { client, hinted_sub: hint.and_then(|hint| hint.sub), target })
    }
}

async fn registered(app: &App, client_id: &str) -> Result<Arc<Client>, Error> {
    let known = app.clients.get(client_id, app.now()).await?;
    let client = known.map(|known| Arc::clone(&known.client)).filter(|client| client.enabled);
    client.ok_or_else(|| Error::invalid_request("no client has this client_id"))
}

/// The address exactly as it is registered, for logouts or for logins: many
/// programs come back from both to the same place.
fn target(client: Option<&Client>, params: &Params) -> Result<Option<String>, Error> {
    let Some(wanted) = params.get("post_logout_redirect_uri") else { return Ok(None) };
    let Some(client) = client else {
        return Err(Error::invalid_request("send id_token_hint or client_id with post_logout_redirect_uri"));
    };
    let mut known = client.post_logout_redirect_uris.iter().chain(&client.redirect_uris);
    if !known.any(|registered| registered == wanted) {
        return Err(Error::invalid_request(
            "post_logout_redirect_uri is not registered, the operator can add it by client update",
        ));
    }
    Ok(Some(with_state(wanted, params.get("state"))))
}

fn with_state(address: &str, state: Option<&str>) -> String {
    let Some(state) = state else { return address.to_owned() };
    let separator = if address.contains('?') { '&' } else { '?' };
    let pair = form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
    format!("{address}{separator}{pair}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_goes_back_beside_a_registered_query() {
        assert_eq!(with_state("https://rp.test/out", None), "https://rp.test/out");
        assert_eq!(with_state("https://rp.test/out", Some("a b&c")), "https://rp.test/out?state=a+b%26c");
        assert_eq!(with_state("https://rp.test/out?x=1", Some("s")), "https://rp.test/out?x=1&state=s");
    }
}
