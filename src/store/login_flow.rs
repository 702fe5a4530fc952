//! Table `login_flow`: authorization requests on their way through the pages,
//! kept here so that nothing in the browser can change them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::types::Json;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::secret::Digest;
use crate::store::{Store, on_read, on_write};

impl Store {
    /// Writes a request, bound to the browser that sent it.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn create_flow<T: Serialize + Sync>(
        &self,
        digest: &Digest,
        browser: &Digest,
        request: &T,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO login_flow (digest, browser, request, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5)";
        let request = serde_json::to_value(request).map_err(Error::server_error)?;
        on_write!(self, db => {
            sqlx::query(SQL)
                .bind(digest.as_slice())
                .bind(browser.as_slice())
                .bind(Json(&request))
                .bind(now)
                .bind(expires_at)
                .execute(db)
                .await?;
        });
        Ok(())
    }

    /// The request of a flow, for the browser that it is bound to, and whether
    /// it still waits for its answer.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn flow<T: DeserializeOwned>(
        &self,
        digest: &Digest,
        browser: &Digest,
        now: Timestamp,
    ) -> Result<Option<(T, bool)>, Error> {
        const SQL: &str = "SELECT request, (consumed_at IS NULL AND expires_at > $3) FROM login_flow
            WHERE digest = $1 AND browser = $2";
        let found: Option<(Json<serde_json::Value>, bool)> = on_read!(self, db => sqlx::query_as(SQL)
            .bind(digest.as_slice())
            .bind(browser.as_slice())
            .bind(now)
            .fetch_optional(db)
            .await?);
        let Some((Json(request), waits)) = found else { return Ok(None) };
        Ok(Some((serde_json::from_value(request).map_err(Error::server_error)?, waits)))
    }

    /// Replaces the request of a living flow: a step was taken.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn update_flow<T: Serialize + Sync>(&self, digest: &Digest, request: &T) -> Result<(), Error> {
        const SQL: &str = "UPDATE login_flow SET request = $2 WHERE digest = $1 AND consumed_at IS NULL";
        let request = serde_json::to_value(request).map_err(Error::server_error)?;
        on_write!(self, db => {
            sqlx::query(SQL).bind(digest.as_slice()).bind(Json(&request)).execute(db).await?;
        });
        Ok(())
    }

    /// Ends a flow; `false` when it was ended before: of two submits one
    /// answers the client.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn consume_flow(&self, digest: &Digest, now: Timestamp) -> Result<bool, Error> {
        const SQL: &str = "UPDATE login_flow SET consumed_at = $2 WHERE digest = $1 AND consumed_at IS NULL";
        let ended = on_write!(self, db => sqlx::query(SQL)
            .bind(digest.as_slice())
            .bind(now)
            .execute(db)
            .await?
            .rows_affected());
        Ok(ended == 1)
    }

    /// Deletes up to `limit` flows that ended before an instant.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_flows(&self, ended_before: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM login_flow WHERE digest IN
            (SELECT digest FROM login_flow WHERE expires_at < $1 LIMIT $2)";
        Ok(
            on_write!(self, db => sqlx::query(SQL).bind(ended_before).bind(limit).execute(db).await?.rows_affected()),
        )
    }
}
