//! What the sidecar answers on its loopback address.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Sidecar;
use crate::endpoint::{resource, verify as server};
use crate::error::Error;
use crate::oauth::params::Params;

/// `GET /verify`: as the server's own `/oauth2/verify` answers.
///
/// # Errors
/// `temporarily_unavailable` (503) when the feed is silent. A query that
/// cannot be read is 403.
pub async fn verify(
    State(sidecar): State<Sidecar>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let wanted = Params::parse(query.unwrap_or_default().as_bytes());
    wanted.check().map_err(|error| error.with_status(StatusCode::FORBIDDEN))?;
    Ok(match sidecar.verify(resource::bearer(&headers), &wanted).await? {
        Ok(token) => server::identity(&token),
        Err(refusal) => refusal.into_response(),
    })
}

/// `GET /readyz`: whether every revocation until a moment ago is known.
pub async fn readyz(State(sidecar): State<Sidecar>) -> (StatusCode, &'static str) {
    if sidecar.is_current() {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the feed of revocations is silent\n")
    }
}
