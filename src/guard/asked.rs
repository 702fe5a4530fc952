//! What the browser asked the proxy for, as the proxy tells it.

use axum::http::HeaderMap;

use crate::config::Issuer;
pub use crate::oauth::redirect_uri::origin;

/// The longest path and query that a login comes back to.
const MAX_TARGET: usize = 4096;

/// An address at another host than ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Scheme, host and port.
    pub origin: String,
    /// Path and query, which begin with a slash.
    pub target: String,
}

impl Asked {
    /// From `X-Original-URL`, or from `X-Forwarded-Proto`, `-Host` and `-Uri`.
    /// What names ourselves is of a proxy before us. Where both are there a
    /// browser may have added one of them, so they must name the same host.
    pub fn of(issuer: &Issuer, headers: &HeaderMap) -> Option<Self> {
        let named = [original(headers), forwarded(headers)];
        let mut named = named.into_iter().flatten().filter(|asked| asked.origin != issuer.origin());
        let asked = named.next()?;
        named.all(|other| other.origin == asked.origin).then_some(asked)
    }

    /// An address by its parts. A target that cannot be one becomes `/`.
    pub fn new(origin: String, target: &str) -> Self {
        let plain = target.starts_with('/')
            && target.len() <= MAX_TARGET
            && target.bytes().all(|byte| byte.is_ascii_graphic());
        Self { origin, target: if plain { target.to_owned() } else { String::from("/") } }
    }
}

fn original(headers: &HeaderMap) -> Option<Asked> {
    let address = only(headers, "x-original-url")?;
    let (scheme, rest) = address.split_once("://")?;
    let path = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(path);
    Some(Asked::new(origin(&format!("{scheme}://{authority}/"))?, target))
}

fn forwarded(headers: &HeaderMap) -> Option<Asked> {
    let host = only(headers, "x-forwarded-host")?;
    let scheme = match only(headers, "x-forwarded-proto") {
        Some("http" | "ws") => "http",
        Some("https" | "wss") | None => "https",
        Some(_) => return None,
    };
    let target = only(headers, "x-forwarded-uri").unwrap_or("/");
    Some(Asked::new(origin(&format!("{scheme}://{host}/"))?, target))
}

/// A header that came once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).into_iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value.trim()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn asked(lines: &[(&'static str, &str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let issuer = Issuer::parse("https://id.test/auth").unwrap();
        Asked::of(&issuer, &headers).map(|asked| format!("{} {}", asked.origin, asked.target))
    }

    #[test]
    fn the_address_is_what_the_proxy_says() {
        let (url, host) = ("x-original-url", "x-forwarded-host");
        let (proto, uri) = ("x-forwarded-proto", "x-forwarded-uri");
        let table: [(&[(&'static str, &str)], &str); 12] = [
            (&[(url, "https://app.test/a?b=c&d")], "https://app.test /a?b=c&d"),
            (&[(url, "http://127.0.0.2:81/")], "http://127.0.0.2:81 /"),
            (&[(url, "https://APP.test:443?x=1")], "https://app.test /"),
            (&[(host, "app.test"), (proto, "https"), (uri, "/a?b")], "https://app.test /a?b"),
            (&[(host, "app.test:8443"), (proto, "wss")], "https://app.test:8443 /"),
            (&[(host, "app.test"), (proto, "http"), (uri, "//evil.test")], "http://app.test //evil.test"),
            (&[(host, "app.test")], "https://app.test /"),
            (&[(host, "app.test"), (uri, "evil.test/")], "https://app.test /"),
            // Our own proxy in between speaks of ourselves.
            (&[(host, "id.test"), (url, "https://app.test/a")], "https://app.test /a"),
            (&[(host, "app.test"), (proto, "https"), (url, "https://app.test/a")], "https://app.test /a"),
            (&[(host, "app.test"), (uri, "/\u{e9}")], "https://app.test /"),
            (&[(url, "https://user@app.test/")], "https://app.test /"),
        ];
        for (lines, expected) in table {
            assert_eq!(asked(lines).as_deref(), Some(expected), "{lines:?}");
        }
    }

    #[test]
    fn what_is_in_doubt_is_nothing() {
        let (url, host, proto) = ("x-original-url", "x-forwarded-host", "x-forwarded-proto");
        let table: [&[(&'static str, &str)]; 8] = [
            &[],
            &[(host, "id.test")],
            &[(host, "app.test"), (url, "https://other.test/")],
            &[(host, "app.test"), (url, "http://app.test/")],
            &[(host, "app.test"), (host, "other.test")],
            &[(host, "app.test"), (proto, "gopher")],
            &[(url, "/only/a/path")],
            &[(url, "javascript://app.test/")],
        ];
        for lines in table {
            assert_eq!(asked(lines), None, "{lines:?}");
        }
    }
}
