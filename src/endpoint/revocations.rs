//! `GET /oauth2/revocations`: the log of revocations as server-sent events
//! (WHATWG HTML §9.2), for resource servers that check tokens by themselves.

mod stream;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use tokio_stream::wrappers::ReceiverStream;

use crate::app::App;
use crate::endpoint::resource;
use crate::error::Error;
use crate::oauth::params::Params;
use crate::token::validation::{self, Refusal, ValidToken};

/// What a client must hold to read the feed.
const SCOPE: &str = "revocations.read";

/// Everything after the position in `Last-Event-ID` or `?after=`, or
/// everything that still reaches a living token; then what comes, as it comes.
///
/// # Errors
/// `invalid_request` for a position that is no number,
/// `temporarily_unavailable` (503).
pub async fn revocations(
    State(app): State<App>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let token = match validation::validate(&app, resource::bearer(&headers)).await? {
        Ok(token) => token,
        Err(refusal) => return Ok(refusal.into_response()),
    };
    if let Err(refusal) = may_read(&app, &token) {
        return Ok(refusal.into_response());
    }
    let query = Params::parse(query.as_deref().unwrap_or_default().as_bytes());
    query.check()?;
    let after = position(&headers, &query)?;
    let compact = is_compact(&query)?;
    app.revocations.refresh().await?;
    let events = ReceiverStream::new(stream::start(app, token.record, after, compact));
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // nginx would hold events back until its buffer is full.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(events)).into_response())
}

/// A client's own token, meant for this server: a person's browser has no
/// business with what was taken from others.
fn may_read(app: &App, token: &ValidToken) -> Result<(), Refusal> {
    let ours = [app.config.issuer.as_str(), app.config.default_audience()];
    if !ours.iter().any(|audience| token.is_for(audience)) {
        return Err(Refusal::Audience);
    }
    if token.record.sub.is_some() || !token.has_scopes([SCOPE].into_iter()) {
        return Err(Refusal::Scope);
    }
    Ok(())
}

/// The header is what an event source sends after an interruption, so it goes
/// before the query, which stays the same.
fn position(headers: &HeaderMap, query: &Params) -> Result<i64, Error> {
    let header = headers.get("last-event-id").map(|value| value.to_str().unwrap_or_default());
    match header.filter(|value| !value.is_empty()).or(query.get("after")) {
        None => Ok(0),
        Some(text) => {
            let seq = text.parse().ok().filter(|seq| *seq >= 0);
            seq.ok_or_else(|| Error::invalid_request("the position to read after must be the id of an event"))
        }
    }
}

/// Whether events come in the short form.
fn is_compact(query: &Params) -> Result<bool, Error> {
    match query.get("form") {
        None | Some("full") => Ok(false),
        Some("compact") => Ok(true),
        Some(_) => Err(Error::invalid_request("the form of the feed is full or compact")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_is_the_last_event_seen() {
        let read = |header: Option<&str>, query: &str| {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert("last-event-id", header.parse().unwrap());
            }
            let query = Params::parse(query.as_bytes());
            query.check().ok().and_then(|()| position(&headers, &query).ok())
        };
        assert_eq!(read(None, ""), Some(0));
        assert_eq!(read(None, "after=7"), Some(7));
        assert_eq!(read(Some("9"), "after=7"), Some(9));
        assert_eq!(read(Some(""), "after=7"), Some(7));
        for wrong in ["after=-1", "after=x", "after=1&after=2", "after=99999999999999999999"] {
            assert_eq!(read(None, wrong), None, "{wrong}");
        }
    }
}
