//! Who may call the API: the ladder of every protected resource, then audience
//! and scope, then whether that right is still theirs at this moment.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::operation::Operation;
use crate::app::App;
use crate::audit::Origin;
use crate::endpoint::context::Context;
use crate::endpoint::{refused, resource};
use crate::error::Error;
use crate::oauth::params::Params;
use crate::token::validation::{Refusal, ValidToken};

/// In whose name something is done: a client, or a person through one.
#[derive(Clone, Debug)]
pub struct Caller(pub Origin);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Error::server_error("a route without a caller"))
    }
}

/// Lets a request through that may come, and that asks for nothing unknown.
///
/// # Errors
/// `invalid_request` for a parameter that the operation does not have,
/// `temporarily_unavailable` when the store is out of reach.
pub async fn admit(
    State((app, operation)): State<(App, &'static Operation)>,
    context: Context,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let bearer = resource::bearer(request.headers());
    let token = match resource::judge(&app, &context, bearer).await? {
        Ok(token) => token,
        Err(refusal) => return Ok(refusal.into_response()),
    };
    if let Err(refusal) = may(&app, &token, operation.scope).await? {
        refused::token(&app, &context, bearer, refusal);
        return Ok(refusal.into_response());
    }
    check_query(operation, request.uri().query().unwrap_or_default())?;
    let origin = match token.record.sub.as_deref() {
        Some(sub) => Origin::person(sub, &context),
        None => Origin::client(&token.record.client_id, &context),
    };
    request.extensions_mut().insert(Caller(origin));
    Ok(next.run(request).await)
}

/// A client counts as long as it is registered for the scope, a person as long
/// as they are an administrator: what the token says was true when it was issued.
async fn may(app: &App, token: &ValidToken, scope: &str) -> Result<Result<(), Refusal>, Error> {
    if !token.is_for(app.config.issuer.as_str()) {
        return Ok(Err(Refusal::Audience));
    }
    let client = app.clients.get(&token.record.client_id, app.now()).await?;
    let registered = client.is_some_and(|known| known.client.enabled && known.client.scope.contains(scope));
    let administers = match token.record.sub.as_deref() {
        Some(sub) => app.store.user(sub).await?.is_some_and(|user| user.enabled && user.admin),
        None => true,
    };
    let granted = token.has_scopes([scope].into_iter());
    Ok(if granted && registered && administers { Ok(()) } else { Err(Refusal::Scope) })
}

/// A filter that is misspelt must not list everything.
fn check_query(operation: &Operation, query: &str) -> Result<(), Error> {
    let params = Params::parse(query.as_bytes());
    params.check()?;
    let known = |name: &str| operation.query.iter().any(|parameter| parameter.name == name);
    match params.names().find(|name| !known(name)) {
        Some(name) => Err(Error::invalid_request(format!("this operation has no parameter {name}"))),
        None => Ok(()),
    }
}
