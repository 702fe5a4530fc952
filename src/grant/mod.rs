//! The grants: each proves a right and returns it as an `Authorization`.
//! None of them writes tokens, authenticates clients or speaks HTTP.

mod authorization_code;
mod client_credentials;
mod password;
mod person;
mod refresh_token;
mod request;

use std::sync::Arc;

use crate::app::App;
use crate::config::Profile;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::oauth::GrantType;
use crate::oauth::params::Params;
use crate::store::Client;
use crate::token::Authorization;

use authorization_code::AuthorizationCode;
use client_credentials::ClientCredentials;
use password::Password;
use refresh_token::RefreshToken;
pub use request::Requested;

/// A token request, parsed once (RFC 6749 §4).
#[derive(Debug)]
pub enum Grant {
    /// RFC 6749 §4.1.3.
    AuthorizationCode(AuthorizationCode),
    /// RFC 6749 §4.4.
    ClientCredentials(ClientCredentials),
    /// RFC 6749 §4.3.
    Password(Password),
    /// RFC 6749 §6.
    RefreshToken(RefreshToken),
}

impl Grant {
    /// Reads the parameters that the grant needs, for a client that may use it.
    ///
    /// # Errors
    /// `invalid_request` when one is missing, `unsupported_grant_type` for a
    /// grant that this server does not have, `unauthorized_client` when the
    /// client may not use it.
    pub fn parse(app: &App, client: &Client, form: &Params) -> Result<Self, Error> {
        let unsupported = || Error::new(Code::UnsupportedGrantType, "this server does not have that grant");
        let grant_type: GrantType = form.require("grant_type")?.parse().map_err(|_| unsupported())?;
        let strict = app.config.profile == Profile::Strict;
        if !client.allows(grant_type) || (strict && grant_type == GrantType::Password) {
            return Err(Error::unauthorized_client("the client is not registered for this grant"));
        }
        match grant_type {
            GrantType::AuthorizationCode => AuthorizationCode::parse(form).map(Self::AuthorizationCode),
            GrantType::ClientCredentials => ClientCredentials::parse(form).map(Self::ClientCredentials),
            GrantType::Password => Password::parse(form).map(Self::Password),
            GrantType::RefreshToken => RefreshToken::parse(form).map(Self::RefreshToken),
            // A grant of the authorization endpoint.
            GrantType::Implicit => Err(unsupported()),
        }
    }

    /// Proves it. Who is no administrator has nothing to hand on.
    ///
    /// # Errors
    /// Those of RFC 6749 §5.2.
    pub async fn authorize(
        self,
        app: &App,
        client: Arc<Client>,
        context: &Context,
    ) -> Result<Authorization, Error> {
        let mut authorization = match self {
            Self::AuthorizationCode(grant) => grant.authorize(app, client, context).await,
            Self::ClientCredentials(grant) => grant.authorize(app, client),
            Self::Password(grant) => grant.authorize(app, client, context).await,
            Self::RefreshToken(grant) => grant.authorize(app, client, context).await,
        }?;
        if authorization.person.as_ref().is_some_and(|person| !person.user.admin) {
            authorization.scope = authorization.scope.without_admin();
        }
        Ok(authorization)
    }
}
