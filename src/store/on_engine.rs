//! One body for whichever engine is open.

use std::time::Duration;

/// How often something is tried that loses to others each time.
pub const TRIES: u32 = 6;

/// Between two of these, times their number.
pub const BEFORE_THE_NEXT: Duration = Duration::from_millis(5);

/// Runs one body against a pool that reads.
macro_rules! on_read {
    ($store:expr, $db:ident => $body:expr) => {
        match $store {
            $crate::store::Store::Sqlite { read: $db, .. } => $body,
            $crate::store::Store::Postgres { pool: $db, .. } => $body,
        }
    };
}

/// Runs a body again while the database rolled it back for another's sake.
/// Nothing of it was done then, so that is safe whatever it does there.
macro_rules! retried {
    ($body:expr) => {{
        let mut tries = 1;
        loop {
            let outcome: Result<_, $crate::error::Error> = async { $body }.await;
            match outcome {
                Err(error) if error.lost_to_another() && tries < $crate::store::on_engine::TRIES => {
                    tokio::time::sleep($crate::store::on_engine::BEFORE_THE_NEXT * tries).await;
                    tries += 1;
                }
                outcome => break outcome,
            }
        }
    }};
}

/// Runs one body against a pool that writes.
macro_rules! on_write {
    ($store:expr, $db:ident => $body:expr) => {
        match $store {
            $crate::store::Store::Sqlite { write: $db, .. } => $body,
            $crate::store::Store::Postgres { pool: $db, .. } => $crate::store::retried!(Ok($body))?,
        }
    };
}

/// Runs one body inside a transaction and commits it when the body is `Ok`.
/// SQLite begins IMMEDIATE: a plain BEGIN that writes later fails under load.
macro_rules! in_transaction {
    ($store:expr, $tx:ident => $body:expr) => {
        match $store {
            $crate::store::Store::Sqlite { write, .. } => {
                let mut $tx = write.begin_with("BEGIN IMMEDIATE").await?;
                let outcome = $body;
                $tx.commit().await?;
                outcome
            }
            $crate::store::Store::Postgres { pool, .. } => $crate::store::retried!({
                let mut lent = pool.lend().await?;
                let mut $tx = lent.begin().await?;
                let outcome = $body;
                $tx.commit().await?;
                lent.whole();
                Ok(outcome)
            })?,
        }
    };
}

pub(crate) use {in_transaction, on_read, on_write, retried};
