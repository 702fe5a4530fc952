//! An authorization request, checked in order: RFC 6749 §4.1.1, OpenID
//! Connect Core §3.1.2.1, RFC 7636 §4.3.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::authorize::response::Target;
use crate::config::Profile;
use crate::error::{Code, Error};
use crate::grant::Requested;
use crate::oauth::claims::ClaimsRequest;
use crate::oauth::params::Params;
use crate::oauth::pkce::CodeChallenge;
use crate::oauth::prompt::Prompt;
use crate::oauth::response_type::ResponseType;
use crate::oauth::{GrantType, Scope};
use crate::session::ACR_PASSWORD;
use crate::store::{Client, User};
use crate::token::hint::Hint;

/// A request that may be answered, as it is kept on its way through the pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: String,
    /// Where and how the answer goes.
    pub target: Target,
    /// Whether the request named the redirect URI: then the token request must
    /// name it too (RFC 6749 §4.1.3).
    pub redirect_uri_sent: bool,
    /// What is asked for.
    pub response_type: ResponseType,
    /// Which scopes, as far as the client may have them; and those of single
    /// claims, about which the person is asked too.
    pub scope: Scope,
    /// Those that are in `scope` for single claims alone: the claims are given,
    /// the scopes are not.
    #[serde(default)]
    pub claim_scope: Scope,
    /// `aud` of the access token.
    pub audience: Vec<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// RFC 7636.
    pub code_challenge: Option<CodeChallenge>,
    /// What the person is to be asked.
    pub prompt: Prompt,
    /// How old the login may be, in seconds.
    pub max_age: Option<u64>,
    /// What to write into the user name field.
    pub login_hint: Option<String>,
    /// Languages of the pages.
    pub ui_locales: Option<String>,
    /// The `claims` parameter.
    pub claims: ClaimsRequest,
    /// The subject that the client expects, from `id_token_hint`.
    pub expected_sub: Option<String>,
    /// What the person did so far.
    #[serde(default)]
    pub progress: Progress,
}

/// What the person did on the pages of one flow, in one login session.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// The session.
    pub session_id: Option<Uuid>,
    /// They logged in.
    pub logged_in: bool,
    /// They said that they want to go on as who they are.
    pub account_chosen: bool,
    /// What they agreed to.
    pub consented: Option<Scope>,
}

impl Progress {
    /// What was done in this session. What somebody did in another one does
    /// not count: a browser may change hands while a flow waits.
    pub fn of(&self, session_id: Uuid) -> Self {
        if self.session_id == Some(session_id) {
            return self.clone();
        }
        Self { session_id: Some(session_id), ..Self::default() }
    }
}

impl AuthorizationRequest {
    /// Checks everything but client and redirect URI, which were checked
    /// before: from here on every failure is told to the client.
    ///
    /// # Errors
    /// Those of RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6.
    pub fn parse(app: &App, client: &Client, target: Target, params: &Params) -> Result<Self, Error> {
        params.check()?;
        no_request_object(params)?;
        let response_type = response_type(app, client, params)?;
        target.check(params, response_type)?;
        let requested = Requested::parse(params)?;
        let claims = claims(params)?;
        let text = |name: &str| params.get(name).map(str::to_owned);
        let scope = lasting(client, response_type, requested.scope(client)?);
        let claim_scope = of_claims(client, &claims, &scope);
        Ok(Self {
            client_id: client.client_id.clone(),
            target,
            redirect_uri_sent: params.get("redirect_uri").is_some(),
            response_type,
            scope: scope.union(&claim_scope),
            claim_scope,
            audience: requested.audience(app, client)?,
            nonce: text("nonce"),
            code_challenge: code_challenge(app, client, response_type, params)?,
            prompt: Prompt::parse(params.get("prompt"))?,
            max_age: max_age(params)?,
            login_hint: text("login_hint"),
            ui_locales: text("ui_locales"),
            claims: claims.within(&client.scope),
            expected_sub: expected_sub(app, params)?,
            progress: Progress::default(),
        })
    }
}

impl AuthorizationRequest {
    /// As this person is asked: they cannot give a right that they do not have.
    pub fn asked_of(&self, user: &User) -> Self {
        let mut request = self.clone();
        if !user.admin {
            request.scope = request.scope.without_admin();
        }
        request
    }

