//! What every protected resource of ours shares: the bearer token in, the
//! ladder's answer out (RFC 6750).

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::App;
use crate::endpoint::context::Context;
use crate::endpoint::refused;
use crate::error::Error;
use crate::token::validation::{self, Refusal, Verdict};

/// Runs the ladder; the audit trail hears of a token that is good no more.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach.
pub async fn judge(app: &App, context: &Context, token: Option<&str>) -> Result<Verdict, Error> {
    let verdict = validation::validate(app, token).await?;
    if let Err(refusal) = &verdict {
        refused::token(app, context, token, *refusal);
    }
    Ok(verdict)
}

/// The token of an `Authorization: Bearer` header (RFC 6750 §2.1).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// 401 or 403 with a challenge. Without a token the challenge carries no error
/// code (RFC 6750 §3.1).
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Scope => StatusCode::FORBIDDEN,
            _ => StatusCode::UNAUTHORIZED,
        };
        let (error, description) = (self.code().as_str(), self.description());
        let challenge = match self {
            Self::Missing => String::from("Bearer realm=\"porteiro\""),
            _ => format!("Bearer realm=\"porteiro\", error=\"{error}\", error_description=\"{description}\""),
        };
        let body = Json(json!({
            "error": error,
            "error_code": self.error_code(),
            "error_description": description,
        }));
        let mut response = (status, [(header::CACHE_CONTROL, "no-store")], body).into_response();
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
