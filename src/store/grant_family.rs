//! Table `grant_family`: one row per authorization, updated in place. Codes,
//! refresh tokens and access tokens refer to it, so a replay, a logout or
//! "remove this app" is one UPDATE.

use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::audit::append_audit;
use crate::store::look_up::{LookedUp, fetch_by};
use crate::store::token::insert_token;
use crate::store::{Store, TokenRecord, User, in_transaction, on_read, on_write};

/// What a person allowed a client to do.
#[derive(Clone, Debug, FromRow)]
pub struct GrantFamily {
    /// A UUIDv7.
    pub id: Uuid,
    /// The client that was allowed.
    pub client_id: String,
    /// The person who allowed it.
    pub sub: String,
    /// The login session it came from.
    pub session_id: Option<Uuid>,
    /// Granted scopes, separated by spaces.
    pub scope: String,
    /// `aud` of its access tokens.
    pub audience: Json<Vec<String>>,
    /// The `claims` parameter of the request (OpenID Connect Core §5.5).
    pub claims: Option<Json<Value>>,
    /// When the person proved who they are.
    pub auth_time: Option<Timestamp>,
    /// How (RFC 8176).
    pub amr: Option<Json<Vec<String>>>,
    /// How well (OpenID Connect Core §2).
    pub acr: Option<String>,
    /// Whether it outlives the session (`offline_access`).
    pub offline: bool,
    /// Goes into the MAC of its refresh tokens.
    pub salt: Vec<u8>,
    /// Which refresh token is the living one.
    pub generation: i64,
    /// When the generation last moved.
    pub rotated_at: Option<Timestamp>,
    /// When it was granted.
    #[sqlx(rename = "granted_at")]
    pub created_at: Timestamp,
    /// The absolute end; rotation does not move it.
    pub expires_at: Timestamp,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// A grant and the person who gave it.
#[derive(Clone, Debug, FromRow)]
pub struct GivenGrant {
    /// What was allowed.
    #[sqlx(flatten)]
    pub grant: GrantFamily,
    /// Who did.
    #[sqlx(flatten)]
    pub person: User,
}

pub(super) const INSERT_GRANT: &str = "INSERT INTO grant_family
    (id, client_id, sub, session_id, scope, audience, claims, auth_time, amr, acr, offline,
     salt, generation, rotated_at, created_at, expires_at, revoked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

macro_rules! insert_grant {
    ($tx:expr, $grant:expr) => {{
        let grant: &$crate::store::GrantFamily = $grant;
        sqlx::query($crate::store::grant_family::INSERT_GRANT)
            .bind(grant.id)
            .bind(grant.client_id.as_str())
            .bind(grant.sub.as_str())
            .bind(grant.session_id)
            .bind(grant.scope.as_str())
            .bind(&grant.audience)
            .bind(&grant.claims)
            .bind(grant.auth_time)
            .bind(&grant.amr)
            .bind(grant.acr.as_deref())
            .bind(grant.offline)
            .bind(grant.salt.as_slice())
            .bind(grant.generation)
            .bind(grant.rotated_at)
            .bind(grant.created_at)
            .bind(grant.expires_at)
            .bind(grant.revoked_at)
            .execute(&mut *$tx)
            .await?;
    }};
}

pub(super) use insert_grant;

impl LookedUp for GivenGrant {
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.grant.id
    }

    /// Grants, taken back or not.
    async fn all(store: &Store, ids: &[Uuid]) -> Result<Vec<Self>, Error> {
        // As for an IssuedCode.
        const ON_POSTGRES: &str =
            "SELECT id, client_id, family.sub, session_id, scope, audience, claims, auth_time,
            amr, acr, offline, salt, generation, rotated_at, family.created_at AS granted_at, expires_at,
            revoked_at, username, email, email_verified, password, profile, groups, roles, admin, enabled,
            person.created_at, updated_at
            FROM grant_family family
            CROSS JOIN LATERAL (SELECT * FROM user_account WHERE sub = family.sub OFFSET 0) person
            WHERE id = ANY($1)";
        const ON_SQLITE: &str =
            "SELECT id, client_id, family.sub, session_id, scope, audience, claims, auth_time,
            amr, acr, offline, salt, generation, rotated_at, family.created_at AS granted_at, expires_at,
            revoked_at, username, email, email_verified, password, profile, groups, roles, admin, enabled,
            person.created_at, updated_at
            FROM grant_family family JOIN user_account person ON person.sub = family.sub
            WHERE id IN (SELECT unhex(value) FROM json_each($1))";
        Ok(fetch_by!(store, ids, ON_POSTGRES, ON_SQLITE))
    }
}

impl Store {
    /// Writes a new grant together with its first access token, and with the
    /// login that it came of, if that made no session.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn create_grant(
        &self,
        grant: &GrantFamily,
        record: &TokenRecord,
        login: Option<&Entry>,
    ) -> Result<(), Error> {
        self.prepare_token_partition(record.exp).await?;
        self.prepare_audit_partition(grant.created_at).await?;
        in_transaction!(self, tx => {
            if let Some(login) = login {
                append_audit!(tx, login);
            }
            insert_grant!(tx, grant);
            insert_token!(tx, record);
            Ok(())
        })
    }

    /// A grant by its id, taken back or not.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn grant(&self, id: Uuid) -> Result<Option<GrantFamily>, Error> {
        const SQL: &str = "SELECT id, client_id, sub, session_id, scope, audience, claims, auth_time,
            amr, acr, offline, salt, generation, rotated_at, created_at AS granted_at, expires_at, revoked_at
            FROM grant_family WHERE id = $1";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(id).fetch_optional(db).await?))
    }

    /// Deletes up to `limit` grants whose absolute end was before an instant.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_grants(&self, ended_before: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM grant_family WHERE id IN
            (SELECT id FROM grant_family WHERE expires_at < $1 LIMIT $2)";
        Ok(
            on_write!(self, db => sqlx::query(SQL).bind(ended_before).bind(limit).execute(db).await?.rows_affected()),
        )
    }
}
