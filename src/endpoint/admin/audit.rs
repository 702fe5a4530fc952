//! `/admin/audit`: what happened, the last first.

use axum::response::Response;
use uuid::Uuid;

use super::lines::line;
use super::{Administrator, PAGE};
use crate::admin::Wanted;
use crate::audit::{Act, Entry};
use crate::clock::Timestamp;
use crate::error::{Code, Error};
use crate::pages::{AdminPlace, AuditPage};
use crate::store::AuditCursor;

/// The page.
pub async fn audit(desk: Administrator) -> Response {
    desk.or_failure(shown(&desk).await)
}

async fn shown(desk: &Administrator) -> Result<Response, Error> {
    let before = desk.query.get("before").and_then(read).unwrap_or(AuditCursor::END);
    let (mut found, unknown) = match lines(desk, before).await {
        Ok(found) => (found, false),
        Err(error) if error.code == Code::NotFound => (Vec::new(), true),
        Err(error) => return Err(error),
    };
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let lines: Vec<_> = found.iter().map(|(_, entry)| line(entry)).collect();
    let last = found.last().filter(|_| more).map(|(place, _)| write(place));
    let trail = AuditPage {
        lines: &lines,
        next: last.map(|last| desk.here(&[("before", &last)])),
        user: desk.query.get("user").unwrap_or_default(),
        act: desk.query.get("act").unwrap_or_default(),
        acts: Act::ALL.iter().map(|act| act.as_str()).collect(),
        unknown,
    };
    Ok(desk.show(AdminPlace::Audit, |page, frame| page.admin_audit(frame, &trail)))
}

async fn lines(desk: &Administrator, before: AuditCursor) -> Result<Vec<(AuditCursor, Entry)>, Error> {
    let text = |name: &str| desk.query.get(name).map(str::to_owned);
    let wanted = Wanted { user: text("user"), act: text("act"), ..Wanted::default() };
    let filter = wanted.filter(&desk.app.store).await?;
    desk.app.store.audit_before(before, &filter, PAGE as i64 + 1).await
}

fn write(place: &AuditCursor) -> String {
    format!("{}.{}", place.at.0, place.id)
}

fn read(place: &str) -> Option<AuditCursor> {
    let (at, id) = place.split_once('.')?;
    Some(AuditCursor { at: Timestamp(at.parse().ok()?), id: Uuid::parse_str(id).ok()? })
}
