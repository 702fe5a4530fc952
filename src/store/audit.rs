//! Table `audit`: who did what. Appended, and dropped by the month.

use sqlx::FromRow;
use uuid::Uuid;

use crate::audit::{Entry, Outcome};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{Store, in_transaction, on_read, on_write};

/// A place in the trail: what comes after it is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, FromRow)]
pub struct AuditCursor {
    /// The instant of the last entry.
    pub at: Timestamp,
    /// Its id; entries of one instant have no order but this.
    pub id: Uuid,
}

impl AuditCursor {
    /// After everything.
    pub const END: Self = Self { at: Timestamp(i64::MAX), id: Uuid::max() };

    /// Before everything of this instant and later.
    pub fn from(at: Timestamp) -> Self {
        Self { at, id: Uuid::nil() }
    }
}

/// Which entries to read.
#[derive(Clone, Debug)]
pub struct AuditFilter {
    /// Only those from this instant on.
    pub since: Timestamp,
    /// Only those before this instant.
    pub until: Timestamp,
    /// Only those that concern this person.
    pub subject: Option<String>,
    /// Only those that concern this client.
    pub client_id: Option<String>,
    /// Only this act, or those whose names begin with it and a dot.
    pub act: Option<String>,
    /// Only what this one did.
    pub actor: Option<String>,
    /// Only those about this token, grant, session or key.
    pub object: Option<String>,
    /// Only those of this request.
    pub request_id: Option<Uuid>,
    /// Only done or only refused.
    pub outcome: Option<Outcome>,
}

impl Default for AuditFilter {
    fn default() -> Self {
        Self {
            since: Timestamp(0),
            until: Timestamp(i64::MAX),
            subject: None,
            client_id: None,
            act: None,
            actor: None,
            object: None,
            request_id: None,
            outcome: None,
        }
    }
}

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    entry: Entry,
    id: Uuid,
}

pub(super) const INSERT_AUDIT: &str = "INSERT INTO audit
    (at, act, outcome, actor, subject, client_id, object, reason, address, request_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// Writes an entry inside the transaction of the act that it tells of.
macro_rules! append_audit {
    ($tx:expr, $entry:expr) => {{
        let entry: &$crate::audit::Entry = $entry;
        sqlx::query($crate::store::audit::INSERT_AUDIT)
            .bind(entry.at)
            .bind(entry.act.as_str())
            .bind(entry.outcome.as_str())
            .bind(entry.actor.as_str())
            .bind(entry.subject.as_deref())
            .bind(entry.client_id.as_deref())
            .bind(entry.object.as_deref())
            .bind(entry.reason.as_deref())
            .bind(entry.address.as_deref())
            .bind(entry.request_id)
            .execute(&mut *$tx)
            .await?;
    }};
}

pub(super) use append_audit;

/// Binds a filter to `$1` to `$9`.
macro_rules! bind_filter {
    ($query:expr, $filter:expr) => {
        $query
            .bind($filter.since)
            .bind($filter.until)
            .bind($filter.subject.as_deref())
            .bind($filter.client_id.as_deref())
            .bind($filter.act.as_deref())
            .bind($filter.actor.as_deref())
            .bind($filter.object.as_deref())
            .bind($filter.request_id)
            .bind($filter.outcome.map(Outcome::as_str))
    };
}

impl Store {
    /// Writes entries that belong to no other write, in one commit.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn append_audit(&self, entries: &[Entry]) -> Result<(), Error> {
        for entry in entries {
            self.prepare_audit_partition(entry.at).await?;
        }
        in_transaction!(self, tx => {
            for entry in entries {
                append_audit!(tx, entry);
            }
        });
        Ok(())
    }

    /// Entries after a place, oldest first, at most `limit`.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn audit_after(
        &self,
        cursor: AuditCursor,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<(AuditCursor, Entry)>, Error> {
        const SQL: &str = "SELECT at, id, act, outcome, actor, subject, client_id, object, reason, address,
            request_id FROM audit
            WHERE at >= $1 AND at < $2 AND ($3 IS NULL OR subject = $3) AND ($4 IS NULL OR client_id = $4)
                AND ($5 IS NULL OR act = $5 OR act LIKE $5 || '.%') AND ($6 IS NULL OR actor = $6)
                AND ($7 IS NULL OR object = $7) AND ($8 IS NULL OR request_id = $8)
                AND ($9 IS NULL OR outcome = $9)
                AND (at, id) > ($10, $11)
            ORDER BY at, id LIMIT $12";
        let rows: Vec<Row> = on_read!(self, db => bind_filter!(sqlx::query_as(SQL), filter)
            .bind(cursor.at)
            .bind(cursor.id)
            .bind(limit)
            .fetch_all(db)
            .await?);
        Ok(rows.into_iter().map(Row::placed).collect())
    }

    /// The last entries, newest first, at most `limit`.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn audit_latest(
        &self,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<(AuditCursor, Entry)>, Error> {
        self.audit_before(AuditCursor::END, filter, limit).await
    }

    /// Entries before a place, newest first, at most `limit`.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn audit_before(
        &self,
        cursor: AuditCursor,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<(AuditCursor, Entry)>, Error> {
        const SQL: &str = "SELECT at, id, act, outcome, actor, subject, client_id, object, reason, address,
            request_id FROM audit
            WHERE at >= $1 AND at < $2 AND ($3 IS NULL OR subject = $3) AND ($4 IS NULL OR client_id = $4)
                AND ($5 IS NULL OR act = $5 OR act LIKE $5 || '.%') AND ($6 IS NULL OR actor = $6)
                AND ($7 IS NULL OR object = $7) AND ($8 IS NULL OR request_id = $8)
                AND ($9 IS NULL OR outcome = $9)
                AND (at, id) < ($10, $11)
            ORDER BY at DESC, id DESC LIMIT $12";
        let rows: Vec<Row> = on_read!(self, db => bind_filter!(sqlx::query_as(SQL), filter)
            .bind(cursor.at)
            .bind(cursor.id)
            .bind(limit)
            .fetch_all(db)
            .await?);
        Ok(rows.into_iter().map(Row::placed).collect())
    }

    /// Deletes up to `limit` entries from before an instant; on Postgres whole
    /// months go instead.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_audit(&self, before: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM audit WHERE (at, id) IN
            (SELECT at, id FROM audit WHERE at < $1 LIMIT $2)";
        Ok(
            on_write!(self, db => sqlx::query(SQL).bind(before).bind(limit).execute(db).await?.rows_affected()),
        )
    }
}

impl Row {
    fn placed(self) -> (AuditCursor, Entry) {
        (AuditCursor { at: self.entry.at, id: self.id }, self.entry)
    }
}
