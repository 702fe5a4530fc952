//! Cookies: the one that we named, whatever stands around it.

use axum::http::{HeaderMap, HeaderValue, header};
use porteiro::browser::{cookie, set_cookie};
use porteiro::secret::Kind;

const NAME: &str = "__Host-porteiro_session";

pub fn hold(input: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(header::COOKIE, value);
        }
    }
    match cookie(&headers, NAME) {
        Some(value) => has_one_form(value, &headers),
        None => a_cookie_of_ours_is_found(headers),
    }
}

fn has_one_form(value: &str, headers: &HeaderMap) {
    assert!(!value.contains(';') && value.trim() == value);
    assert!(
        headers
            .get_all(header::COOKIE)
            .iter()
            .any(|line| line.to_str().is_ok_and(|line| line.contains(value)))
    );
    let kinds = [
        Kind::AuthorizationCode,
        Kind::BrowserCookie,
        Kind::ClientSecret,
        Kind::GuestCookie,
        Kind::LoginFlow,
        Kind::LoginState,
        Kind::RefreshToken,
        Kind::SessionCookie,
        Kind::VisitorCookie,
    ];
    let parsed: Vec<_> = kinds.into_iter().filter_map(|kind| kind.parse(value)).collect();
    assert!(parsed.len() <= 1);
    for secret in parsed {
        assert_eq!(secret.reveal(), value);
        let line = set_cookie(NAME, value, true, "").unwrap();
        let sent = line.to_str().unwrap().split(';').next().unwrap();
        let back = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(sent).unwrap())]);
        assert_eq!(cookie(&back, NAME), Some(value));
    }
}

/// Behind all those that are not ours.
fn a_cookie_of_ours_is_found(mut headers: HeaderMap) {
    headers.append(header::COOKIE, HeaderValue::from_static("a=b; __Host-porteiro_session=ours; c=d"));
    assert_eq!(cookie(&headers, NAME), Some("ours"));
}
