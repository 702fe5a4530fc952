//! Token records go after their end, whole days at once on Postgres, and
//! nothing that lives goes with them.

use std::time::Duration;

use porteiro::housekeeping::purge;
use porteiro::store::{Store, TokenFilter};

use crate::support::{Credentials, Engine, Fixture as _, TestServer};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

async fn records(server: &TestServer) -> usize {
    let all = TokenFilter { limit: 1_000, ..TokenFilter::default() };
    server.app.store.tokens(&all).await.unwrap().len()
}

async fn is_active(server: &TestServer, client: &Credentials, token: &str) -> bool {
    server.is_active(client, &token.into()).await
}

/// Days for which Postgres has a partition; none on SQLite.
async fn days(server: &TestServer) -> usize {
    let Store::Postgres { pool, .. } = &server.app.store else { return 0 };
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT part.relname FROM pg_catalog.pg_inherits
         JOIN pg_catalog.pg_class part ON part.oid = inhrelid WHERE inhparent = to_regclass('token')",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    names.len()
}

/// Postgres would vacuum for what is only added, and every record after that
/// would cost a page of the log.
#[tokio::test]
async fn partitions_are_not_vacuumed_for_what_is_added() {
    const SQL: &str = "SELECT relname || ' ' || COALESCE(array_to_string(reloptions, ' '), '')
        FROM pg_class WHERE relkind = 'r' AND (relname LIKE 'token_day_%' OR relname LIKE 'audit_2%')";
    let server = TestServer::on(Engine::Postgres).await;
    server.token(&server.machine("reports", |_| {}).await).await;
    let Store::Postgres { pool, .. } = &server.app.store else { unreachable!() };
    let partitions: Vec<String> = sqlx::query_scalar(SQL).fetch_all(pool).await.unwrap();
    assert!(partitions.len() >= 2, "{partitions:?}");
    for partition in partitions {
        assert!(partition.ends_with(" autovacuum_vacuum_insert_threshold=-1"), "{partition}");
    }
}

contract! {
    /// CONTRACT §5: the ladder says `token_expired` before the purge and after.
    async fn an_expired_record_goes_and_its_token_stays_expired(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let token = server.token(&client).await;
        let expired = async |server: &TestServer| {
            server.get("/oauth2/verify").bearer(&token).send().await
                .is_challenge(Some("invalid_token"), "token_expired");
        };
        server.advance(HOUR);
        expired(&server).await;
        purge(server.app.clone()).await.unwrap();
        assert_eq!(records(&server).await, 1, "it is kept for a day");
        // Its whole day and the day after.
        server.advance(2 * DAY);
        let living = server.token(&client).await;
        purge(server.app.clone()).await.unwrap();
        assert_eq!(records(&server).await, 1);
        assert!(is_active(&server, &client, &living).await);
        expired(&server).await;
        expired(&server.replica(&[]).await).await;
    }

    /// CONTRACT §2, `tokens.purge_after`: by the row, whatever the day.
    async fn a_shorter_time_is_kept_to(server: TestServer) {
        let quick = server.replica(&[("TOKENS__PURGE_AFTER", "1s")]).await;
        let brief = |client: &mut porteiro::store::Client| client.access_token_lifetime = Some(MINUTE);
        let client = quick.machine("reports", brief).await;
        let token = quick.token(&client).await;
        let long = quick.machine("long", |_| {}).await;
        let living = quick.token(&long).await;
        quick.advance(MINUTE + Duration::from_secs(2));
        purge(quick.app.clone()).await.unwrap();
        assert_eq!(records(&quick).await, 1);
        quick.get("/oauth2/verify").bearer(&token).send().await
            .is_challenge(Some("invalid_token"), "token_expired");
        assert!(is_active(&quick, &long, &living).await);
    }

    /// The clock of the tests begins at eight in the morning.
    async fn midnight_loses_nothing(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        server.advance(16 * HOUR - 5 * MINUTE);
        let mut issued = Vec::new();
        for _ in 0..10 {
            issued.push(server.token(&client).await);
            purge(server.app.clone()).await.unwrap();
            server.advance(MINUTE);
        }
        assert_eq!(records(&server).await, issued.len());
        for token in &issued {
            assert!(is_active(&server, &client, token).await);
        }
        let cold = server.replica(&[]).await;
        assert!(is_active(&cold, &client, &issued[0]).await);
    }

    /// Longer than partitions are made ahead, and as long as may be.
    async fn a_token_that_lives_for_a_year_is_kept_for_a_year(server: TestServer) {
        let year = 366 * DAY;
        let client = server.machine("device", |client| client.access_token_lifetime = Some(year)).await;
        let token = server.token(&client).await;
        for _ in 0..3 {
            server.advance(100 * DAY);
            purge(server.app.clone()).await.unwrap();
            assert!(is_active(&server, &client, &token).await);
        }
        server.advance(70 * DAY);
        purge(server.app.clone()).await.unwrap();
        assert_eq!(records(&server).await, 0);
        server.get("/oauth2/verify").bearer(&token).send().await
            .is_challenge(Some("invalid_token"), "token_expired");
    }

    /// Filled and purged day after day, the table stays as it is.
    async fn the_table_does_not_grow(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let mut sizes = Vec::new();
        for _ in 0..10 {
            for _ in 0..5 {
                server.token(&client).await;
            }
            server.advance(DAY);
            purge(server.app.clone()).await.unwrap();
            sizes.push((records(&server).await, days(&server).await));
        }
        let settled = &sizes[3..];
        assert!(settled.iter().all(|size| *size == settled[0]), "{sizes:?}");
        assert!(settled[0].0 <= 15, "{sizes:?}");
    }
}
