//! What the query of a request says.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::oauth::params::Params;

/// What the query says.
pub struct Query(pub Params);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        Ok(Self(Params::parse(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

impl Query {
    /// The value of a parameter.
    pub fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).map(str::to_owned)
    }

    /// A value that has a form of its own.
    ///
    /// # Errors
    /// `invalid_request` with the form that it should have.
    pub fn parsed<T>(
        &self,
        name: &str,
        form: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let wrong = || Error::invalid_request(format!("{name} is not {form}"));
        self.0.get(name).map(|text| parse(text).ok_or_else(wrong)).transpose()
    }

    /// A time of RFC 3339.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn time(&self, name: &str) -> Result<Option<Timestamp>, Error> {
        self.parsed(name, "a time such as 2026-01-31T12:00:00Z", Timestamp::parse_rfc3339)
    }

    /// A UUID.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn uuid(&self, name: &str) -> Result<Option<uuid::Uuid>, Error> {
        self.parsed(name, "a UUID", |text| uuid::Uuid::parse_str(text).ok())
    }
}
