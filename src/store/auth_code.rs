//! Table `auth_code`: authorization codes, single use, stored as digests.

use std::collections::HashMap;

use sqlx::FromRow;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::secret::{Digest, digest_of};
use crate::store::look_up::{LookedUp, fetch_by};
use crate::store::{GrantFamily, LoginFailures, Store, User, on_write};

/// An authorization code as the store knows it (RFC 6749 §4.1.2).
#[derive(Clone, Debug, FromRow)]
pub struct AuthCode {
    /// SHA-256 of the code.
    pub digest: Vec<u8>,
    /// What it stands for.
    pub grant_id: Uuid,
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

/// A code with everything that decides whether it may be redeemed.
#[derive(Clone, Debug)]
pub struct IssuedCode {
    /// The code itself.
    pub code: AuthCode,
    /// What it stands for.
    pub grant: GrantFamily,
    /// Who was logged in.
    pub person: User,
    /// Wrong passwords for their account, from anywhere and from where they
    /// logged in. Their window may be over.
    pub failures: Vec<LoginFailures>,
}

/// A row of the tables. There are two when passwords were wrong in both ways.
#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    code: AuthCode,
    #[sqlx(flatten)]
    grant: GrantFamily,
    #[sqlx(flatten)]
    person: User,
    failures: Option<i64>,
    window_start: Option<Timestamp>,
    last_failure: Option<Timestamp>,
}

/// Of each code its first row, with the failures of all.
fn issued(rows: Vec<Row>) -> Vec<IssuedCode> {
    let mut issued: HashMap<Digest, IssuedCode> = HashMap::with_capacity(rows.len());
    for row in rows {
        let counted = row.failures();
        let digest = digest_of(&row.code.digest);
        let Row { code, grant, person, .. } = row;
        let first = || IssuedCode { code, grant, person, failures: Vec::new() };
        issued.entry(digest).or_insert_with(first).failures.extend(counted);
    }
    issued.into_values().collect()
}

impl Row {
    fn failures(&self) -> Option<LoginFailures> {
        Some(LoginFailures {
            failures: self.failures?,
            window_start: self.window_start?,
            last_failure: self.last_failure?,
        })
    }
}

impl LookedUp for IssuedCode {
    type Key = Digest;

    fn key(&self) -> Digest {
        digest_of(&self.code.digest)
    }

    /// Codes, spent or not.
    async fn all(store: &Store, digests: &[Digest]) -> Result<Vec<Self>, Error> {
        // What each refers to is looked up, not joined: a plan that was made while
        // these tables were small would read the whole of them.
        const ON_POSTGRES: &str = "SELECT code.digest, grant_id, redirect_uri,
            code_challenge, nonce, failed_attempts, code.created_at AS code_created_at,
            code.expires_at AS code_expires_at, consumed_at, family.id, family.client_id, family.sub,
            session_id, scope, audience, claims, family.auth_time, family.amr, family.acr, offline, salt,
            generation, rotated_at, family.created_at AS granted_at, family.expires_at, family.revoked_at,
            username, email, email_verified, password, profile, groups, roles, admin, enabled,
            person.created_at, updated_at, failures, window_start, last_failure
            FROM auth_code code
            CROSS JOIN LATERAL (SELECT * FROM grant_family WHERE id = grant_id OFFSET 0) family
            CROSS JOIN LATERAL (SELECT * FROM user_account WHERE sub = family.sub OFFSET 0) person
            LEFT JOIN LATERAL (SELECT address FROM session WHERE id = session_id OFFSET 0) login ON true
            LEFT JOIN LATERAL (SELECT * FROM login_failure WHERE account_key IN
                ('sub ' || family.sub, 'sub ' || family.sub || ' from ' || address) OFFSET 0) wrong ON true
            WHERE code.digest = ANY($1)";
        const ON_SQLITE: &str = "SELECT code.digest, grant_id, redirect_uri,
            code_challenge, nonce, failed_attempts, code.created_at AS code_created_at,
            code.expires_at AS code_expires_at, consumed_at, family.id, family.client_id, family.sub,
            session_id, scope, audience, claims, family.auth_time, family.amr, family.acr, offline, salt,
            generation, rotated_at, family.created_at AS granted_at, family.expires_at, family.revoked_at,
            username, email, email_verified, password, profile, groups, roles, admin, enabled,
            person.created_at, updated_at, failures, window_start, last_failure
            FROM auth_code code
            JOIN grant_family family ON family.id = grant_id
            JOIN user_account person ON person.sub = family.sub
            LEFT JOIN session ON session.id = session_id
            LEFT JOIN login_failure ON account_key IN
                ('sub ' || family.sub, 'sub ' || family.sub || ' from ' || address)
            WHERE code.digest IN (SELECT unhex(value) FROM json_each($1))";
        let digests: Vec<&[u8]> = digests.iter().map(Digest::as_slice).collect();
        Ok(issued(fetch_by!(store, digests, ON_POSTGRES, ON_SQLITE)))
    }
}

impl Store {
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
