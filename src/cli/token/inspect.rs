//! `porteiro token inspect`.

use clap::Args;
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::admin::{EntryView, RefusedRequest};
use crate::app::App;
use crate::cli::{Failure, Output, input};
use crate::error::Code;
use crate::store::TokenRecord;
use crate::token::inspection::{self, Inspection};

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
        let inspection = match self.jti.or(named) {
            Some(id) => match TokenRecord::find(&app.store, id).await {
                Ok(record) => inspection::of_record(app, &record).await?,
                // An id of no token may be that of a request.
                Err(error) if error.code == Code::NotFound && named.is_some() => {
                    return of_request(app, id, output).await;
                }
                Err(error) => return Err(error.into()),
            },
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

async fn of_request(app: &App, request_id: Uuid, output: Output) -> Result<(), Failure> {
    let RefusedRequest { entries, tokens } = RefusedRequest::find(app, request_id).await?;
    let shown: Vec<EntryView> = entries.iter().map(EntryView::of).collect();
    if output.is_json() {
        output.object(&json!({ "request_id": request_id, "audit": shown, "tokens": tokens }));
        return Ok(());
    }
    shown.iter().for_each(|line| output.line(&line.to_string()));
    tokens.iter().for_each(|inspection| show(inspection, output));
    Ok(())
}
