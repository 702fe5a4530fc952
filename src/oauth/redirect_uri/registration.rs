//! Which addresses may be registered.

use url::Url;

use super::is_loopback;
use crate::error::{Code, Error};

const MAX_LENGTH: usize = 2048;

/// Whether an address may be registered, to return to after a login or a
/// logout. Exactly what is registered is compared later, so nothing that two
/// parsers could read differently is let in.
///
/// # Errors
/// `invalid_redirect_uri`, with what is wrong.
pub fn check_registration(uri: &str) -> Result<(), Error> {
    match fault(uri) {
        Some(fault) => Err(Error::new(Code::InvalidRedirectUri, format!("{uri} {fault}"))),
        None => Ok(()),
    }
}

fn fault(uri: &str) -> Option<&'static str> {
    if uri.len() > MAX_LENGTH {
        return Some("is longer than 2048 characters");
    }
    if !uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)) {
        return Some("contains a character that a URI does not have");
    }
    if uri.contains('#') {
        return Some("has a fragment");
    }
    if uri.contains('*') {
        return Some("has a wildcard: every address is registered on its own");
    }
    let Some((parsed, after_scheme)) = Url::parse(uri).ok().zip(uri.split_once(':').map(|(_, rest)| rest))
    else {
        return Some("is not an absolute URI");
    };
    let authority = after_scheme.strip_prefix("//").and_then(|rest| rest.split(['/', '?']).next());
    if authority.is_some_and(|authority| authority.contains('@')) {
        return Some("has a user name in it");
    }
    if authority.is_some_and(|authority| !is_read_as(authority, &parsed)) {
        return Some("has a host in another spelling than browsers use");
    }
    if has_dot_segment(after_scheme) {
        return Some("has a dot segment in its path");
    }
    match parsed.scheme() {
        "https" if authority.is_some_and(|authority| !authority.is_empty()) => None,
        "http" if is_loopback(&parsed) && authority.is_some() => None,
        "http" => Some("must be https: plain http is for localhost, 127.0.0.1 and [::1] only"),
        scheme if is_reverse_domain(scheme) => None,
        _ => Some(
            "must be https, http on a loopback address, or a reverse domain name such as com.example.app:/callback",
        ),
    }
}

/// Whether the host is written as a browser understands it: not percent-encoded,
/// nor an address in octal or hexadecimal.
fn is_read_as(authority: &str, parsed: &Url) -> bool {
    let with_port = authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'));
    let host = with_port.map_or(authority, |(host, _)| host);
    parsed.host_str().unwrap_or_default().eq_ignore_ascii_case(host)
}

/// RFC 3986 §3.3, also in its percent-encoded spellings.
fn has_dot_segment(after_scheme: &str) -> bool {
    let path = after_scheme.split('?').next().unwrap_or_default().to_ascii_lowercase();
    path.replace("%2e", ".").replace("%2f", "/").split('/').any(|segment| matches!(segment, "." | ".."))
}

/// A private-use scheme belongs to whoever owns the domain (RFC 8252 §7.1);
/// one without a dot, `javascript` among them, belongs to nobody.
fn is_reverse_domain(scheme: &str) -> bool {
    let labels: Vec<&str> = scheme.split('.').collect();
    labels.len() > 1 && labels.iter().all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 8252 §7, RFC 9700 §2.6.
    #[test]
    fn ordinary_addresses_may_be_registered() {
        let good = [
            "https://rp.test/cb",
            "https://rp.test",
            "https://rp.test:8443/cb?tenant=1",
            "http://localhost:8501/oauth2callback",
            "http://127.0.0.1/cb",
            "http://[::1]:9000/cb",
            "com.example.app:/cb",
            "com.example.app://cb",
            "https://rp.test/a@b",
        ];
        for uri in good {
            assert!(check_registration(uri).is_ok(), "{uri}");
        }
        let longest = format!("https://rp.test/{:a<1$}", "", MAX_LENGTH - "https://rp.test/".len());
        assert!(check_registration(&longest).is_ok());
    }

    #[test]
    fn plain_http_is_told_where_it_may_be_used() {
        let refusal = check_registration("http://rp.test/cb").unwrap_err();
        assert!(refusal.description.ends_with("plain http is for localhost, 127.0.0.1 and [::1] only"));
    }

    /// SECURITY-CASES 5, 12, 13, 18, 19, 27.
    #[test]
    fn dangerous_addresses_may_not_be_registered() {
        let bad = [
            "",
            "cb",
            "/cb",
            "//rp.test/cb",
            "https:",
            "https:///cb",
            "https:rp.test/cb",
            "JaVaScript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://rp.test/x",
            "https://*.rp.test/cb",
            "https://rp.test/*",
            "https://rp.test/cb#f",
            "https://rp.test/cb#",
            "https://user@rp.test/cb",
            "https://user:pass@rp.test/cb",
            "https://rp.test@a@evil.example/cb",
            "https://rp.test\\@evil.example/cb",
            "https://rp.test/cb/../x",
            "https://rp.test/cb/%2e%2E/x",
            "https://rp.test/cb/..%2fx",
            "https://rp.test/c b",
            "https://rp.test/c\nb",
            "https://r\u{e9}.test/cb",
            "http://rp.test/cb",
            "http://localhost.evil.example/cb",
            "http://192.168.1.10/cb",
            "http:/localhost/cb",
            "http://127.0.00.1/cb",
            "http://0x7f.1/cb",
            "http://[0:0:0:0:0:0:0:1]/cb",
            "https://%72p.test/cb",
            "myapp:/cb",
            "myapp.:/cb",
        ];
        for uri in bad {
            let error = check_registration(uri).expect_err(uri);
            assert_eq!(error.code, Code::InvalidRedirectUri, "{uri}");
        }
        assert!(check_registration(&format!("https://rp.test/{}", "a".repeat(MAX_LENGTH))).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_panic(text in "\\PC{0,60}") {
            let _ = check_registration(&text);
        }
    }
}
