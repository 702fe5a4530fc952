//! `GET /oauth2/verify`: the ladder for nginx `auth_request`, Traefik, Caddy
//! and Envoy, which ask before they let a request through.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::endpoint::resource;
use crate::error::Error;
use crate::oauth::params::Params;
use crate::token::validation::{self, Refusal, ValidToken};

/// 200 with who it is in headers, or the refusal. `?scope=` and `?audience=`
/// ask for more.
///
/// # Errors
/// `temporarily_unavailable` (503). A query that cannot be read is 403: nginx
/// turns everything but 2xx, 401 and 403 into a 500.
pub async fn verify(
    State(app): State<App>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let wanted = Params::parse(query.unwrap_or_default().as_bytes());
    wanted.check().map_err(|error| error.with_status(StatusCode::FORBIDDEN))?;
    let verdict = validation::validate(&app, resource::bearer(&headers)).await?;
    Ok(match verdict.and_then(|token| serves(token, &wanted)) {
        Ok(token) => identity(&token),
        Err(refusal) => refusal.into_response(),
    })
}

fn serves(token: ValidToken, wanted: &Params) -> Result<ValidToken, Refusal> {
    if wanted.get("audience").is_some_and(|audience| !token.is_for(audience)) {
        return Err(Refusal::Audience);
    }
    let scopes = wanted.get("scope").unwrap_or_default();
    if !token.has_scopes(scopes.split_ascii_whitespace()) {
        return Err(Refusal::Scope);
    }
    Ok(token)
}

/// 200 with who it is, under the names that oauth2-proxy made customary.
pub fn identity(token: &ValidToken) -> Response {
    let mut response = (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    put("x-auth-request-user", token.subject());
    put("x-auth-request-client-id", &token.record.client_id);
    put("x-auth-request-scope", &token.record.scope);
    put("x-auth-request-jti", &token.record.jti.to_string());
    response
}
