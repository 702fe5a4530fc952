//! Table `logout_notice`: clients to be told that a session has ended (OpenID
//! Connect Back-Channel Logout 1.0), and what became of it. Rows are written in
//! the transaction that ends the session, whoever ends it.

use sqlx::FromRow;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{Store, on_read, on_write};

/// One client to tell about one session.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct LogoutNotice {
    /// `sid`.
    pub session_id: Uuid,
    /// Whom to tell.
    pub client_id: String,
    /// Who was logged in.
    pub sub: String,
    /// When the session ended.
    pub ended_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next; none when it is settled.
    pub due_at: Option<Timestamp>,
    /// What the last attempt came to.
    pub outcome: Option<String>,
}

/// Queues the notices of one session that is about to be ended. The text of
/// the metadata only spares rows: the address itself is read when it is used.
pub(super) const QUEUE_OF_SESSION: &str =
    "INSERT INTO logout_notice (session_id, client_id, sub, ended_at, attempts, due_at)
    SELECT g.session_id, g.client_id, s.sub, CAST($2 AS BIGINT), 0, CAST($2 AS BIGINT)
    FROM session s
    JOIN grant_family g ON g.sub = s.sub AND g.session_id = s.id
    JOIN client c ON c.client_id = g.client_id
    WHERE s.id = $1 AND s.revoked_at IS NULL
        AND CAST(c.metadata AS TEXT) LIKE '%\"backchannel_logout_uri\"%'
    GROUP BY g.session_id, g.client_id, s.sub
    ON CONFLICT (session_id, client_id) DO NOTHING";

/// As [`QUEUE_OF_SESSION`], for every session of a person.
pub(super) const QUEUE_OF_USER: &str =
    "INSERT INTO logout_notice (session_id, client_id, sub, ended_at, attempts, due_at)
    SELECT g.session_id, g.client_id, s.sub, CAST($2 AS BIGINT), 0, CAST($2 AS BIGINT)
    FROM session s
    JOIN grant_family g ON g.sub = s.sub AND g.session_id = s.id
    JOIN client c ON c.client_id = g.client_id
    WHERE s.sub = $1 AND s.revoked_at IS NULL
        AND CAST(c.metadata AS TEXT) LIKE '%\"backchannel_logout_uri\"%'
    GROUP BY g.session_id, g.client_id, s.sub
    ON CONFLICT (session_id, client_id) DO NOTHING";

impl Store {
    /// Takes up to `limit` notices that are due; nobody else gets them before
    /// `until`. Of two servers that ask at once, one gets a notice.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn claim_logout_notices(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<LogoutNotice>, Error> {
        const SQL: &str = "UPDATE logout_notice SET attempts = attempts + 1, due_at = $2
            WHERE due_at <= $1 AND (session_id, client_id) IN
                (SELECT session_id, client_id FROM logout_notice WHERE due_at <= $1 ORDER BY due_at LIMIT $3)
            RETURNING session_id, client_id, sub, ended_at, attempts, due_at, outcome";
        Ok(on_write!(self, db => sqlx::query_as(SQL).bind(now).bind(until).bind(limit).fetch_all(db).await?))
    }

    /// Records what an attempt came to. Without `due_at` it was the last one.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn note_logout_outcome(
        &self,
        notice: &LogoutNotice,
        outcome: &str,
        due_at: Option<Timestamp>,
    ) -> Result<(), Error> {
        const SQL: &str = "UPDATE logout_notice SET outcome = $3, due_at = $4
            WHERE session_id = $1 AND client_id = $2";
        on_write!(self, db => {
            sqlx::query(SQL)
                .bind(notice.session_id)
                .bind(notice.client_id.as_str())
                .bind(outcome)
                .bind(due_at)
                .execute(db)
                .await?;
        });
        Ok(())
    }

    /// The notices about one session.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn logout_notices(&self, session_id: Uuid) -> Result<Vec<LogoutNotice>, Error> {
        const SQL: &str = "SELECT session_id, client_id, sub, ended_at, attempts, due_at, outcome
            FROM logout_notice WHERE session_id = $1 ORDER BY client_id";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(session_id).fetch_all(db).await?))
    }

    /// Deletes up to `limit` notices about sessions that ended before an
    /// instant and that are settled.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_logout_notices(&self, ended_before: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM logout_notice WHERE (session_id, client_id) IN
            (SELECT session_id, client_id FROM logout_notice WHERE ended_at < $1 AND due_at IS NULL LIMIT $2)";
        Ok(
            on_write!(self, db => sqlx::query(SQL).bind(ended_before).bind(limit).execute(db).await?.rows_affected()),
        )
    }
}
