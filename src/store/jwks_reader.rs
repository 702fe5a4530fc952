//! Table `jwks_reader`: who fetched the public keys lately, and so knows them.

use sqlx::FromRow;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{Store, in_transaction, on_read, on_write};

/// How many are remembered.
const MOST: i64 = 1_000;

/// One program at one address.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct JwksReader {
    /// Where it asked from.
    pub address: String,
    /// What it calls itself; printable, and cut off.
    pub user_agent: String,
    /// How often it asked.
    pub fetches: i64,
    /// When it asked last.
    pub fetched_at: Timestamp,
}

impl Store {
    /// Adds what one server has seen.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn note_jwks_readers(&self, readers: &[JwksReader]) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO jwks_reader (address, user_agent, fetches, fetched_at)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (address, user_agent) DO UPDATE
            SET fetches = jwks_reader.fetches + excluded.fetches, fetched_at = excluded.fetched_at";
        in_transaction!(self, tx => {
            for reader in readers {
                sqlx::query(SQL)
                    .bind(reader.address.as_str())
                    .bind(reader.user_agent.as_str())
                    .bind(reader.fetches)
                    .bind(reader.fetched_at)
                    .execute(&mut *tx)
                    .await?;
            }
            Ok(())
        })
    }

    /// Who fetched the keys after an instant, the latest first.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn jwks_readers(&self, since: Timestamp) -> Result<Vec<JwksReader>, Error> {
        const SQL: &str = "SELECT address, user_agent, fetches, fetched_at FROM jwks_reader
            WHERE fetched_at >= $1 ORDER BY fetched_at DESC, address, user_agent";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(since).fetch_all(db).await?))
    }

    /// Forgets those who did not ask after an instant, and all but the latest.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_jwks_readers(&self, silent_since: Timestamp) -> Result<(), Error> {
        const SQL: &str = "DELETE FROM jwks_reader WHERE fetched_at < $1 OR (address, user_agent) NOT IN
            (SELECT address, user_agent FROM jwks_reader ORDER BY fetched_at DESC LIMIT $2)";
        on_write!(self, db => {
            sqlx::query(SQL).bind(silent_since).bind(MOST).execute(db).await?;
        });
        Ok(())
    }
}
