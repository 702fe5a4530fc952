//! The issuer identifier: RFC 8414 §2, OpenID Connect Discovery §3.

use std::net::IpAddr;

use url::{Host, Url};

/// An `https` URL without query or fragment; `http` on a loopback host only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    url: Url,
}

impl Issuer {
    /// Judges an issuer as a person wrote it.
    ///
    /// # Errors
    /// A sentence that says what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().any(|c| !c.is_ascii_graphic() || c == '\\') {
            return Err("must be a URL in ASCII without spaces".into());
        }
        let url = Url::parse(text).map_err(|problem| {
            format!("is not a URL ({problem}), write https://HOST or https://HOST/PATH")
        })?;
        if text.contains(['?', '#', '@']) {
            return Err(
                "must have no query, fragment or user name, write https://HOST or https://HOST/PATH".into()
            );
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err("must be https://; http:// is accepted on localhost only".into()),
            _ => return Err("must begin with https://".into()),
        }
        let issuer = Self { text: text.to_owned(), url };
        issuer.check_path()?;
        Ok(issuer)
    }

    /// Routes are mounted under the path as it is written, so only a path with
    /// a single spelling will do.
    fn check_path(&self) -> Result<(), String> {
        let written = self.text.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        let path = written.unwrap_or("/");
        if path != self.url.path() || path.contains("//") || !path.chars().all(plain) {
            return Err("must have a plain path: letters, digits, - . _ ~ and single slashes".into());
        }
        Ok(())
    }

    /// The exact string of `iss`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path that every route lives under: empty, or `/auth` without a
    /// slash at the end.
    pub fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// What every URL of ours begins with, without a slash at the end.
    pub fn base(&self) -> &str {
        self.text.trim_end_matches('/')
    }

    /// The host, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Scheme, host and port: what a browser sends as `Origin` (RFC 6454 §7).
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Whether the scheme is `https`.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The URL of an endpoint: `join("/oauth2/token")`.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.base())
    }
}

/// RFC 8252 §8.3 and RFC 6761 §6.3: names and addresses that never leave the
/// machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SECURITY-CASES 269, RFC 8414 §2.
    #[test]
    fn an_issuer_is_https_or_on_loopback_and_has_one_spelling() {
        let good = [
            "https://login.example.com",
            "https://login.example.com/",
            "https://login.example.com/auth",
            "https://login.example.com:8443/auth/",
            "http://localhost:8080",
            "http://app.localhost",
            "http://127.0.0.1:51004",
            "http://127.9.9.9",
            "http://[::1]:8080",
        ];
        for text in good {
            assert_eq!(Issuer::parse(text).unwrap().as_str(), text);
        }
        let bad = [
            "",
            "login.example.com",
            "/auth",
            "ftp://login.example.com",
            "http://login.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://192.168.1.5",
            "http://0.0.0.0:8080",
            "http://[::]:8080",
            "https://login.example.com?x=1",
            "https://login.example.com/?",
            "https://login.example.com#x",
            "https://user@login.example.com",
            "https://user:secret@login.example.com",
            "https://@login.example.com",
            "https://login.example.com/a/../b",
            "https://login.example.com//auth",
            "https://login.example.com/{tenant}",
            "https://login.example.com/a%2fb",
            "https://login.example.com/a b",
            "https:\\\\login.example.com",
            "https://bücher.example",
            " https://login.example.com",
        ];
        for text in bad {
            assert!(Issuer::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn endpoints_lie_under_the_issuer_with_single_slashes() {
        let table = [
            ("https://id.example", "", "https://id.example/oauth2/token"),
            ("https://id.example/", "", "https://id.example/oauth2/token"),
            ("https://id.example/auth", "/auth", "https://id.example/auth/oauth2/token"),
            ("https://id.example/auth/", "/auth", "https://id.example/auth/oauth2/token"),
        ];
        for (text, path, token_endpoint) in table {
            let issuer = Issuer::parse(text).unwrap();
            assert_eq!((issuer.path(), issuer.join("/oauth2/token").as_str()), (path, token_endpoint));
        }
    }

    #[test]
    fn the_origin_is_what_a_browser_sends() {
        assert_eq!(Issuer::parse("https://ID.example:443/auth").unwrap().origin(), "https://id.example");
        assert_eq!(Issuer::parse("http://[::1]:8080").unwrap().origin(), "http://[::1]:8080");
    }
}
