//! Table `status_bucket`: how many places of each hour's status lists have
//! been leased. Servers lease them by the block, so that none asks for a place
//! when it mints.

use sqlx::FromRow;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::random::uuid_v7_beginning;
use crate::store::{Store, TokenRecord, on_read, on_write};

/// Places in a block.
pub const BLOCK: i32 = 1024;

/// Clocks of servers may differ by so much.
const SKEW: std::time::Duration = std::time::Duration::from_secs(60);

/// What is known of one hour's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct StatusBucket {
    /// Tokens that end in this hour since 1970.
    pub bucket: i64,
    /// Blocks leased so far.
    pub blocks: i64,
    /// When the first was leased: no token here is older.
    pub created_at: Timestamp,
}

impl StatusBucket {
    /// The `jti` that the first token here cannot have come before.
    pub fn first_jti(&self) -> Uuid {
        uuid_v7_beginning(self.created_at - SKEW)
    }
}

impl Store {
    /// Leases the next block of a bucket: the first of its places.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach,
    /// `server_error` when an hour has more tokens than places.
    pub async fn lease_status_block(&self, bucket: i64, now: Timestamp) -> Result<i32, Error> {
        const SQL: &str = "INSERT INTO status_bucket (bucket, blocks, created_at) VALUES ($1, 1, $2)
            ON CONFLICT (bucket) DO UPDATE SET blocks = status_bucket.blocks + 1 RETURNING blocks";
        let blocks: i64 =
            on_write!(self, db => sqlx::query_scalar(SQL).bind(bucket).bind(now).fetch_one(db).await?);
        let first = i32::try_from(blocks - 1).ok().and_then(|block| block.checked_mul(BLOCK));
        first.ok_or_else(|| Error::server_error("the status lists of this hour are full"))
    }

    /// The buckets from one on, in order, at most `limit`.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn status_buckets(&self, from: i64, limit: i64) -> Result<Vec<StatusBucket>, Error> {
        const SQL: &str = "SELECT bucket, blocks, created_at FROM status_bucket
            WHERE bucket >= $1 ORDER BY bucket LIMIT $2";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(from).bind(limit).fetch_all(db).await?))
    }

    /// Records that end within a span, in order of `jti` after one, at most
    /// `limit`.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn tokens_ending(
        &self,
        from: Timestamp,
        until: Timestamp,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<TokenRecord>, Error> {
        const SQL: &str = "SELECT jti, exp, status_index, client_id, sub, grant_id, session_id, scope
            FROM token WHERE exp >= $1 AND exp < $2 AND jti > $3 ORDER BY jti LIMIT $4";
        Ok(on_read!(self, db => sqlx::query_as(SQL)
            .bind(from)
            .bind(until)
            .bind(after)
            .bind(limit)
            .fetch_all(db)
            .await?))
    }

    /// The record of a token that ends within a span.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn token_ending(
        &self,
        from: Timestamp,
        until: Timestamp,
        jti: Uuid,
    ) -> Result<Option<TokenRecord>, Error> {
        const SQL: &str = "SELECT jti, exp, status_index, client_id, sub, grant_id, session_id, scope
            FROM token WHERE jti = $1 AND exp >= $2 AND exp < $3";
        Ok(
            on_read!(self, db => sqlx::query_as(SQL).bind(jti).bind(from).bind(until).fetch_optional(db).await?),
        )
    }

    /// Forgets the buckets before one.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_status_buckets(&self, before: i64) -> Result<(), Error> {
        const SQL: &str = "DELETE FROM status_bucket WHERE bucket < $1";
        on_write!(self, db => {
            sqlx::query(SQL).bind(before).execute(db).await?;
        });
        Ok(())
    }
}
