//! The grants: each proves a right and returns it as an `Authorization`.
//! None of them writes tokens, authenticates clients or speaks HTTP.

mod client_credentials;
mod request;

use std::sync::Arc;

use crate::app::App;
use crate::error::{Code, Error};
use crate::oauth::GrantType;
use crate::oauth::params::Params;
use crate::store::Client;
use crate::token::Authorization;

use client_credentials::ClientCredentials;

/// A token request, parsed once (RFC 6749 §4).
#[derive(Debug)]
pub enum Grant {
    /// RFC 6749 §4.4.
    ClientCredentials(ClientCredentials),
}

impl Grant {
    /// Reads the parameters that the grant needs, for a client that may use it.
    ///
    /// # Errors
    /// `invalid_request` when one is missing, `unsupported_grant_type` for a
    /// grant that this server does not have, `unauthorized_client` when the
    /// client may not use it.
    pub fn parse(client: &Client, form: &Params) -> Result<Self, Error> {
        let word = form.require("grant_type")?;
        let unsupported = || Error::new(Code::UnsupportedGrantType, "this server does not have that grant");
        let grant_type: GrantType = word.parse().map_err(|_| unsupported())?;
        let grant = match grant_type {
            GrantType::ClientCredentials => Self::ClientCredentials(ClientCredentials::parse(form)?),
            _ => return Err(unsupported()),
        };
        if !client.allows(grant_type) {
            return Err(Error::unauthorized_client("the client is not registered for this grant"));
        }
        Ok(grant)
    }

    /// Proves it.
    ///
    /// # Errors
    /// Those of RFC 6749 §5.2.
    pub async fn authorize(self, app: &App, client: Arc<Client>) -> Result<Authorization, Error> {
        match self {
            Self::ClientCredentials(grant) => grant.authorize(app, client),
        }
    }
}
