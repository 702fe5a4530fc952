//! A client as it is shown: the members of RFC 7591 §3.2.1 and our own.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::secret::Secret;
use crate::store::Client;

/// What `client show` prints.
#[derive(Serialize)]
pub struct View<'a> {
    client_id: &'a str,
    client_id_issued_at: i64,
    enabled: bool,
    #[serde(flatten)]
    client: &'a Client,
}

impl<'a> View<'a> {
    pub fn of(client: &'a Client) -> Self {
        Self {
            client_id: &client.client_id,
            client_id_issued_at: client.created_at.seconds(),
            enabled: client.enabled,
            client,
        }
    }
}

/// A secret, the one time that it is shown.
#[derive(Serialize)]
pub struct NewSecret<'a> {
    client_secret: &'a str,
    /// Seconds; 0 means never (RFC 7591 §3.2.1).
    client_secret_expires_at: i64,
}

impl<'a> NewSecret<'a> {
    pub fn of(secret: &'a Secret) -> Self {
        Self { client_secret: secret.reveal(), client_secret_expires_at: 0 }
    }
}

/// What `client create` and `client update` print.
#[derive(Serialize)]
pub struct Registered<'a> {
    #[serde(flatten)]
    view: View<'a>,
    #[serde(flatten)]
    secret: Option<NewSecret<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<&'a str>,
}

impl<'a> Registered<'a> {
    pub fn new(client: &'a Client, secret: Option<&'a Secret>, snippet: Option<&'a str>) -> Self {
        Self { view: View::of(client), secret: secret.map(NewSecret::of), snippet }
    }
}

/// What `client rotate-secret` prints.
#[derive(Serialize)]
pub struct Rotated<'a> {
    client_id: &'a str,
    #[serde(flatten)]
    secret: NewSecret<'a>,
    /// When the secrets before it end.
    previous_expires_at: i64,
}

impl<'a> Rotated<'a> {
    pub fn new(client_id: &'a str, secret: &'a Secret, previous_end: Timestamp) -> Self {
        Self { client_id, secret: NewSecret::of(secret), previous_expires_at: previous_end.seconds() }
    }
}
