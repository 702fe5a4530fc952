//! Calls that this server makes to addresses which others have registered. A
//! target inside our own networks is refused where the connection is made, so
//! that no name can lead there; no redirect is followed, and no body is read.

mod address;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, StatusCode, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use crate::error::Error;

/// How long a call may take, from the name to the status.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most that is read of an answer: its head.
const ANSWER_BYTES: usize = 64 * 1024;

/// Makes the calls. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbound {
    allowed: Arc<[IpNet]>,
    tls: Arc<ClientConfig>,
}

/// Why a call had no answer.
#[derive(Debug)]
pub enum Failure {
    /// The target is in a network that is not allowed; nothing was sent.
    Refused(IpAddr),
    /// Plain HTTP to the Internet; nothing was sent.
    Plain,
    /// No answer in time.
    TimedOut,
    /// No such name, no connection, no certificate that we trust, no HTTP.
    Broken(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(address) => {
                write!(f, "{address} is not a public address, see outbound.allowed_networks")
            }
            Self::Plain => f.write_str("http:// is for outbound.allowed_networks only"),
            Self::TimedOut => write!(f, "no answer within {} seconds", PATIENCE.as_secs()),
            Self::Broken(cause) => f.write_str(cause),
        }
    }
}

impl Failure {
    fn broken(cause: impl fmt::Display) -> Self {
        Self::Broken(cause.to_string())
    }
}

impl Outbound {
    /// Trusts the public certification authorities and those of a file; calls
    /// the Internet and the networks named.
    ///
    /// # Errors
    /// `server_error` that names a file that cannot be used.
    pub fn new(allowed: &[IpNet], ca_file: Option<&Path>) -> Result<Self, Error> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(file) = ca_file {
            let unusable = |cause: &dyn fmt::Display| {
                Error::server_error(format!("cannot use {}: {cause}", file.display()))
            };
            for certificate in CertificateDer::pem_file_iter(file).map_err(|cause| unusable(&cause))? {
                let certificate = certificate.map_err(|cause| unusable(&cause))?;
                roots.add(certificate).map_err(|cause| unusable(&cause))?;
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Error::server_error)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { allowed: allowed.into(), tls: Arc::new(tls) })
    }

    /// Posts a form and returns the status of the answer.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn post_form(&self, url: &Url, body: String) -> Result<StatusCode, Failure> {
        let request = Request::post(path_and_query(url))
            .header(header::HOST, authority(url))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::USER_AGENT, "Porteiro")
            .header(header::CONNECTION, "close")
            .body(body)
            .map_err(Failure::broken)?;
        let call = async {
            let stream = self.connect(url).await?;
            if url.scheme() != "https" {
                return send(stream, request).await;
            }
            let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
            let name = ServerName::try_from(host).map_err(Failure::broken)?;
            let connector = TlsConnector::from(Arc::clone(&self.tls));
            send(connector.connect(name, stream).await.map_err(Failure::broken)?, request).await
        };
        tokio::time::timeout(PATIENCE, call).await.unwrap_or(Err(Failure::TimedOut))
    }

    /// Connects to the first address that may be called. The address that was
    /// judged is the one that is dialled, whatever the name says next.
    async fn connect(&self, url: &Url) -> Result<TcpStream, Failure> {
        let port = url.port_or_known_default().unwrap_or(443);
        let addresses: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(address)) => vec![SocketAddr::new(address.into(), port)],
            Some(Host::Ipv6(address)) => vec![SocketAddr::new(address.into(), port)],
            Some(Host::Domain(name)) => lookup_host((name, port)).await.map_err(Failure::broken)?.collect(),
            None => Vec::new(),
        };
        let mut last = Failure::broken("the name has no address");
        for address in addresses {
            let attempt = match self.judge(address.ip(), url.scheme()) {
                Ok(()) => TcpStream::connect(address).await.map_err(Failure::broken),
                Err(refused) => Err(refused),
            };
            match attempt {
                Ok(stream) => return Ok(stream),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    fn judge(&self, address: IpAddr, scheme: &str) -> Result<(), Failure> {
        let address = address.to_canonical();
        if self.allowed.iter().any(|network| network.contains(&address)) {
            return Ok(());
        }
        match scheme {
            _ if !address::is_public(address) => Err(Failure::Refused(address)),
            "https" => Ok(()),
            _ => Err(Failure::Plain),
        }
    }
}

fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

async fn send<S>(stream: S, request: Request<String>) -> Result<StatusCode, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let handshake = http1::Builder::new().max_buf_size(ANSWER_BYTES).handshake(TokioIo::new(stream));
    let (mut sender, connection) = handshake.await.map_err(Failure::broken)?;
    let answer = sender.send_request(request);
    let (mut connection, mut answer) = (std::pin::pin!(connection), std::pin::pin!(answer));
    let answer = tokio::select! {
        answer = &mut answer => answer,
        // The answer, or why there is none, was handed over before this.
        _ = &mut connection => answer.await,
    };
    answer.map(|answer| answer.status()).map_err(Failure::broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(address: &str, scheme: &str, allowed: &str) -> bool {
        let outbound = Outbound::new(&[allowed.parse().unwrap()], None).unwrap();
        outbound.judge(address.parse().unwrap(), scheme).is_ok()
    }

    /// SECURITY-CASES 250.
    #[test]
    fn a_target_inside_is_refused_unless_its_network_is_allowed() {
        let table = [
            ("127.0.0.1", "https", "10.0.0.0/8", false),
            ("10.0.0.9", "https", "10.0.0.0/8", true),
            ("::ffff:10.0.0.9", "http", "10.0.0.0/8", true),
            ("1.1.1.1", "https", "10.0.0.0/8", true),
            ("1.1.1.1", "http", "10.0.0.0/8", false),
            ("::1", "https", "127.0.0.0/8", false),
            ("169.254.169.254", "http", "10.0.0.0/8", false),
        ];
        for (address, scheme, allowed, expected) in table {
            assert_eq!(judged(address, scheme, allowed), expected, "{scheme} {address} with {allowed}");
        }
    }

    /// SECURITY-CASES 250: other spellings of an address are the same address.
    #[tokio::test]
    async fn no_spelling_of_a_private_address_is_called() {
        let outbound = Outbound::new(&[], None).unwrap();
        for url in ["http://2130706433/", "http://0x7f.1/", "http://[::1]:1/", "https://localhost:1/"] {
            let url = Url::parse(url).unwrap();
            let outcome = outbound.post_form(&url, String::new()).await;
            assert!(matches!(outcome, Err(Failure::Refused(_))), "{url} {outcome:?}");
        }
    }
}
