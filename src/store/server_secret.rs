//! Table `server_secret`: random bytes that all replicas share.

use crate::error::Error;
use crate::store::{Store, on_read, on_write};

impl Store {
    /// The value under a name and whether it is sealed: `proposed`, unless
    /// another was there first.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn server_secret(
        &self,
        name: &str,
        proposed: &[u8],
        sealed: bool,
    ) -> Result<(Vec<u8>, bool), Error> {
        const INSERT: &str = "INSERT INTO server_secret (name, value, sealed) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING";
        const SELECT: &str = "SELECT value, sealed FROM server_secret WHERE name = $1";
        let found = on_read!(self, db => sqlx::query_as(SELECT).bind(name).fetch_optional(db).await?);
        if let Some(found) = found {
            return Ok(found);
        }
        on_write!(self, db => {
            sqlx::query(INSERT).bind(name).bind(proposed).bind(sealed).execute(db).await?;
        });
        Ok(on_read!(self, db => sqlx::query_as(SELECT).bind(name).fetch_one(db).await?))
    }
    /// Replaces a value by its sealed form, unless another server was faster.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn seal_server_secret(&self, name: &str, before: &[u8], sealed: &[u8]) -> Result<(), Error> {
        const SQL: &str = "UPDATE server_secret SET value = $3, sealed = $4 WHERE name = $1 AND value = $2";
        on_write!(self, db => {
            sqlx::query(SQL).bind(name).bind(before).bind(sealed).bind(true).execute(db).await?;
        });
        Ok(())
    }
}
