//! Table `client`.

mod metadata;
mod rules;

use std::collections::BTreeSet;

use serde_json::Value;
use sqlx::types::Json;

use crate::audit::{Act, Entry, Origin};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::audit::append_audit;
use crate::store::client_secret::{self, ClientSecret};
use crate::store::revocation::append_revocation;
use crate::store::{NewRevocation, RevocationKind, Store, in_transaction, on_read};

pub use metadata::Client;

#[derive(sqlx::FromRow)]
struct Row {
    client_id: String,
    metadata: Json<Client>,
    enabled: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Row> for Client {
    fn from(row: Row) -> Self {
        Self {
            client_id: row.client_id,
            enabled: row.enabled,
            created_at: row.created_at,
            updated_at: row.updated_at,
            ..row.metadata.0
        }
    }
}

/// The names of the members that differ.
fn changed(before: &Value, after: &Value) -> String {
    let names = [before, after].into_iter().filter_map(Value::as_object).flat_map(|object| object.keys());
    let names: BTreeSet<&String> = names.filter(|name| before.get(name) != after.get(name)).collect();
    names.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

impl Store {
    /// Registers a client, with its first secret if it has one. `false` when
    /// the id is taken: by a client, or by a user, whose `sub` would then be
    /// indistinguishable from this client's (RFC 9068 §5).
    ///
    /// # Errors
    /// As the store.
    pub async fn create_client(
        &self,
        client: &Client,
        secret: Option<&ClientSecret>,
        by: impl Into<Origin>,
    ) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO client (client_id, metadata, enabled, created_at, updated_at) \
            SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM user_account WHERE sub = $1) \
            ON CONFLICT (client_id) DO NOTHING";
        let entry = Entry::done(Act::ClientCreate, &by.into(), client.created_at).client(&client.client_id);
        self.outlast_mark(RevocationKind::Client, &client.client_id, client.created_at).await?;
        self.prepare_audit_partition(entry.at).await?;
        Ok(in_transaction!(self, tx => {
            let inserted = sqlx::query(SQL)
                .bind(&client.client_id)
                .bind(Json(client))
                .bind(client.enabled)
                .bind(client.created_at)
                .bind(client.updated_at)
                .execute(&mut *tx)
                .await?;
            if let (1, Some(secret)) = (inserted.rows_affected(), secret) {
                client_secret::insert!(tx, secret);
            }
            if inserted.rows_affected() == 1 {
                append_audit!(tx, &entry);
            }
            inserted.rows_affected() == 1
        }))
    }

    /// The client with this id, enabled or not.
    ///
    /// # Errors
    /// As the store.
    pub async fn client(&self, client_id: &str) -> Result<Option<Client>, Error> {
        const SQL: &str = "SELECT client_id, metadata, enabled, created_at, updated_at \
            FROM client WHERE client_id = $1";
        let row: Option<Row> =
            on_read!(self, db => sqlx::query_as(SQL).bind(client_id).fetch_optional(db).await?);
        Ok(row.map(Client::from))
    }

    /// Every client, by id.
    ///
    /// # Errors
    /// As the store.
    pub async fn clients(&self) -> Result<Vec<Client>, Error> {
        const SQL: &str = "SELECT client_id, metadata, enabled, created_at, updated_at \
            FROM client ORDER BY client_id";
        let rows: Vec<Row> = on_read!(self, db => sqlx::query_as(SQL).fetch_all(db).await?);
        Ok(rows.into_iter().map(Client::from).collect())
    }

    /// How many clients there are.
    ///
    /// # Errors
    /// As the store.
    pub async fn count_clients(&self) -> Result<i64, Error> {
        const SQL: &str = "SELECT COUNT(*) FROM client";
        Ok(on_read!(self, db => sqlx::query_scalar(SQL).fetch_one(db).await?))
    }

    /// The clients after an id, at most `limit`.
    ///
    /// # Errors
    /// As the store.
    pub async fn clients_after(&self, client_id: &str, limit: i64) -> Result<Vec<Client>, Error> {
        const SQL: &str = "SELECT client_id, metadata, enabled, created_at, updated_at \
            FROM client WHERE client_id > $1 ORDER BY client_id LIMIT $2";
        let rows: Vec<Row> =
            on_read!(self, db => sqlx::query_as(SQL).bind(client_id).bind(limit).fetch_all(db).await?);
        Ok(rows.into_iter().map(Client::from).collect())
    }

