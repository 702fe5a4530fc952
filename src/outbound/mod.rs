//! The requests that this program sends: to addresses which others have
//! registered, and, as a sidecar, to its issuer. No redirect is followed.

mod address;
mod dial;
mod failure;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use tokio::time::timeout;
use url::Url;

use crate::error::Error;
use dial::Dialler;

pub use dial::Reach;
pub use failure::Failure;
pub use trust::Trust;

/// How long a call of [`Outbound::post_form`] may take, from the name to the
/// status.
const PATIENCE: Duration = Duration::from_secs(5);

/// For a connection with the head of an answer, and for the rest of it.
const HEAD: Duration = Duration::from_secs(4);

/// The largest head of an answer.
const HEAD_BYTES: usize = 64 * 1024;

/// The largest answer that is read at once.
const LARGEST: usize = 1024 * 1024;

/// How long a connection waits for the next request.
const IDLE: Duration = Duration::from_secs(20);

/// Sends requests. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbound(Client<HttpsConnector<Dialler>, Body>);

impl Outbound {
    /// Calls what `reach` allows, over TLS that `trust` vouches for.
    ///
    /// # Errors
    /// `server_error` that names a file that cannot be used.
    pub fn new(reach: Reach, trust: Trust<'_>) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Error::server_error)?
            .with_root_certificates(trust.roots()?)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(Dialler::new(reach));
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).http1_max_buf_size(HEAD_BYTES);
        Ok(Self(builder.build(connector)))
    }

    /// Posts a form and returns the status of the answer; its body is not read.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn post_form(&self, url: &Url, body: String) -> Result<StatusCode, Failure> {
        let request = Request::post(url.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::USER_AGENT, "Porteiro")
            .header(header::CONNECTION, "close")
            .body(Body::from(body))
            .map_err(Failure::broken)?;
        let answer =
            timeout(PATIENCE, self.0.request(request)).await.map_err(|_| Failure::TimedOut(PATIENCE))?;
        answer.map(|answer| answer.status()).map_err(|error| Failure::of(&error))
    }

    /// Sends a request and waits for the head of its answer.
    ///
    /// # Errors
    /// Why none comes in time.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, Failure> {
        let answer = timeout(HEAD, self.0.request(request)).await.map_err(|_| Failure::TimedOut(HEAD))?;
        answer.map_err(|error| Failure::of(&error))
    }

    /// Sends a request and reads its whole answer.
    ///
    /// # Errors
    /// Why it does not come in time, or that it is too long.
    pub async fn fetch(&self, request: Request<Body>) -> Result<Response<Bytes>, Failure> {
        let (head, body) = self.send(request).await?.into_parts();
        let reading = timeout(HEAD, Limited::new(body, LARGEST).collect());
        let body = reading.await.map_err(|_| Failure::TimedOut(HEAD))?.map_err(Failure::broken)?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SECURITY-CASES 250: other spellings of an address are the same address.
    #[tokio::test]
    async fn no_spelling_of_a_private_address_is_called() {
        let outbound = Outbound::new(Reach::Internet(Arc::from([])), Trust::Public).unwrap();
        for url in ["http://2130706433/", "http://0x7f.1/", "http://[::1]:1/", "https://localhost:1/"] {
            let url = Url::parse(url).unwrap();
            let outcome = outbound.post_form(&url, String::new()).await;
            assert!(matches!(outcome, Err(Failure::Refused(_))), "{url} {outcome:?}");
        }
    }
}
