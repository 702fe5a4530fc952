//! Failures in the words of the RFCs, and how they look on the wire.

mod code;

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub use code::Code;

/// What lies beneath an [`Error`]: logged once at the boundary, never sent.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failure. Call sites give a code and a sentence; `?` adds the cause.
#[derive(Debug)]
pub struct Error {
    /// The RFC's word for it.
    pub code: Code,
    /// A sentence for the developer of the client. Never a secret.
    pub description: Cow<'static, str>,
    status: StatusCode,
    retry_after: Option<u64>,
    basic_challenge: bool,
    reason: Option<&'static str>,
    cause: Option<Cause>,
}

impl Error {
    /// A failure with the status that its code owns.
    pub fn new(code: Code, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: description.into(),
            status: code.status(),
            retry_after: None,
            basic_challenge: false,
            reason: None,
            cause: None,
        }
    }

    /// `invalid_request`: RFC 6749 §5.2.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidRequest, description)
    }

    /// `invalid_grant`: RFC 6749 §5.2.
    pub fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidGrant, description)
    }

    /// `invalid_client`: RFC 6749 §5.2. One sentence for every reason, so that
    /// the answer does not tell an unknown client from a wrong secret.
    pub fn invalid_client() -> Self {
        Self::new(Code::InvalidClient, "client authentication failed")
    }

    /// `invalid_scope`: RFC 6749 §5.2.
    pub fn invalid_scope(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidScope, description)
    }

    /// `unauthorized_client`: RFC 6749 §5.2.
    pub fn unauthorized_client(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::UnauthorizedClient, description)
    }

    /// `not_found`: nothing has this name.
    pub fn not_found(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::NotFound, description)
    }

    /// Something of ours broke: 500 with nothing told.
    pub fn server_error(cause: impl Into<Cause>) -> Self {
        Self::new(Code::ServerError, "internal error, see the server's log").caused_by(cause)
    }

    /// The store (or a queue before it) cannot serve now: 503 with `Retry-After`.
    pub fn unavailable(cause: impl Into<Cause>) -> Self {
        let mut error = Self::new(
            Code::TemporarilyUnavailable,
            "the server cannot reach its store or is overloaded, try again",
        );
        error.retry_after = Some(1);
        error.caused_by(cause)
    }

    /// A body over the limit: 413 in JSON (RFC 9110 §15.5.14).
    pub fn too_large() -> Self {
        Self::invalid_request("the request body is larger than 64 KiB")
            .with_status(StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// Too many failed attempts: 429, `Retry-After` in seconds (RFC 6585 §4).
    pub fn too_many(description: &'static str, retry_after: u64) -> Self {
        let mut error = Self::invalid_request(description).with_status(StatusCode::TOO_MANY_REQUESTS);
        error.retry_after = Some(retry_after.max(1));
        error
    }

    /// Adds what lies beneath, for the log.
    pub fn caused_by(mut self, cause: impl Into<Cause>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds what the answer must not tell, for whoever runs the client.
    pub fn because(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The sentence for whoever runs the client.
    pub fn explanation(&self) -> &str {
        self.reason.unwrap_or(&self.description)
    }

    /// The same answer once more, for another request that waited for the same
    /// thing. The cause stays with the first.
    pub fn again(&self) -> Self {
        Self {
            code: self.code,
            description: self.description.clone(),
            status: self.status,
            retry_after: self.retry_after,
            basic_challenge: self.basic_challenge,
            reason: self.reason,
            cause: None,
        }
    }

    /// Answers with another status than the code's own.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds `WWW-Authenticate: Basic`, owed when the client came with an
    /// `Authorization` header (RFC 6749 §5.2).
    pub fn with_basic_challenge(mut self) -> Self {
        self.basic_challenge = true;
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What lies beneath, if anything does.
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    /// Whether the store rolled back what it was asked to do for the sake of
    /// somebody else, so that it may be asked again: SQLSTATE 40001
    /// (serialization_failure) and 40P01 (deadlock_detected).
    pub fn lost_to_another(&self) -> bool {
        let cause = self.cause.as_ref().and_then(|cause| cause.downcast_ref::<sqlx::Error>());
        let database = cause.and_then(sqlx::Error::as_database_error);
        matches!(database.and_then(|database| database.code()).as_deref(), Some("40001" | "40P01"))
    }

    /// Whether this is the store's answer, and not that there was none.
    pub fn is_the_databases(&self) -> bool {
        let cause = self.cause.as_ref().and_then(|cause| cause.downcast_ref::<sqlx::Error>());
        cause.is_some_and(|cause| cause.as_database_error().is_some())
    }

    /// Logs the cause. Call once, where the error leaves the server.
    pub fn log(&self) {
        if let Some(cause) = &self.cause {
            tracing::error!(error = self.code.as_str(), cause = %cause, "request failed");
        }
    }

    /// The headers that belong to this error besides content type and caching.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.basic_challenge {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"porteiro\", charset=\"UTF-8\""),
            );
        }
        headers
    }
}

/// Keeps a description inside `%x20-21 / %x23-5B / %x5D-7E` (RFC 6749 §5.2).
pub fn printable(description: &str) -> String {
    description
        .chars()
        .map(|c| match c {
            '"' => '\'',
            ' '..='~' if c != '\\' => c,
            _ => '?',
        })
        .collect()
}

/// JSON of RFC 6749 §5.2 with `Cache-Control: no-store`.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.log();
        let body = json!({
            "error": self.code.as_str(),
            "error_description": printable(&self.description),
        });
        let no_store = [
            (header::CACHE_CONTROL, "no-store"),
            (header::PRAGMA, "no-cache"),
            (header::CONTENT_TYPE, "application/json"),
        ];
        (self.status, no_store, self.headers(), body.to_string()).into_response()
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.description)?;
        match &self.cause {
            Some(cause) => write!(f, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// Whatever the store says, the client is not at fault. A violated constraint
/// or an undecodable row is our own mistake; everything else is an outage.
impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        let ours = match &cause {
            sqlx::Error::Database(database) => {
                use sqlx::error::ErrorKind::Other;
                !matches!(database.kind(), Other)
            }
            // A proxy before a database that is away breaks off in mid-word.
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::BeginFailed
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => false,
            _ => true,
        };
        if ours { Self::server_error(cause) } else { Self::unavailable(cause) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SECURITY-CASES 97: the characters that RFC 6749 §5.2 allows.
    #[test]
    fn a_description_keeps_to_the_allowed_characters() {
        let text = printable("a \"quoted\" \\ line\nand \u{e9}");
        assert_eq!(text, "a 'quoted' ? line?and ?");
    }
}
