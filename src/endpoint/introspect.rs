//! `POST /oauth2/introspect`: RFC 7662, and an extension of ours for those who
//! have several tokens at hand.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::try_join_all;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::app::App;
use crate::audit::Act;
use crate::client_auth;
use crate::endpoint::context::Context;
use crate::endpoint::form::Form;
use crate::endpoint::refused;
use crate::error::{Code, Error};
use crate::oauth::params::Params;
use crate::store::{Client, GrantFamily};
use crate::token::refresh::{self, Presented};
use crate::token::validation::{self, ValidToken};

/// Tokens in one request. More would hardly fit into its body.
const MOST: usize = 100;

/// Says whether a token is active, to those who may know; with `tokens` the
/// same of each in a list.
///
/// # Errors
/// `invalid_client` (401) also for public clients, `invalid_request` unless
/// there is either `token` or `tokens`, `temporarily_unavailable` (503).
pub async fn introspect(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Error> {
    let client = match client_auth::authenticate_confidential(&app, &headers, &form, context.address).await {
        Ok(client) => client,
        Err(error) => {
            refused::stranger(&app, &context, &headers, &form, Act::TokenIntrospect, &error).await;
            return Err(error);
        }
    };
    let answer = match form.get("tokens") {
        Some(tokens) => Json(introspections(&app, &client, &listed(&form, tokens)?).await?).into_response(),
        None => Json(introspection(&app, &client, form.require("token")?).await?).into_response(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], answer).into_response())
}

/// The tokens of the list, which has spaces between them.
fn listed<'a>(form: &'a Params, tokens: &'a str) -> Result<Vec<&'a str>, Error> {
    if form.get("token").is_some() {
        return Err(Error::invalid_request("send either token or tokens"));
    }
    let tokens: Vec<&str> = tokens.split(' ').filter(|token| !token.is_empty()).collect();
    if tokens.len() > MOST {
        return Err(Error::invalid_request(format!("ask about {MOST} tokens at most")));
    }
    Ok(tokens)
}

/// What is said of a token. RFC 7662 §2.2: of one that is not active nothing
/// else, whatever the reason.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Introspection {
    Active(Active),
    Inactive { active: bool },
}

#[derive(Debug, Serialize)]
struct Active {
    active: bool,
    token_type: &'static str,
    /// A string, in whatever form the token itself has it.
    scope: String,
    #[serde(flatten, serialize_with = "without_scope")]
    claims: Arc<Map<String, Value>>,
}

fn without_scope<S: Serializer>(claims: &Map<String, Value>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(claims.iter().filter(|(name, _)| *name != "scope"))
}

/// What is said of several tokens, in the order in which they were asked about.
#[derive(Debug, Serialize)]
struct Introspections {
    tokens: Vec<Introspection>,
}

/// All at the same time, so that their look-ups are asked together.
async fn introspections(app: &App, client: &Client, tokens: &[&str]) -> Result<Introspections, Error> {
    let told = try_join_all(tokens.iter().map(|token| introspection(app, client, token))).await?;
    Ok(Introspections { tokens: told })
}

async fn introspection(app: &App, client: &Client, token: &str) -> Result<Introspection, Error> {
    let active = match Presented::parse(token) {
        Some(token) => refresh_token(app, client, &token).await?,
        None => access_token(app, client, token).await?,
    };
    Ok(active.map_or(Introspection::Inactive { active: false }, Introspection::Active))
}

async fn access_token(app: &App, client: &Client, token: &str) -> Result<Option<Active>, Error> {
    let verdict = validation::validate(app, Some(token)).await?;
    let seen = verdict.ok().filter(|valid| may_see(client, valid));
    Ok(seen.map(|ValidToken { claims, record }| Active {
        active: true,
        token_type: "Bearer",
        scope: record.scope.clone(),
        claims,
    }))
}

/// A refresh token is nobody's business but its own client's.
async fn refresh_token(app: &App, client: &Client, token: &Presented) -> Result<Option<Active>, Error> {
    let grant = app.store.grant(token.grant_id).await?;
    let own = |grant: &GrantFamily| {
        token.is_genuine(app, grant)
            && token.generation == grant.generation
            && (client.introspect_any || grant.client_id == client.client_id)
    };
    let Some(grant) = grant.filter(own) else { return Ok(None) };
    match refresh::living(app, grant, app.now()).await {
        Ok(grant) => Ok(Some(about(app, grant))),
        Err(ended) if ended.code == Code::InvalidGrant => Ok(None),
        Err(error) => Err(error),
    }
}

fn about(app: &App, grant: GrantFamily) -> Active {
    let claims: [(&str, Value); 5] = [
        ("iss", app.config.issuer.as_str().into()),
        ("client_id", grant.client_id.into()),
        ("sub", grant.sub.into()),
        ("iat", grant.rotated_at.unwrap_or(grant.created_at).seconds().into()),
        ("exp", grant.expires_at.seconds().into()),
    ];
    let claims = claims.map(|(name, value)| (name.to_owned(), value));
    Active {
        active: true,
        token_type: "refresh_token",
        scope: grant.scope,
        claims: Arc::new(Map::from_iter(claims)),
    }
}

/// A token is shown to its own client, to those it is meant for, and to
/// clients that may introspect any.
fn may_see(client: &Client, token: &ValidToken) -> bool {
    client.introspect_any
        || token.record.client_id == client.client_id
        || token.is_for(&client.client_id)
        || client.resource.iter().any(|resource| token.is_for(resource))
}
