//! The person's browser: its cookies, and whether a form came from our page.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::app::App;
use crate::error::Error;
use crate::secret::{Kind, Secret, base64url, from_base64url, same};

/// A cookie of ours. Its name carries `__Host-` where the issuer is https: the
/// browser then takes it from us alone (RFC 6265bis §4.1.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Names the browser; flows and forms are bound to it.
    Browser,
    /// Names the login session.
    Session,
}

impl Cookie {
    fn name(self, app: &App) -> String {
        let prefix = if app.config.issuer.is_https() { "__Host-" } else { "" };
        match self {
            Self::Browser => format!("{prefix}porteiro_browser"),
            Self::Session => format!("{prefix}porteiro_session"),
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Browser => Kind::BrowserCookie,
            Self::Session => Kind::SessionCookie,
        }
    }

    /// What the browser sent, if it has the form of this cookie.
    pub fn read(self, app: &App, headers: &HeaderMap) -> Option<Secret> {
        self.kind().parse(cookie(headers, &self.name(app))?)
    }

    /// `Set-Cookie` until the browser is closed; the server ends sessions.
    ///
    /// # Errors
    /// None that can happen: the value is ours.
    pub fn set(self, app: &App, value: &Secret) -> Result<HeaderValue, Error> {
        self.header(app, value.reveal(), "")
    }

    /// `Set-Cookie` that takes it away.
    ///
    /// # Errors
    /// As [`Cookie::set`].
    pub fn clear(self, app: &App) -> Result<HeaderValue, Error> {
        self.header(app, "", "; Max-Age=0")
    }

    fn header(self, app: &App, value: &str, more: &str) -> Result<HeaderValue, Error> {
        set_cookie(&self.name(app), value, app.config.issuer.is_https(), more)
    }
}

/// The value of a cookie that the browser sent.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(own, _)| own.trim() == name)?;
    Some(value.trim())
}

/// `Set-Cookie` for the host that answers, out of reach of scripts.
///
/// # Errors
/// `server_error` for a value that a header cannot hold.
pub fn set_cookie(name: &str, value: &str, https: bool, more: &str) -> Result<HeaderValue, Error> {
    let secure = if https { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
    HeaderValue::try_from(cookie).map_err(Error::server_error)
}

/// The token that a form carries: only this browser, for this purpose and
/// flow, can have it.
pub fn csrf_token(app: &App, browser: &Secret, flow: &str) -> String {
    base64url(&app.mac.tag("form", &[browser.reveal().as_bytes(), flow.as_bytes()]))
}

/// Whether a form was sent by our own page in this browser. The ticket
/// decides; what the browser says of the origin may only object. Our pages send
/// no referrer, so an honest browser says `Origin: null`.
pub fn is_own_form(app: &App, headers: &HeaderMap, browser: &Secret, flow: &str, csrf: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let expected = app.mac.tag("form", &[browser.reveal().as_bytes(), flow.as_bytes()]);
    let ticket = csrf.and_then(from_base64url).is_some_and(|sent| same(&sent, &expected));
    let site = matches!(text("sec-fetch-site"), None | Some("same-origin" | "none"));
    let origin = text("origin").is_none_or(|origin| origin == "null" || origin == app.config.issuer.origin());
    ticket && site && origin
}
