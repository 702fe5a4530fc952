//! Redirect URIs: which may be registered, and which a request may name
//! (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1 and §4.1.3).

mod registration;

use url::{Host, Url};

use crate::error::Error;

pub use registration::check_registration;

/// Where a host that a proxy protects hands the browser to us after a login. A
/// client whose redirect URI has this path protects that origin.
pub const PROTECTED_CALLBACK: &str = "/_porteiro/callback";

/// Whether a request that names `requested` means the registered address:
/// byte for byte, except that a native app may listen on any port of the
/// loopback address (RFC 8252 §7.3). The name `localhost` has no such freedom:
/// it may resolve elsewhere (RFC 8252 §8.3).
pub fn matches(registered: &str, requested: &str, native: bool) -> bool {
    if registered == requested {
        return true;
    }
    native
        && without_loopback_port(registered)
            .is_some_and(|registered| without_loopback_port(requested) == Some(registered))
}

/// The two parts around the port of an `http` address on a loopback IP.
fn without_loopback_port(uri: &str) -> Option<(&str, &str)> {
    let origins = ["http://127.0.0.1", "http://[::1]"];
    let origin = origins.into_iter().find(|origin| uri.starts_with(origin))?;
    let rest = &uri[origin.len()..];
    let rest = match rest.strip_prefix(':') {
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (port, rest) = rest.split_at(digits);
            port.parse::<u16>().ok()?;
            rest
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((origin, rest))
}

fn is_loopback(uri: &Url) -> bool {
    match uri.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The address to answer to: the one asked for, or the only one there is
/// (RFC 6749 §3.1.2.3).
///
/// # Errors
/// `invalid_request`; the answer is a page, never a redirect.
pub fn choose<'a>(
    registered: &'a [String],
    requested: Option<&'a str>,
    native: bool,
) -> Result<&'a str, Error> {
    match (requested, registered) {
        (Some(requested), _) if registered.iter().any(|one| matches(one, requested, native)) => Ok(requested),
        (Some(_), _) => Err(Error::invalid_request("redirect_uri is not registered for this client")),
        (None, [only]) => Ok(only),
        (None, _) => Err(Error::invalid_request("redirect_uri is missing")),
    }
}

/// The origin of a web address, as a browser sends it in `Origin`.
pub fn origin(uri: &str) -> Option<String> {
    let parsed = Url::parse(uri).ok().filter(|parsed| matches!(parsed.scheme(), "http" | "https"))?;
    Some(parsed.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// SECURITY-CASES 1 to 14.
    #[test]
    fn a_request_must_name_the_address_byte_for_byte() {
        let others = [
            "https://rp.test/cb/evil",
            "https://rp.test/cb/",
            "https://rp.test/CB",
            "https://rp.test.evil.example/cb",
            "https://evil.example/?x=https://rp.test/cb",
            "https://rp.test@evil.example/cb",
            "https://rp.test@a@evil.example/cb",
            "https://rp.test/cb/../x",
            "https://rp.test/cb/..;/x",
            "https://rp.test/cb;a=b",
            "https://rp.test/cb?x=1",
            "https://rp.test/cb#f",
            "http://rp.test/cb",
            "https://rpXtest/cb",
            "https://rp.test:443/cb",
            "HTTPS://rp.test/cb",
            "https://rp.test/%63b",
            "",
        ];
        for other in others {
            assert!(!matches("https://rp.test/cb", other, true), "{other}");
        }
        assert!(matches("https://rp.test/cb", "https://rp.test/cb", false));
    }

    /// SECURITY-CASES 22 and 24; RFC 8252 §7.3.
    #[test]
    fn only_the_port_of_a_loopback_address_is_free_and_only_for_native_apps() {
        let cases = [
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true),
            ("http://127.0.0.1:3000/cb", "http://127.0.0.1:51004/cb", true),
            ("http://127.0.0.1:3000/cb", "http://127.0.0.1/cb", true),
            ("http://[::1]/cb?a=1", "http://[::1]:51004/cb?a=1", true),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?bar=foo", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/other", false),
            ("http://127.0.0.1/cb", "http://127.0.0.2:51004/cb", false),
            ("http://127.0.0.1/cb", "http://[::1]:51004/cb", false),
            ("http://127.0.0.1/cb", "https://127.0.0.1:51004/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:99999/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:+80/cb", false),
            ("http://127.0.0.1", "http://127.0.0.1:80@evil.example", false),
            ("http://127.0.0.1", "http://127.0.0.1.evil.example", false),
            ("http://localhost/cb", "http://localhost:51004/cb", false),
            ("https://rp.test/cb", "https://rp.test:51004/cb", false),
        ];
        for (registered, requested, expected) in cases {
            assert_eq!(matches(registered, requested, true), expected, "{registered} {requested}");
            assert!(!matches(registered, requested, false), "{registered} {requested}");
        }
    }

    /// SECURITY-CASES 20; RFC 6749 §3.1.2.3.
    #[test]
    fn an_address_may_be_left_out_when_there_is_only_one() {
        let one = ["https://rp.test/cb".to_owned()];
        let two = ["https://rp.test/cb".to_owned(), "https://rp.test/cb2".to_owned()];
        assert_eq!(choose(&one, None, false).unwrap(), "https://rp.test/cb");
        assert_eq!(choose(&two, Some("https://rp.test/cb2"), false).unwrap(), "https://rp.test/cb2");
        assert!(choose(&two, None, false).is_err());
        assert!(choose(&one, Some("https://rp.test/cb2"), false).is_err());
        assert!(choose(&[], None, true).is_err());
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        assert_eq!(origin("https://rp.test:443/cb?x").as_deref(), Some("https://rp.test"));
        assert_eq!(origin("http://[::1]:9000/cb").as_deref(), Some("http://[::1]:9000"));
        assert_eq!(origin("com.example.app:/cb"), None);
    }

    proptest! {
        #[test]
        fn what_matches_is_the_same_uri_up_to_a_loopback_port(
            registered in "http://(127\\.0\\.0\\.1|\\[::1\\]|localhost|rp\\.test)(:[0-9]{1,6})?(/[a-c?@:]{0,4})?",
            requested in "http://(127\\.0\\.0\\.1|\\[::1\\]|localhost|rp\\.test)(:[0-9]{1,6})?(/[a-c?@:]{0,4})?",
        ) {
            if matches(&registered, &requested, true) && registered != requested {
                let strip = |uri: &str| {
                    let mut parsed = Url::parse(uri).unwrap();
                    prop_assert!(is_loopback(&parsed) && parsed.host_str() != Some("localhost"));
                    parsed.set_port(None).unwrap();
                    Ok(parsed)
                };
                prop_assert_eq!(strip(&registered)?, strip(&requested)?);
            }
        }

        #[test]
        fn any_text_is_judged_without_panic(text in "\\PC{0,60}") {
            let _ = matches("http://127.0.0.1/cb", &text, true);
        }
    }
}
