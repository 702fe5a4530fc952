//! Tables `auth_code` and `grant_family`: a code is written with the grant that
//! it stands for.

use serde::Serialize;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::secret::hex;
use crate::store::batched::Batched;
use crate::store::grant_family::insert_grant;
use crate::store::{AuthCode, GrantFamily, Store, in_transaction, retried};

/// A code and the grant that it stands for.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// What was allowed.
    pub grant: GrantFamily,
    /// The code for it.
    pub code: AuthCode,
}

/// Both as one row. Its members are named as columns of `grant_family` are, and
/// bytes are hexadecimal.
#[derive(Serialize)]
struct Row<'a> {
    id: Uuid,
    client_id: &'a str,
    sub: &'a str,
    session_id: Option<Uuid>,
    scope: &'a str,
    audience: &'a [String],
    claims: Option<&'a Value>,
    auth_time: Option<Timestamp>,
    amr: Option<&'a [String]>,
    acr: Option<&'a str>,
    offline: bool,
    salt: String,
    generation: i64,
    created_at: Timestamp,
    expires_at: Timestamp,
    digest: String,
    redirect_uri: Option<&'a str>,
    code_challenge: Option<&'a str>,
    nonce: Option<&'a str>,
    code_created_at: Timestamp,
    code_expires_at: Timestamp,
}

impl NewCode {
    fn row(&self) -> Row<'_> {
        let Self { grant, code } = self;
        Row {
            id: grant.id,
            client_id: &grant.client_id,
            sub: &grant.sub,
            session_id: grant.session_id,
            scope: &grant.scope,
            audience: &grant.audience,
            claims: grant.claims.as_deref(),
            auth_time: grant.auth_time,
            amr: grant.amr.as_deref().map(Vec::as_slice),
            acr: grant.acr.as_deref(),
            offline: grant.offline,
            salt: hex(&grant.salt),
            generation: grant.generation,
            created_at: grant.created_at,
            expires_at: grant.expires_at,
            digest: hex(&code.digest),
            redirect_uri: code.redirect_uri.as_deref(),
            code_challenge: code.code_challenge.as_deref(),
            nonce: code.nonce.as_deref(),
            code_created_at: code.created_at,
            code_expires_at: code.expires_at,
        }
    }
}

impl Batched for NewCode {
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.grant.id
    }

    fn id(&self) -> Uuid {
        self.grant.id
    }

    async fn together(store: &Store, asked: &[&Self]) -> Result<Vec<Uuid>, Error> {
        const POSTGRES_SQL: &str =
            "WITH asked AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($1) AS asked (id uuid, client_id text,
                sub text, session_id uuid, scope text, audience jsonb, claims jsonb, auth_time bigint, amr jsonb,
                acr text, offline boolean, salt text, generation bigint, created_at bigint, expires_at bigint,
                digest text, redirect_uri text, code_challenge text, nonce text, code_created_at bigint,
                code_expires_at bigint)),
            granted AS (INSERT INTO grant_family (id, client_id, sub, session_id, scope, audience, claims,
                auth_time, amr, acr, offline, salt, generation, created_at, expires_at)
                SELECT id, client_id, sub, session_id, scope, audience, claims, auth_time, amr, acr, offline,
                decode(salt, 'hex'), generation, created_at, expires_at FROM asked)
            INSERT INTO auth_code (digest, grant_id, client_id, redirect_uri, code_challenge, nonce,
                failed_attempts, created_at, expires_at)
            SELECT decode(digest, 'hex'), id, client_id, redirect_uri, code_challenge, nonce, 0,
                code_created_at, code_expires_at FROM asked RETURNING grant_id";
        const GRANTS_ON_SQLITE: &str =
            "INSERT INTO grant_family (id, client_id, sub, session_id, scope, audience, claims, auth_time, amr,
                acr, offline, salt, generation, created_at, expires_at)
            SELECT unhex(value ->> 'id', '-'), value ->> 'client_id', value ->> 'sub',
                unhex(value ->> 'session_id', '-'), value ->> 'scope', value ->> 'audience',
                value ->> 'claims', value ->> 'auth_time', value ->> 'amr', value ->> 'acr',
                value ->> 'offline', unhex(value ->> 'salt'), value ->> 'generation', value ->> 'created_at',
                value ->> 'expires_at' FROM json_each($1)";
        const CODES_ON_SQLITE: &str =
            "INSERT INTO auth_code (digest, grant_id, client_id, redirect_uri, code_challenge, nonce,
                failed_attempts, created_at, expires_at)
            SELECT unhex(value ->> 'digest'), unhex(value ->> 'id', '-'), value ->> 'client_id',
                value ->> 'redirect_uri', value ->> 'code_challenge', value ->> 'nonce', 0,
                value ->> 'code_created_at', value ->> 'code_expires_at' FROM json_each($1) RETURNING grant_id";
        let rows = Json(asked.iter().map(|new| new.row()).collect::<Vec<_>>());
        match store {
            Store::Postgres { writers, .. } => {
                retried!(Ok(sqlx::query_scalar(POSTGRES_SQL).bind(&rows).fetch_all(writers).await?))
            }
            Store::Sqlite { write, .. } => {
                let mut tx = write.begin_with("BEGIN IMMEDIATE").await?;
                sqlx::query(GRANTS_ON_SQLITE).bind(&rows).execute(&mut *tx).await?;
                let written = sqlx::query_scalar(CODES_ON_SQLITE).bind(&rows).fetch_all(&mut *tx).await?;
                tx.commit().await?;
                Ok(written)
            }
        }
    }

    async fn alone(&self, store: &Store) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO auth_code (digest, grant_id, client_id, redirect_uri,
            code_challenge, nonce, failed_attempts, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)";
        let Self { grant, code } = self;
        in_transaction!(store, tx => {
            insert_grant!(tx, grant);
            sqlx::query(SQL)
                .bind(code.digest.as_slice())
                .bind(code.grant_id)
                .bind(grant.client_id.as_str())
                .bind(code.redirect_uri.as_deref())
                .bind(code.code_challenge.as_deref())
                .bind(code.nonce.as_deref())
                .bind(code.created_at)
                .bind(code.expires_at)
                .execute(&mut *tx)
                .await?;
            Ok(true)
        })
    }
}
