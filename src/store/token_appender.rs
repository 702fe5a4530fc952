//! How a batch of records gets into table `token`.

use sqlx::SqliteConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::error::Error;
use crate::store::{Store, TokenRecord, retried, token_partition};

/// One bound JSON array instead of a bind per value: the statement is the same
/// for every batch size, so it is prepared once.
const INSERT_TOKENS_ON_SQLITE: &str =
    "INSERT INTO token (jti, exp, status_index, client_id, sub, grant_id, session_id, scope)
    SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4,
           unhex(value ->> 5), unhex(value ->> 6), value ->> 7
    FROM json_each($1) WHERE true
    ON CONFLICT DO NOTHING RETURNING jti";

const INSERT_TOKENS_ON_POSTGRES: &str =
    "INSERT INTO token (jti, exp, status_index, client_id, sub, grant_id, session_id, scope)
    SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::uuid[],
                         $7::uuid[], $8::text[])
    ON CONFLICT DO NOTHING RETURNING jti";

impl Store {
    /// Appends a batch in one statement and one commit. Returns the ids that
    /// were written: one that is missing was in the store before.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach: nothing was
    /// written.
    pub(super) async fn append_tokens(&self, batch: &[TokenRecord]) -> Result<Vec<Uuid>, Error> {
        match self {
            Self::Sqlite { write, .. } => {
                let rows = Json(batch.iter().map(row_on_sqlite).collect::<Vec<_>>());
                Ok(sqlx::query_scalar(INSERT_TOKENS_ON_SQLITE).bind(rows).fetch_all(write).await?)
            }
            Self::Postgres { pool, writers, partitions, primary } => {
                let written = async {
                    token_partition::ensure(pool, partitions, batch.iter().map(|record| record.exp)).await?;
                    retried!({
                        let query = bind_tokens!(sqlx::query_scalar(INSERT_TOKENS_ON_POSTGRES), batch);
                        Ok(query.fetch_all(writers).await?)
                    })
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

/// Binds records to `$1` to `$8`, an array for each column.
macro_rules! bind_tokens {
    ($query:expr, $records:expr) => {
        $query
            .bind($records.iter().map(|record| record.jti).collect::<Vec<_>>())
            .bind($records.iter().map(|record| record.exp.0).collect::<Vec<_>>())
            .bind($records.iter().map(|record| record.status_index).collect::<Vec<_>>())
            .bind($records.iter().map(|record| record.client_id.as_str()).collect::<Vec<_>>())
            .bind($records.iter().map(|record| record.sub.as_deref()).collect::<Vec<_>>())
            .bind($records.iter().map(|record| record.grant_id).collect::<Vec<_>>())
            .bind($records.iter().map(|record| record.session_id).collect::<Vec<_>>())
            .bind($records.iter().map(|record| record.scope.as_str()).collect::<Vec<_>>())
    };
}

pub(super) use bind_tokens;

/// Appends the records of what was spent in this transaction, and returns their
/// ids.
///
/// # Errors
/// `server_error` when one was in the store before: nothing may be spent for it.
pub(super) async fn insert_tokens_on_sqlite(
    tx: &mut SqliteConnection,
    records: impl Iterator<Item = &TokenRecord>,
) -> Result<Vec<Uuid>, Error> {
    let rows: Vec<Row<'_>> = records.map(row_on_sqlite).collect();
    let spent = rows.len();
    let written: Vec<Uuid> =
        sqlx::query_scalar(INSERT_TOKENS_ON_SQLITE).bind(Json(rows)).fetch_all(tx).await?;
    match written.len() == spent {
        true => Ok(written),
        false => Err(Error::server_error("a token with this jti exists")),
    }
}

type Row<'a> = (String, i64, i32, &'a str, Option<&'a str>, Option<String>, Option<String>, &'a str);

fn row_on_sqlite(record: &TokenRecord) -> Row<'_> {
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
