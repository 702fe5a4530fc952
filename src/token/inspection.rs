//! Why was this refused? The ladder, told step by step.

use serde::Serialize;

use crate::app::App;
use crate::error::Error;
use crate::random::uuid_v7_timestamp;
use crate::store::{Revocation, TokenRecord};
use crate::token::validation;

/// One check and what it found.
#[derive(Debug, Serialize)]
pub struct Check {
    /// What was asked.
    pub check: &'static str,
    /// Whether the token passed.
    pub passed: bool,
    /// What was found, for a person to read.
    pub finding: String,
}

/// Every check up to the first that failed, and the verdict.
#[derive(Debug, Serialize)]
pub struct Inspection {
    /// In the order of the ladder.
    pub checks: Vec<Check>,
    /// `active`, or the `error_code` that a resource would answer.
    pub verdict: &'static str,
}

impl Inspection {
    /// Notes a check; `verdict` is what it means when it failed.
    fn note(&mut self, check: &'static str, finding: Result<String, (String, &'static str)>) -> bool {
        let (passed, finding) = match finding {
            Ok(finding) => (true, finding),
            Err((finding, verdict)) => {
                self.verdict = verdict;
                (false, finding)
            }
        };
        self.checks.push(Check { check, passed, finding });
        passed
    }
}

/// Runs the checks on a token as a resource would get it.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach.
pub async fn of_token(app: &App, token: &str) -> Result<Inspection, Error> {
    let mut inspection = Inspection { checks: Vec::new(), verdict: "active" };
    let present = (!token.is_empty()).then(|| String::from("there is a token"));
    if !inspection.note("present", present.ok_or((String::from("there is no token"), "token_missing"))) {
        return Ok(inspection);
    }
    let Some((claims, jti, exp)) = validation::read(app, token, app.now()) else {
        let finding = String::from("not a JWT access token, or not signed by a key of this server");
        inspection.note("signature", Err((finding, "token_malformed")));
        return Ok(inspection);
    };
    let kept = claims.get("client_id").and_then(|id| id.as_str()).unwrap_or_default();
    inspection.note("signature", Ok(format!("signed by this server for client {kept}, jti {jti}")));
    match app.store.token(jti, exp).await? {
        Some(record) => {
            look_at_record(app, &record, &mut inspection).await?;
        }
        None if exp <= app.now() => {
            let finding = format!("no record any more, it expired at {}", exp.rfc3339());
            inspection.note("record", Err((finding, "token_expired")));
        }
        None => {
            inspection.note("record", Err((String::from("no record in the store"), "token_unknown")));
        }
    }
    Ok(inspection)
}

/// Runs the checks that a record alone allows.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach.
pub async fn of_record(app: &App, record: &TokenRecord) -> Result<Inspection, Error> {
    let mut inspection = Inspection { checks: Vec::new(), verdict: "active" };
    look_at_record(app, record, &mut inspection).await?;
    Ok(inspection)
}

async fn look_at_record(app: &App, record: &TokenRecord, inspection: &mut Inspection) -> Result<(), Error> {
    let issued = uuid_v7_timestamp(record.jti);
    let subject = record.sub.as_deref().unwrap_or("itself");
    let found = format!("issued at {} to {} for {subject}", issued.rfc3339(), record.client_id);
    inspection.note("record", Ok(found));
    if app.revocations.reaches(record).await? {
        let reasons = revocations(app, record).await?;
        let finding = match reasons.first() {
            Some(first) => describe(first),
            None => String::from("revoked"),
        };
        inspection.note("not revoked", Err((finding, "token_revoked")));
        return Ok(());
    }
    inspection.note("not revoked", Ok(String::from("nothing in the log reaches it")));
    let ends = record.exp.rfc3339();
    let expired = record.exp <= app.now();
    let finding = if expired {
        Err((format!("ended at {ends}"), "token_expired"))
    } else {
        Ok(format!("until {ends}"))
    };
    inspection.note("not expired", finding);
    Ok(())
}

/// What in the log reaches this token, the first to do so first.
async fn revocations(app: &App, record: &TokenRecord) -> Result<Vec<Revocation>, Error> {
    let ids = [Some(record.jti), record.grant_id, record.session_id];
    let mut subjects: Vec<String> = ids.into_iter().flatten().map(|id| id.to_string()).collect();
    subjects.extend(record.sub.clone());
    subjects.extend([record.client_id.clone(), String::new()]);
    let mut reaching = Vec::new();
    for subject in subjects {
        let entries = app.store.revocations_of(&subject).await?;
        reaching.extend(entries.into_iter().filter(|entry| entry.issued_before >= record.authorized_at()));
    }
    reaching.sort_by_key(|entry| entry.seq);
    Ok(reaching)
}

fn describe(entry: &Revocation) -> String {
    let reason = if entry.reason.is_empty() { "no reason given" } else { &entry.reason };
    format!(
        "revoked at {} by {} ({}: {reason})",
        entry.revoked_at.rfc3339(),
        entry.actor,
        entry.kind.as_str()
    )
}
