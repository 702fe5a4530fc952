//! Resource owner password credentials grant: RFC 6749 §4.3. Out of favour
//! (RFC 9700 §2.4), so for clients that list it, and never in the strict
//! profile.

use std::sync::Arc;

use sqlx::types::Json;

use crate::app::App;
use crate::context::Context;
use crate::error::Error;
use crate::grant::request::Requested;
use crate::login;
use crate::oauth::Scope;
use crate::oauth::params::Params;
use crate::secret::Secret;
use crate::session::ACR_PASSWORD;
use crate::store::{Client, GrantFamily, User};
use crate::token::{Authorization, Person, Proof};

/// A name and a password that the client was trusted with.
#[derive(Debug)]
pub struct Password {
    username: String,
    password: Secret,
    requested: Requested,
}

impl Password {
    /// Reads the request.
    ///
    /// # Errors
    /// `invalid_request` without name or password, `invalid_scope`.
    pub fn parse(form: &Params) -> Result<Self, Error> {
        Ok(Self {
            username: form.require("username")?.to_owned(),
            password: Secret::new(form.require("password")?),
            requested: Requested::parse(form)?,
        })
    }

    /// The same proof, count of failures and hashing pool as the login page.
    ///
    /// # Errors
    /// `invalid_grant` in the same words for every reason, `invalid_scope`,
    /// `invalid_target`.
    pub async fn authorize(
        self,
        app: &App,
        client: Arc<Client>,
        context: &Context,
    ) -> Result<Authorization, Error> {
        let scope = self.requested.scope(&client)?;
        let audience = self.requested.audience(app, &client)?;
        let user = login::prove(app, &self.username, &self.password, context).await?;
        let user = user.ok_or_else(|| Error::invalid_grant("the user name or password is wrong"))?;
        let grant = grant(app, &client, &user, &scope, &audience)?;
        Ok(Authorization {
            client,
            person: Some(Person::of(&grant, user)),
            scope,
            audience,
            proof: Proof::Password(grant),
        })
    }
}

/// There is no session that it could end with.
fn grant(
    app: &App,
    client: &Client,
    user: &User,
    scope: &Scope,
    audience: &[String],
) -> Result<GrantFamily, Error> {
    let now = app.now();
    Ok(GrantFamily {
        id: app.random.uuid_v7(now)?,
        client_id: client.client_id.clone(),
        sub: user.sub.clone(),
        session_id: None,
        scope: scope.to_string(),
        audience: Json(audience.to_vec()),
        claims: None,
        auth_time: Some(now),
        amr: Some(Json(vec![String::from("pwd")])),
        acr: Some(String::from(ACR_PASSWORD)),
        offline: true,
        salt: app.random.bytes::<16>()?.to_vec(),
        generation: 0,
        rotated_at: None,
        created_at: now,
        expires_at: now + client.refresh_token_lifetime.unwrap_or(app.config.tokens.refresh_lifetime),
        revoked_at: None,
    })
}
