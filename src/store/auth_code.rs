//! Table `auth_code`: authorization codes, single use, stored as digests.

use sqlx::FromRow;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::secret::Digest;
use crate::store::grant_family::insert_grant;
use crate::store::token::{bind_token, insert_token};
use crate::store::{GrantFamily, Store, TokenRecord, in_transaction, on_read, on_write, retried};

/// An authorization code as the store knows it (RFC 6749 §4.1.2).
#[derive(Clone, Debug, FromRow)]
pub struct AuthCode {
    /// SHA-256 of the code.
    pub digest: Vec<u8>,
    /// What it stands for.
    pub grant_id: Uuid,
    /// Who may redeem it.
    #[sqlx(rename = "code_client_id")]
    pub client_id: String,
    /// The `redirect_uri` parameter of the authorization request, if it was sent.
    pub redirect_uri: Option<String>,
    /// S256 challenge (RFC 7636 §4.2).
    pub code_challenge: Option<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// Wrong verifiers so far.
    pub failed_attempts: i64,
    /// When it was issued.
    #[sqlx(rename = "code_created_at")]
    pub created_at: Timestamp,
    /// When it ends.
    #[sqlx(rename = "code_expires_at")]
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub consumed_at: Option<Timestamp>,
}

/// A row of both tables.
#[derive(FromRow)]
struct Issued {
    #[sqlx(flatten)]
    code: AuthCode,
    #[sqlx(flatten)]
    grant: GrantFamily,
}

impl Store {
    /// Writes a code together with the grant that it stands for.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn create_code(&self, grant: &GrantFamily, code: &AuthCode) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO auth_code (digest, grant_id, client_id, redirect_uri,
            code_challenge, nonce, failed_attempts, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        in_transaction!(self, tx => {
            insert_grant!(tx, grant);
            sqlx::query(SQL)
                .bind(code.digest.as_slice())
                .bind(code.grant_id)
                .bind(code.client_id.as_str())
                .bind(code.redirect_uri.as_deref())
                .bind(code.code_challenge.as_deref())
                .bind(code.nonce.as_deref())
                .bind(code.failed_attempts)
                .bind(code.created_at)
                .bind(code.expires_at)
                .execute(&mut *tx)
                .await?;
            Ok(())
        })
    }

    /// A code, spent or not, and the grant that it stands for.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn code(&self, digest: &Digest) -> Result<Option<(AuthCode, GrantFamily)>, Error> {
        const SQL: &str = "SELECT digest, grant_id, code.client_id AS code_client_id, redirect_uri,
            code_challenge, nonce, failed_attempts, code.created_at AS code_created_at,
            code.expires_at AS code_expires_at, consumed_at, id, family.client_id, sub, session_id, scope,
            audience, claims, auth_time, amr, acr, offline, salt, generation, rotated_at, family.created_at,
            family.expires_at, revoked_at
            FROM auth_code code JOIN grant_family family ON family.id = grant_id WHERE digest = $1";
        let issued: Option<Issued> =
            on_read!(self, db => sqlx::query_as(SQL).bind(digest.as_slice()).fetch_optional(db).await?);
        Ok(issued.map(|Issued { code, grant }| (code, grant)))
    }

    /// Spends a code and writes the token that it buys. `false` when it was
    /// spent before or its grant was taken back: of racing redemptions exactly
    /// one wins, and the losers write nothing.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach: the code is
    /// as good as before.
    pub async fn redeem_code(
        &self,
        digest: &Digest,
        now: Timestamp,
        record: &TokenRecord,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE auth_code SET consumed_at = $2
            WHERE digest = $1 AND consumed_at IS NULL AND EXISTS
            (SELECT 1 FROM grant_family WHERE id = grant_id AND revoked_at IS NULL)";
        const POSTGRES_SQL: &str = "WITH spent AS (UPDATE auth_code SET consumed_at = $10
            WHERE digest = $9 AND consumed_at IS NULL AND EXISTS
            (SELECT 1 FROM grant_family WHERE id = grant_id AND revoked_at IS NULL) RETURNING 1)
            INSERT INTO token (jti, exp, status_index, client_id, sub, grant_id, session_id, scope)
            SELECT $1::uuid, $2::bigint, $3::integer, $4::text, $5::text, $6::uuid, $7::uuid, $8::text FROM spent";
        self.prepare_token_partition(record.exp).await?;
        if let Self::Postgres { pool, .. } = self {
            return retried!({
                let query = bind_token!(sqlx::query(POSTGRES_SQL), record).bind(digest.as_slice()).bind(now);
                Ok(query.execute(pool).await?.rows_affected() == 1)
            });
        }
        in_transaction!(self, tx => {
            let spent = sqlx::query(SQL).bind(digest.as_slice()).bind(now).execute(&mut *tx).await?;
            let won = spent.rows_affected() == 1;
            if won {
                insert_token!(tx, record);
            }
            Ok(won)
        })
    }

    /// Counts a wrong verifier and returns how many there were.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn count_failed_code(&self, digest: &Digest) -> Result<i64, Error> {
        const SQL: &str = "UPDATE auth_code SET failed_attempts = failed_attempts + 1
            WHERE digest = $1 RETURNING failed_attempts";
        Ok(on_write!(self, db => sqlx::query_scalar(SQL)
            .bind(digest.as_slice())
            .fetch_one(db)
            .await?))
    }

    /// Deletes up to `limit` codes that ended before an instant.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_codes(&self, ended_before: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM auth_code WHERE digest IN
            (SELECT digest FROM auth_code WHERE expires_at < $1 LIMIT $2)";
        Ok(
            on_write!(self, db => sqlx::query(SQL).bind(ended_before).bind(limit).execute(db).await?.rows_affected()),
        )
    }
}
