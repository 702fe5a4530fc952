//! A client as it is shown: the members of RFC 7591 §3.2.1 and our own.

use serde::Serialize;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::secret::Secret;
use crate::store::{Client, ClientFailure};

/// A client.
#[derive(Serialize)]
pub struct ClientView<'a> {
    client_id: &'a str,
    client_id_issued_at: i64,
    enabled: bool,
    #[serde(flatten)]
    client: &'a Client,
}

impl<'a> ClientView<'a> {
    /// As it is registered.
    pub fn of(client: &'a Client) -> Self {
        Self {
            client_id: &client.client_id,
            client_id_issued_at: client.created_at.seconds(),
            enabled: client.enabled,
            client,
        }
    }
}

/// A request that was refused.
#[derive(Serialize)]
pub struct FailureView<'a> {
    failed_at: String,
    endpoint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_type: Option<&'a str>,
    error: &'a str,
    error_description: &'a str,
    address: &'a str,
    request_id: Uuid,
}

impl<'a> FailureView<'a> {
    /// In the order in which people read them.
    pub const COLUMNS: &'static [&'static str] =
        &["failed_at", "endpoint", "grant_type", "error", "error_description", "address", "request_id"];

    /// As it is kept.
    pub fn of(failure: &'a ClientFailure) -> Self {
        Self {
            failed_at: failure.failed_at.rfc3339(),
            endpoint: &failure.endpoint,
            grant_type: failure.grant_type.as_deref(),
            error: &failure.error,
            error_description: &failure.error_description,
            address: &failure.address,
            request_id: failure.request_id,
        }
    }
}

/// A secret, the one time that it is shown.
#[derive(Serialize)]
struct NewSecret<'a> {
    client_secret: &'a str,
    /// Seconds; 0 means never (RFC 7591 §3.2.1).
    client_secret_expires_at: i64,
}

impl<'a> NewSecret<'a> {
    fn of(secret: &'a Secret) -> Self {
        Self { client_secret: secret.reveal(), client_secret_expires_at: 0 }
    }
}

/// A client that was registered or changed, with a secret that nobody has seen.
#[derive(Serialize)]
pub struct Registered<'a> {
    #[serde(flatten)]
    view: ClientView<'a>,
    #[serde(flatten)]
    secret: Option<NewSecret<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<&'a str>,
}

impl<'a> Registered<'a> {
    /// `snippet` is the configuration for the other side.
    pub fn new(client: &'a Client, secret: Option<&'a Secret>, snippet: Option<&'a str>) -> Self {
        Self { view: ClientView::of(client), secret: secret.map(NewSecret::of), snippet }
    }
}

/// A secret in place of those before it.
#[derive(Serialize)]
pub struct Rotated<'a> {
    client_id: &'a str,
    #[serde(flatten)]
    secret: NewSecret<'a>,
    /// When the secrets before it end.
    previous_expires_at: i64,
}

impl<'a> Rotated<'a> {
    /// `previous_end` is when those before it end.
    pub fn new(client_id: &'a str, secret: &'a Secret, previous_end: Timestamp) -> Self {
        Self { client_id, secret: NewSecret::of(secret), previous_expires_at: previous_end.seconds() }
    }
}
