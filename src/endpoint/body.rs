//! The whole body of a request, before anybody looks at it: how long it may
//! be, and how long it may take. What the store may take counts from then on.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};

use crate::error::Error;
use crate::oauth::params::MAX_BYTES;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// The request with its body in hand.
///
/// # Errors
/// 413 when it is too large (RFC 9110 §15.5.14), 408 when it does not arrive
/// (§15.5.9), both in JSON.
pub async fn receive(request: Request) -> Result<Request, Error> {
    let (parts, body) = request.into_parts();
    let body = read(&parts.headers, body, PATIENCE).await?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

async fn read(headers: &HeaderMap, body: Body, patience: Duration) -> Result<Bytes, Error> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: u64| length > MAX_BYTES as u64) {
        return Err(Error::too_large());
    }
    match tokio::time::timeout(patience, to_bytes(body, MAX_BYTES)).await {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// SECURITY-CASES 246: a body that does not come is the client's delay,
    /// not an outage of ours.
    #[tokio::test]
    async fn a_body_that_does_not_arrive_is_not_waited_for() {
        let never = Body::from_stream(tokio_stream::pending::<Result<Bytes, std::io::Error>>());
        let refusal = read(&HeaderMap::new(), never, Duration::from_millis(10)).await.unwrap_err();
        assert_eq!(refusal.status(), StatusCode::REQUEST_TIMEOUT);
    }

    /// SECURITY-CASES 93.
    #[tokio::test]
    async fn a_body_of_the_greatest_size_is_taken() {
        let taken = read(&HeaderMap::new(), Body::from(vec![0; MAX_BYTES]), PATIENCE).await.unwrap();
        assert_eq!(taken.len(), MAX_BYTES);
        let refusal =
            read(&HeaderMap::new(), Body::from(vec![0; MAX_BYTES + 1]), PATIENCE).await.unwrap_err();
        assert_eq!(refusal.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}
