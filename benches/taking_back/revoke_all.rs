//! Everything of a person who has a million tokens.

use std::time::{Duration, Instant};

use porteiro::store::{NewRevocation, RevocationKind};

use crate::durable::Durable;

const TOKENS: i64 = 1_000_000;

/// Everything that could get a row by it. One more is updated: the counter
/// that numbers the log.
const ROWS: &str = "SELECT (SELECT count(*) FROM revocation) + (SELECT count(*) FROM audit)
    + (SELECT count(*) FROM token) + (SELECT count(*) FROM grant_family) + (SELECT count(*) FROM session)";

pub async fn measure() {
    let durable = Durable::new(&[]).await;
    let app = durable.app();
    let exp = app.now().floor_to_second() + Duration::from_secs(900);
    durable.fill(TOKENS, exp, "alice").await;
    let (rows, log) = (durable.number(ROWS).await, durable.log_position().await);
    let mut took = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        let all = NewRevocation::new(RevocationKind::User, "alice", app.now()).by("bench", "measured");
        assert!(app.revocations.revoke(&all).await.unwrap());
        took.push(began.elapsed());
    }
    let log = durable.log_position().await - log;
    let rows = durable.number(ROWS).await - rows;
    took.sort();
    println!(
        "revoke-all of a person with {TOKENS} tokens, 20 times: median {:.1} ms, max {:.1} ms, \
         new rows {:.1}, log {} bytes each",
        took[10].as_secs_f64() * 1e3,
        took[19].as_secs_f64() * 1e3,
        rows as f64 / 20.0,
        log / 20
    );
}