    /// Every enabled client's id and redirect URIs, by id.
    ///
    /// # Errors
    /// As the store.
    pub async fn redirect_uris(&self) -> Result<Vec<(String, Vec<String>)>, Error> {
        const SQL: &str = "SELECT client_id, metadata -> 'redirect_uris' FROM client
            WHERE enabled ORDER BY client_id";
        let lists: Vec<(String, Json<Vec<String>>)> =
            on_read!(self, db => sqlx::query_as(SQL).fetch_all(db).await?);
        Ok(lists.into_iter().map(|(client_id, list)| (client_id, list.0)).collect())
    }

    /// Replaces a client's metadata; `enabled` stays as it is. `false` when
    /// there is no such client.
    ///
    /// # Errors
    /// As the store.
    pub async fn update_client(
        &self,
        client: &Client,
        now: Timestamp,
        by: impl Into<Origin>,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE client SET metadata = $2, updated_at = $3 WHERE client_id = $1";
        const BEFORE: &str = "SELECT metadata FROM client WHERE client_id = $1";
        let entry = Entry::done(Act::ClientUpdate, &by.into(), now).client(&client.client_id);
        let after = serde_json::to_value(client).map_err(Error::server_error)?;
        self.prepare_audit_partition(now).await?;
        Ok(in_transaction!(self, tx => {
            let before: Option<Json<Value>> =
                sqlx::query_scalar(BEFORE).bind(&client.client_id).fetch_optional(&mut *tx).await?;
            let updated = sqlx::query(SQL).bind(&client.client_id).bind(Json(client)).bind(now);
            let done = updated.execute(&mut *tx).await?.rows_affected() == 1;
            if let (true, Some(before)) = (done, before) {
                append_audit!(tx, &entry.clone().because(changed(&before, &after)));
            }
            done
        }))
    }

    /// Lets a client in again. `false` when there is no such client.
    ///
    /// # Errors
    /// As the store.
    pub async fn enable_client(
        &self,
        client_id: &str,
        by: impl Into<Origin>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE client SET enabled = TRUE, updated_at = $2 WHERE client_id = $1";
        let entry = Entry::done(Act::ClientEnable, &by.into(), now).client(client_id);
        self.outlast_mark(RevocationKind::Client, client_id, now).await?;
        self.prepare_audit_partition(now).await?;
        Ok(in_transaction!(self, tx => {
            let updated = sqlx::query(SQL).bind(client_id).bind(now).execute(&mut *tx).await?;
            if updated.rows_affected() == 1 {
                append_audit!(tx, &entry);
            }
            updated.rows_affected() == 1
        }))
    }

    /// Shuts a client out and takes back what it holds. `false` when there is
    /// no such client.
    ///
    /// # Errors
    /// As the store.
    pub async fn disable_client(
        &self,
        client_id: &str,
        by: impl Into<Origin>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE client SET enabled = FALSE, updated_at = $2 WHERE client_id = $1";
        let revocation = NewRevocation::shutting_out(RevocationKind::Client, client_id, now);
        let by = by.into();
        let entry = Entry::done(Act::ClientDisable, &by, now).client(client_id);
        let revocation = revocation.by(by, "client disabled");
        self.prepare_audit_partition(now).await?;
        Ok(in_transaction!(self, tx => {
            let updated = sqlx::query(SQL).bind(client_id).bind(now).execute(&mut *tx).await?;
            if updated.rows_affected() == 1 {
                append_audit!(tx, &entry);
                append_revocation!(tx, &revocation);
            }
            updated.rows_affected() == 1
        }))
    }

    /// Removes a client and its secrets, and takes back what it holds. `false`
    /// when there is no such client.
    ///
    /// # Errors
    /// As the store.
    pub async fn delete_client(
        &self,
        client_id: &str,
        by: impl Into<Origin>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const SQL: &str = "DELETE FROM client WHERE client_id = $1";
        let revocation = NewRevocation::shutting_out(RevocationKind::Client, client_id, now);
        let by = by.into();
        let entry = Entry::done(Act::ClientDelete, &by, now).client(client_id);
        let revocation = revocation.by(by, "client deleted");
        self.prepare_audit_partition(now).await?;
        Ok(in_transaction!(self, tx => {
            let deleted = sqlx::query(SQL).bind(client_id).execute(&mut *tx).await?;
            if deleted.rows_affected() == 1 {
                append_audit!(tx, &entry);
                append_revocation!(tx, &revocation);
            }
            deleted.rows_affected() == 1
        }))
    }
}
