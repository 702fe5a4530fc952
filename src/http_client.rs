//! Requests that this program sends: over TLS with the certificates that
//! browsers trust, or those of a file. Redirects are not followed.

use std::path::Path;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

use crate::error::Error;

/// For a connection, and for the head of an answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// The largest answer that is read at once.
const LARGEST: usize = 1024 * 1024;

/// Keeps its connections for the next request. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HttpClient(Client<HttpsConnector<HttpConnector>, Body>);

impl HttpClient {
    /// A client that trusts the authorities in a PEM file instead of those
    /// that browsers trust, if there is one.
    ///
    /// # Errors
    /// `server_error` when the file holds no certificate.
    pub fn new(authorities: Option<&Path>) -> Result<Self, Error> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let tls = ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(Error::server_error)?
            .with_root_certificates(roots(authorities)?)
            .with_no_client_auth();
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(PATIENCE));
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new()).pool_idle_timeout(Duration::from_secs(20));
        Ok(Self(builder.build(connector)))
    }

    /// Sends a request and waits for the head of its answer.
    ///
    /// # Errors
    /// `temporarily_unavailable` when none comes in time.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, Error> {
        let answer = timeout(PATIENCE, self.0.request(request)).await.map_err(Error::unavailable)?;
        answer.map_err(Error::unavailable)
    }

    /// Sends a request and reads its whole answer.
    ///
    /// # Errors
    /// `temporarily_unavailable` when it does not come in time or is too long.
    pub async fn fetch(&self, request: Request<Body>) -> Result<Response<Bytes>, Error> {
        let (head, body) = self.send(request).await?.into_parts();
        let reading = timeout(PATIENCE, Limited::new(body, LARGEST).collect());
        let body = reading.await.map_err(Error::unavailable)?.map_err(Error::unavailable)?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

fn roots(authorities: Option<&Path>) -> Result<RootCertStore, Error> {
    let Some(path) = authorities else {
        return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    };
    let unusable = |cause: &dyn std::fmt::Display| {
        Error::server_error(format!("cannot use the certificates in {}: {cause}", path.display()))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|cause| unusable(&cause))? {
        roots.add(certificate.map_err(|cause| unusable(&cause))?).map_err(|cause| unusable(&cause))?;
    }
    if roots.is_empty() {
        return Err(unusable(&"there is none"));
    }
    Ok(roots)
}
