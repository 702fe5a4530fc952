//! Letting a person in and shutting them out.

use super::PasswordHash;
use crate::audit::{Act, Entry, Origin};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::audit::append_audit;
use crate::store::logout_notice::QUEUE_OF_USER;
use crate::store::revocation::append_revocation;
use crate::store::{NewRevocation, RevocationKind, Store, in_transaction, on_write};

const END_SESSIONS: &str = "UPDATE session SET revoked_at = $2 WHERE sub = $1 AND revoked_at IS NULL";

/// Ends what a person has open, and tells of it, inside a transaction.
macro_rules! shut_out {
    ($tx:expr, $sub:expr, $now:expr, $entry:expr, $revocation:expr) => {{
        append_audit!($tx, $entry);
        sqlx::query(QUEUE_OF_USER).bind($sub).bind($now).execute(&mut *$tx).await?;
        sqlx::query(END_SESSIONS).bind($sub).bind($now).execute(&mut *$tx).await?;
        append_revocation!($tx, $revocation);
    }};
}

/// What is written down when a person is shut out: in the trail, and in the
/// log of revocations.
fn records(
    sub: &str,
    now: Timestamp,
    by: impl Into<Origin>,
    act: Act,
    reason: &str,
) -> (Entry, NewRevocation) {
    let by = by.into();
    let entry = Entry::done(act, &by, now).subject(sub);
    let revocation = match act {
        // Whoever has a new password logs in with it at once.
        Act::UserPassword => NewRevocation::new(RevocationKind::User, sub, now),
        _ => NewRevocation::shutting_out(RevocationKind::User, sub, now),
    };
    (entry, revocation.by(by, reason))
}

impl Store {
    /// Enables an account. `false` when there is none.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn enable_user(&self, sub: &str, now: Timestamp, by: impl Into<Origin>) -> Result<bool, Error> {
        const SQL: &str = "UPDATE user_account SET enabled = $2, updated_at = $3 WHERE sub = $1";
        let entry = Entry::done(Act::UserEnable, &by.into(), now).subject(sub);
        self.outlast_mark(RevocationKind::User, sub, now).await?;
        self.prepare_audit_partition(now).await?;
        in_transaction!(self, tx => {
            let changed = sqlx::query(SQL).bind(sub).bind(true).bind(now).execute(&mut *tx).await?;
            let done = changed.rows_affected() == 1;
            if done {
                append_audit!(tx, &entry);
            }
            Ok(done)
        })
    }

    /// Disables an account and takes back its sessions and tokens, in one
    /// commit. `false` when there is none.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn disable_user(
        &self,
        sub: &str,
        now: Timestamp,
        by: impl Into<Origin>,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE user_account SET enabled = $2, updated_at = $3 WHERE sub = $1";
        let (entry, revocation) = records(sub, now, by, Act::UserDisable, "user disabled");
        self.prepare_audit_partition(now).await?;
        in_transaction!(self, tx => {
            let changed = sqlx::query(SQL).bind(sub).bind(false).bind(now).execute(&mut *tx).await?;
            let done = changed.rows_affected() == 1;
            if done {
                shut_out!(tx, sub, now, &entry, &revocation);
            }
            Ok(done)
        })
    }

    /// Sets a password and takes back what the old one opened, in one commit.
    /// `false` when there is no such account.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn set_password(
        &self,
        sub: &str,
        password: &PasswordHash,
        now: Timestamp,
        by: impl Into<Origin>,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE user_account SET password = $2, updated_at = $3 WHERE sub = $1";
        let (entry, revocation) = records(sub, now, by, Act::UserPassword, "password changed");
        self.prepare_audit_partition(now).await?;
        in_transaction!(self, tx => {
            let changed = sqlx::query(SQL).bind(sub).bind(password).bind(now).execute(&mut *tx).await?;
            let done = changed.rows_affected() == 1;
            if done {
                shut_out!(tx, sub, now, &entry, &revocation);
            }
            Ok(done)
        })
    }

    /// Puts another hash of the same password in place of the old one, unless
    /// the password changed meanwhile.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn replace_password_hash(
        &self,
        sub: &str,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), Error> {
        const SQL: &str = "UPDATE user_account SET password = $3 WHERE sub = $1 AND password = $2";
        on_write!(self, db => {
            sqlx::query(SQL).bind(sub).bind(old).bind(new).execute(db).await?;
        });
        Ok(())
    }

    /// Deletes an account with its sessions and consents, and takes back its
    /// tokens, in one commit. `false` when there is none.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn delete_user(&self, sub: &str, now: Timestamp, by: impl Into<Origin>) -> Result<bool, Error> {
        const ACCOUNT: &str = "DELETE FROM user_account WHERE sub = $1";
        const CONSENTS: &str = "DELETE FROM consent WHERE sub = $1";
        let (entry, revocation) = records(sub, now, by, Act::UserDelete, "user deleted");
        self.prepare_audit_partition(now).await?;
        in_transaction!(self, tx => {
            let done = sqlx::query(ACCOUNT).bind(sub).execute(&mut *tx).await?.rows_affected() == 1;
            if done {
                sqlx::query(CONSENTS).bind(sub).execute(&mut *tx).await?;
                shut_out!(tx, sub, now, &entry, &revocation);
            }
            Ok(done)
        })
    }
}
