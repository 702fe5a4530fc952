//! Table `replay`: what a client named itself and may use once, until it would
//! have expired anyway.

use crate::clock::Timestamp;
use crate::error::Error;
use crate::secret::Digest;
use crate::store::{Store, on_write};

impl Store {
    /// Notes a use; `false` when it is not the first. A single statement, so
    /// of two racing uses, on whatever replica, exactly one is the first.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn use_once(&self, digest: &Digest, expires_at: Timestamp) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO replay (digest, expires_at) VALUES ($1, $2)
            ON CONFLICT (digest) DO NOTHING";
        on_write!(self, db => {
            let noted = sqlx::query(SQL).bind(digest.as_slice()).bind(expires_at).execute(db).await?;
            Ok(noted.rows_affected() == 1)
        })
    }

    /// Deletes up to `limit` uses that ended before an instant.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_replays(&self, ended_before: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM replay WHERE digest IN
            (SELECT digest FROM replay WHERE expires_at < $1 LIMIT $2)";
        Ok(
            on_write!(self, db => sqlx::query(SQL).bind(ended_before).bind(limit).execute(db).await?.rows_affected()),
        )
    }
}
