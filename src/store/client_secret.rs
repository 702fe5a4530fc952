//! Client secrets. Two may live at once while one replaces the other.

use uuid::Uuid;

use crate::audit::{Act, Entry, Origin};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::audit::append_audit;
use crate::store::{Store, in_transaction, on_read};

/// What the store keeps of a client's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret {
    pub id: Uuid,
    pub client_id: String,
    pub hash: SecretHash,
    pub created_at: Timestamp,
    /// When it ends; `None` while it is the current one.
    pub expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("ClientSecret");
        shown.field("id", &self.id).field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// The hash fits the secret: 256 random bits cannot be guessed, so a slow
/// hash there would only burn time; what a person chose needs one.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretHash {
    /// SHA-256 of a secret that we generated.
    Sha256(Vec<u8>),
    /// The Argon2id PHC string of a chosen one.
    Argon2(String),
}

impl SecretHash {
    /// The value of the column `digest`.
    pub(crate) fn digest(&self) -> Option<&[u8]> {
        match self {
            Self::Sha256(digest) => Some(digest),
            Self::Argon2(_) => None,
        }
    }

    /// The value of the column `phc`.
    pub(crate) fn phc(&self) -> Option<&str> {
        match self {
            Self::Sha256(_) => None,
            Self::Argon2(phc) => Some(phc),
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    client_id: String,
    digest: Option<Vec<u8>>,
    phc: Option<String>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl TryFrom<Row> for ClientSecret {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let hash = match (row.digest, row.phc) {
            (Some(digest), None) => SecretHash::Sha256(digest),
            (None, Some(phc)) => SecretHash::Argon2(phc),
            _ => return Err(Error::server_error("a row of client_secret has not exactly one hash")),
        };
        Ok(Self {
            id: row.id,
            client_id: row.client_id,
            hash,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

pub(super) const INSERT: &str = "INSERT INTO client_secret \
    (id, client_id, digest, phc, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";

/// Inserts a secret inside an open transaction of either engine.
macro_rules! insert {
    ($tx:ident, $secret:expr) => {
        sqlx::query($crate::store::client_secret::INSERT)
            .bind($secret.id)
            .bind(&$secret.client_id)
            .bind($secret.hash.digest())
            .bind($secret.hash.phc())
            .bind($secret.created_at)
            .bind($secret.expires_at)
            .execute(&mut *$tx)
            .await?
    };
}

pub(super) use insert;

impl Store {
    /// The secrets of a client that count now, the newest first.
    ///
    /// # Errors
    /// As the store.
    pub async fn client_secrets(&self, client_id: &str, now: Timestamp) -> Result<Vec<ClientSecret>, Error> {
        const SQL: &str = "SELECT id, client_id, digest, phc, created_at, expires_at FROM client_secret \
            WHERE client_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY id DESC";
        let rows: Vec<Row> =
            on_read!(self, db => sqlx::query_as(SQL).bind(client_id).bind(now).fetch_all(db).await?);
        rows.into_iter().map(ClientSecret::try_from).collect()
    }

    /// Gives a client a new secret. The others end at `others_end`, those that
    /// end sooner keep to it; those that have ended are forgotten.
    ///
    /// # Errors
    /// As the store.
    pub async fn rotate_client_secret(
        &self,
        secret: &ClientSecret,
        others_end: Timestamp,
        by: impl Into<Origin>,
    ) -> Result<(), Error> {
        const END: &str = "UPDATE client_secret SET expires_at = $2 \
            WHERE client_id = $1 AND (expires_at IS NULL OR expires_at > $2)";
        const FORGET: &str = "DELETE FROM client_secret WHERE client_id = $1 AND expires_at <= $2";
        let entry = Entry::done(Act::ClientSecret, &by.into(), secret.created_at).client(&secret.client_id);
        self.prepare_audit_partition(entry.at).await?;
        in_transaction!(self, tx => {
            append_audit!(tx, &entry);
            sqlx::query(END).bind(&secret.client_id).bind(others_end).execute(&mut *tx).await?;
            sqlx::query(FORGET).bind(&secret.client_id).bind(secret.created_at).execute(&mut *tx).await?;
            insert!(tx, secret);
        });
        Ok(())
    }
}
