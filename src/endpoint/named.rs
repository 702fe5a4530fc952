//! What the path of a request names.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// What the path names.
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        // No name holds a NUL, and no database takes one.
        let nul = parts.uri.path().contains("%00");
        let unreadable = || Error::invalid_request("the path names something that cannot be read");
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(named)) if !nul => Ok(Self(named)),
            _ => Err(unreadable()),
        }
    }
}
