//! Table `revocation`: an append-only log of what was taken back. Caches,
//! status lists and the feed read it in order of `seq`, which has no gaps and
//! follows the order of commits.

use std::time::Duration;

use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use crate::audit::{Entry, Origin};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::audit::append_audit;
use crate::store::logout_notice::QUEUE_OF_SESSION;
use crate::store::revocation_kind::RevocationKind;
use crate::store::{Store, in_transaction, on_read, on_write};

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, Serialize)]
pub struct Revocation {
    /// Position in the log.
    pub seq: i64,
    /// What is reached.
    #[sqlx(try_from = "String")]
    pub kind: RevocationKind,
    /// Which one.
    pub subject: String,
    /// Tokens issued at this instant or before are dead.
    pub issued_before: Timestamp,
    /// When it was done.
    pub revoked_at: Timestamp,
    /// When the last token that it reaches has expired.
    pub expires_at: Timestamp,
    /// Who did it: a client, a person, or the command line.
    pub actor: String,
    /// Why, in a word or two.
    pub reason: String,
}

/// What to take back, before the log gives it a place.
#[derive(Clone, Debug)]
pub struct NewRevocation {
    /// What is reached.
    pub kind: RevocationKind,
    /// Which one.
    pub subject: String,
    /// Tokens issued at this instant or before are dead.
    pub issued_before: Timestamp,
    /// Now.
    pub revoked_at: Timestamp,
    /// When the last token that it reaches has expired.
    pub expires_at: Timestamp,
    /// Who does it.
    pub origin: Origin,
    /// Why, in a word or two.
    pub reason: String,
    /// The client that it concerns, for the audit trail.
    pub client_id: Option<String>,
    /// The person whom it concerns, for the audit trail.
    pub sub: Option<String>,
}

/// How long a server may not have heard that somebody was shut out, and go on
/// as before.
const HEARD_WITHIN: Duration = Duration::from_secs(1);

/// How long an entry that reaches many tokens is kept. Longer than any
/// lifetime that the configuration allows.
const KEPT: Duration = Duration::from_secs(400 * 86_400);

impl NewRevocation {
    /// Takes back everything that `kind` and `subject` name, as of `now`.
    pub fn new(kind: RevocationKind, subject: impl Into<String>, now: Timestamp) -> Self {
        Self {
            kind,
            subject: subject.into(),
            issued_before: now,
            revoked_at: now,
            expires_at: now + KEPT,
            origin: Origin::server(),
            reason: String::new(),
            client_id: None,
            sub: None,
        }
    }

    /// Shuts a client or a person out, as of `now`. What a server issues that
    /// has not heard of it is dead as well.
    pub fn shutting_out(kind: RevocationKind, subject: impl Into<String>, now: Timestamp) -> Self {
        let mut new = Self::new(kind, subject, now);
        new.issued_before = now + HEARD_WITHIN;
        new
    }

    /// Takes back one access token; the entry goes when the token has expired.
    pub fn token(jti: Uuid, exp: Timestamp, now: Timestamp) -> Self {
        let mut new = Self::new(RevocationKind::Token, jti.to_string(), now);
        new.expires_at = exp + Duration::from_secs(86_400);
        new
    }

    /// Takes back everything of one authorization.
    pub fn grant(id: Uuid, now: Timestamp) -> Self {
        Self::new(RevocationKind::Grant, id.to_string(), now)
    }

    /// Says who does it and why.
    pub fn by(mut self, origin: impl Into<Origin>, reason: impl Into<String>) -> Self {
        self.origin = origin.into();
        self.reason = reason.into();
        self
    }

    /// Says whose it is that is taken back: of a client, for a person.
    pub fn of(mut self, client_id: Option<&str>, sub: Option<&str>) -> Self {
        self.client_id = client_id.map(str::to_owned);
        self.sub = sub.map(str::to_owned);
        self
    }

    /// The line of the audit trail that is written with it.
    fn entry(&self) -> Entry {
        let entry = Entry {
            client_id: self.client_id.clone(),
            subject: self.sub.clone(),
            ..Entry::done(self.kind.act(), &self.origin, self.revoked_at).because(self.reason.as_str())
        };
        match self.kind {
            RevocationKind::Token | RevocationKind::Grant | RevocationKind::Session => {
                entry.object(&self.subject)
            }
            RevocationKind::User => entry.subject(self.subject.as_str()),
            RevocationKind::Client => entry.client(self.subject.as_str()),
            RevocationKind::All => entry,
        }
    }
}

/// Gives the entry its number. The row stays locked until the commit, so the
/// order of numbers is the order of commits: take it last.
pub(super) const NEXT: &str =
    "UPDATE counter SET value = value + 1 WHERE name = 'revocation' RETURNING value";

