//! What is known of a request beside its contents: its id and where it came
//! from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

use crate::app::App;
pub use crate::context::Context;
use crate::error::Error;

/// The other end of the connection. Set by the server's loop.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get::<Self>().copied().ok_or_else(|| Error::server_error("a route without context"))
    }
}

impl Context {
    /// Of a request that comes in.
    ///
    /// # Errors
    /// `server_error` without randomness.
    pub(super) fn of(app: &App, request: &Request) -> Result<Self, Error> {
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Ok(Self {
            request_id: app.random.uuid_v7(app.now())?,
            address: client_address(peer, request.headers(), &app.config.server.trusted_proxies),
        })
    }
}

/// The address that a chain of trusted proxies vouches for: the last one in
/// the chain that is not itself a trusted proxy. Anyone may write the header,
/// so from an untrusted peer it says nothing.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let mut address = peer;
    for hop in forwarded(headers).into_iter().rev() {
        let Some(hop) = hop else { break };
        address = hop;
        if !is_trusted(&hop) {
            break;
        }
    }
    address
}

/// The hops of `Forwarded` (RFC 7239 §5.2), else of `X-Forwarded-For`, nearest
/// last. `None` for one that is not an address.
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = |name| headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    let standard: Vec<_> =
        values("forwarded").flat_map(|value| value.split(',')).map(for_parameter).collect();
    if !standard.is_empty() {
        return standard;
    }
    values("x-forwarded-for").flat_map(|value| value.split(',')).map(address).collect()
}

fn for_parameter(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    address(named.next()?.1.trim().trim_matches('"'))
}

/// An address with or without a port; IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let parsed =
        text.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|with_port| with_port.ip()));
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    parsed.ok().or_else(bracketed).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, header: (&'static str, &str), trusted: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(header.0, header.1.parse().unwrap());
        client_address(peer.parse().unwrap(), &headers, &[trusted.parse().unwrap()]).to_string()
    }

    /// SECURITY-CASES 233: only a trusted proxy may say where a request came from.
    #[test]
    fn forwarded_addresses_count_only_from_trusted_proxies() {
        let xff = "x-forwarded-for";
        let table = [
            ("203.0.113.9", (xff, "198.51.100.1"), "203.0.113.9"),
            ("10.0.0.1", (xff, "198.51.100.1"), "198.51.100.1"),
            ("10.0.0.1", (xff, "1.2.3.4, 198.51.100.1"), "198.51.100.1"),
            ("10.0.0.1", (xff, "1.2.3.4, 198.51.100.1, 10.0.0.7"), "198.51.100.1"),
            ("10.0.0.1", (xff, "1.2.3.4, nonsense"), "10.0.0.1"),
            ("10.0.0.1", ("forwarded", "for=1.2.3.4, for=\"[2001:db8::1]:443\";proto=https"), "2001:db8::1"),
            ("::ffff:10.0.0.1", (xff, "198.51.100.1:5000"), "198.51.100.1"),
        ];
        for (peer, header, expected) in table {
            assert_eq!(seen(peer, header, "10.0.0.0/8"), expected, "{peer} {header:?}");
        }
    }
}
