//! The body of a form post, parsed once. axum's own `Form` answers 415 and 422
//! in plain text; OAuth wants `invalid_request` in JSON (RFC 6749 §5.2).

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};

use crate::error::Error;
use crate::oauth::params::Params;

/// `application/x-www-form-urlencoded`, or no body at all.
#[derive(Debug)]
pub struct Form(pub Params);

/// A form that may have a fault: the authorization endpoint must know the
/// client before it may say so.
#[derive(Debug)]
pub struct UncheckedForm(pub Params);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let UncheckedForm(params) = UncheckedForm::from_request(request, state).await?;
        params.check()?;
        Ok(Self(params))
    }
}

impl<S: Send + Sync> FromRequest<S> for UncheckedForm {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let form = is_form(request.headers());
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|_| Error::invalid_request("the request body could not be read"))?;
        if !body.is_empty() && !form {
            return Err(Error::invalid_request("send the body as application/x-www-form-urlencoded"));
        }
        Ok(Self(Params::parse(&body)))
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
