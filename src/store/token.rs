//! Table `token`: one lean row per access token, appended and never updated.

use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{Store, on_read, on_write, token_partition};

/// The record of one access token. What the JWT itself says is not repeated,
/// except what a look-up by user, client or grant needs.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, Serialize)]
pub struct TokenRecord {
    /// RFC 7519 §4.1.7, a UUIDv7: carries the instant of issue.
    pub jti: Uuid,
    /// When the token ends; a whole second, as the JWT shows it.
    pub exp: Timestamp,
    /// Its place in the status lists of its end, see [`crate::oauth::status_list`].
    pub status_index: i32,
    /// The client it was issued to.
    pub client_id: String,
    /// The person; none when the client acts for itself.
    pub sub: Option<String>,
    /// The authorization it belongs to, if it can be refreshed or replayed.
    pub grant_id: Option<Uuid>,
    /// The login session that it ends with.
    pub session_id: Option<Uuid>,
    /// Granted scopes, separated by spaces.
    pub scope: String,
}

/// Which tokens to list.
#[derive(Clone, Debug, Default)]
pub struct TokenFilter {
    /// Only this token.
    pub jti: Option<Uuid>,
    /// Only tokens of this client.
    pub client_id: Option<String>,
    /// Only tokens of this person.
    pub sub: Option<String>,
    /// Only tokens that end after this instant.
    pub expires_after: Option<Timestamp>,
    /// At most so many, newest first.
    pub limit: i64,
}

impl Store {
    /// Appends a batch in one statement and one commit. Returns the ids that
    /// were written: one that is missing was in the store before.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach: nothing was
    /// written.
    pub async fn insert_tokens(&self, batch: &[TokenRecord]) -> Result<Vec<Uuid>, Error> {
        match self {
            Self::Sqlite { write, .. } => Ok(sqlx::query_scalar(sqlite::INSERT_TOKENS_ON_SQLITE)
                .bind(Json(sqlite::rows(batch)))
                .fetch_all(write)
                .await?),
            Self::Postgres { pool, token_days } => {
                token_partition::ensure(pool, token_days, batch.iter().map(|record| record.exp)).await?;
                Ok(postgres::insert_tokens(batch).fetch_all(pool).await?)
            }
        }
    }

    /// The record of a token, found with the `exp` that the signed JWT carries:
    /// one partition, one index.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn token(&self, jti: Uuid, exp: Timestamp) -> Result<Option<TokenRecord>, Error> {
        const SQL: &str = "SELECT jti, exp, status_index, client_id, sub, grant_id, session_id, scope
            FROM token WHERE jti = $1 AND exp = $2";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(jti).bind(exp).fetch_optional(db).await?))
    }

    /// The records that match a filter, newest first.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn tokens(&self, filter: &TokenFilter) -> Result<Vec<TokenRecord>, Error> {
        const SQL: &str =
            "SELECT jti, exp, status_index, client_id, sub, grant_id, session_id, scope FROM token
            WHERE ($1 IS NULL OR jti = $1) AND ($2 IS NULL OR client_id = $2)
              AND ($3 IS NULL OR sub = $3) AND ($4 IS NULL OR exp > $4)
            ORDER BY jti DESC LIMIT $5";
        Ok(on_read!(self, db => sqlx::query_as(SQL)
            .bind(filter.jti)
            .bind(filter.client_id.as_deref())
            .bind(filter.sub.as_deref())
            .bind(filter.expires_after)
            .bind(filter.limit)
            .fetch_all(db)
            .await?))
    }

    /// Deletes up to `limit` records that ended before an instant and says how
    /// many there were. Small batches keep SQLite's one writer free.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_tokens(&self, ended_before: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM token WHERE (jti, exp) IN
            (SELECT jti, exp FROM token WHERE exp < $1 LIMIT $2)";
        Ok(on_write!(self, db => sqlx::query(SQL)
            .bind(ended_before)
            .bind(limit)
            .execute(db)
            .await?
            .rows_affected()))
    }
}

/// Appends one record inside the transaction of what it is issued for.
pub(super) const INSERT_TOKEN: &str = "INSERT INTO token
    (jti, exp, status_index, client_id, sub, grant_id, session_id, scope)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

macro_rules! insert_token {
    ($tx:expr, $record:expr) => {{
        let record: &$crate::store::TokenRecord = $record;
        sqlx::query($crate::store::token::INSERT_TOKEN)
            .bind(record.jti)
            .bind(record.exp)
            .bind(record.status_index)
            .bind(record.client_id.as_str())
            .bind(record.sub.as_deref())
            .bind(record.grant_id)
            .bind(record.session_id)
            .bind(record.scope.as_str())
            .execute(&mut *$tx)
            .await?;
    }};
}

pub(super) use insert_token;

mod sqlite {
    use super::TokenRecord;

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

    use super::TokenRecord;

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
