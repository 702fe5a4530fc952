//! What a server does beside answering: it reads what others changed, and
//! deletes what has ended.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::backchannel_logout;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::oauth::status_list::bucket_of;

/// How often the log of revocations is read. With the time a read takes, well
/// within the second in which a revocation must act.
const REVOCATIONS: Duration = Duration::from_millis(200);

/// How often it is asked whether a client is to be told of a logout.
const LOGOUT_NOTICES: Duration = Duration::from_millis(500);

/// How often the refusals of clients are written down.
const FAILURES: Duration = Duration::from_secs(1);

/// For how long the refusals of clients are kept.
const FAILURES_KEPT: Duration = Duration::from_secs(30 * 86_400);

/// For how long the outcome of a back-channel logout is kept.
const LOGOUT_OUTCOMES: Duration = Duration::from_secs(7 * 86_400);

/// How often the store is told who fetched the keys, and for how long it is kept.
const JWKS_READERS: Duration = Duration::from_secs(5);
const JWKS_READERS_KEPT: Duration = Duration::from_secs(7 * 86_400);

/// How often ended rows are deleted.
const PURGE: Duration = Duration::from_secs(20);

/// Rows in one deletion: short enough not to hold up the requests between.
const PURGE_BATCH: i64 = 2_000;

/// How far the clock of another replica may be behind: what is good there must
/// not be forgotten here.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// A record's whole partition waits for the end of its day; when records are
/// to go sooner than that, they are deleted by the row.
const DAY: Duration = Duration::from_secs(86_400);

/// How far ahead partitions are made.
const PARTITIONS_AHEAD: Duration = Duration::from_secs(2 * 86_400);

/// Starts the periodic work; it stops when the returned set is dropped.
pub fn start(app: &App) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(repeat(app.clone(), REVOCATIONS, "reading revocations", read_revocations));
    tasks.spawn(app.rotation.clone().run());
    tasks.spawn(repeat(
        app.clone(),
        LOGOUT_NOTICES,
        "telling clients of a logout",
        backchannel_logout::deliver_due,
    ));
    tasks.spawn(repeat(app.clone(), FAILURES, "writing down what clients were refused", write_failures));
    tasks.spawn(repeat(app.clone(), JWKS_READERS, "noting who fetched the keys", note_jwks_readers));
    tasks.spawn(repeat(app.clone(), PURGE, "deleting what has ended", purge));
    tasks
}

async fn repeat<F>(app: App, every: Duration, what: &'static str, work: impl Fn(App) -> F + Send)
where
    F: Future<Output = Result<(), Error>> + Send,
{
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        ticks.tick().await;
        let outcome = app.store.while_it_answers(work(app.clone())).await;
        // Once per outage, not five times a second.
        if let (Err(cause), false) = (&outcome, failing) {
            tracing::warn!(%cause, "{what} failed, will try again");
        }
        failing = outcome.is_err();
    }
}

async fn read_revocations(app: App) -> Result<(), Error> {
    app.revocations.refresh().await
}

async fn write_failures(app: App) -> Result<(), Error> {
    app.failures.flush().await
}

async fn note_jwks_readers(app: App) -> Result<(), Error> {
    app.jwks_readers.tell(&app.store).await
}

/// Deletes what has ended. One replica at a time does it.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach.
pub async fn purge(app: App) -> Result<(), Error> {
    let now = app.now();
    app.revocations.forget_expired(now);
    app.status_indexes.forget_ended(now);
    app.status_lists.forget_ended(now);
    let holder = app.instance;
    if !app.store.take_lease("purge", holder, now, PURGE * 2).await? {
        return Ok(());
    }
    app.store
        .prepare_token_partitions(now, now + app.config.tokens.access_lifetime + PARTITIONS_AHEAD)
        .await?;
    app.store.prepare_audit_partitions(now).await?;
    purge_tokens(&app, now).await?;
    purge_audit(&app, now).await?;
    app.store.purge_status_buckets(bucket_of(now)).await?;
    app.store.purge_jwks_readers(now - JWKS_READERS_KEPT).await?;
    while purge_batch(&app, now).await? > 0 {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// What has ended is kept for a day, so that its reuse is still told as such.
async fn purge_batch(app: &App, now: Timestamp) -> Result<u64, Error> {
    let store = &app.store;
    let window = app.config.limits.login_window;
    Ok(store.purge_codes(now - DAY, PURGE_BATCH).await?
        + store.purge_flows(now - DAY, PURGE_BATCH).await?
        + store.purge_grants(now - DAY, PURGE_BATCH).await?
        + store.purge_sessions(now - DAY, PURGE_BATCH).await?
        + store.purge_login_failures(now - window, PURGE_BATCH).await?
        + store.purge_replays(now - CLOCK_SKEW, PURGE_BATCH).await?
        + store.purge_client_failures(now - FAILURES_KEPT, PURGE_BATCH).await?
        + store.purge_logout_notices(now - LOGOUT_OUTCOMES, PURGE_BATCH).await?
        + store.purge_revocations(now, PURGE_BATCH).await?)
}

async fn purge_audit(app: &App, now: Timestamp) -> Result<(), Error> {
    let before = now - app.config.audit.purge_after;
    app.store.drop_audit_partitions(before).await?;
    if app.store.is_sqlite() {
        while app.store.purge_audit(before, PURGE_BATCH).await? > 0 {
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

async fn purge_tokens(app: &App, now: Timestamp) -> Result<(), Error> {
    let kept = app.config.tokens.purge_after;
    app.store.drop_token_partitions(now - kept).await?;
    if kept < DAY || app.store.is_sqlite() {
        while app.store.purge_tokens(now - kept, PURGE_BATCH).await? > 0 {
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}
