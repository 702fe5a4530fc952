//! The SQLite side: how its file is made and opened.

use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::str::FromStr as _;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::error::Error;
use crate::store::{ACQUIRE_TIMEOUT, Store};

/// Opens `sqlite:…`, and creates the file when it is not there.
///
/// # Errors
/// `temporarily_unavailable` when the file cannot be opened.
pub async fn open(url: &str, max_connections: u32) -> Result<Store, Error> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL may lose the last commits with the power, and a lost
        // revocation is a token come back to life.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(ACQUIRE_TIMEOUT);
    make_private(options.get_filename()).map_err(Error::unavailable)?;
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // On a full disk SQLite rolls back by itself. sqlx's own rollback
            // then fails and it counts a transaction that never ends.
            .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
    };
    let write = pool(1).connect_with(options.clone()).await?;
    let read = pool(max_connections.max(1)).connect_with(options).await?;
    Ok(Store::Sqlite { read, write })
}

/// Creates the file, unless it is there, for its owner alone: it holds signing
/// keys. SQLite gives the files beside it the same mode.
fn make_private(file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(problem) if problem.kind() != ErrorKind::AlreadyExists => Err(problem),
        _ => Ok(()),
    }
}
