//! Redirect URIs: two that match are equal, or differ in the port of a
//! loopback address; what may be registered has one reading.

use porteiro::oauth::redirect_uri::{check_registration, choose, matches};
use url::{Host, Url};

use super::two_texts;

pub fn hold(input: &[u8]) {
    let Some((registered, requested)) = two_texts(input) else { return };
    assert_eq!(matches(registered, requested, false), registered == requested);
    assert_eq!(matches(registered, requested, true), matches(requested, registered, true));
    if matches(registered, requested, true) && registered != requested {
        only_a_loopback_port_differs(registered, requested);
    }
    chosen(registered, requested);
    for uri in [registered, requested] {
        if check_registration(uri).is_ok() {
            has_one_reading(uri);
        }
    }
}

fn only_a_loopback_port_differs(registered: &str, requested: &str) {
    if check_registration(registered).is_err() {
        return;
    }
    let without_port = |uri: &str| {
        let mut parsed = Url::parse(uri).unwrap();
        let loopback = match parsed.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            _ => false,
        };
        assert!(loopback && parsed.scheme() == "http", "{uri}");
        parsed.set_port(None).unwrap();
        parsed
    };
    assert_eq!(without_port(registered), without_port(requested));
    assert!(check_registration(requested).is_ok() || requested.len() > 2048);
}

fn chosen(registered: &str, requested: &str) {
    let one = [registered.to_owned()];
    assert_eq!(choose(&one, None, true).unwrap(), registered);
    for native in [false, true] {
        let answer = choose(&one, Some(requested), native).ok();
        assert_eq!(answer, matches(registered, requested, native).then_some(requested));
    }
}

/// A browser goes where the text says.
fn has_one_reading(uri: &str) {
    let parsed = Url::parse(uri).unwrap();
    assert!(parsed.username().is_empty() && parsed.password().is_none() && parsed.fragment().is_none());
    match parsed.scheme() {
        "https" => {}
        "http" => assert!(matches!(parsed.host(), Some(Host::Domain("localhost"))) || is_loopback(&parsed)),
        scheme => assert!(scheme.contains('.')),
    }
    let written = uri.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap());
    if let Some(host) = parsed.host_str() {
        let (name, port) = match written.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port),
            _ => (written, ""),
        };
        assert!(name.eq_ignore_ascii_case(host), "{uri} goes to {host}");
        assert!(port.bytes().all(|byte| byte.is_ascii_digit()));
    }
    let path = parsed.path();
    assert!(uri.contains(path) || path == "/", "{uri} goes to {path}");
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    }
}