    /// The person wants to be another one: whatever they did so far is undone.
    pub fn ask_for_login(&mut self) {
        self.prompt.login = true;
        self.progress = Progress::default();
    }
}

fn no_request_object(params: &Params) -> Result<(), Error> {
    let refused = [
        ("request", Code::RequestNotSupported),
        ("request_uri", Code::RequestUriNotSupported),
        ("registration", Code::RegistrationNotSupported),
    ];
    match refused.into_iter().find(|(name, _)| params.get(name).is_some()) {
        Some((name, code)) => Err(Error::new(code, format!("the parameter {name} is not supported"))),
        None => Ok(()),
    }
}

fn response_type(app: &App, client: &Client, params: &Params) -> Result<ResponseType, Error> {
    let response_type = ResponseType::parse(params.get("response_type"))?;
    if response_type == ResponseType::Token && !app.config.compat.implicit {
        return Err(Error::new(
            Code::UnsupportedResponseType,
            "the implicit grant is off, the operator can allow it by compat.implicit",
        ));
    }
    if !client.allows(response_type.grant()) {
        return Err(not_registered_for(response_type));
    }
    Ok(response_type)
}

/// The client may use other grants, but not the one of this response type.
pub fn not_registered_for(response_type: ResponseType) -> Error {
    let grant = response_type.grant();
    Error::unauthorized_client(format!(
        "the client is not registered for the grant {grant}, the operator can add it by client update"
    ))
}

/// Required of public clients, of those that say so and of all in the strict
/// profile; enforced whenever it was sent (RFC 9700 §2.1.1).
fn code_challenge(
    app: &App,
    client: &Client,
    response_type: ResponseType,
    params: &Params,
) -> Result<Option<CodeChallenge>, Error> {
    let challenge = CodeChallenge::parse(params.get("code_challenge"), params.get("code_challenge_method"))?;
    let required = client.needs_pkce() || app.config.profile == Profile::Strict;
    if challenge.is_none() && required && response_type == ResponseType::Code {
        return Err(Error::invalid_request("send code_challenge with code_challenge_method=S256"));
    }
    Ok(challenge)
}

/// Without a refresh token there is nothing that `offline_access` could let
/// outlive the session (OpenID Connect Core §11).
fn lasting(client: &Client, response_type: ResponseType, scope: Scope) -> Scope {
    let refreshable = response_type == ResponseType::Code && client.allows(GrantType::RefreshToken);
    if refreshable { scope } else { scope.filter(|token| token != "offline_access") }
}

/// A person who is asked is asked for the scopes of single claims too: what is
/// not on the page is not agreed to.
fn of_claims(client: &Client, claims: &ClaimsRequest, scope: &Scope) -> Scope {
    let of_claims = claims.scopes();
    let missing = |token: &str| of_claims.contains(&token) && !scope.contains(token);
    client.scope.filter(|token| missing(token) && !client.skip_consent)
}

fn max_age(params: &Params) -> Result<Option<u64>, Error> {
    let refused = |_| Error::invalid_request("max_age is not a number of seconds");
    params.get("max_age").map(str::parse).transpose().map_err(refused)
}

fn claims(params: &Params) -> Result<ClaimsRequest, Error> {
    let claims = ClaimsRequest::parse(params.get("claims"))?;
    let acr = claims.id_token.get("acr").filter(|wanted| wanted.essential);
    if acr.is_some_and(|wanted| !wanted.accepts(&json!(ACR_PASSWORD))) {
        return Err(Error::new(
            Code::UnmetAuthenticationRequirements,
            "this server cannot reach the acr that is asked for",
        ));
    }
    Ok(claims)
}

/// An old hint is as good as a new one, but it must be ours.
fn expected_sub(app: &App, params: &Params) -> Result<Option<String>, Error> {
    let Some(hint) = params.get("id_token_hint") else { return Ok(None) };
    let unknown_key = || Error::invalid_request("the key that signed id_token_hint is not known any more");
    Hint::read(app, hint)?.sub.map(Some).ok_or_else(unknown_key)
}
