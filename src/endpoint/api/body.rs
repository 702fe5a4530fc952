//! Bodies: JSON in, JSON out, nothing cached.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::members;
use crate::error::Error;
use crate::secret::Secret;

/// An object; no body is an empty one.
pub struct Body(pub Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let json = is_json(request.headers());
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|_| Error::invalid_request("the request body could not be read"))?;
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        if !json {
            return Err(Error::invalid_request("send the body as application/json"));
        }
        // The parser's own words may quote a secret.
        let unreadable = |problem: serde_json::Error| {
            let place = format!("line {} column {}", problem.line(), problem.column());
            Error::invalid_request(format!("the body is no JSON object: see {place}"))
        };
        let members: Map<String, Value> = serde_json::from_slice(&bytes).map_err(unreadable)?;
        if members.values().any(holds_nul) {
            return Err(Error::invalid_request("a text in the body holds a NUL"));
        }
        Ok(Self(members))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    ["application/json", "application/merge-patch+json"]
        .iter()
        .any(|json| media_type.eq_ignore_ascii_case(json))
}

/// What no database takes.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

impl Body {
    /// The members that a schema has, and no other.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn read<T: DeserializeOwned>(self, schema: &str) -> Result<T, Error> {
        members::known(schema, &self.0)?;
        members::read(Value::Object(self.0))
    }

    /// Takes a secret out, before anything else looks at the members.
    ///
    /// # Errors
    /// `invalid_request` when it is no text.
    pub fn secret(&mut self, name: &str) -> Result<Option<Secret>, Error> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(Secret::new(text))),
            Some(_) => Err(Error::invalid_request(format!("{name} is not a text"))),
        }
    }
}

/// 200.
pub fn answer(value: &impl Serialize) -> Response {
    answer_with(StatusCode::OK, value)
}

/// Another status of success.
pub fn answer_with(status: StatusCode, value: &impl Serialize) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], axum::Json(value)).into_response()
}

/// 204.
pub fn nothing() -> Response {
    (StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response()
}
