//! Native TLS: `server.tls_cert` and `server.tls_key`.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::Error;

/// Reads a certificate chain and its key, both PEM.
///
/// # Errors
/// `server_error` that names the file that cannot be used.
pub fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, Error> {
    let unusable = |path: &Path, cause: &dyn std::fmt::Display| {
        Error::server_error(format!("cannot use {}: {cause}", path.display()))
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|cause| unusable(certificate, &cause))?;
    let key_der = PrivateKeyDer::from_pem_file(key).map_err(|cause| unusable(key, &cause))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::server_error)?
        .with_no_client_auth()
        .with_single_cert(chain, key_der)
        .map_err(|cause| unusable(certificate, &cause))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
