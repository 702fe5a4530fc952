//! `/admin`: what there is, and what happened last.

use axum::response::Response;

use super::Administrator;
use super::lines::line;
use crate::error::Error;
use crate::pages::{AdminPlace, OverviewPage};
use crate::store::AuditFilter;

const LATEST: i64 = 15;

/// The page.
pub async fn overview(desk: Administrator) -> Response {
    desk.or_failure(shown(&desk).await)
}

async fn shown(desk: &Administrator) -> Result<Response, Error> {
    let store = &desk.app.store;
    let (people, applications) = (store.count_users().await?, store.count_clients().await?);
    let latest = store.audit_latest(&AuditFilter::default(), LATEST).await?;
    let lines: Vec<_> = latest.iter().map(|(_, entry)| line(entry)).collect();
    let overview = OverviewPage { people, applications, lines: &lines };
    Ok(desk.show(AdminPlace::Overview, |page, frame| page.admin_overview(frame, &overview)))
}
