//! `/audit`: who did what.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

use super::body::answer;
use super::listing::Listing;
use super::query::Query;
use crate::admin::{EntryView, Wanted};
use crate::app::App;
use crate::audit::Outcome;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::AuditCursor;

pub async fn search(State(app): State<App>, query: Query) -> Result<Response, Error> {
    let listing = Listing::of(&app, "audit", &query)?;
    let outcome = |text: &str| [Outcome::Done, Outcome::Refused].into_iter().find(|one| one.as_str() == text);
    let wanted = Wanted {
        since: query.time("since")?,
        until: query.time("until")?,
        user: query.text("user"),
        client_id: query.text("client_id"),
        act: query.text("act"),
        actor: query.text("actor"),
        object: query.text("object"),
        request_id: query.uuid("request_id")?,
        outcome: query.parsed("outcome", "done or refused", outcome)?,
    };
    let filter = wanted.filter(&app.store).await?;
    let before = listing.after.as_deref().and_then(read).unwrap_or(AuditCursor::END);
    let mut entries = app.store.audit_before(before, &filter, listing.limit()).await?;
    let next = listing.cut(&app, &mut entries, |(place, _)| write(place));
    let views: Vec<EntryView> = entries.iter().map(|(_, entry)| EntryView::of(entry)).collect();
    Ok(answer(&json!({ "entries": views, "next_cursor": next })))
}

fn write(place: &AuditCursor) -> String {
    format!("{} {}", place.at.0, place.id)
}

fn read(place: &str) -> Option<AuditCursor> {
    let (at, id) = place.split_once(' ')?;
    Some(AuditCursor { at: Timestamp(at.parse().ok()?), id: Uuid::parse_str(id).ok()? })
}
