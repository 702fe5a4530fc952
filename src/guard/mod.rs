//! Hosts that a proxy protects and asks us about: nginx `auth_request`, Traefik
//! ForwardAuth, Caddy `forward_auth`.
//!
//! A person logs in through the ordinary code flow, and we are the client: the
//! proxy hands `/_porteiro/…` of the protected host to us. What the code buys is
//! a token record, and the browser gets a reference to it in a cookie of that
//! host. So whatever ends a token or its session ends the visit.

mod asked;
mod cookie;
mod login;
mod visitor;

use std::sync::Arc;

use axum::http::HeaderMap;

use crate::app::App;
use crate::error::Error;
use crate::oauth::GrantType;
use crate::oauth::redirect_uri::PROTECTED_CALLBACK;
use crate::store::Client;

pub use asked::Asked;
pub use cookie::Cookie;
pub use login::{Ended, RETURN_TO, begin, end};
pub use visitor::{Visitor, leave, visitor};

/// A host under protection.
#[derive(Clone, Debug)]
pub struct ProtectedHost {
    /// What the browser asked for there.
    pub asked: Asked,
    /// The client that stands for it.
    pub client: Arc<Client>,
}

impl ProtectedHost {
    /// The host that a proxy's request is about, if a client protects it.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn of(app: &App, headers: &HeaderMap) -> Result<Option<Self>, Error> {
        let Some(asked) = Asked::of(&app.config.issuer, headers) else { return Ok(None) };
        let Some(client_id) = app.origins.protector(&asked.origin).await else { return Ok(None) };
        let known = app.clients.get(&client_id, app.now()).await?;
        let client = known.map(|known| Arc::clone(&known.client));
        let client = client.filter(|client| client.enabled && client.allows(GrantType::AuthorizationCode));
        let host = client.map(|client| Self { asked, client });
        Ok(host.filter(|host| host.client.redirect_uris.contains(&host.callback())))
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.asked.origin
    }

    /// The redirect URI of its logins.
    fn callback(&self) -> String {
        format!("{}{PROTECTED_CALLBACK}", self.origin())
    }

    /// Where a person who is to come back to what they asked for logs in.
    pub fn login(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair(RETURN_TO, &self.asked.target)
            .finish();
        format!("{}/_porteiro/start?{query}", self.origin())
    }

    /// Whether what its client gets is meant for this audience.
    pub fn is_for(&self, app: &App, audience: &str) -> bool {
        match self.client.audience.as_slice() {
            [] => audience == app.config.default_audience(),
            own => own.iter().any(|own| own == audience),
        }
    }

    /// Its address after a logout, if one is registered.
    pub fn after_logout(&self) -> Option<&str> {
        let addresses = self.client.post_logout_redirect_uris.iter();
        let mut own = addresses.filter(|uri| asked::origin(uri).as_deref() == Some(self.origin()));
        own.next().map(String::as_str)
    }
}
