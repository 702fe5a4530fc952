//! Table `auth_code`: a code is spent for a token.

use std::collections::HashSet;

use sqlx::types::Json;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::secret::{Digest, hex};
use crate::store::batched::Batched;
use crate::store::token::bind_token;
use crate::store::token_appender::{bind_tokens, insert_tokens_on_sqlite};
use crate::store::{Store, TokenRecord, retried, token_partition};

/// A code that is to be spent for a token.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// SHA-256 of the code.
    pub digest: Digest,
    /// The present instant.
    pub now: Timestamp,
    /// The token.
    pub record: TokenRecord,
}

impl Batched for Redemption {
    type Key = Digest;

    fn key(&self) -> Digest {
        self.digest
    }

    fn id(&self) -> Uuid {
        self.record.jti
    }

    async fn together(store: &Store, asked: &[&Self]) -> Result<Vec<Uuid>, Error> {
        // Nobody waits here for a row that another transaction holds. The place
        // of a row leads back to it without a search.
        const POSTGRES_SQL: &str =
            "WITH asked AS (SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::integer[], $4::text[],
                $5::text[], $6::uuid[], $7::uuid[], $8::text[], $9::bytea[])
                AS asked (jti, exp, status_index, client_id, sub, grant_id, session_id, scope, digest)),
            free AS MATERIALIZED (SELECT asked.*, place FROM asked CROSS JOIN LATERAL
                (SELECT ctid AS place FROM auth_code code WHERE digest = asked.digest AND consumed_at IS NULL
                AND 1 = (SELECT COUNT(*) FROM grant_family WHERE id = code.grant_id AND revoked_at IS NULL)
                FOR UPDATE SKIP LOCKED) code),
            spent AS (UPDATE auth_code SET consumed_at = $10 FROM free WHERE auth_code.ctid = place
                RETURNING jti, exp, status_index, free.client_id, sub, free.grant_id, session_id, scope)
            INSERT INTO token (jti, exp, status_index, client_id, sub, grant_id, session_id, scope)
            SELECT jti, exp, status_index, client_id, sub, grant_id, session_id, scope FROM spent
            RETURNING jti";
        const ON_SQLITE: &str = "UPDATE auth_code SET consumed_at = $2 FROM json_each($1)
            WHERE digest = unhex(value) AND consumed_at IS NULL
            AND 1 = (SELECT COUNT(*) FROM grant_family WHERE id = grant_id AND revoked_at IS NULL)
            RETURNING digest";
        let records: Vec<&TokenRecord> = asked.iter().map(|one| &one.record).collect();
        let now = asked.iter().map(|one| one.now).max();
        match store {
            Store::Postgres { pool, writers, partitions, .. } => {
                token_partition::ensure(pool, partitions, records.iter().map(|record| record.exp)).await?;
                let digests: Vec<&[u8]> = asked.iter().map(|one| one.digest.as_slice()).collect();
                retried!({
                    let query = bind_tokens!(sqlx::query_scalar(POSTGRES_SQL), records);
                    Ok(query.bind(&digests).bind(now).fetch_all(writers).await?)
                })
            }
            Store::Sqlite { write, .. } => {
                let digests: Vec<String> = asked.iter().map(|one| hex(&one.digest)).collect();
                let mut tx = write.begin_with("BEGIN IMMEDIATE").await?;
                let spent: Vec<Vec<u8>> =
                    sqlx::query_scalar(ON_SQLITE).bind(Json(digests)).bind(now).fetch_all(&mut *tx).await?;
                let spent: HashSet<Vec<u8>> = spent.into_iter().collect();
                let bought = asked.iter().filter(|one| spent.contains(one.digest.as_slice()));
                let written = insert_tokens_on_sqlite(&mut tx, bought.map(|one| &one.record)).await?;
                tx.commit().await?;
                Ok(written)
            }
        }
    }

    async fn alone(&self, store: &Store) -> Result<bool, Error> {
        // SQLite has one writer, and nobody holds a row against it.
        let Store::Postgres { pool, .. } = store else {
            return Ok(!Self::together(store, &[self]).await?.is_empty());
        };
        let Self { digest, now, record } = self;
        const POSTGRES_SQL: &str = "WITH spent AS (UPDATE auth_code SET consumed_at = $10
            WHERE digest = $9 AND consumed_at IS NULL
            AND 1 = (SELECT COUNT(*) FROM grant_family WHERE id = grant_id AND revoked_at IS NULL) RETURNING 1)
            INSERT INTO token (jti, exp, status_index, client_id, sub, grant_id, session_id, scope)
            SELECT $1::uuid, $2::bigint, $3::integer, $4::text, $5::text, $6::uuid, $7::uuid, $8::text FROM spent";
        store.prepare_token_partition(record.exp).await?;
        retried!({
            let query = bind_token!(sqlx::query(POSTGRES_SQL), record).bind(digest.as_slice()).bind(now);
            Ok(query.execute(pool).await?.rows_affected() == 1)
        })
    }
}
