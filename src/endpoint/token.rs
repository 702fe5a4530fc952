//! `POST /oauth2/token`: RFC 6749 §3.2.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;

use crate::app::App;
use crate::client_auth;
use crate::config::Profile;
use crate::endpoint::context::Context;
use crate::endpoint::failure::{self, Place};
use crate::endpoint::form::Form;
use crate::error::Error;
use crate::grant::Grant;
use crate::oauth::GrantType;
use crate::oauth::params::Params;
use crate::token::issuer::{self, TokenResponse};

/// Authenticate, parse, prove, mint.
///
/// # Errors
/// Those of RFC 6749 §5.2, and `temporarily_unavailable` (503).
pub async fn token(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    form: Result<Form, Error>,
) -> Result<TokenResponse, Error> {
    let (mut form, readable) = match form {
        Ok(Form(form)) => (form, Ok(())),
        Err(error) => (Params::default(), Err(error)),
    };
    let answer = match readable.and_then(|()| adopt_query(&app, &mut form, query.as_deref())) {
        Ok(()) => answer(&app, &context, &headers, &form).await,
        Err(error) => Err(error),
    };
    let (grant_type, error) = (grant_type(&form), answer.as_ref().err());
    app.metrics.token_request(grant_type, error.map_or("issued", |error| error.code.as_str()));
    if let Some(error) = error
        && let Some(client_id) = client_auth::claimed(&headers, &form)
    {
        failure::note(&app, &context, Place::Token(grant_type), &client_id, error).await;
    }
    answer
}

async fn answer(
    app: &App,
    context: &Context,
    headers: &HeaderMap,
    form: &Params,
) -> Result<TokenResponse, Error> {
    let client = client_auth::authenticate(app, headers, form, context.address).await?;
    let grant = Grant::parse(app, &client, form)?;
    let authorization = grant.authorize(app, client, context).await?;
    issuer::issue(app, authorization, context).await
}

/// As a label, which must not be endless.
fn grant_type(form: &Params) -> &'static str {
    match form.get("grant_type").and_then(|word| word.parse().ok()) {
        Some(GrantType::AuthorizationCode) => "authorization_code",
        Some(GrantType::ClientCredentials) => "client_credentials",
        Some(GrantType::Password) => "password",
        Some(GrantType::RefreshToken) => "refresh_token",
        Some(GrantType::Implicit) | None => "other",
    }
}

/// What may come in the query where `compat.query_grant_type` allows it.
const QUERY_PARAMETERS: [&str; 2] = ["grant_type", "scope"];

/// TOTVS's programs send `grant_type` in the query with an empty body. Nothing
/// else may come there: addresses end up in logs (RFC 6749 §2.3.1).
fn adopt_query(app: &App, form: &mut Params, query: Option<&str>) -> Result<(), Error> {
    let query = Params::parse(query.unwrap_or_default().as_bytes());
    let allowed = app.config.compat.query_grant_type && app.config.profile == Profile::Default;
    if query.names().any(|name| !allowed || !QUERY_PARAMETERS.contains(&name)) {
        return Err(Error::invalid_request("send the parameters in the request body, not in the query"));
    }
    query.check()?;
    for name in QUERY_PARAMETERS {
        form.adopt(name, &query);
    }
    form.check()
}
