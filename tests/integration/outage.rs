//! Postgres goes away and comes back: CONTRACT §6.

use std::time::{Duration, Instant};

use porteiro::error::Code;
use porteiro::store::Store;

use crate::support::Cluster;

/// SECURITY-CASES X-01: an outage is told as one, within 5 s, and service
/// resumes by itself within 2 s of the database's return.
#[tokio::test]
async fn the_store_survives_a_restart_of_postgres() {
    let mut cluster = Cluster::create().await;
    let store = Store::open(&cluster.url("postgres"), 4).await.unwrap();
    store.migrate().await.unwrap();
    assert!(store.is_ready().await.unwrap());

    cluster.stop();
    let stopped = Instant::now();
    let outage = store.is_ready().await.unwrap_err();
    assert_eq!(outage.code, Code::TemporarilyUnavailable);
    assert!(stopped.elapsed() < Duration::from_secs(5), "{:?}", stopped.elapsed());

    cluster.start().await;
    let returned = Instant::now();
    assert!(store.is_ready().await.unwrap());
    assert!(returned.elapsed() < Duration::from_secs(2), "{:?}", returned.elapsed());
}
