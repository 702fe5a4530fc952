//! `/userinfo`: OpenID Connect Core §5.3. `/about_me` is the same resource for
//! programs that know no OpenID Connect.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::app::App;
use crate::endpoint::context::Context;
use crate::endpoint::form::Form;
use crate::endpoint::resource;
use crate::error::Error;
use crate::oauth::claims::ClaimsRequest;
use crate::oauth::{ClaimPlace, Scope};
use crate::store::{GrantFamily, User};
use crate::token::claims;
use crate::token::validation::{Refusal, ValidToken};

/// The claims of the granted scopes, and those that the request named.
///
/// # Errors
/// `invalid_request` for a token sent in two ways, `temporarily_unavailable`
/// (503).
pub async fn userinfo(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Error> {
    let verdict = resource::judge(&app, &context, token(&headers, &form)?).await?;
    answer(&app, verdict.and_then(needs_openid)).await
}

/// As [`userinfo`], also for a token without `openid`, which says at least
/// whose it is.
///
/// # Errors
/// As [`userinfo`].
pub async fn about_me(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Error> {
    let verdict = resource::judge(&app, &context, token(&headers, &form)?).await?;
    answer(&app, verdict.and_then(|token| is_for_us(&app, token))).await
}

/// From the header or, in a POST, from the form (RFC 6750 §2.1, §2.2).
fn token<'a>(headers: &'a HeaderMap, Form(form): &'a Form) -> Result<Option<&'a str>, Error> {
    match (resource::bearer(headers), form.get("access_token")) {
        (Some(_), Some(_)) => Err(Error::invalid_request("send the access token in one way, not in two")),
        (header, body) => Ok(header.or(body)),
    }
}

/// The scope is what lets a token in here, whatever audience its client has:
/// dashboards whose tokens are for an API of theirs ask this endpoint too.
fn needs_openid(token: ValidToken) -> Result<ValidToken, Refusal> {
    if token.has_scopes(["openid"].into_iter()) { Ok(token) } else { Err(Refusal::Scope) }
}

/// Without `openid` the audience has to say that the token is for this server,
/// or be the one that every token gets (RFC 9068 §4).
fn is_for_us(app: &App, token: ValidToken) -> Result<ValidToken, Refusal> {
    let ours = [app.config.issuer.as_str(), app.config.default_audience()];
    let meant = ours.into_iter().any(|audience| token.is_for(audience));
    if meant || token.has_scopes(["openid"].into_iter()) { Ok(token) } else { Err(Refusal::Audience) }
}

async fn answer(app: &App, verdict: Result<ValidToken, Refusal>) -> Result<Response, Error> {
    let token = match verdict {
        Ok(token) => token,
        Err(refusal) => return Ok(refusal.into_response()),
    };
    // A client that acts for itself has no person to tell about.
    let Some(sub) = token.record.sub.as_deref() else { return Ok(Refusal::Scope.into_response()) };
    let Some(user) = app.store.user(sub).await?.filter(|user| user.enabled) else {
        return Ok(Refusal::Revoked.into_response());
    };
    let grant = match token.record.grant_id {
        Some(id) => app.store.grant(id).await?,
        None => None,
    };
    let scope = Scope::parse(&token.record.scope)?;
    let mut body = about(&user, &scope, grant.as_ref());
    if let Some(known) = app.clients.get(&token.record.client_id, app.now()).await? {
        claims::map(&known.client, ClaimPlace::Userinfo, Some((&user, &scope)), &mut body);
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

fn about(user: &User, scope: &Scope, grant: Option<&GrantFamily>) -> Map<String, Value> {
    let mut body = claims::of_scopes(user, scope);
    let asked = grant.and_then(|grant| grant.claims.as_ref());
    let asked = asked.and_then(|json| serde_json::from_value::<ClaimsRequest>(json.0.clone()).ok());
    if let Some(asked) = asked {
        body.extend(claims::requested(user, asked.userinfo.iter()));
    }
    let by_password = grant.is_some_and(|grant| grant.session_id.is_none());
    if by_password && !scope.contains("openid") {
        // The person told the client this name together with the password, and
        // a program without OpenID Connect has no other way to know it.
        body.insert("preferred_username".into(), user.username.as_str().into());
    }
    body.insert("sub".into(), user.sub.as_str().into());
    body
}
