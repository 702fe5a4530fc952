//! Table `grant_family`: a refresh token is spent for the next one and an
//! access token.

use std::collections::HashSet;

use sqlx::types::Json;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::batched::Batched;
use crate::store::token::bind_token;
use crate::store::token_appender::{bind_tokens, insert_tokens_on_sqlite};
use crate::store::{Store, TokenRecord, retried, token_partition};

/// A grant that is to move to its next refresh token.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The grant.
    pub grant_id: Uuid,
    /// Which of its refresh tokens was presented.
    pub generation: i64,
    /// The present instant.
    pub now: Timestamp,
    /// The access token.
    pub record: TokenRecord,
}

impl Batched for Rotation {
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.grant_id
    }

    fn id(&self) -> Uuid {
        self.record.jti
    }

    async fn together(store: &Store, asked: &[&Self]) -> Result<Vec<Uuid>, Error> {
        // Nobody waits here for a row that another transaction holds. The place
        // of a row leads back to it without a search.
        const POSTGRES_SQL: &str =
            "WITH asked AS (SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::integer[], $4::text[],
                $5::text[], $6::uuid[], $7::uuid[], $8::text[], $9::bigint[])
                AS asked (jti, exp, status_index, client_id, sub, grant_id, session_id, scope, generation)),
            free AS MATERIALIZED (SELECT asked.*, place FROM asked CROSS JOIN LATERAL
                (SELECT ctid AS place FROM grant_family WHERE id = asked.grant_id
                AND generation = asked.generation AND revoked_at IS NULL
                FOR UPDATE SKIP LOCKED) family),
            moved AS (UPDATE grant_family family SET generation = family.generation + 1, rotated_at = $10
                FROM free WHERE family.ctid = place
                RETURNING jti, exp, status_index, free.client_id, free.sub, grant_id, free.session_id, free.scope)
            INSERT INTO token (jti, exp, status_index, client_id, sub, grant_id, session_id, scope)
            SELECT jti, exp, status_index, client_id, sub, grant_id, session_id, scope FROM moved
            RETURNING jti";
        const ON_SQLITE: &str = "UPDATE grant_family SET generation = generation + 1, rotated_at = $2
            FROM json_each($1) WHERE grant_family.id = unhex(value ->> 0) AND generation = value ->> 1
            AND revoked_at IS NULL RETURNING grant_family.id";
        let records: Vec<&TokenRecord> = asked.iter().map(|one| &one.record).collect();
        let now = asked.iter().map(|one| one.now).max();
        match store {
            Store::Postgres { pool, writers, partitions, .. } => {
                token_partition::ensure(pool, partitions, records.iter().map(|record| record.exp)).await?;
                let generations: Vec<i64> = asked.iter().map(|one| one.generation).collect();
                retried!({
                    let query = bind_tokens!(sqlx::query_scalar(POSTGRES_SQL), records);
                    Ok(query.bind(&generations).bind(now).fetch_all(writers).await?)
                })
            }
            Store::Sqlite { write, .. } => {
                let generations: Vec<(String, i64)> =
                    asked.iter().map(|one| (one.grant_id.simple().to_string(), one.generation)).collect();
                let mut tx = write.begin_with("BEGIN IMMEDIATE").await?;
                let moved: Vec<Uuid> = sqlx::query_scalar(ON_SQLITE)
                    .bind(Json(generations))
                    .bind(now)
                    .fetch_all(&mut *tx)
                    .await?;
                let moved: HashSet<Uuid> = moved.into_iter().collect();
                let bought = asked.iter().filter(|one| moved.contains(&one.grant_id));
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
        let Self { grant_id, generation, now, record } = self;
        const POSTGRES_SQL: &str =
            "WITH moved AS (UPDATE grant_family SET generation = generation + 1, rotated_at = $11
            WHERE id = $9 AND generation = $10 AND revoked_at IS NULL RETURNING 1)
            INSERT INTO token (jti, exp, status_index, client_id, sub, grant_id, session_id, scope)
            SELECT $1::uuid, $2::bigint, $3::integer, $4::text, $5::text, $6::uuid, $7::uuid, $8::text FROM moved";
        store.prepare_token_partition(record.exp).await?;
        retried!({
            let query =
                bind_token!(sqlx::query(POSTGRES_SQL), record).bind(grant_id).bind(generation).bind(now);
            Ok(query.execute(pool).await?.rows_affected() == 1)
        })
    }
}
