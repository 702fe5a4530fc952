//! Refresh token grant: RFC 6749 §6, rotation as RFC 9700 §4.14.2.

use std::sync::Arc;

use crate::app::App;
use crate::audit::Origin;
use crate::context::Context;
use crate::error::Error;
use crate::grant::person::enabled;
use crate::grant::request::Requested;
use crate::oauth::Scope;
use crate::oauth::params::Params;
use crate::store::{Client, GivenGrant, GrantFamily, NewRevocation};
use crate::token::refresh::{self, Presented};
use crate::token::{Authorization, Person, Proof};

/// A refresh token and what is asked for with it.
#[derive(Debug)]
pub struct RefreshToken {
    token: Option<Presented>,
    requested: Requested,
}

impl RefreshToken {
    /// Reads the request.
    ///
    /// # Errors
    /// `invalid_request` without a token, `invalid_scope`.
    pub fn parse(form: &Params) -> Result<Self, Error> {
        let token = Presented::parse(form.require("refresh_token")?);
        Ok(Self { token, requested: Requested::parse(form)? })
    }

    /// Which of the grant's tokens is it: the living one, the one before it
    /// within the retry window, or an older one that somebody kept.
    ///
    /// # Errors
    /// `invalid_grant`; `invalid_scope` and `invalid_target` for more than was
    /// granted.
    pub async fn authorize(
        self,
        app: &App,
        client: Arc<Client>,
        context: &Context,
    ) -> Result<Authorization, Error> {
        let unknown = || Error::invalid_grant("the refresh token is not known");
        let token = self.token.ok_or_else(unknown)?;
        let given = app.grants.find(token.grant_id).await?.ok_or_else(unknown)?;
        let GivenGrant { grant, person } = given;
        if !token.is_genuine(app, &grant) || grant.client_id != client.client_id {
            return Err(unknown());
        }
        let now = app.now();
        let grant = refresh::living(app, grant, now).await?;
        let person = Person::of(&grant, enabled(person)?);
        let scope = self.requested.narrowed(&Scope::parse(&grant.scope)?)?;
        let audience = self.requested.narrowed_audience(&grant.audience)?;
        Ok(Authorization {
            person: Some(person),
            scope,
            audience,
            proof: proof(app, &client, grant, token.generation, context).await?,
            client,
        })
    }
}

async fn proof(
    app: &App,
    client: &Client,
    grant: GrantFamily,
    generation: i64,
    context: &Context,
) -> Result<Proof, Error> {
    let now = app.now();
    if generation == grant.generation {
        return Ok(if client.rotates_refresh_tokens() { Proof::Refresh(grant) } else { Proof::Again(grant) });
    }
    if refresh::is_retry(app, &grant, generation, now) {
        return Ok(Proof::Again(grant));
    }
    // Two parties hold tokens of this grant, and we cannot tell which of them
    // is the thief: both lose it.
    let revocation = NewRevocation::grant(grant.id, now)
        .by(Origin::client(&client.client_id, context), "refresh token replayed")
        .of(Some(&grant.client_id), Some(&grant.sub));
    app.revocations.revoke(&revocation).await?;
    Err(Error::invalid_grant("the refresh token was used before, the person must log in again"))
}
