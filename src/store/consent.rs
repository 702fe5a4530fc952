//! Table `consent`: what a person allowed a client, remembered.

use sqlx::FromRow;

use crate::audit::{Act, Entry, Origin};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::audit::append_audit;
use crate::store::revocation::append_revocation;
use crate::store::{NewRevocation, Store, in_transaction, on_read};

/// A remembered consent.
#[derive(Clone, Debug, FromRow)]
pub struct Consent {
    /// Who agreed.
    pub sub: String,
    /// To which client.
    pub client_id: String,
    /// To what, separated by spaces.
    pub scope: String,
    /// What they were asked for and unticked, separated by spaces.
    pub declined: String,
    /// When, last.
    pub granted_at: Timestamp,
}

impl Store {
    /// What a person allowed a client so far.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn consent(&self, sub: &str, client_id: &str) -> Result<Option<Consent>, Error> {
        const SQL: &str = "SELECT sub, client_id, scope, declined, granted_at FROM consent
            WHERE sub = $1 AND client_id = $2";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(sub).bind(client_id).fetch_optional(db).await?))
    }

    /// Everything that a person allowed, by client.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn consents_of(&self, sub: &str) -> Result<Vec<Consent>, Error> {
        const SQL: &str = "SELECT sub, client_id, scope, declined, granted_at FROM consent
            WHERE sub = $1 ORDER BY client_id";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(sub).fetch_all(db).await?))
    }

    /// Remembers a consent in place of the one before.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn remember_consent(&self, consent: &Consent, by: impl Into<Origin>) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO consent (sub, client_id, scope, declined, granted_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (sub, client_id) DO UPDATE SET scope = excluded.scope,
                declined = excluded.declined, granted_at = excluded.granted_at";
        let entry = Entry::done(Act::ConsentGive, &by.into(), consent.granted_at)
            .subject(consent.sub.as_str())
            .client(consent.client_id.as_str())
            .because(consent.scope.as_str());
        self.prepare_audit_partition(entry.at).await?;
        in_transaction!(self, tx => {
            append_audit!(tx, &entry);
            sqlx::query(SQL)
                .bind(consent.sub.as_str())
                .bind(consent.client_id.as_str())
                .bind(consent.scope.as_str())
                .bind(consent.declined.as_str())
                .bind(consent.granted_at)
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Withdraws a consent and ends every grant that came of it, in one
    /// commit. `false` when there was none.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn withdraw_consent(
        &self,
        sub: &str,
        client_id: &str,
        now: Timestamp,
        by: impl Into<Origin>,
    ) -> Result<bool, Error> {
        const CONSENT: &str = "DELETE FROM consent WHERE sub = $1 AND client_id = $2";
        const GRANTS: &str = "UPDATE grant_family SET revoked_at = $3
            WHERE sub = $1 AND client_id = $2 AND revoked_at IS NULL RETURNING id";
        let by = by.into();
        let entry = Entry::done(Act::ConsentWithdraw, &by, now).subject(sub).client(client_id);
        self.prepare_audit_partition(now).await?;
        in_transaction!(self, tx => {
            let withdrawn = sqlx::query(CONSENT).bind(sub).bind(client_id).execute(&mut *tx).await?.rows_affected() == 1;
            let grants: Vec<uuid::Uuid> =
                sqlx::query_scalar(GRANTS).bind(sub).bind(client_id).bind(now).fetch_all(&mut *tx).await?;
            if withdrawn || !grants.is_empty() {
                append_audit!(tx, &entry);
            }
            for grant in grants {
                append_revocation!(tx, &NewRevocation::grant(grant, now).by(&by, "consent withdrawn"));
            }
            Ok(withdrawn)
        })
    }
}
