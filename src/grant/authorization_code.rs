//! Authorization code grant: RFC 6749 §4.1.3, PKCE RFC 7636 §4.6.

use std::sync::Arc;

use crate::app::App;
use crate::config::Profile;
use crate::context::Context;
use crate::error::Error;
use crate::grant::person::enabled;
use crate::grant::request::Requested;
use crate::login;
use crate::oauth::Scope;
use crate::oauth::params::Params;
use crate::oauth::pkce::{self, CodeChallenge};
use crate::secret::{Digest, Kind, Secret};
use crate::store::{AuthCode, Client, IssuedCode};
use crate::token::{Authorization, Person, Proof, issuer, refresh};

/// Wrong verifiers that a code survives. A thief cannot spend it for its
/// owner, and cannot guess on for ever either.
const VERIFIER_TRIES: i64 = 5;

/// A code and what proves that it came to the right one.
#[derive(Debug)]
pub struct AuthorizationCode {
    code: Option<Secret>,
    redirect_uri: Option<String>,
    code_verifier: Option<Secret>,
    requested: Requested,
}

impl AuthorizationCode {
    /// Reads the request.
    ///
    /// # Errors
    /// `invalid_request` without a code.
    pub fn parse(form: &Params) -> Result<Self, Error> {
        Ok(Self {
            code: Kind::AuthorizationCode.parse(form.require("code")?),
            redirect_uri: form.get("redirect_uri").map(str::to_owned),
            code_verifier: form.get("code_verifier").map(Secret::new),
            requested: Requested::parse(form)?,
        })
    }

    /// Everything that can fail is checked before anything is written, so that
    /// a stranger who holds a stolen code cannot spend it for the owner.
    ///
    /// # Errors
    /// `invalid_grant`; `invalid_target` for more than was granted.
    pub async fn authorize(
        self,
        app: &App,
        client: Arc<Client>,
        context: &Context,
    ) -> Result<Authorization, Error> {
        let unknown = || Error::invalid_grant("the authorization code is not known");
        let digest = self.code.as_ref().ok_or_else(unknown)?.digest();
        let issued = app.codes.find(digest).await?.ok_or_else(unknown)?;
        let IssuedCode { code, grant, person, failures } = issued;
        if grant.client_id != client.client_id {
            return Err(unknown());
        }
        let now = app.now();
        if code.consumed_at.is_some() {
            return Err(issuer::replayed(app, &grant, context, now).await?);
        }
        if code.expires_at <= now {
            return Err(Error::invalid_grant("the authorization code has expired"));
        }
        self.sent_to(&code, &client)?;
        self.answers(app, &code, &digest).await?;
        let grant = refresh::living(app, grant, now).await?;
        // Somebody who guesses at the password meanwhile ends that login too:
        // nobody knows whose it was.
        if login::locked_since(app, &failures, code.created_at) {
            return Err(Error::invalid_grant("the person may not log in for now"));
        }
        Ok(Authorization {
            client,
            person: Some(Person::of(&grant, enabled(person)?)),
            scope: Scope::parse(&grant.scope)?,
            audience: self.requested.narrowed_audience(&grant.audience)?,
            proof: Proof::Code { digest, nonce: code.nonce, grant },
        })
    }

    /// The redirect URI, when the authorization request named one.
    fn sent_to(&self, code: &AuthCode, client: &Client) -> Result<(), Error> {
        let same = match (&code.redirect_uri, &self.redirect_uri) {
            (Some(sent), Some(repeated)) => sent == repeated,
            (Some(_), None) => {
                return Err(Error::invalid_grant("send redirect_uri as in the authorization request"));
            }
            (None, Some(named)) => client.redirect_uris.contains(named),
            (None, None) => true,
        };
        if same {
            Ok(())
        } else {
            Err(Error::invalid_grant("redirect_uri differs from the authorization request"))
        }
    }

    async fn answers(&self, app: &App, code: &AuthCode, digest: &Digest) -> Result<(), Error> {
        if code.failed_attempts >= VERIFIER_TRIES {
            return Err(Error::invalid_grant("too many wrong code verifiers, ask for a new code"));
        }
        if code.code_challenge.is_none() && app.config.profile == Profile::Strict {
            return Err(Error::invalid_grant("the strict profile takes no code without a code_challenge"));
        }
        let challenge = code.code_challenge.clone().map(CodeChallenge::try_from).transpose()?;
        let verifier = self.code_verifier.as_ref().map(Secret::reveal);
        let answered = pkce::check(challenge.as_ref(), verifier);
        if answered.is_err() {
            app.store.count_failed_code(digest).await?;
        }
        answered
    }
}