pub(super) const APPEND: &str = "INSERT INTO revocation
    (seq, kind, subject, issued_before, revoked_at, expires_at, actor, reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Appends inside the transaction of the act that the entry belongs to.
macro_rules! append_revocation {
    ($tx:expr, $new:expr) => {{
        let new: &$crate::store::NewRevocation = $new;
        let seq: i64 = sqlx::query_scalar($crate::store::revocation::NEXT).fetch_one(&mut *$tx).await?;
        sqlx::query($crate::store::revocation::APPEND)
            .bind(seq)
            .bind(new.kind.as_str())
            .bind(new.subject.as_str())
            .bind(new.issued_before)
            .bind(new.revoked_at)
            .bind(new.expires_at)
            .bind(new.origin.actor.as_str())
            .bind(new.reason.as_str())
            .execute(&mut *$tx)
            .await?;
    }};
}

pub(super) use append_revocation;

impl Store {
    /// Takes back, once: `false` when the same was taken back before.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach: nothing was
    /// taken back, and the caller must say so (RFC 7009 §2.2.1).
    pub async fn revoke(&self, new: &NewRevocation) -> Result<bool, Error> {
        const GRANT: &str = "UPDATE grant_family SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        const SESSION: &str = "UPDATE session SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        const SESSION_GRANTS: &str = "UPDATE grant_family SET revoked_at = $2
            WHERE sub = (SELECT sub FROM session WHERE id = $1) AND session_id = $1
                AND NOT offline AND revoked_at IS NULL";
        const KNOWN: &str = "SELECT seq FROM revocation
            WHERE subject = $1 AND kind = $2 AND issued_before >= $3 LIMIT 1";
        let entry = new.entry();
        self.prepare_audit_partition(entry.at).await?;
        in_transaction!(self, tx => {
            let fresh = match (new.kind, Uuid::parse_str(&new.subject)) {
                (RevocationKind::Grant, Ok(id)) => {
                    sqlx::query(GRANT).bind(id).bind(new.revoked_at).execute(&mut *tx).await?.rows_affected() == 1
                }
                (RevocationKind::Session, Ok(id)) => {
                    sqlx::query(QUEUE_OF_SESSION).bind(id).bind(new.revoked_at).execute(&mut *tx).await?;
                    sqlx::query(SESSION_GRANTS).bind(id).bind(new.revoked_at).execute(&mut *tx).await?;
                    sqlx::query(SESSION).bind(id).bind(new.revoked_at).execute(&mut *tx).await?.rows_affected() == 1
                }
                (RevocationKind::Token, Ok(_)) => {
                    let known: Option<i64> = sqlx::query_scalar(KNOWN)
                        .bind(new.subject.as_str())
                        .bind(new.kind.as_str())
                        .bind(Timestamp(0))
                        .fetch_optional(&mut *tx)
                        .await?;
                    known.is_none()
                }
                _ => true,
            };
            if fresh {
                append_audit!(tx, &entry);
                append_revocation!(tx, new);
            }
            Ok(fresh)
        })
    }

    /// Waits until somebody who was shut out a moment ago can be let in again:
    /// until then what they get would be dead.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub(super) async fn outlast_mark(
        &self,
        kind: RevocationKind,
        subject: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        const SQL: &str = "SELECT MAX(issued_before) FROM revocation
            WHERE subject = $1 AND kind = $2 AND revoked_at > $3";
        let mark: Option<Timestamp> = on_read!(self, db => sqlx::query_scalar(SQL)
            .bind(subject)
            .bind(kind.as_str())
            .bind(now - HEARD_WITHIN)
            .fetch_one(db)
            .await?);
        if let Some(mark) = mark.filter(|mark| *mark >= now) {
            let just_after = mark.since(now) + Duration::from_millis(1);
            tokio::time::sleep(just_after.min(HEARD_WITHIN)).await;
        }
        Ok(())
    }

    /// Entries after a position, in order, at most `limit`.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn revocations_after(&self, seq: i64, limit: i64) -> Result<Vec<Revocation>, Error> {
        const SQL: &str = "SELECT seq, kind, subject, issued_before, revoked_at, expires_at, actor, reason
            FROM revocation WHERE seq > $1 ORDER BY seq LIMIT $2";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(seq).bind(limit).fetch_all(db).await?))
    }

    /// Entries about one subject, oldest first: why was this refused?
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn revocations_of(&self, subject: &str) -> Result<Vec<Revocation>, Error> {
        const SQL: &str = "SELECT seq, kind, subject, issued_before, revoked_at, expires_at, actor, reason
            FROM revocation WHERE subject = $1 ORDER BY seq";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(subject).fetch_all(db).await?))
    }

    /// Deletes up to `limit` entries that reach no living token any more.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_revocations(&self, now: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM revocation WHERE seq IN
            (SELECT seq FROM revocation WHERE expires_at < $1 LIMIT $2)";
        Ok(on_write!(self, db => sqlx::query(SQL).bind(now).bind(limit).execute(db).await?.rows_affected()))
    }
}
