//! How a batch of records gets into table `token`.

use sqlx::types::Json;
use uuid::Uuid;

use crate::error::Error;
use crate::store::{Store, TokenRecord, retried, token_partition};

impl Store {
    /// Appends a batch in one statement and one commit. Returns the ids that
    /// were written: one that is missing was in the store before.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach: nothing was
    /// written.
    pub(super) async fn append_tokens(&self, batch: &[TokenRecord]) -> Result<Vec<Uuid>, Error> {
        match self {
            Self::Sqlite { write, .. } => Ok(sqlx::query_scalar(sqlite::INSERT_TOKENS_ON_SQLITE)
                .bind(Json(sqlite::rows(batch)))
                .fetch_all(write)
                .await?),
            Self::Postgres { pool, writers, partitions, primary } => {
                let written = async {
                    token_partition::ensure(pool, partitions, batch.iter().map(|record| record.exp)).await?;
                    retried!(Ok(postgres::insert_tokens(batch).fetch_all(writers).await?))
                };
                // What the one that was lost does with this batch, nobody will
                // know; the next one need not wait for that.
                let mut compass = primary.compass();
                tokio::select! {
                    written = written => written,
                    () = compass.moved() => Err(Error::unavailable("another database server came into use")),
                }
            }
        }
    }
}

mod sqlite {
    use crate::store::TokenRecord;

    /// One bound JSON array instead of a bind per value: the statement is the
    /// same for every batch size, so it is prepared once.
    pub const INSERT_TOKENS_ON_SQLITE: &str =
        "INSERT INTO token (jti, exp, status_index, client_id, sub, grant_id, session_id, scope)
        SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4,
               unhex(value ->> 5), unhex(value ->> 6), value ->> 7
        FROM json_each($1) WHERE true
        ON CONFLICT DO NOTHING RETURNING jti";

    type Row<'a> = (String, i64, i32, &'a str, Option<&'a str>, Option<String>, Option<String>, &'a str);

    pub fn rows(batch: &[TokenRecord]) -> Vec<Row<'_>> {
        batch.iter().map(row).collect()
    }

    fn row(record: &TokenRecord) -> Row<'_> {
        (
            record.jti.simple().to_string(),
            record.exp.0,
            record.status_index,
            record.client_id.as_str(),
            record.sub.as_deref(),
            record.grant_id.map(|id| id.simple().to_string()),
            record.session_id.map(|id| id.simple().to_string()),
            record.scope.as_str(),
        )
    }
}

mod postgres {
    use sqlx::Postgres;
    use sqlx::postgres::PgArguments;
    use sqlx::query::QueryScalar;
    use uuid::Uuid;

    use crate::store::TokenRecord;

    pub const INSERT_TOKENS_ON_POSTGRES: &str =
        "INSERT INTO token (jti, exp, status_index, client_id, sub, grant_id, session_id, scope)
        SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::uuid[],
                             $7::uuid[], $8::text[])
        ON CONFLICT DO NOTHING RETURNING jti";

    pub fn insert_tokens(batch: &[TokenRecord]) -> QueryScalar<'_, Postgres, Uuid, PgArguments> {
        sqlx::query_scalar(INSERT_TOKENS_ON_POSTGRES)
            .bind(batch.iter().map(|r| r.jti).collect::<Vec<_>>())
            .bind(batch.iter().map(|r| r.exp.0).collect::<Vec<_>>())
            .bind(batch.iter().map(|r| r.status_index).collect::<Vec<_>>())
            .bind(batch.iter().map(|r| r.client_id.as_str()).collect::<Vec<_>>())
            .bind(batch.iter().map(|r| r.sub.as_deref()).collect::<Vec<_>>())
            .bind(batch.iter().map(|r| r.grant_id).collect::<Vec<_>>())
            .bind(batch.iter().map(|r| r.session_id).collect::<Vec<_>>())
            .bind(batch.iter().map(|r| r.scope.as_str()).collect::<Vec<_>>())
    }
}
