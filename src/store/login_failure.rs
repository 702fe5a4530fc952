//! Table `login_failure`: wrong passwords, one count per account name over
//! every way of guessing. Names that do not exist are counted alike.

use sqlx::FromRow;

use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::audit::append_audit;
use crate::store::{Store, in_transaction, on_read, on_write};

/// What is known of the wrong passwords for a name.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct LoginFailures {
    /// How many within the window.
    pub failures: i64,
    /// When the window began.
    pub window_start: Timestamp,
    /// The last of them.
    pub last_failure: Timestamp,
}

impl LoginFailures {
    /// Under what the wrong passwords for an account are counted.
    /// The look-up of a code puts both names together in SQL as well.
    pub fn key(sub: &str) -> String {
        format!("sub {sub}")
    }

    /// The same for those that came from where its owner logged in before.
    pub fn key_from(sub: &str, address: &str) -> String {
        format!("sub {sub} from {address}")
    }
}

/// What is written down when an account begins to pause.
#[derive(Clone, Debug)]
pub struct LoginLock {
    /// How many wrong passwords it takes.
    pub limit: i64,
    /// The line.
    pub entry: Entry,
}

impl Store {
    /// The failures of a name in the window that began after `window_start`.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn login_failures(
        &self,
        account_key: &str,
        window_start: Timestamp,
    ) -> Result<Option<LoginFailures>, Error> {
        const SQL: &str = "SELECT failures, window_start, last_failure FROM login_failure
            WHERE account_key = $1 AND window_start > $2";
        Ok(on_read!(self, db => sqlx::query_as(SQL)
            .bind(account_key)
            .bind(window_start)
            .fetch_optional(db)
            .await?))
    }

    /// Counts a wrong password and returns what the count is now. One
    /// statement, so that failures at the same time all count. A window that
    /// is over begins anew. The one
    /// that reaches the limit of `lock` writes its line in the same commit.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn count_login_failure(
        &self,
        account_key: &str,
        window_start: Timestamp,
        now: Timestamp,
        lock: &LoginLock,
    ) -> Result<LoginFailures, Error> {
        const SQL: &str = "INSERT INTO login_failure (account_key, failures, window_start, last_failure)
            VALUES ($1, 1, $3, $3)
            ON CONFLICT (account_key) DO UPDATE SET
                failures = CASE WHEN login_failure.window_start > $2 THEN login_failure.failures + 1 ELSE 1 END,
                window_start = CASE WHEN login_failure.window_start > $2
                    THEN login_failure.window_start ELSE $3 END,
                last_failure = $3
            RETURNING failures, window_start, last_failure";
        self.prepare_audit_partition(now).await?;
        in_transaction!(self, tx => {
            let counted: LoginFailures = sqlx::query_as(SQL)
                .bind(account_key)
                .bind(window_start)
                .bind(now)
                .fetch_one(&mut *tx)
                .await?;
            if counted.failures == lock.limit {
                append_audit!(tx, &lock.entry);
            }
            Ok(counted)
        })
    }

    /// Forgets the failures of a name: the right password came.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn forget_login_failures(&self, account_key: &str) -> Result<(), Error> {
        const SQL: &str = "DELETE FROM login_failure WHERE account_key = $1";
        on_write!(self, db => {
            sqlx::query(SQL).bind(account_key).execute(db).await?;
        });
        Ok(())
    }

    /// Deletes up to `limit` counts whose window is over.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_login_failures(&self, window_start: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM login_failure WHERE account_key IN
            (SELECT account_key FROM login_failure WHERE window_start < $1 LIMIT $2)";
        Ok(
            on_write!(self, db => sqlx::query(SQL).bind(window_start).bind(limit).execute(db).await?.rows_affected()),
        )
    }
}
