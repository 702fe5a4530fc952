//! What the writer's queue adds to a commit: tokens through it, beside one
//! INSERT for each from the pool, with nothing else around them.
//!
//! `cargo bench --bench token_writer`

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement that cannot go on stops here; not all of what tests stand on is used"
)]

#[macro_use]
#[path = "../tests/integration/support/mod.rs"]
mod support;

#[path = "support/durable.rs"]
mod durable;

use std::time::{Duration, Instant};

use durable::Durable;
use porteiro::clock::{Clock, Timestamp};
use porteiro::metrics::Metrics;
use porteiro::random::Random;
use porteiro::store::{Store, TokenRecord, TokenWriter};
use support::{Database, Engine, Fixture as _};

const ROUND: Duration = Duration::from_secs(3);

/// Each way is measured so often, in turn.
const ROUNDS: usize = 3;

const INSERT: &str =
    "INSERT INTO token (jti, exp, status_index, client_id, scope) VALUES ($1, $2, $3, $4, $5)";

#[derive(Clone)]
enum Way {
    Each(Store),
    Gathered(TokenWriter),
}

fn main() {
    // `cargo test --all-targets` starts this as well, and is not to wait for it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let postgres = Durable::new(&[]).await;
        compare("Postgres", &postgres.app().store).await;
        let sqlite = Database::on(Engine::Sqlite).await;
        compare("SQLite", &sqlite.store).await;
    });
}

async fn compare(engine: &str, store: &Store) {
    let exp = Clock::System.now().floor_to_second() + Duration::from_secs(900);
    store.prepare_token_partitions(exp, exp).await.unwrap();
    let writer = TokenWriter::start(store.clone(), Metrics::new());
    for at_once in [1, 16, 64, 256] {
        let mut found = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (way, rounds) in
                [Way::Each(store.clone()), Way::Gathered(writer.clone())].iter().zip(&mut found)
            {
                rounds.push(round(way, at_once, exp).await);
            }
        }
        let [each, gathered] = found.map(median);
        println!(
            "{engine:8} {at_once:>3} at once: one INSERT each {:>6.0}/s, p50 {:>6.2} ms; \
             gathered {:>6.0}/s, p50 {:>6.2} ms: {:.2} of the time",
            each.0,
            each.1,
            gathered.0,
            gathered.1,
            gathered.1 / each.1
        );
    }
}

/// Records a second, and the median in milliseconds.
async fn round(way: &Way, at_once: usize, exp: Timestamp) -> (f64, f64) {
    let end = Instant::now() + ROUND;
    let writing: Vec<_> = (0..at_once).map(|_| tokio::spawn(write_until(way.clone(), end, exp))).collect();
    let mut took = Vec::new();
    for one in writing {
        took.extend(one.await.unwrap());
    }
    took.sort();
    (took.len() as f64 / ROUND.as_secs_f64(), took[took.len() / 2].as_secs_f64() * 1e3)
}

async fn write_until(way: Way, end: Instant, exp: Timestamp) -> Vec<Duration> {
    let mut took = Vec::new();
    while Instant::now() < end {
        let record = TokenRecord {
            jti: Random::System.uuid_v7(Clock::System.now()).unwrap(),
            exp,
            status_index: 1,
            client_id: String::from("machine"),
            sub: None,
            grant_id: None,
            session_id: None,
            scope: String::from("reports.read"),
        };
        let began = Instant::now();
        match &way {
            Way::Each(store) => insert(store, &record).await,
            Way::Gathered(writer) => writer.submit(record).unwrap().durable().await.unwrap(),
        }
        took.push(began.elapsed());
    }
    took
}

async fn insert(store: &Store, record: &TokenRecord) {
    macro_rules! insert {
        ($pool:expr) => {
            sqlx::query(INSERT)
                .bind(record.jti)
                .bind(record.exp.0)
                .bind(record.status_index)
                .bind(&record.client_id)
                .bind(&record.scope)
                .execute($pool)
                .await
                .map(|_| ())
        };
    }
    match store {
        Store::Sqlite { write, .. } => insert!(write),
        Store::Postgres { pool, .. } => insert!(pool),
    }
    .unwrap();
}

fn median(mut rounds: Vec<(f64, f64)>) -> (f64, f64) {
    rounds.sort_by(|a, b| a.1.total_cmp(&b.1));
    rounds[rounds.len() / 2]
}
