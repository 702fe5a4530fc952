//! Table `signing_key`. Every change moves the counter of the same name in
//! the same transaction: servers poll it, and its row lock puts servers that
//! start or rotate together in a line.

use jsonwebtoken::jwk::Jwk;
use sqlx::FromRow;
use sqlx::types::Json;
use zeroize::Zeroize as _;

use crate::audit::{Act, Entry, Origin};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::oauth::Algorithm;
use crate::store::audit::append_audit;
use crate::store::{Store, in_transaction, on_read, on_write};

/// A key as it lies in the store.
#[derive(Clone, Debug, FromRow)]
pub struct StoredKey {
    /// Its name.
    pub kid: String,
    /// The one algorithm that it is for.
    pub alg: String,
    /// PKCS #8, sealed or not; empty once it signs no more.
    pub private_key: PrivateKey,
    /// Whether `private_key` is sealed.
    pub sealed: bool,
    /// The public half, as published.
    pub public_jwk: Json<Jwk>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it begins to sign.
    pub activates_at: Timestamp,
    /// When it ends to sign.
    pub retired_at: Option<Timestamp>,
    /// When the last token that it signed has expired.
    pub expires_at: Option<Timestamp>,
}

/// Bytes that do not print and are wiped when dropped.
#[derive(Clone, sqlx::Type)]
#[sqlx(transparent)]
pub struct PrivateKey(Vec<u8>);

impl PrivateKey {
    /// Takes bytes into custody.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes themselves.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// Whether it was thrown away when its key ended to sign.
    pub fn is_forgotten(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// First in every transaction: who holds this row decides alone.
const CHANGED: &str = "UPDATE counter SET value = value + 1 WHERE name = 'signing_key'";

impl Store {
    /// Moves with every change of a key.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn signing_keys_version(&self) -> Result<i64, Error> {
        const SQL: &str = "SELECT value FROM counter WHERE name = 'signing_key'";
        Ok(on_read!(self, db => sqlx::query_scalar(SQL).fetch_one(db).await?))
    }

    /// Every key, the newest first.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn signing_keys(&self) -> Result<Vec<StoredKey>, Error> {
        const SQL: &str = "SELECT kid, alg, private_key, sealed, public_jwk, created_at, activates_at,
            retired_at, expires_at FROM signing_key ORDER BY activates_at DESC, kid";
        Ok(on_read!(self, db => sqlx::query_as(SQL).fetch_all(db).await?))
    }

    /// Adds a key, and retires the others of its algorithm when it begins to
    /// sign; `false` if there is one already that activates after
    /// `unless_after`. Of several servers that add together one succeeds.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn add_signing_key(
        &self,
        key: &StoredKey,
        unless_after: Timestamp,
        by: impl Into<Origin>,
        reason: &str,
    ) -> Result<bool, Error> {
        const ADD: &str = "INSERT INTO signing_key
            (kid, alg, private_key, sealed, public_jwk, created_at, activates_at)
            SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS
            (SELECT 1 FROM signing_key WHERE alg = $2 AND retired_at IS NULL AND activates_at > $8)";
        const RETIRE: &str = "UPDATE signing_key SET retired_at = $3
            WHERE alg = $1 AND kid <> $2 AND (retired_at IS NULL OR retired_at > $3)";
        let entry = Entry::done(Act::KeyCreate, &by.into(), key.created_at).object(&key.kid).because(reason);
        self.prepare_audit_partition(entry.at).await?;
        in_transaction!(self, tx => {
            sqlx::query(CHANGED).execute(&mut *tx).await?;
            let added = sqlx::query(ADD)
                .bind(&key.kid)
                .bind(&key.alg)
                .bind(&key.private_key)
                .bind(key.sealed)
                .bind(&key.public_jwk)
                .bind(key.created_at)
                .bind(key.activates_at)
                .bind(unless_after)
                .execute(&mut *tx)
                .await?
                .rows_affected()
                == 1;
            if added {
                append_audit!(tx, &entry);
                sqlx::query(RETIRE)
                    .bind(&key.alg)
                    .bind(&key.kid)
                    .bind(key.activates_at)
                    .execute(&mut *tx)
                    .await?;
            }
            Ok(added)
        })
    }

    /// Replaces a private key by its sealed form, unless another server was
    /// faster.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn seal_signing_key(
        &self,
        kid: &str,
        before: &PrivateKey,
        sealed: &PrivateKey,
    ) -> Result<(), Error> {
        const SQL: &str =
            "UPDATE signing_key SET private_key = $3, sealed = $4 WHERE kid = $1 AND private_key = $2";
        on_write!(self, db => {
            sqlx::query(SQL).bind(kid).bind(before).bind(sealed).bind(true).execute(db).await?;
        });
        Ok(())
    }

    /// Forgets the private half of keys that sign no more, and sets when
    /// their public half goes; deletes those whose time has come.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn clear_signing_keys(&self, longest_token_ms: i64, now: Timestamp) -> Result<(), Error> {
        const FORGET: &str = "UPDATE signing_key
            SET expires_at = retired_at + $1, private_key = $2, sealed = $3
            WHERE retired_at <= $4 AND expires_at IS NULL RETURNING kid";
        const DELETE: &str = "DELETE FROM signing_key WHERE expires_at <= $1 RETURNING kid";
        self.prepare_audit_partition(now).await?;
        in_transaction!(self, tx => {
            sqlx::query(CHANGED).execute(&mut *tx).await?;
            let retired: Vec<String> = sqlx::query_scalar(FORGET)
                .bind(longest_token_ms)
                .bind(PrivateKey::new(Vec::new()))
                .bind(false)
                .bind(now)
                .fetch_all(&mut *tx)
                .await?;
            let deleted: Vec<String> = sqlx::query_scalar(DELETE).bind(now).fetch_all(&mut *tx).await?;
            for (act, kids) in [(Act::KeyRetire, retired), (Act::KeyDelete, deleted)] {
                for kid in kids {
                    append_audit!(tx, &Entry::done(act, &Origin::server(), now).object(kid));
                }
            }
            Ok(())
        })
    }
}

impl StoredKey {
    /// Its algorithm.
    ///
    /// # Errors
    /// `server_error` when a newer version wrote one that we do not know.
    pub fn algorithm(&self) -> Result<Algorithm, Error> {
        self.alg.parse().map_err(|unknown: String| Error::server_error(unknown))
    }
}
