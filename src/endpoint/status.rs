//! `GET /oauth2/status/{list}`: Token Status List
//! (draft-ietf-oauth-status-list-21 §8).

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::App;
use crate::error::Error;
use crate::oauth::params::Params;
use crate::token::status_list::{self, TTL};

/// Hours whose lists are named at once: 40 days of tokens.
const HOURS: i64 = 960;

/// The signed list, or 304 to those who have it.
///
/// # Errors
/// 404 for a list that does not exist or whose last token has expired, 501 for
/// a list as of another time (§8.4), `temporarily_unavailable` (503).
pub async fn status(
    State(app): State<App>,
    Path(list): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Error> {
    if Params::parse(query.unwrap_or_default().as_bytes()).get("time").is_some() {
        let error = Error::invalid_request("only the present status is told, ask without time");
        return Err(error.with_status(StatusCode::NOT_IMPLEMENTED));
    }
    let token = match list.parse() {
        Ok(list) => status_list::signed(&app, list).await?,
        Err(()) => None,
    };
    let gone = || Error::invalid_request("there is no such status list").with_status(StatusCode::NOT_FOUND);
    let token = token.ok_or_else(gone)?;
    let caching =
        [(header::ETAG, token.etag.clone()), (header::CACHE_CONTROL, format!("public, max-age={TTL}"))];
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|tags| names(tags, &token.etag));
    if known {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let typed = [(header::CONTENT_TYPE, "application/statuslist+jwt")];
    Ok((caching, typed, token.jwt.clone()).into_response())
}

/// `GET /oauth2/status`: the lists there are (§9.1), for those who fetch ahead
/// of need.
///
/// # Errors
/// `temporarily_unavailable` (503).
pub async fn aggregation(State(app): State<App>) -> Result<Response, Error> {
    let lists = app.status_lists.living(app.now(), HOURS).await?;
    let uris: Vec<String> = lists.into_iter().map(|list| status_list::uri(&app, list)).collect();
    let caching = [(header::CACHE_CONTROL, "public, max-age=60")];
    Ok((caching, Json(json!({ "status_lists": uris }))).into_response())
}

/// The weak comparison of RFC 9110 §13.1.2.
fn names(tags: &HeaderValue, etag: &str) -> bool {
    let tags = tags.to_str().unwrap_or_default();
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}
