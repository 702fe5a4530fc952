//! Our cookies at a protected host. Where it is https they carry `__Host-`: no
//! neighbour of that host can set them (RFC 6265bis §4.1.3.2).

use axum::http::{HeaderMap, HeaderValue};

use super::ProtectedHost;
use crate::browser;
use crate::error::Error;
use crate::secret::Secret;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Names a browser that is about to log in.
    Guest,
    /// Lets a browser in.
    Visitor,
}

impl Cookie {
    fn name(self, host: &ProtectedHost) -> String {
        let prefix = if is_https(host) { "__Host-" } else { "" };
        let name = match self {
            Self::Guest => "guest",
            Self::Visitor => "visitor",
        };
        format!("{prefix}porteiro_{name}")
    }

    /// What the browser sent.
    pub fn read(self, host: &ProtectedHost, headers: &HeaderMap) -> Option<Secret> {
        browser::cookie(headers, &self.name(host)).map(Secret::new)
    }

    /// `Set-Cookie` until the browser is closed; what it refers to ends sooner.
    ///
    /// # Errors
    /// None that can happen: the value is ours.
    pub fn set(self, host: &ProtectedHost, value: &Secret) -> Result<HeaderValue, Error> {
        browser::set_cookie(&self.name(host), value.reveal(), is_https(host), "")
    }

    /// `Set-Cookie` that takes it away.
    ///
    /// # Errors
    /// As [`Cookie::set`].
    pub fn clear(self, host: &ProtectedHost) -> Result<HeaderValue, Error> {
        browser::set_cookie(&self.name(host), "", is_https(host), "; Max-Age=0")
    }
}

fn is_https(host: &ProtectedHost) -> bool {
    host.origin().starts_with("https://")
}
