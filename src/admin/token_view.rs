//! Token records as they are shown.

use serde::Serialize;
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::random::uuid_v7_timestamp;
use crate::store::TokenRecord;

/// A record. Times in seconds, as the JWT has them.
#[derive(Debug, Serialize)]
pub struct TokenView<'a> {
    jti: Uuid,
    client_id: &'a str,
    sub: &'a str,
    scope: &'a str,
    /// When it was issued.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    grant_id: Option<Uuid>,
    sid: Option<Uuid>,
    status: &'static str,
}

impl<'a> TokenView<'a> {
    /// As it is now.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn of(app: &App, record: &'a TokenRecord) -> Result<Self, Error> {
        let revoked = app.revocations.reaches(record).await?;
        Ok(Self {
            jti: record.jti,
            client_id: &record.client_id,
            sub: record.sub.as_deref().unwrap_or(&record.client_id),
            scope: &record.scope,
            iat: uuid_v7_timestamp(record.jti).seconds(),
            exp: record.exp.seconds(),
            grant_id: record.grant_id,
            sid: record.session_id,
            status: match (revoked, record.exp <= app.now()) {
                (true, _) => "revoked",
                (false, true) => "expired",
                (false, false) => "active",
            },
        })
    }
}
