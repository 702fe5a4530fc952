//! Native TLS: the certificate and its key, read and judged.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::value::ConfigError;
use super::{Server, disk};

impl Server {
    /// What a TLS listener needs, read anew from the files; `None` without
    /// `tls_cert` and `tls_key`.
    ///
    /// # Errors
    /// When a file cannot be read, other users can read the key, the key is
    /// weak (RSA below 2048 bits) or does not belong to the certificate.
    pub fn tls(&self) -> Result<Option<ServerConfig>, ConfigError> {
        let (Some(cert), Some(key)) = (&self.tls_cert, &self.tls_key) else { return Ok(None) };
        let chain = chain(cert).map_err(|what| refuse("server.tls_cert", cert, &what))?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = private_key(key, &provider).and_then(|private_key| {
            ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private_key))
                .map_err(|problem| format!("does not fit the certificate: {problem}"))
        });
        config.map(Some).map_err(|what| refuse("server.tls_key", key, &what))
    }
}

fn refuse(name: &str, path: &Path, what: &str) -> ConfigError {
    ConfigError(format!("{name} {} {what}", path.display()))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).and_then(|certificates| certificates.collect());
    match chain {
        Ok(chain) if chain.is_empty() => Err("holds no certificate in PEM".into()),
        Ok(chain) => Ok(chain),
        Err(problem) => Err(described(&problem)),
    }
}

fn private_key(
    path: &Path,
    provider: &rustls::crypto::CryptoProvider,
) -> Result<PrivateKeyDer<'static>, String> {
    disk::check_private(path)?;
    let key = PrivateKeyDer::from_pem_file(path).map_err(|problem| described(&problem))?;
    provider
        .key_provider
        .load_private_key(key.clone_key())
        .map_err(|_| "is weak or unknown, use RSA of 2048 bits or more, ECDSA P-256 or Ed25519")?;
    Ok(key)
}

/// The parser may quote what it read, so only the outcome is told.
fn described(problem: &PemError) -> String {
    match problem {
        PemError::Io(problem) => format!("cannot be read: {problem}"),
        _ => "is not PEM of the right kind".into(),
    }
}
