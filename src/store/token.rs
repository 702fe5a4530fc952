//! Table `token`: one lean row per access token, appended and never updated.

use std::sync::Arc;

use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::random::uuid_v7_timestamp;
use crate::store::look_up::{LookedUp, fetch_by};
use crate::store::{Store, on_read, on_write};

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

impl TokenRecord {
    /// The instant that taking back in the mass goes by: when it was issued, or
    /// when the authorization was given that it came of. A replica that has not
    /// heard yet may mint from an old authorization; what it mints is dead too.
    pub fn authorized_at(&self) -> Timestamp {
        let issued = uuid_v7_timestamp(self.jti);
        self.grant_id.map_or(issued, |grant| issued.min(uuid_v7_timestamp(grant)))
    }
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
    /// Only tokens older than this one.
    pub before: Option<Uuid>,
    /// At most so many, newest first.
    pub limit: i64,
}

/// By its id and the `exp` that the signed JWT carries: a record with another
/// end is another token's.
impl LookedUp for Arc<TokenRecord> {
    type Key = (Uuid, Timestamp);

    fn key(&self) -> Self::Key {
        (self.jti, self.exp)
    }

    async fn all(store: &Store, keys: &[Self::Key]) -> Result<Vec<Self>, Error> {
        const ON_POSTGRES: &str = "SELECT jti, exp, status_index, client_id, sub, grant_id, session_id, scope
            FROM token WHERE jti = ANY($1)";
        const ON_SQLITE: &str = "SELECT jti, exp, status_index, client_id, sub, grant_id, session_id, scope
            FROM token WHERE jti IN (SELECT unhex(value) FROM json_each($1))";
        let ids: Vec<Uuid> = keys.iter().map(|(jti, _)| *jti).collect();
        let records: Vec<TokenRecord> = fetch_by!(store, ids, ON_POSTGRES, ON_SQLITE);
        Ok(records.into_iter().map(Arc::new).collect())
    }
}

impl Store {
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
              AND ($5 IS NULL OR jti < $5)
            ORDER BY jti DESC LIMIT $6";
        Ok(on_read!(self, db => sqlx::query_as(SQL)
            .bind(filter.jti)
            .bind(filter.client_id.as_deref())
            .bind(filter.sub.as_deref())
            .bind(filter.expires_after)
            .bind(filter.before)
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

/// Binds a record to `$1` to `$8`.
macro_rules! bind_token {
    ($query:expr, $record:expr) => {{
        let record: &$crate::store::TokenRecord = $record;
        $query
            .bind(record.jti)
            .bind(record.exp)
            .bind(record.status_index)
            .bind(record.client_id.as_str())
            .bind(record.sub.as_deref())
            .bind(record.grant_id)
            .bind(record.session_id)
            .bind(record.scope.as_str())
    }};
}

macro_rules! insert_token {
    ($tx:expr, $record:expr) => {{
        let query = sqlx::query($crate::store::token::INSERT_TOKEN);
        $crate::store::token::bind_token!(query, $record).execute(&mut *$tx).await?;
    }};
}

pub(super) use {bind_token, insert_token};
