//! `porteiro token inspect`.

use clap::Args;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::cli::audit::Shown;
use crate::cli::token::find;
use crate::cli::{Failure, Output, input};
use crate::store::{AuditFilter, Store, TokenFilter, TokenRecord};
use crate::token::inspection::{self, Inspection};

/// Lines of one request: it does a few things at most.
const LINES: i64 = 100;

/// What to look at: a token, a record, or a request.
#[derive(Args, Debug)]
pub struct Inspect {
    /// File with the token; `-` is standard input
    #[arg(default_value = "-", value_name = "FILE")]
    file: String,
    /// Look at a record by its id instead
    #[arg(long, value_name = "JTI", conflicts_with = "file")]
    jti: Option<Uuid>,
    /// Look at what came of a request instead, by its X-Request-Id
    #[arg(long, value_name = "ID", conflicts_with_all = ["file", "jti"])]
    request: Option<Uuid>,
}

impl Inspect {
    pub async fn run(self, app: &App, output: Output) -> Result<(), Failure> {
        if let Some(request_id) = self.request {
            return of_request(app, request_id, output).await;
        }
        let inspection = match self.jti {
            Some(jti) => inspection::of_record(app, &find(&app.store, jti).await?).await?,
            None => inspection::of_token(app, input::text_from(&self.file)?.trim()).await?,
        };
        if output.is_json() {
            output.object(&inspection);
        } else {
            show(&inspection, output);
        }
        Ok(())
    }
}

fn show(inspection: &Inspection, output: Output) {
    output.list(&inspection.checks, &["check", "passed", "finding"]);
    output.line(&format!("verdict: {}", inspection.verdict));
}

/// What the audit trail has of a request, and the tokens that it was about.
async fn of_request(app: &App, request_id: Uuid, output: Output) -> Result<(), Failure> {
    let filter = AuditFilter { request_id: Some(request_id), ..AuditFilter::default() };
    let mut entries = app.store.audit_latest(&filter, LINES).await?;
    entries.reverse();
    if entries.is_empty() {
        let nothing = format!(
            "the audit trail has nothing of request {request_id}: it was not refused, or it is too long ago"
        );
        return Err(Failure::NotFound(nothing));
    }
    let mut inspections = Vec::new();
    for (_, entry) in entries.iter().filter(|(_, entry)| entry.act.starts_with("token.")) {
        if let Some(record) = record(&app.store, entry.object.as_deref()).await? {
            inspections.push(inspection::of_record(app, &record).await?);
        }
    }
    let shown: Vec<Shown> = entries.iter().map(|(_, entry)| Shown::of(entry)).collect();
    if output.is_json() {
        output.object(&json!({ "request_id": request_id, "audit": shown, "tokens": inspections }));
        return Ok(());
    }
    shown.iter().for_each(|line| output.line(&line.to_string()));
    inspections.iter().for_each(|inspection| show(inspection, output));
    Ok(())
}

async fn record(store: &Store, object: Option<&str>) -> Result<Option<TokenRecord>, Failure> {
    let Some(jti) = object.and_then(|object| Uuid::parse_str(object).ok()) else { return Ok(None) };
    let filter = TokenFilter { jti: Some(jti), limit: 1, ..TokenFilter::default() };
    Ok(store.tokens(&filter).await?.pop())
}
