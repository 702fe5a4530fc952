//! Table `lease`: periodic work is done by one replica at a time. A row that
//! expires takes the place of a lock.

use std::time::Duration;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{Store, on_write};

impl Store {
    /// Takes or renews a lease; `false` while another holder has it.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn take_lease(
        &self,
        name: &str,
        holder: Uuid,
        now: Timestamp,
        length: Duration,
    ) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO lease (name, holder, expires_at) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
            WHERE lease.holder = excluded.holder OR lease.expires_at < $4";
        Ok(on_write!(self, db => sqlx::query(SQL)
            .bind(name)
            .bind(holder)
            .bind(now + length)
            .bind(now)
            .execute(db)
            .await?
            .rows_affected()
            == 1))
    }
}
