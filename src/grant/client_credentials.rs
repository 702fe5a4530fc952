//! Client credentials grant: RFC 6749 §4.4.

use std::sync::Arc;

use crate::app::App;
use crate::error::Error;
use crate::grant::request::Requested;
use crate::oauth::params::Params;
use crate::oauth::scope;
use crate::store::Client;
use crate::token::{Authorization, Proof};

/// A request for a token of the client's own.
#[derive(Debug)]
pub struct ClientCredentials(Requested);

impl ClientCredentials {
    /// Reads the request.
    ///
    /// # Errors
    /// `invalid_scope` when `scope` is not a list of scopes.
    pub fn parse(form: &Params) -> Result<Self, Error> {
        Requested::parse(form).map(Self)
    }

    /// The client proved itself already; what remains is what it may have.
    /// There is no person, so the scopes that speak of one fall away.
    ///
    /// # Errors
    /// `unauthorized_client` for a public client, `invalid_scope`,
    /// `invalid_target`.
    pub fn authorize(self, app: &App, client: Arc<Client>) -> Result<Authorization, Error> {
        if client.is_public() {
            return Err(Error::unauthorized_client("a public client has no credentials of its own"));
        }
        Ok(Authorization {
            scope: self.0.scope(&client)?.filter(|token| !scope::STANDARD.contains(&token)),
            audience: self.0.audience(app, &client)?,
            client,
            person: None,
            proof: Proof::Client,
        })
    }
}
