//! Which language a person reads.

use axum::http::{HeaderMap, header};

/// The languages that the pages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locale {
    En,
    PtBr,
    Ru,
    Es,
}

const COOKIE: &str = "porteiro_locale";
const HOST_COOKIE: &str = "__Host-porteiro_locale";

impl Locale {
    /// All of them, in the order of the switcher.
    pub const ALL: [Self; 4] = [Self::En, Self::PtBr, Self::Ru, Self::Es];

    /// The language tag (RFC 5646).
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::PtBr => "pt-BR",
            Self::Ru => "ru",
            Self::Es => "es",
        }
    }

    /// The language's own name for itself.
    pub fn endonym(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::PtBr => "Português",
            Self::Ru => "Русский",
            Self::Es => "Español",
        }
    }

    /// The locale whose primary language is that of `tag`: someone who asks
    /// for `pt-PT` is better served by `pt-BR` than by English.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|locale| {
            let own = locale.tag().split('-').next().unwrap_or_default();
            own.eq_ignore_ascii_case(primary)
        })
    }

    /// The first that matches of `ui_locales` (OpenID Connect Core §3.1.2.1:
    /// tags separated by spaces, best first), the cookie, `Accept-Language`.
    pub fn negotiate(ui_locales: Option<&str>, cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        ui_locales
            .and_then(|tags| tags.split_ascii_whitespace().find_map(Self::from_tag))
            .or_else(|| cookie.and_then(Self::from_tag))
            .or_else(|| accept_language.and_then(Self::accepted))
            .unwrap_or(Self::En)
    }

    /// [`Locale::negotiate`] with the cookie and header of a request.
    pub fn of_request(ui_locales: Option<&str>, headers: &HeaderMap) -> Self {
        let cookie = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| matches!(name, COOKIE | HOST_COOKIE).then_some(value));
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|line| line.to_str().ok());
        Self::negotiate(ui_locales, cookie, accepted)
    }

    /// The `Set-Cookie` value that keeps this choice for a year; `secure` on
    /// an https issuer.
    pub fn cookie(self, secure: bool) -> String {
        let (name, secure) = if secure { (HOST_COOKIE, "; Secure") } else { (COOKIE, "") };
        format!("{name}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}", self.tag())
    }

    /// RFC 9110 §12.5.4: the known language with the highest weight; the
    /// earlier one of equals.
    fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',') {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let Some(locale) = Self::from_tag(tag) else { continue };
            let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse().ok());
            let weight = weight.unwrap_or(0.0);
            if weight > best.map_or(0.0, |(weight, _)| weight) {
                best = Some((weight, locale));
            }
        }
        best.map(|(_, locale)| locale)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// OpenID Connect Core §3.1.2.1 `ui_locales`, RFC 9110 §12.5.4.
    #[test]
    fn the_wish_of_the_request_beats_the_cookie_and_the_cookie_beats_the_browser() {
        let cases = [
            ((None, None, None), Locale::En),
            ((Some("ru"), Some("es"), Some("pt-BR")), Locale::Ru),
            ((Some("de fr-CA pt"), Some("es"), None), Locale::PtBr),
            ((Some("de <script>"), Some("es"), Some("ru")), Locale::Es),
            ((None, Some("klingon"), Some("ru")), Locale::Ru),
            ((None, None, Some("pt-PT,pt;q=0.9,en;q=0.8")), Locale::PtBr),
            ((None, None, Some("de-DE, en;q=0.5, ES-ar;q=0.7")), Locale::Es),
            ((None, None, Some("ru;q=0, es;q=0.1")), Locale::Es),
            ((None, None, Some("ru;q=lots, *")), Locale::En),
            ((None, None, Some("en,ru")), Locale::En),
            ((Some(""), Some(""), Some("")), Locale::En),
        ];
        for ((ui_locales, cookie, accept), expected) in cases {
            let found = Locale::negotiate(ui_locales, cookie, accept);
            assert_eq!(found, expected, "{ui_locales:?} {cookie:?} {accept:?}");
        }
    }

    /// SECURITY-CASES 220.
    #[test]
    fn the_cookie_that_is_set_is_the_cookie_that_is_read() {
        for secure in [false, true] {
            let cookie = Locale::PtBr.cookie(secure);
            assert_eq!(cookie.starts_with("__Host-") && cookie.ends_with("Secure"), secure);
            let pair = cookie.split(';').next().unwrap();
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_str(&format!("a=b; {pair}")).unwrap());
            assert_eq!(Locale::of_request(None, &headers), Locale::PtBr);
        }
    }
}
