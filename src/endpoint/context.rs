//! What is known of a request beside its contents: its id and where it came
//! from. Logs a line for each.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use tracing::Instrument as _;

use crate::app::App;
pub use crate::context::Context;
use crate::error::Error;
use crate::logging;

/// The other end of the connection. Set by the server's loop.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get::<Self>().copied().ok_or_else(|| Error::server_error("a route without context"))
    }
}

/// Gives the request its context, the answer its `X-Request-Id`, and the log
/// its line. The path alone is logged: queries may carry codes.
pub async fn establish(State(app): State<App>, mut request: Request, next: Next) -> Result<Response, Error> {
    let started = Instant::now();
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let context = Context {
        request_id: app.random.uuid_v7(app.now())?,
        address: client_address(peer, request.headers(), &app.config.server.trusted_proxies),
    };
    request.extensions_mut().insert(context);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = logging::request_span(context.request_id);
    #[cfg(feature = "otlp")]
    logging::traces::continue_from(&span, request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).instrument(span.clone()).await;
    #[cfg(feature = "otlp")]
    logging::traces::describe(
        &span,
        known(&method),
        route.as_ref().map(MatchedPath::as_str),
        response.status().as_u16(),
    );
    if let Some(route) = route {
        let took = started.elapsed();
        app.metrics.answered(known(&method), route, response.status().as_u16(), took);
    }
    if let Ok(id) = HeaderValue::from_str(&context.request_id.to_string()) {
        response.headers_mut().insert("x-request-id", id);
    }
    tracing::info!(
        id = %context.request_id,
        address = %context.address,
        %method,
        path = path.escape_default().to_string(),
        status = response.status().as_u16(),
        micros = started.elapsed().as_micros() as u64,
        "answered"
    );
    Ok(response)
}

/// The methods that a route of ours can have; a label must not be endless.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
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
