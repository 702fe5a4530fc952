//! What one reader of the feed is sent. It holds a position and at most two
//! pages of events, however slowly the reader reads.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use serde_json::json;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};

use crate::app::App;
use crate::cache::RevocationEvent;
use crate::error::Error;
use crate::store::{RevocationKind, TokenRecord};

/// How often a reader to whom nothing happens is told that nothing was missed.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Events in one piece: about 70 KB.
const PAGE: usize = 500;

type Piece = Result<Bytes, Infallible>;

struct Feed {
    app: App,
    reader: Arc<TokenRecord>,
    after: i64,
    compact: bool,
    keys: Option<Vec<String>>,
    position: watch::Receiver<i64>,
    pieces: mpsc::Sender<Piece>,
}

/// Why a feed is over: the reader went away, or may read no longer.
struct Over;

/// Starts to send. The task ends with the reader, with the reader's token, or
/// when the server is told to stop.
pub fn start(app: App, reader: Arc<TokenRecord>, after: i64, compact: bool) -> mpsc::Receiver<Piece> {
    let (pieces, body) = mpsc::channel(1);
    let position = app.revocations.position();
    let mut stop = app.draining.subscribe();
    // A position that the log has not reached comes from before a restored
    // backup: then nothing that the reader knows can be built on.
    let after = if after > *position.borrow() { 0 } else { after };
    let counted = app.metrics.state().feed_reader();
    let mut feed = Feed { app, reader, after, compact, keys: None, position, pieces };
    tokio::spawn(async move {
        let _counted = counted;
        let gone = feed.pieces.clone();
        tokio::select! {
            _ = feed.run() => {}
            _ = stop.wait_for(|stopping| *stopping) => {}
            () = gone.closed() => {}
        }
    });
    body
}

impl Feed {
    async fn run(&mut self) -> Result<(), Over> {
        self.send(format!("retry: 500\n: every {} ms a line like this\n\n", HEARTBEAT.as_millis())).await?;
        let mut synced = false;
        loop {
            // Before the events: what is appended between the two comes next.
            let position = *self.position.borrow_and_update();
            match self.catch_up().await? {
                Ok(()) if !synced => {
                    synced = true;
                    self.announce_position(position).await?;
                }
                Ok(()) => {}
                // Logged where the log is read for everybody. No heartbeat goes
                // out meanwhile, and the reader draws its own conclusions.
                Err(_unavailable) => {}
            }
            self.announce_keys().await?;
            self.still_allowed().await?;
            let beat = Instant::now() + HEARTBEAT;
            if timeout_at(beat, self.position.changed()).await.is_err() && synced {
                self.beat().await?;
            }
        }
    }

    /// Sends what is new. The outer failure ends the feed, the inner one is
    /// the store's.
    async fn catch_up(&mut self) -> Result<Result<(), Error>, Over> {
        loop {
            let events = match self.app.revocations.events_after(self.after, PAGE).await {
                Ok(events) => events,
                Err(unavailable) => return Ok(Err(unavailable)),
            };
            let Some(last) = events.last() else { return Ok(Ok(())) };
            self.after = last.seq;
            let written = if self.compact { compact } else { full };
            self.send(events.iter().map(|event| piece(event.seq, &written(event))).collect()).await?;
        }
    }

    /// From here on the reader knows everything.
    async fn announce_position(&mut self, position: i64) -> Result<(), Over> {
        self.after = self.after.max(position);
        let data = json!({ "seq": self.after });
        self.send(format!("event: synced\nid: {}\ndata: {data}\n\n", self.after)).await
    }

    /// Names the published keys, at first and whenever they change.
    async fn announce_keys(&mut self) -> Result<(), Over> {
        let jwks = self.app.keys.current().jwks(self.app.now());
        let published = jwks["keys"].as_array().into_iter().flatten();
        let kids: Vec<String> = published.filter_map(|key| key["kid"].as_str()).map(str::to_owned).collect();
        if self.keys.as_ref() == Some(&kids) {
            return Ok(());
        }
        let event = format!("event: keys\ndata: {}\n\n", json!({ "kids": kids }));
        self.keys = Some(kids);
        self.send(event).await
    }

    /// Ends with the token that opened it.
    async fn still_allowed(&self) -> Result<(), Over> {
        let expired = self.reader.exp <= self.app.now();
        let revoked = self.app.revocations.is_fresh()
            && self.app.revocations.reaches(&self.reader).await.unwrap_or(false);
        if expired || revoked { Err(Over) } else { Ok(()) }
    }

    /// Only a log that was read just now entitles to say that all is well.
    async fn beat(&self) -> Result<(), Over> {
        if self.app.revocations.is_fresh() { self.send(String::from(":\n\n")).await } else { Ok(()) }
    }

    async fn send(&self, text: String) -> Result<(), Over> {
        self.pieces.send(Ok(Bytes::from(text))).await.map_err(|_gone| Over)
    }
}

fn piece(seq: i64, data: &str) -> String {
    format!("id: {seq}\ndata: {data}\n\n")
}

fn full(event: &RevocationEvent) -> String {
    serde_json::to_string(event).unwrap_or_default()
}

/// The first letter of the kind, what it names, and the one instant that its
/// reader needs: until when, or since when.
fn compact(event: &RevocationEvent) -> String {
    let at = match event.kind {
        RevocationKind::Token | RevocationKind::Grant | RevocationKind::Session => event.expires_at,
        RevocationKind::User | RevocationKind::Client | RevocationKind::All => event.issued_before,
    };
    json!([&event.kind.as_str()[..1], event.subject, at]).to_string()
}
