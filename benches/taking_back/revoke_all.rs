//! Everything of a person who has a million tokens.

use std::time::{Duration, Instant};

use porteiro::store::{NewRevocation, RevocationKind};

use crate::durable::Durable;

const TOKENS: i64 = 1_000_000;

/// Inserted, updated and deleted rows of all tables.
const ROWS: &str =
    "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables";

pub async fn measure() {
    let durable = Durable::new(&[]).await;
    let app = durable.app();
    let exp = app.now().floor_to_second() + Duration::from_secs(900);
    durable.fill(TOKENS, exp, "alice").await;
    let settled = async || {
        // Statistics come a moment later.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        durable.number(ROWS).await
    };
    let (rows, log) = (settled().await, durable.log_position().await);
    let mut took = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        let all = NewRevocation::new(RevocationKind::User, "alice", app.now()).by("bench", "measured");
        assert!(app.revocations.revoke(&all).await.unwrap());
        took.push(began.elapsed());
    }
    let log = durable.log_position().await - log;
    let rows = settled().await - rows;
    took.sort();
    println!(
        "revoke-all of a person with {TOKENS} tokens, 20 times: median {:.1} ms, max {:.1} ms, \
         rows written {:.1}, log {} bytes each",
        took[10].as_secs_f64() * 1e3,
        took[19].as_secs_f64() * 1e3,
        rows as f64 / 20.0,
        log / 20
    );
}
