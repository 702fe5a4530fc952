//! `/tokens`: look at tokens, say why one was refused, take them back.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::access::Caller;
use super::body::{Body, answer};
use super::listing::Listing;
use super::query::Query;
use crate::admin::{EntryView, RefusedRequest, Target, TokenView};
use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{TokenFilter, TokenRecord, User};
use crate::token::inspection;

pub async fn list(State(app): State<App>, query: Query) -> Result<Response, Error> {
    let listing = Listing::of(&app, "tokens", &query)?;
    let expired = query.parsed("expired", "true or false", |text| text.parse().ok())?.unwrap_or(false);
    let filter = TokenFilter {
        jti: query.uuid("jti")?,
        client_id: query.text("client_id"),
        sub: match query.text("user") {
            Some(name) => Some(User::find(&app.store, &name).await?.sub),
            None => None,
        },
        expires_after: (!expired).then(|| app.now()),
        before: listing.after.as_deref().and_then(|jti| Uuid::parse_str(jti).ok()),
        limit: listing.limit(),
    };
    let mut records = app.store.tokens(&filter).await?;
    let next = listing.cut(&app, &mut records, |record| record.jti.to_string());
    let mut views = Vec::with_capacity(records.len());
    for record in &records {
        views.push(TokenView::of(&app, record).await?);
    }
    Ok(answer(&json!({ "tokens": views, "next_cursor": next })))
}

/// What the question is about: one of them.
#[derive(Deserialize)]
struct Question {
    jti: Option<Uuid>,
    request_id: Option<Uuid>,
}

pub async fn inspect(State(app): State<App>, mut body: Body) -> Result<Response, Error> {
    super::members::known("Question", &body.0)?;
    let token = body.secret("token")?;
    let Question { jti, request_id } = body.read("Question")?;
    match (token, jti, request_id) {
        (Some(token), None, None) => Ok(answer(&inspection::of_token(&app, token.reveal()).await?)),
        (None, Some(jti), None) => {
            let record = TokenRecord::find(&app.store, jti).await?;
            Ok(answer(&inspection::of_record(&app, &record).await?))
        }
        (None, None, Some(request_id)) => {
            let RefusedRequest { entries, tokens } = RefusedRequest::find(&app, request_id).await?;
            let audit: Vec<EntryView> = entries.iter().map(EntryView::of).collect();
            Ok(answer(&json!({ "request_id": request_id, "audit": audit, "tokens": tokens })))
        }
        _ => Err(Error::invalid_request("give one of token, jti and request_id")),
    }
}

/// What is to be taken back: one of them.
#[derive(Deserialize)]
struct Revocation {
    jti: Option<Uuid>,
    user: Option<String>,
    client_id: Option<String>,
    sid: Option<Uuid>,
    #[serde(default)]
    all: bool,
    issued_before: Option<String>,
}

impl Revocation {
    /// Exactly one, so that a slip does not take back more than was meant.
    fn target(&self) -> Result<Target, Error> {
        let targets = [
            self.jti.map(Target::Token),
            self.user.clone().map(Target::User),
            self.client_id.clone().map(Target::Client),
            self.sid.map(Target::Session),
            self.all.then_some(Target::All),
        ];
        let mut named = targets.into_iter().flatten();
        match (named.next(), named.next()) {
            (Some(target), None) => Ok(target),
            _ => Err(Error::invalid_request("give one of jti, user, client_id, sid and all")),
        }
    }
}

pub async fn revoke(State(app): State<App>, Caller(by): Caller, body: Body) -> Result<Response, Error> {
    let wanted: Revocation = body.read("Revocation")?;
    let target = wanted.target()?;
    let one = matches!(target, Target::Token(_) | Target::Session(_));
    let mut new = target.revocation(&app).await?.by(by, super::REASON);
    if let Some(text) = &wanted.issued_before {
        let time = Timestamp::parse_rfc3339(text).filter(|_| !one);
        let wrong =
            "issued_before is a time such as 2026-01-31T12:00:00Z, and goes with user, client_id and all";
        new = new.issued_before(time.ok_or_else(|| Error::invalid_request(wrong))?);
    }
    let revoked = app.revocations.revoke(&new).await?;
    Ok(answer(&json!({ "kind": new.kind, "subject": new.subject, "revoked": revoked })))
}
