//! Opens and migrates a Postgres, or whichever of several takes writes.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::time::sleep;

use crate::config::database_url;
use crate::error::Error;
use crate::store::pool::Pool;
use crate::store::primary::Primary;
use crate::store::{LOCK_TIMEOUT, STATEMENT_TIMEOUT, Store, schema};

/// One connection for each task that gathers writes: tokens, new codes,
/// redemptions, refreshes.
const WRITERS: u32 = 4;

/// Opens the server that takes writes.
///
/// # Errors
/// `invalid_request` for a URL that is none, `temporarily_unavailable` when no
/// server takes writes.
pub async fn open(url: &str, max_connections: u32) -> Result<Store, Error> {
    let servers =
        database_url::servers(url).map_err(|what| Error::invalid_request(format!("database.url {what}")))?;
    let servers: Result<Vec<_>, _> = servers.iter().map(|server| connect_options(server)).collect();
    let primary = Primary::find(servers?).await?;
    let pool = Pool::new(primary.compass(), max_connections.max(2))?;
    let writers = Pool::new(primary.compass(), WRITERS)?;
    Ok(Store::Postgres { pool, writers, partitions: Arc::default(), primary: Arc::new(primary) })
}

fn connect_options(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let limit = |limit: Duration| limit.as_millis().to_string();
    Ok(PgConnectOptions::from_str(url)?.application_name("porteiro").options([
        ("statement_timeout", limit(STATEMENT_TIMEOUT)),
        ("idle_in_transaction_session_timeout", limit(STATEMENT_TIMEOUT)),
        ("lock_timeout", limit(LOCK_TIMEOUT)),
        // Every statement has its index. A plan that was made while a table was
        // small would go on reading the whole of it when it has grown, and what
        // has no other way would count as so dear that it gets compiled.
        ("enable_seqscan", String::from("off")),
        ("jit", String::from("off")),
    ]))
}

/// One at a time of all who migrate this database. Held by a transaction: a
/// pooler gives a session's own lock to whoever gets the connection next.
const ONE_AT_A_TIME_ON_POSTGRES: &str = "SELECT pg_advisory_xact_lock(7236837)";

/// The wait for another's migration may take its time, and so may ours.
const UNLIMITED: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0";

/// Applies what is missing, on connections of its own that no limit of time
/// holds for.
///
/// # Errors
/// `server_error` when a migration fails or was edited after it ran,
/// `temporarily_unavailable` when the server cannot be reached.
pub async fn migrate(server: PgConnectOptions, migrations: &Migrator) -> Result<(), Error> {
    // A migration may take its time, but not the tables of others. That a table
    // is there already is no news.
    let patience = schema::PATIENCE.as_millis().to_string();
    let settings =
        [("statement_timeout", "0"), ("lock_timeout", patience.as_str()), ("client_min_messages", "warning")];
    let options = server.options(settings);
    let mut waiting = PgConnection::connect_with(&options).await?;
    let mut lock = waiting.begin().await?;
    sqlx::raw_sql(UNLIMITED).execute(&mut *lock).await?;
    sqlx::raw_sql(ONE_AT_A_TIME_ON_POSTGRES).execute(&mut *lock).await?;
    let mut connection = PgConnection::connect_with(&options).await?;
    let mut migrated = migrations.run(&mut connection).await;
    while migrated.as_ref().is_err_and(schema::gave_way) {
        tracing::info!("a migration waits for a lock");
        sleep(schema::PAUSE).await;
        migrated = migrations.run(&mut connection).await;
    }
    migrated.map_err(Error::server_error)?;
    lock.commit().await?;
    connection.close().await?;
    waiting.close().await?;
    Ok(())
}

/// What Postgres does before it says that a commit is done.
#[derive(Clone, Debug)]
pub struct Durability {
    /// Whether it waits until the disk has it.
    pub on_disk: bool,
    /// Whether it waits until another server has it.
    pub on_a_standby: bool,
}

/// Asks for the settings that decide it.
///
/// # Errors
/// `temporarily_unavailable` when the server does not answer or has no such
/// settings.
pub async fn durability(pool: &Pool) -> Result<Durability, Error> {
    const POSTGRES_SQL: &str = "SELECT current_setting('fsync'), current_setting('synchronous_commit'),
        current_setting('synchronous_standby_names')";
    let (fsync, commit, standbys): (String, String, String) =
        sqlx::query_as(POSTGRES_SQL).fetch_one(pool).await?;
    Ok(Durability {
        on_disk: fsync == "on" && commit != "off",
        on_a_standby: !standbys.is_empty() && !["off", "local"].contains(&commit.as_str()),
    })
}

/// Whether a statement is given up that takes too long or waits for a lock: a
/// pooler may have swallowed what we ask for when we connect.
///
/// # Errors
/// `temporarily_unavailable` when the server does not answer or has no such
/// settings.
pub async fn limits_statements(pool: &Pool) -> Result<bool, Error> {
    const POSTGRES_SQL: &str =
        "SELECT current_setting('statement_timeout') <> '0' AND current_setting('lock_timeout') <> '0'";
    Ok(sqlx::query_scalar(POSTGRES_SQL).fetch_one(pool).await?)
}
