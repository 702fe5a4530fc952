//! `porteiro audit tail|search|export`.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::{Args, Subcommand};
use uuid::Uuid;

use crate::admin::{self, EntryView};
use crate::audit::{Entry, Outcome};
use crate::cli::{Failure, Global, Output, input, open_store};
use crate::clock::{Clock, Timestamp};
use crate::store::{AuditCursor, AuditFilter, Store};

/// How often `tail --follow` looks.
const EVERY: Duration = Duration::from_millis(500);

/// How much of what was read is read again: what another server's slower clock
/// or longer transaction wrote shows up among older lines.
const OVERLAP: Duration = Duration::from_secs(20);

/// Lines read at once.
const PAGE: i64 = 1_000;

/// See who did what.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show the last lines, oldest first
    Tail {
        /// How many
        #[arg(short = 'n', long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(0..=1_000))]
        lines: i64,
        /// Go on with what happens next
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Find lines, newest first
    Search {
        /// At most so many
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=100_000))]
        limit: i64,
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Write lines as JSON, one on each line, oldest first
    Export {
        #[command(flatten)]
        wanted: Wanted,
    },
}

/// Which lines.
#[derive(Args, Debug)]
pub struct Wanted {
    /// Only what concerns this person: name, e-mail address or `sub`
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only what concerns this client
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Only this act, as user.disable, or all of a kind, as user
    #[arg(long, value_name = "ACT")]
    act: Option<String>,
    /// Only what this one did, as cli:root or user:SUB
    #[arg(long)]
    actor: Option<String>,
    /// Only what is about this token, grant, session or key
    #[arg(long, value_name = "ID")]
    object: Option<String>,
    /// Only this request, by its X-Request-Id
    #[arg(long, value_name = "ID")]
    request: Option<Uuid>,
    /// Only what was refused
    #[arg(long, conflicts_with = "done")]
    refused: bool,
    /// Only what was done
    #[arg(long)]
    done: bool,
    /// Only from this time on, as 2026-01-31T12:00:00Z, or as 2h for two hours ago
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<Timestamp>,
    /// Only before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
}

impl Verb {
    /// Runs it against the database that the configuration names.
    ///
    /// # Errors
    /// As [`open_store`]; exit code 2 for an act that does not exist, 3 for an
    /// unknown person.
    pub async fn run(self, global: &Global, output: Output) -> Result<(), Failure> {
        let (_, store) = open_store(global).await?;
        let outcome = match self {
            Self::Tail { lines, follow, wanted } => tail(&store, output, &wanted, lines, follow).await,
            Self::Search { limit, wanted } => search(&store, output, &wanted, limit).await,
            Self::Export { wanted } => export(&store, output, &wanted).await,
        };
        store.close().await;
        outcome
    }
}

impl Wanted {
    async fn filter(&self, store: &Store) -> Result<AuditFilter, Failure> {
        let wanted = admin::Wanted {
            since: self.since,
            until: self.until,
            user: self.user.clone(),
            client_id: self.client.clone(),
            act: self.act.clone(),
            actor: self.actor.clone(),
            object: self.object.clone(),
            request_id: self.request,
            outcome: match (self.refused, self.done) {
                (true, _) => Some(Outcome::Refused),
                (_, true) => Some(Outcome::Done),
                _ => None,
            },
        };
        Ok(wanted.filter(store).await?)
    }
}

async fn search(store: &Store, output: Output, wanted: &Wanted, limit: i64) -> Result<(), Failure> {
    let found = store.audit_latest(&wanted.filter(store).await?, limit).await?;
    let mut shown = Vec::with_capacity(found.len());
    for (_, entry) in &found {
        shown.push(EntryView::named(entry, store).await?);
    }
    output.list(
        &shown,
        &[
            "time",
            "act",
            "outcome",
            "actor",
            "user",
            "client_id",
            "object",
            "reason",
            "address",
            "request_id",
        ],
    );
    Ok(())
}

async fn export(store: &Store, output: Output, wanted: &Wanted) -> Result<(), Failure> {
    let filter = wanted.filter(store).await?;
    let mut cursor = AuditCursor::from(filter.since);
    loop {
        let page = store.audit_after(cursor, &filter, PAGE).await?;
        for (place, entry) in &page {
            if !output.json_line(&EntryView::of(entry)) {
                return Ok(());
            }
            cursor = *place;
        }
        if page.len() < PAGE as usize {
            return Ok(());
        }
    }
}

async fn tail(
    store: &Store,
    output: Output,
    wanted: &Wanted,
    lines: i64,
    follow: bool,
) -> Result<(), Failure> {
    let filter = wanted.filter(store).await?;
    let latest = store.audit_latest(&filter, 1).await?;
    let mut window = Window {
        newest: latest.first().map_or_else(|| Clock::System.now(), |(place, _)| place.at),
        seen: BTreeSet::new(),
    };
    // What was there before and is not asked for stays unsaid.
    window.read(store, &filter).await?;
    let mut last = store.audit_latest(&filter, lines).await?;
    last.reverse();
    loop {
        for (place, entry) in &last {
            window.seen.insert(*place);
            if !print(store, output, entry).await? {
                return Ok(());
            }
        }
        if !follow {
            return Ok(());
        }
        tokio::time::sleep(EVERY).await;
        last = window.read(store, &filter).await?;
    }
}

/// The end of the trail, as far as it may still get lines.
struct Window {
    newest: Timestamp,
    seen: BTreeSet<AuditCursor>,
}

impl Window {
    /// What has not been seen before, oldest first.
    async fn read(
        &mut self,
        store: &Store,
        filter: &AuditFilter,
    ) -> Result<Vec<(AuditCursor, Entry)>, Failure> {
        let mut cursor = AuditCursor::from(self.newest - OVERLAP);
        self.seen = self.seen.split_off(&cursor);
        let mut unseen = Vec::new();
        loop {
            let page = store.audit_after(cursor, filter, PAGE).await?;
            let last_page = page.len() < PAGE as usize;
            for (place, entry) in page {
                cursor = place;
                if self.seen.insert(place) {
                    self.newest = self.newest.max(place.at);
                    unseen.push((place, entry));
                }
            }
            if last_page {
                return Ok(unseen);
            }
        }
    }
}

/// Whether somebody still reads.
async fn print(store: &Store, output: Output, entry: &Entry) -> Result<bool, Failure> {
    if output.is_json() {
        return Ok(output.json_line(&EntryView::of(entry)));
    }
    Ok(output.try_line(&EntryView::named(entry, store).await?.to_string()))
}

fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(ago) = input::duration(text) {
        return Ok(Clock::System.now() - ago);
    }
    input::instant(text)
}
