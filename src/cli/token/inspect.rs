//! `porteiro token inspect`.

use clap::Args;
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

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
    /// File with the token, `-` is standard input; or the id of a token or of a request
    #[arg(default_value = "-", value_name = "FILE|ID")]
    what: String,
    /// Look at a record by its id
    #[arg(long, value_name = "JTI", conflicts_with = "what")]
    jti: Option<Uuid>,
    /// Look at what came of a request, by its X-Request-Id
    #[arg(long, value_name = "ID", conflicts_with_all = ["what", "jti"])]
    request: Option<Uuid>,
}

impl Inspect {
    pub async fn run(self, app: &App, output: Output) -> Result<(), Failure> {
        if let Some(request_id) = self.request {
            return of_request(app, request_id, output).await;
        }
        let named = Uuid::parse_str(&self.what).ok();
        if let (Some(id), None) = (named, record(&app.store, named).await?) {
            return of_request(app, id, output).await;
        }
        let inspection = match self.jti.or(named) {
            Some(jti) => inspection::of_record(app, &find(&app.store, jti).await?).await?,
            None => inspection::of_token(app, read(&self.what)?.trim()).await?,
        };
        if output.is_json() {
            output.object(&inspection);
        } else {
            show(&inspection, output);
        }
        Ok(())
    }
}

/// A token on the command line would be everybody's who can list processes.
fn read(file: &str) -> Result<Zeroizing<String>, Failure> {
    if file.starts_with("eyJ") && file.matches('.').count() == 2 {
        let how =
            "hand the token over in a file, or with - on standard input: arguments are seen by everybody";
        return Err(Failure::Usage(how.into()));
    }
    input::text_from(file)
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
            "neither token nor request {request_id} is known: the request was not refused, or it is too long ago"
        );
        return Err(Failure::NotFound(nothing));
    }
    let mut inspections = Vec::new();
    for (_, entry) in entries.iter().filter(|(_, entry)| entry.act.starts_with("token.")) {
        let jti = entry.object.as_deref().and_then(|object| Uuid::parse_str(object).ok());
        if let Some(record) = record(&app.store, jti).await? {
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

async fn record(store: &Store, jti: Option<Uuid>) -> Result<Option<TokenRecord>, Failure> {
    let Some(jti) = jti else { return Ok(None) };
    let filter = TokenFilter { jti: Some(jti), limit: 1, ..TokenFilter::default() };
    Ok(store.tokens(&filter).await?.pop())
}
