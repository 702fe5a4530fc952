//! `porteiro token inspect|list|revoke`.

mod inspect;

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::cli::output::instant;
use crate::cli::{Failure, Global, Output, input, open_store, origin};
use crate::clock::{Clock, Timestamp};
use crate::random::{Random, uuid_v7_timestamp};
use crate::store::{NewRevocation, RevocationKind, Store, TokenFilter, TokenRecord};
use inspect::Inspect;

/// Look at tokens and take them back.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Say in order what each check finds about a token, or why a request was refused
    Inspect(Inspect),
    /// List token records, newest first
    List(List),
    /// Take tokens back
    Revoke(Revoke),
}

/// Which records to list.
#[derive(Args, Debug)]
pub struct List {
    /// Only tokens of this client
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Only tokens of this person
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only this token
    #[arg(long)]
    jti: Option<Uuid>,
    /// Expired ones too
    #[arg(long)]
    all: bool,
    /// At most so many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    limit: i64,
}

/// What to take back: one of them.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct Revoke {
    /// One token
    #[arg(long, group = "what")]
    jti: Option<Uuid>,
    /// Everything of a person
    #[arg(long, group = "what", value_name = "NAME")]
    user: Option<String>,
    /// Everything of a client
    #[arg(long, group = "what", value_name = "ID")]
    client: Option<String>,
    /// Everything that ends with a login session
    #[arg(long, group = "what", value_name = "ID")]
    session: Option<Uuid>,
    /// Everything, and every login
    #[arg(long, group = "what")]
    all: bool,
    /// Only what was issued, or came of an authorization given, before this time, as
    /// 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = input::instant, conflicts_with_all = ["jti", "session"])]
    issued_before: Option<Timestamp>,
}

impl Token {
    /// Runs it against the database that the configuration names.
    pub async fn run(self, global: &Global, output: Output) -> Result<(), Failure> {
        let (config, store) = open_store(global).await?;
        let app = App::new(config, store, Clock::System, Random::System).await?;
        match self {
            Self::Inspect(inspect) => inspect.run(&app, output).await,
            Self::List(list) => list.run(&app, output).await,
            Self::Revoke(revoke) => revoke.run(&app, output).await,
        }
    }
}

async fn find(store: &Store, jti: Uuid) -> Result<TokenRecord, Failure> {
    let filter = TokenFilter { jti: Some(jti), limit: 1, ..TokenFilter::default() };
    let found = store.tokens(&filter).await?.pop();
    found.ok_or_else(|| Failure::NotFound(format!("no token with jti {jti}, see: porteiro token list --all")))
}

/// A record as the list shows it. Times in seconds, as the JWT has them.
#[derive(Serialize)]
struct Row<'a> {
    jti: Uuid,
    client_id: &'a str,
    sub: &'a str,
    scope: &'a str,
    iat: i64,
    exp: i64,
    grant_id: Option<Uuid>,
    sid: Option<Uuid>,
    status: &'static str,
}

impl List {
    async fn run(self, app: &App, output: Output) -> Result<(), Failure> {
        let now = app.now();
        let filter = TokenFilter {
            jti: self.jti,
            sub: match &self.user {
                Some(name) => Some(subject(&app.store, name).await?),
                None => None,
            },
            client_id: self.client,
            expires_after: (!self.all).then_some(now),
            limit: self.limit,
        };
        let records = app.store.tokens(&filter).await?;
        let mut rows = Vec::with_capacity(records.len());
        for record in &records {
            rows.push(row(record, app.revocations.reaches(record).await?, now));
        }
        if output.is_json() {
            output.list(&rows, &[]);
        } else {
            let lines: Vec<Line> = rows.into_iter().map(Line::of).collect();
            output.list(&lines, &["jti", "client_id", "sub", "scope", "issued", "expires", "status"]);
        }
        Ok(())
    }
}

/// A row for people, who read no seconds since 1970.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    row: Row<'a>,
    issued: String,
    expires: String,
}

impl<'a> Line<'a> {
    fn of(row: Row<'a>) -> Self {
        let written = |seconds| instant(Timestamp::from_seconds(seconds));
        Self { issued: written(row.iat), expires: written(row.exp), row }
    }
}

fn row(record: &TokenRecord, revoked: bool, now: Timestamp) -> Row<'_> {
    Row {
        jti: record.jti,
        client_id: &record.client_id,
        sub: record.sub.as_deref().unwrap_or(&record.client_id),
        scope: &record.scope,
        iat: uuid_v7_timestamp(record.jti).seconds(),
        exp: record.exp.seconds(),
        grant_id: record.grant_id,
        sid: record.session_id,
        status: match (revoked, record.exp <= now) {
            (true, _) => "revoked",
            (false, true) => "expired",
            (false, false) => "active",
        },
    }
}

impl Revoke {
    async fn run(self, app: &App, output: Output) -> Result<(), Failure> {
        let mut new = self.revocation(app).await?.by(origin(), "token revoke");
        if let Some(before) = self.issued_before {
            // What was issued in the named millisecond itself was not before it.
            new.issued_before = Timestamp(before.0 - 1);
        }
        let revoked = app.revocations.revoke(&new).await?;
        if self.issued_before.is_none() && self.all {
            // What is issued from here on lives.
            tokio::time::sleep(new.issued_before.since(app.now()) + Duration::from_millis(1)).await;
        }
        output.object(&json!({ "kind": new.kind, "subject": new.subject, "revoked": revoked }));
        if !revoked {
            output.note("it was revoked before");
        }
        Ok(())
    }

    async fn revocation(&self, app: &App) -> Result<NewRevocation, Failure> {
        let now = app.now();
        if let Some(jti) = self.jti {
            let record = find(&app.store, jti).await?;
            let new = NewRevocation::token(jti, record.exp, now);
            return Ok(new.of(Some(&record.client_id), record.sub.as_deref()));
        }
        if let Some(id) = self.session {
            let unknown =
                || Failure::NotFound(format!("no session {id}: it never was, or it ended long ago"));
            let session = app.store.session(id).await?.ok_or_else(unknown)?;
            let new = NewRevocation::new(RevocationKind::Session, id.to_string(), now);
            return Ok(new.of(None, Some(&session.sub)));
        }
        Ok(match (&self.user, &self.client) {
            (Some(name), _) => {
                NewRevocation::new(RevocationKind::User, subject(&app.store, name).await?, now)
            }
            (_, Some(id)) => NewRevocation::new(RevocationKind::Client, client(&app.store, id).await?, now),
            // Logins end too, and a server that has not heard may still let one in.
            _ => NewRevocation::shutting_out(RevocationKind::All, "", now),
        })
    }
}

async fn subject(store: &Store, name: &str) -> Result<String, Failure> {
    let user = store.user_by_login(name).await?;
    let unknown = || Failure::NotFound(format!("there is no user {name}, see: porteiro user list"));
    user.map(|user| user.sub).ok_or_else(unknown)
}

async fn client(store: &Store, id: &str) -> Result<String, Failure> {
    let client = store.client(id).await?;
    let unknown = || Failure::NotFound(format!("there is no client {id}, see: porteiro client list"));
    client.map(|client| client.client_id).ok_or_else(unknown)
}
