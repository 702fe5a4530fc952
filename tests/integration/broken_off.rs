//! What a request leaves behind that was broken off half-way: by a client that
//! hangs up, or by a store that fails. What is spent and what is issued for it
//! commit together or not at all.

use std::collections::HashSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use porteiro::secret::sha256;
use porteiro::store::{Store, TokenFilter};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::time::sleep;
use uuid::Uuid;

use crate::support::{Credentials, Database, Engine, Fixture as _, TestServer, request};

/// More than a request to the token endpoint takes.
const MOST_POLLS: usize = 60;

/// Longer than a statement may run.
const PATIENCE: Duration = Duration::from_secs(10);

/// Drives a request until it was woken so many times, and drops it there, as
/// the server's loop does when the connection closes.
async fn hang_up_after<F: Future>(polls: usize, request: F) -> Option<F::Output> {
    let mut request = pin!(request);
    let mut polled = 0;
    poll_fn(|context| match request.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending if polled == polls => Poll::Ready(None),
        Poll::Pending => {
            polled += 1;
            Poll::Pending
        }
    })
    .await
}

/// The grants that have the record of a token.
async fn grants_with_tokens(server: &TestServer) -> HashSet<Uuid> {
    let filter = TokenFilter { limit: 10_000, ..TokenFilter::default() };
    let records = server.app.store.tokens(&filter).await.unwrap();
    records.into_iter().filter_map(|record| record.grant_id).collect()
}

/// Waits for statements that nobody else waits for any more: a connection goes
/// back into the pool when its last one was carried out.
async fn at_rest(store: &Store) {
    let deadline = Instant::now() + PATIENCE;
    while let (open, idle) = store.connections()
        && usize::try_from(open).unwrap() > idle
    {
        assert!(Instant::now() < deadline, "a statement is not carried out");
        sleep(Duration::from_millis(1)).await;
    }
}

async fn execute(store: &Store, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    match store {
        Store::Sqlite { write, .. } => drop(write.execute(sql).await.unwrap()),
        Store::Postgres { pool, .. } => drop(pool.execute(sql).await.unwrap()),
    }
}

async fn outage_of_the_token_table(server: &TestServer, request: impl AsyncFn() -> StatusCode) {
    execute(&server.app.store, "ALTER TABLE token RENAME TO token_elsewhere").await;
    for _ in 0..3 {
        assert_eq!(request().await, StatusCode::SERVICE_UNAVAILABLE);
    }
    execute(&server.app.store, "ALTER TABLE token_elsewhere RENAME TO token").await;
    assert_eq!(request().await, StatusCode::OK);
}

async fn offline(server: &TestServer) -> (Credentials, serde_json::Value) {
    let client = server.dashboard("app", |_| {}).await;
    let browser = server.signed_in("alice").await;
    let tokens = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
    (client, tokens["refresh_token"].clone())
}

contract! {
    /// SECURITY-CASES X-11: wherever it is broken off, no code is spent without
    /// the record of a token, and one that is not spent is still good.
    async fn a_redemption_that_is_broken_off_spends_no_code_for_nothing(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let mut answered = 0;
        for polls in (0..MOST_POLLS).chain(0..MOST_POLLS) {
            let code = browser.code(&client, &[]).await;
            answered += usize::from(hang_up_after(polls, server.redemption(&client, &code, &[])).await.is_some());
            let digest = sha256(code.as_bytes());
            at_rest(&server.app.store).await;
            let stored = server.app.codes.find(digest).await.unwrap().unwrap();
            let bought = grants_with_tokens(&server).await.contains(&stored.grant.id);
            assert_eq!(stored.code.consumed_at.is_some(), bought, "dropped after {polls} polls");
            if !bought {
                server.redemption(&client, &code, &[]).await.is_ok();
            }
        }
        assert!((1..2 * MOST_POLLS).contains(&answered), "{answered} were not broken off");
    }

    /// SECURITY-CASES X-11: no refresh token is lost; the retry gets on.
    async fn a_refresh_that_is_broken_off_can_be_repeated(server: TestServer) {
        let (client, mut token) = offline(&server).await;
        let mut answered = 0;
        for polls in (0..MOST_POLLS).chain(0..MOST_POLLS) {
            answered += usize::from(hang_up_after(polls, server.refresh(&client, &token, &[])).await.is_some());
            token = server.refresh(&client, &token, &[]).await.is_ok().json()["refresh_token"].clone();
        }
        assert!((1..2 * MOST_POLLS).contains(&answered), "{answered} were not broken off");
    }

    /// SECURITY-CASES X-11: a flow that was answered to nobody begins anew.
    async fn an_authorization_that_is_broken_off_can_be_repeated(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        for polls in 0..MOST_POLLS {
            let posted = browser.post("/authorize", &request(&[])).await;
            let flow = posted.header("location").to_owned();
            hang_up_after(polls, browser.get(&flow)).await;
            assert!(browser.follow(&flow).await.sent_back().contains_key("code"));
        }
    }

    /// The store fails when the code is spent and the token is not yet written.
    async fn a_store_that_fails_half_way_leaves_the_code_good(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let code = server.signed_in("alice").await.code(&client, &[]).await;
        outage_of_the_token_table(&server, async || server.redemption(&client, &code, &[]).await.status).await;
        server.redemption(&client, &code, &[]).await.is_error(400, "invalid_grant");
    }

    /// SECURITY-CASES 145: the old token works, once, when the store is back.
    async fn a_store_that_fails_half_way_leaves_the_refresh_token_good(server: TestServer) {
        let (client, token) = offline(&server).await;
        outage_of_the_token_table(&server, async || server.refresh(&client, &token, &[]).await.status).await;
        server.advance(server.app.config.tokens.refresh_retry_window * 2);
        server.refresh(&client, &token, &[]).await.is_error(400, "invalid_grant");
    }
}

/// A transaction that nobody ends, begun or half begun, is over before anybody
/// uses its connection again: it holds rows that others wait for.
#[tokio::test]
async fn a_transaction_that_is_broken_off_is_over() {
    const OPEN: &str = "SELECT COUNT(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    let database = Database::on(Engine::Postgres).await;
    let Store::Postgres { pool, .. } = &database.store else { unreachable!() };
    let mut watcher = PgConnection::connect(&database.url).await.unwrap();
    // The answer may be there at the first look.
    let (mut begun, mut half_begun) = (0, 0);
    for polls in [0, usize::MAX].into_iter().cycle().take(200) {
        let mut lent = pool.lend().await.unwrap();
        let transaction = hang_up_after(polls, lent.begin()).await;
        match transaction {
            Some(_) => begun += 1,
            None => half_begun += 1,
        }
        drop(transaction);
        drop(lent);
        at_rest(&database.store).await;
        let open: i64 = sqlx::query_scalar(OPEN).fetch_one(&mut watcher).await.unwrap();
        assert_eq!(open, 0, "after {polls} polls");
        if begun > 2 && half_begun > 2 {
            break;
        }
    }
    assert!(begun > 2 && half_begun > 2, "{begun} were begun, {half_begun} half begun");
}
