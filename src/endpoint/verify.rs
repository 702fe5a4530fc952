//! `GET /oauth2/verify`: for nginx `auth_request`, Traefik, Caddy and Envoy,
//! which ask before they let a request through. A program comes with a bearer
//! token; a person comes with the cookie of a protected host, or is shown the
//! way to the login.

mod identity;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::endpoint::context::Context;
use crate::endpoint::page::{Shown, reads_html};
use crate::endpoint::resource;
use crate::error::Error;
use crate::guard::{self, ProtectedHost};
use crate::oauth::params::Params;
use crate::token::validation::{Refusal, ValidToken};

pub use identity::identity;

/// 200 with who it is in headers, or the refusal, which has a `Location` where a
/// login helps. `?scope=` and `?audience=` ask for more.
///
/// # Errors
/// `temporarily_unavailable` (503). A query that cannot be read is 403: nginx
/// turns everything but 2xx, 401 and 403 into a 500.
pub async fn verify(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let wanted = Params::parse(query.unwrap_or_default().as_bytes());
    wanted.check().map_err(|error| error.with_status(StatusCode::FORBIDDEN))?;
    let bearer = resource::bearer(&headers);
    if bearer.is_none()
        && let Some(host) = ProtectedHost::of(&app, &headers).await?
    {
        let shown = Shown::new(&app, &context, &headers, None).elsewhere();
        return visit(&app, &headers, &host, &wanted, &shown).await;
    }
    let verdict = resource::judge(&app, &context, bearer).await?;
    Ok(match verdict.and_then(|token| serves(token, &wanted)) {
        Ok(token) => identity(&token),
        Err(refusal) => refusal.into_response(),
    })
}

async fn visit(
    app: &App,
    headers: &HeaderMap,
    host: &ProtectedHost,
    wanted: &Params,
    shown: &Shown<'_>,
) -> Result<Response, Error> {
    let visitor = match guard::visitor(app, host, headers).await? {
        Ok(visitor) => visitor,
        Err(refusal) => return Ok(to_login(headers, host, refusal, shown)),
    };
    if wanted.get("audience").is_some_and(|audience| !host.is_for(app, audience)) {
        return Ok(Refusal::Audience.into_response());
    }
    let scopes: Vec<&str> = visitor.record.scope.split(' ').collect();
    if !scopes_of(wanted).all(|scope| scopes.contains(&scope)) {
        return Ok(Refusal::Scope.into_response());
    }
    identity::person(host, &visitor)
}

/// 401 in each of the three forms that proxies can use: nginx takes the
/// address of the login from `Location`, Traefik and Caddy hand a browser the
/// page as it is, and a script gets the refusal as JSON.
fn to_login(headers: &HeaderMap, host: &ProtectedHost, refusal: Refusal, shown: &Shown<'_>) -> Response {
    let mut response = refusal.into_response();
    if !opens_a_page(headers) {
        return response;
    }
    let login = host.login();
    if reads_html(headers) {
        let mut page = shown.page(None).sign_in(&login);
        if let Some(challenge) = response.headers_mut().remove(header::WWW_AUTHENTICATE) {
            page.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response = page;
    }
    if let Ok(login) = HeaderValue::from_str(&login) {
        response.headers_mut().insert(header::LOCATION, login);
    }
    response
}

/// Whether the browser would show the answer. A script that is sent to a login
/// page only stumbles over it.
fn opens_a_page(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let script = text("x-requested-with").is_some_and(|by| by.eq_ignore_ascii_case("XMLHttpRequest"));
    match text("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => !script && text("accept").is_none_or(|accept| accept.contains("*/*") || reads_html(headers)),
    }
}

fn serves(token: ValidToken, wanted: &Params) -> Result<ValidToken, Refusal> {
    if wanted.get("audience").is_some_and(|audience| !token.is_for(audience)) {
        return Err(Refusal::Audience);
    }
    if !token.has_scopes(scopes_of(wanted)) {
        return Err(Refusal::Scope);
    }
    Ok(token)
}

fn scopes_of(wanted: &Params) -> impl Iterator<Item = &str> {
    wanted.get("scope").unwrap_or_default().split_ascii_whitespace()
}
