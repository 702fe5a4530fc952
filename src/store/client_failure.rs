//! Table `client_failure`: the last refusals of each client, as many as somebody
//! may want to read. Never a secret: only what the client was told, and why.

use sqlx::FromRow;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::store::{Store, in_transaction, on_read, on_write};

/// A request of a client that was refused.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ClientFailure {
    /// The client that it named. That it was sent by it is not proven.
    pub client_id: String,
    /// The request's id, also in its answer and in the log.
    pub request_id: Uuid,
    /// When.
    pub failed_at: Timestamp,
    /// Where.
    pub endpoint: String,
    /// By which grant it asked, at the token endpoint.
    pub grant_type: Option<String>,
    /// The error code.
    pub error: String,
    /// A sentence for whoever runs the client.
    pub error_description: String,
    /// Where the request came from.
    pub address: String,
}

impl ClientFailure {
    /// How many are kept of each client.
    pub const KEPT: usize = 20;
}

impl Store {
    /// Adds failures, and forgets all but the last ones of their clients. What
    /// names a client that is not registered falls away.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn add_client_failures(&self, failures: &[ClientFailure]) -> Result<(), Error> {
        const INSERT: &str = "INSERT INTO client_failure
            (client_id, request_id, failed_at, endpoint, grant_type, error, error_description, address)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE EXISTS (SELECT 1 FROM client WHERE client_id = $1)
            ON CONFLICT (client_id, request_id) DO NOTHING";
        const TRIM: &str = "DELETE FROM client_failure WHERE client_id = $1 AND request_id NOT IN
            (SELECT request_id FROM client_failure WHERE client_id = $1
             ORDER BY failed_at DESC, request_id DESC LIMIT $2)";
        // In one order, so that two servers do not wait for each other.
        let mut clients: Vec<&str> = failures.iter().map(|failure| failure.client_id.as_str()).collect();
        clients.sort_unstable();
        clients.dedup();
        in_transaction!(self, tx => {
            for failure in failures {
                sqlx::query(INSERT)
                    .bind(failure.client_id.as_str())
                    .bind(failure.request_id)
                    .bind(failure.failed_at)
                    .bind(failure.endpoint.as_str())
                    .bind(failure.grant_type.as_deref())
                    .bind(failure.error.as_str())
                    .bind(failure.error_description.as_str())
                    .bind(failure.address.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
            for client_id in &clients {
                sqlx::query(TRIM).bind(client_id).bind(ClientFailure::KEPT as i64).execute(&mut *tx).await?;
            }
            Ok(())
        })
    }

    /// What is kept of a client's failures, the last one first.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn client_failures(&self, client_id: &str) -> Result<Vec<ClientFailure>, Error> {
        const SQL: &str = "SELECT client_id, request_id, failed_at, endpoint, grant_type, error,
            error_description, address FROM client_failure WHERE client_id = $1
            ORDER BY failed_at DESC, request_id DESC";
        Ok(on_read!(self, db => sqlx::query_as(SQL).bind(client_id).fetch_all(db).await?))
    }

    /// Deletes up to `limit` failures from before an instant: they name
    /// addresses.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn purge_client_failures(&self, before: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM client_failure WHERE (client_id, request_id) IN
            (SELECT client_id, request_id FROM client_failure WHERE failed_at < $1 LIMIT $2)";
        Ok(
            on_write!(self, db => sqlx::query(SQL).bind(before).bind(limit).execute(db).await?.rows_affected()),
        )
    }
}
