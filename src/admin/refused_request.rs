//! Why was this request refused?

use uuid::Uuid;

use crate::app::App;
use crate::audit::Entry;
use crate::error::Error;
use crate::store::{AuditFilter, Store, TokenFilter, TokenRecord};
use crate::token::inspection::{self, Inspection};

/// Lines of one request: it does a few things at most.
const LINES: i64 = 100;

/// What the audit trail has of a request, and the tokens that it was about.
#[derive(Debug)]
pub struct RefusedRequest {
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// As they are now.
    pub tokens: Vec<Inspection>,
}

impl RefusedRequest {
    /// Looks it up by its `X-Request-Id`.
    ///
    /// # Errors
    /// `not_found` when the trail has nothing of it, `temporarily_unavailable`
    /// when the store is out of reach.
    pub async fn find(app: &App, request_id: Uuid) -> Result<Self, Error> {
        let filter = AuditFilter { request_id: Some(request_id), ..AuditFilter::default() };
        let found = app.store.audit_latest(&filter, LINES).await?;
        if found.is_empty() {
            return Err(Error::not_found(format!(
                "neither token nor request {request_id} is known: the request was not refused, or it is too long ago"
            )));
        }
        let entries: Vec<Entry> = found.into_iter().rev().map(|(_, entry)| entry).collect();
        let mut tokens = Vec::new();
        for entry in entries.iter().filter(|entry| entry.act.starts_with("token.")) {
            if let Some(record) = record(&app.store, entry.object.as_deref()).await? {
                tokens.push(inspection::of_record(app, &record).await?);
            }
        }
        Ok(Self { entries, tokens })
    }
}

async fn record(store: &Store, object: Option<&str>) -> Result<Option<TokenRecord>, Error> {
    let Some(jti) = object.and_then(|object| Uuid::parse_str(object).ok()) else { return Ok(None) };
    let filter = TokenFilter { jti: Some(jti), limit: 1, ..TokenFilter::default() };
    Ok(store.tokens(&filter).await?.pop())
}
