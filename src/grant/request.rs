//! What every grant's request may ask for: scope and audience.

use crate::app::App;
use crate::error::{Code, Error};
use crate::oauth::Scope;
use crate::oauth::params::Params;
use crate::store::Client;

/// The `scope` and `resource` parameters.
#[derive(Clone, Debug)]
pub struct Requested {
    scope: Option<Scope>,
    resource: Vec<String>,
}

impl Requested {
    /// Reads them.
    ///
    /// # Errors
    /// `invalid_scope` when `scope` is not a list of scopes.
    pub fn parse(form: &Params) -> Result<Self, Error> {
        let scope = form.get("scope").map(Scope::parse).transpose()?;
        let resource = form.get_all("resource").map(str::to_owned).collect();
        Ok(Self { scope, resource })
    }

    /// What the client gets of the scopes it may have: what it asked for, or
    /// all of them when it did not say (RFC 6749 §3.3), but never the right to
    /// administer without a word.
    ///
    /// # Errors
    /// `invalid_scope` for one that it may not have.
    pub fn scope(&self, client: &Client) -> Result<Scope, Error> {
        match &self.scope {
            Some(asked) => asked.within(&client.scope),
            None => Ok(client.scope.without_admin()),
        }
    }

    /// What of an earlier grant is asked for: all of it, or less (RFC 6749 §6).
    ///
    /// # Errors
    /// `invalid_scope` for one that was not granted.
    pub fn narrowed(&self, granted: &Scope) -> Result<Scope, Error> {
        match &self.scope {
            Some(asked) if asked.is_subset_of(granted) => Ok(asked.clone()),
            Some(_) => Err(Error::invalid_scope("the scope is wider than what was granted")),
            None => Ok(granted.clone()),
        }
    }

    /// Which audiences of an earlier grant are asked for: all of them, or fewer
    /// (RFC 8707 §2.2).
    ///
    /// # Errors
    /// `invalid_target` for one that was not granted.
    pub fn narrowed_audience(&self, granted: &[String]) -> Result<Vec<String>, Error> {
        if self.resource.is_empty() {
            return Ok(granted.to_vec());
        }
        if self.resource.iter().all(|resource| granted.contains(resource)) {
            return Ok(self.resource.clone());
        }
        Err(Error::new(Code::InvalidTarget, "the resource is none of those that were granted"))
    }

    /// The `aud` of the token: the resources asked for (RFC 8707 §2), else the
    /// client's own, else the server's default.
    ///
    /// # Errors
    /// `invalid_target` for a resource that is not the client's to ask for.
    pub fn audience(&self, app: &App, client: &Client) -> Result<Vec<String>, Error> {
        let default = || match &app.config.tokens.default_audience {
            Some(audience) => audience.clone(),
            None => app.config.issuer.as_str().to_owned(),
        };
        if self.resource.is_empty() {
            return Ok(if client.audience.is_empty() { vec![default()] } else { client.audience.clone() });
        }
        if self.resource.iter().all(|resource| client.audience.contains(resource) || *resource == default()) {
            return Ok(self.resource.clone());
        }
        Err(Error::new(
            Code::InvalidTarget,
            "the client may not ask for this resource, the operator can add it as an audience by client update",
        ))
    }
}
