//! Postgres goes away and comes back: CONTRACT §6.

use std::time::{Duration, Instant};

use porteiro::clock::Clock;
use porteiro::error::Code;
use porteiro::random::Random;
use porteiro::store::Store;

use crate::support::{Answer, Cluster, TestServer};

/// Within how long an outage is told as one.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

/// Within how long service resumes once the database is back.
const BACK_WITHIN: Duration = Duration::from_secs(2);

/// SECURITY-CASES X-01: an outage is told as one, within 5 s, and service
/// resumes by itself within 2 s of the database's return.
#[tokio::test]
async fn the_store_survives_a_restart_of_postgres() {
    let mut cluster = Cluster::create().await;
    let store = Store::open(&cluster.url("postgres"), 4).await.unwrap();
    store.migrate("test", porteiro::clock::Timestamp(1_800_000_000_000)).await.unwrap();
    assert!(store.is_ready().await.unwrap());

    cluster.stop();
    let stopped = Instant::now();
    let outage = store.is_ready().await.unwrap_err();
    assert_eq!(outage.code, Code::TemporarilyUnavailable);
    assert!(stopped.elapsed() < TOLD_WITHIN, "{:?}", stopped.elapsed());

    cluster.start().await;
    let returned = Instant::now();
    // A connection that was used a moment ago is not asked whether it still lives.
    while !store.is_ready().await.unwrap_or(false) {
        assert!(returned.elapsed() < BACK_WITHIN, "{:?}", returned.elapsed());
    }
}

/// SECURITY-CASES X-01 and 173: an outage is 503 with `Retry-After`, never the
/// client's fault and never a success; what needs no store is still served.
#[tokio::test]
async fn every_endpoint_tells_an_outage_and_recovers_by_itself() {
    let mut cluster = Cluster::create().await;
    let store = Store::open(&cluster.url("postgres"), 4).await.unwrap();
    store.migrate("test", porteiro::clock::Timestamp(1_800_000_000_000)).await.unwrap();
    let server = TestServer::over(store, Clock::System, Random::System, &[]).await;
    let client = server.machine("reports", |_| {}).await;
    let token = server.token(&client).await;
    let ask = async || {
        let grant = [("grant_type", "client_credentials")];
        let named = [("token", token.as_str())];
        tokio::join!(
            server.post("/oauth2/token").basic(&client).form(&grant),
            server.post("/oauth2/revoke").basic(&client).form(&named),
        )
    };

    cluster.stop();
    for _ in 0..3 {
        let asked = Instant::now();
        let (issued, revoked) = ask().await;
        assert!(asked.elapsed() < TOLD_WITHIN, "{:?}", asked.elapsed());
        is_outage(issued);
        is_outage(revoked);
    }
    assert_eq!(server.get("/readyz").send().await.status, 503);
    for needs_no_store in ["/livez", "/.well-known/jwks.json", "/.well-known/openid-configuration"] {
        server.get(needs_no_store).send().await.is_ok();
    }

    cluster.start().await;
    let returned = Instant::now();
    loop {
        let (issued, revoked) = ask().await;
        if issued.status == 200 && revoked.status == 200 {
            break;
        }
        assert!(returned.elapsed() < BACK_WITHIN, "{issued:?} {revoked:?}");
    }
    assert_eq!(server.get("/readyz").send().await.text(), "ok\n");
    let verdict = server.get("/oauth2/verify").bearer(&token).send().await;
    verdict.is_challenge(Some("invalid_token"), "token_revoked");
}

/// SECURITY-CASES X-04: a person reads a page about it, in time.
#[tokio::test]
async fn a_frozen_store_is_told_to_a_person_on_a_page() {
    let cluster = Cluster::create().await;
    let store = Store::open(&cluster.url("postgres"), 4).await.unwrap();
    store.migrate("test", porteiro::clock::Timestamp(1_800_000_000_000)).await.unwrap();
    let server = TestServer::over(store, Clock::System, Random::System, &[]).await;
    cluster.signal("STOP");
    let asked = Instant::now();
    let answer = server.get("/authorize?client_id=other").header("accept", "text/html").send().await;
    let took = asked.elapsed();
    cluster.signal("CONT");
    assert!(answer.status == 503 && took < TOLD_WITHIN, "{answer:?} {took:?}");
    assert!(answer.text().contains("id=\"error-page\""), "{answer:?}");
}

fn is_outage(answer: Answer) {
    let answer = answer.is_error(503, "temporarily_unavailable");
    assert!(answer.header("retry-after").parse::<u64>().is_ok(), "{answer:?}");
}
