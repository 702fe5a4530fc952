//! Connects to what may be called. A target inside our own networks is refused
//! here, where the connection is made, so that no name can lead there.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::Uri;
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tower::Service;

use super::{Failure, address};

/// How long one of a name's addresses may take: the next one may answer.
const EACH: Duration = Duration::from_secs(2);

/// What may be called.
#[derive(Clone, Debug)]
pub enum Reach {
    /// What the operator has named themselves.
    Anywhere,
    /// The public Internet over TLS, and these networks: for addresses that
    /// others have registered.
    Internet(Arc<[IpNet]>),
}

impl Reach {
    fn judge(&self, address: IpAddr, scheme: &str) -> Result<(), Failure> {
        let Self::Internet(allowed) = self else { return Ok(()) };
        let address = address.to_canonical();
        if allowed.iter().any(|network| network.contains(&address)) {
            return Ok(());
        }
        match scheme {
            _ if !address::is_public(address) => Err(Failure::Refused(address)),
            "https" => Ok(()),
            _ => Err(Failure::Plain),
        }
    }

    /// Connects to the first address that may be called. The address that was
    /// judged is the one that is dialled, whatever the name says next.
    async fn connect(self, target: Uri) -> Result<TokioIo<TcpStream>, Failure> {
        let scheme = target.scheme_str().unwrap_or_default();
        let port = target.port_u16().unwrap_or(if scheme == "http" { 80 } else { 443 });
        let host = target.host().unwrap_or_default().trim_matches(['[', ']']);
        let mut last = Failure::broken("the name has no address");
        let addresses: Vec<SocketAddr> = lookup_host((host, port)).await.map_err(Failure::broken)?.collect();
        for address in addresses {
            let attempt = match self.judge(address.ip(), scheme) {
                Ok(()) => dial(address).await,
                Err(refused) => Err(refused),
            };
            match attempt {
                Ok(stream) => return Ok(TokioIo::new(stream)),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }
}

async fn dial(address: SocketAddr) -> Result<TcpStream, Failure> {
    let dialled = timeout(EACH, TcpStream::connect(address)).await;
    let stream = dialled.map_err(|_| Failure::TimedOut(EACH))?.map_err(Failure::broken)?;
    stream.set_nodelay(true).map_err(Failure::broken)?;
    Ok(stream)
}

/// The same as a connector of hyper's client.
#[derive(Clone, Debug)]
pub struct Dialler(Reach);

impl Dialler {
    pub fn new(reach: Reach) -> Self {
        Self(reach)
    }
}

impl Service<Uri> for Dialler {
    type Response = TokioIo<TcpStream>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        Box::pin(self.0.clone().connect(target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let reach = Reach::Internet(Arc::from([allowed.parse().unwrap()]));
            let judged = reach.judge(address.parse().unwrap(), scheme).is_ok();
            assert_eq!(judged, expected, "{scheme} {address} with {allowed}");
        }
    }
}
