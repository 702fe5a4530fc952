//! Whose certificates are trusted.

use std::fmt;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::error::Error;

/// Whose certificates are trusted: those of the authorities that browsers
/// trust, or of a PEM file.
#[derive(Clone, Copy, Debug)]
pub enum Trust<'a> {
    /// Those that browsers trust.
    Public,
    /// These as well.
    PublicAnd(&'a Path),
    /// These alone.
    Only(&'a Path),
}

impl Trust<'_> {
    pub(super) fn roots(self) -> Result<RootCertStore, Error> {
        let public = || RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        match self {
            Self::Public => Ok(public()),
            Self::PublicAnd(file) => with(public(), file),
            Self::Only(file) => with(RootCertStore::empty(), file),
        }
    }
}

fn with(mut roots: RootCertStore, file: &Path) -> Result<RootCertStore, Error> {
    let unusable = |cause: &dyn fmt::Display| {
        Error::server_error(format!("cannot use the certificates in {}: {cause}", file.display()))
    };
    let before = roots.len();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|cause| unusable(&cause))? {
        roots.add(certificate.map_err(|cause| unusable(&cause))?).map_err(|cause| unusable(&cause))?;
    }
    if roots.len() == before { Err(unusable(&"there is none")) } else { Ok(roots) }
}
