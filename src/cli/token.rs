//! `porteiro token inspect|list|revoke`.

mod inspect;

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::admin::{Target, TokenView};
use crate::app::App;
use crate::cli::{Failure, Global, Output, input, open_store, origin};
use crate::clock::{Clock, Timestamp};
use crate::random::Random;
use crate::store::{TokenFilter, User};
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

impl List {
    async fn run(self, app: &App, output: Output) -> Result<(), Failure> {
        let now = app.now();
        let filter = TokenFilter {
            jti: self.jti,
            sub: match &self.user {
                Some(name) => Some(User::find(&app.store, name).await?.sub),
                None => None,
            },
            client_id: self.client,
            expires_after: (!self.all).then_some(now),
            before: None,
            limit: self.limit,
        };
        let records = app.store.tokens(&filter).await?;
        let mut rows = Vec::with_capacity(records.len());
        for record in &records {
            rows.push(TokenView::of(app, record).await?);
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
    row: TokenView<'a>,
    issued: String,
    expires: String,
}

impl<'a> Line<'a> {
    fn of(row: TokenView<'a>) -> Self {
        let written = |seconds| Timestamp::from_seconds(seconds).rfc3339();
        Self { issued: written(row.iat), expires: written(row.exp), row }
    }
}

impl Revoke {
    async fn run(self, app: &App, output: Output) -> Result<(), Failure> {
        let (issued_before, all) = (self.issued_before, self.all);
        let mut new = self.target().revocation(app).await?.by(origin(), "token revoke");
        if let Some(before) = issued_before {
            new = new.issued_before(before);
        }
        let revoked = app.revocations.revoke(&new).await?;
        if issued_before.is_none() && all {
            // What is issued from here on lives.
            tokio::time::sleep(new.issued_before.since(app.now()) + Duration::from_millis(1)).await;
        }
        output.object(&json!({ "kind": new.kind, "subject": new.subject, "revoked": revoked }));
        if !revoked {
            output.note("it was revoked before");
        }
        Ok(())
    }

    fn target(self) -> Target {
        match (self.jti, self.user, self.client, self.session) {
            (Some(jti), ..) => Target::Token(jti),
            (_, Some(name), ..) => Target::User(name),
            (_, _, Some(id), _) => Target::Client(id),
            (_, _, _, Some(id)) => Target::Session(id),
            _ => Target::All,
        }
    }
}
