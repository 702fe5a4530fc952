//! The body of a form post, parsed once. axum's own `Form` answers 415 and 422
//! in plain text; OAuth wants `invalid_request` in JSON (RFC 6749 §5.2).

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};

use crate::error::Error;
use crate::oauth::params::{MAX_BYTES, Params};

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// `application/x-www-form-urlencoded`, or no body at all.
#[derive(Debug)]
pub struct Form(pub Params);

impl<S: Sync> FromRequest<S> for Form {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        let body = read(&parts.headers, body).await?;
        if !body.is_empty() && !is_form(&parts.headers) {
            return Err(Error::invalid_request("send the body as application/x-www-form-urlencoded"));
        }
        let params = Params::parse(&body);
        params.check()?;
        Ok(Self(params))
    }
}

async fn read(headers: &HeaderMap, body: Body) -> Result<axum::body::Bytes, Error> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: usize| length > MAX_BYTES) {
        return Err(Error::too_large());
    }
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(failed)) if is_too_long(&failed) => Err(Error::too_large()),
        Ok(Err(_)) => Err(Error::invalid_request("the request body could not be read")),
        Err(_) => {
            Err(Error::invalid_request("the request body took too long")
                .with_status(StatusCode::REQUEST_TIMEOUT))
        }
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if inner.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = inner.source();
    }
    false
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
