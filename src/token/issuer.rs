//! The only place that mints.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::oauth::Scope;
use crate::store::{GrantFamily, NewRevocation, TokenRecord};
use crate::token::{Authorization, Proof, access_token};

/// The successful answer of RFC 6749 §5.1.
#[derive(Debug, Serialize)]
pub struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    scope: Scope,
}

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        ([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(self)).into_response()
    }
}

/// Mints what an authorization is good for. The token leaves only after its
/// record is durable, and what it was issued for is spent in the same commit.
///
/// # Errors
/// `invalid_grant` when the proof was spent meanwhile,
/// `temporarily_unavailable` when the store is out of reach.
pub async fn issue(app: &App, authorization: Authorization) -> Result<TokenResponse, Error> {
    let now = app.now();
    let record = access_token::record(app, &authorization, now)?;
    let access_token = commit_and_sign(app, &authorization, &record, now).await?;
    Ok(TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: record.exp.seconds() - now.seconds(),
        refresh_token: None,
        id_token: None,
        scope: authorization.scope,
    })
}

/// Signs while the commit runs where the batch writer takes the record, and
/// before the commit where something is spent: a failed signature spends nothing.
async fn commit_and_sign(
    app: &App,
    authorization: &Authorization,
    record: &TokenRecord,
    now: Timestamp,
) -> Result<String, Error> {
    match &authorization.proof {
        Proof::Client | Proof::Again(_) => {
            let commit = app.writer.submit(record.clone())?;
            let signed = access_token::sign(app, authorization, record, now)?;
            commit.durable().await?;
            Ok(signed)
        }
        Proof::NewGrant(grant) => {
            let signed = access_token::sign(app, authorization, record, now)?;
            app.store.create_grant(grant, record).await?;
            Ok(signed)
        }
        Proof::Code { digest, grant, .. } => {
            let signed = access_token::sign(app, authorization, record, now)?;
            if app.store.redeem_code(digest, now, record).await? {
                Ok(signed)
            } else {
                Err(replayed(app, grant, now).await?)
            }
        }
        Proof::Refresh(grant) => {
            let signed = access_token::sign(app, authorization, record, now)?;
            if app.store.rotate_grant(grant.id, grant.generation, now, record).await? {
                Ok(signed)
            } else {
                Err(Error::invalid_grant("the refresh token was used by another request"))
            }
        }
    }
}

/// A second use of a code: somebody else has seen it, so what the first use
/// bought is taken back (RFC 6749 §4.1.2).
pub async fn replayed(app: &App, grant: &GrantFamily, now: Timestamp) -> Result<Error, Error> {
    let revocation =
        NewRevocation::grant(grant.id, now).by(grant.client_id.as_str(), "authorization code replayed");
    app.revocations.revoke(&revocation).await?;
    Ok(Error::invalid_grant("the authorization code was already used"))
}
