//! Table `user_account`: the people.

mod access;
mod rules;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::audit::{Act, Entry, Origin};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::oauth::username;
use crate::store::audit::append_audit;
use crate::store::{Store, in_transaction, on_read};

/// A password as an Argon2id PHC string. Prints nothing of itself.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A person who can log in.
#[derive(Clone, Debug, FromRow)]
pub struct User {
    /// Never changes, never reused, never a client's id.
    pub sub: String,
    /// What the person types, as they spell it.
    pub username: String,
    /// Their address; may be typed instead of the name.
    pub email: Option<String>,
    /// Whether somebody made sure that it is theirs.
    pub email_verified: bool,
    /// Their password; none cannot log in by one.
    pub password: Option<PasswordHash>,
    /// The rest of their claims.
    #[sqlx(json)]
    pub profile: Profile,
    /// `groups` claim.
    #[sqlx(json)]
    pub groups: Vec<String>,
    /// `roles` claim.
    #[sqlx(json)]
    pub roles: Vec<String>,
    /// Whether they may administer this server.
    pub admin: bool,
    /// A disabled person can do nothing.
    pub enabled: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it last changed; `updated_at` claim.
    pub updated_at: Timestamp,
}

/// The standard claims of OpenID Connect Core §5.1 that are not columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    /// An object with the members of §5.1.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Value>,
}

impl Store {
    /// Writes a new account. `false` when its name or address is taken, also
    /// as the other of the two: what a person types must mean one account.
    ///
    /// # Errors
    /// `invalid_request` for an impossible name or address,
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn create_user(&self, user: &User, by: impl Into<Origin>) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO user_account (sub, username, username_key, email, email_key,
            email_verified, password, profile, groups, roles, admin, enabled, created_at, updated_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
            WHERE NOT EXISTS (SELECT 1 FROM user_account WHERE username_key = $3 OR email_key = $3
                OR username_key = $5 OR email_key = $5)
              AND NOT EXISTS (SELECT 1 FROM client WHERE client_id = $1)
            ON CONFLICT DO NOTHING";
        let (username_key, email_key) = keys(user)?;
        let entry = Entry::done(Act::UserCreate, &by.into(), user.created_at).subject(user.sub.as_str());
        self.prepare_audit_partition(entry.at).await?;
        in_transaction!(self, tx => {
            let written = sqlx::query(SQL)
                .bind(user.sub.as_str())
                .bind(user.username.as_str())
                .bind(username_key.as_str())
                .bind(user.email.as_deref())
                .bind(email_key.as_deref())
                .bind(user.email_verified)
                .bind(&user.password)
                .bind(Json(&user.profile))
                .bind(Json(&user.groups))
                .bind(Json(&user.roles))
                .bind(user.admin)
                .bind(user.enabled)
                .bind(user.created_at)
                .bind(user.updated_at)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if written == 1 {
                append_audit!(tx, &entry);
            }
            Ok(written == 1)
        })
    }

    /// Writes everything of an account but its password and whether it is
    /// enabled. `false` when the new name or address is taken, or it is gone.
    ///
    /// # Errors
    /// As [`Store::create_user`].
    pub async fn update_user(&self, user: &User, by: impl Into<Origin>) -> Result<bool, Error> {
        const SQL: &str = "UPDATE user_account SET username = $2, username_key = $3, email = $4,
            email_key = $5, email_verified = $6, profile = $7, groups = $8, roles = $9, admin = $10,
            updated_at = $11
            WHERE sub = $1 AND NOT EXISTS (SELECT 1 FROM user_account other WHERE other.sub <> $1
                AND (other.username_key = $3 OR other.email_key = $3
                     OR other.username_key = $5 OR other.email_key = $5))";
        let (username_key, email_key) = keys(user)?;
        let entry = Entry::done(Act::UserUpdate, &by.into(), user.updated_at).subject(user.sub.as_str());
        self.prepare_audit_partition(entry.at).await?;
        in_transaction!(self, tx => {
            let written = sqlx::query(SQL)
                .bind(user.sub.as_str())
                .bind(user.username.as_str())
                .bind(username_key.as_str())
                .bind(user.email.as_deref())
                .bind(email_key.as_deref())
                .bind(user.email_verified)
                .bind(Json(&user.profile))
                .bind(Json(&user.groups))
                .bind(Json(&user.roles))
                .bind(user.admin)
                .bind(user.updated_at)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if written == 1 {
                append_audit!(tx, &entry);
            }
            Ok(written == 1)
        })
    }

    /// The account that a person means by what they typed: a user name or an
    /// e-mail address, in any case.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn user_by_login(&self, login: &str) -> Result<Option<User>, Error> {
        const SQL: &str = "SELECT sub, username, email, email_verified, password, profile, groups, roles,
            admin, enabled, created_at, updated_at FROM user_account
            WHERE username_key = $1 OR email_key = $2";
        let username_key = username::key(login).unwrap_or_default();
        let email_key = username::email_key(login).unwrap_or_default();
        if username_key.is_empty() && email_key.is_empty() {
            return Ok(None);
        }
        Ok(on_read!(self, db => sqlx::query_as(SQL)
            .bind(username_key.as_str())
            .bind(email_key.as_str())
            .fetch_optional(db)
            .await?))
    }

    /// The account of a subject.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn user(&self, sub: &str) -> Result<Option<User>, Error> {
        const SQL: &str = "SELECT sub, username, email, email_verified, password, profile, groups, roles,
            admin, enabled, created_at, updated_at FROM user_account WHERE sub = $1";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(sub).fetch_optional(db).await?))
    }

    /// The accounts after a name, at most `limit`. The name is what
    /// [`username::key`] makes of it; the empty one is before all.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn users_after(&self, key: &str, limit: i64) -> Result<Vec<User>, Error> {
        const SQL: &str = "SELECT sub, username, email, email_verified, password, profile, groups, roles,
            admin, enabled, created_at, updated_at FROM user_account
            WHERE username_key > $1 ORDER BY username_key LIMIT $2";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(key).bind(limit).fetch_all(db).await?))
    }

    /// How many accounts there are.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn count_users(&self) -> Result<i64, Error> {
        const SQL: &str = "SELECT COUNT(*) FROM user_account";
        Ok(on_read!(self, db => sqlx::query_scalar(SQL).fetch_one(db).await?))
    }

    /// Every account, by name.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn users(&self) -> Result<Vec<User>, Error> {
        const SQL: &str = "SELECT sub, username, email, email_verified, password, profile, groups, roles,
            admin, enabled, created_at, updated_at FROM user_account ORDER BY username_key";
        Ok(on_read!(self, db => sqlx::query_as(SQL).fetch_all(db).await?))
    }
}

fn keys(user: &User) -> Result<(String, Option<String>), Error> {
    let email_key = user.email.as_deref().map(username::email_key).transpose()?;
    Ok((username::key(&user.username)?, email_key))
}
