//! HTTP Basic authentication of clients: RFC 6749 §2.3.1, RFC 7617.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::oauth::params;
use crate::secret::Secret;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An id and a secret as a client showed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub client_id: String,
    pub secret: Secret,
}

/// Reads an `Authorization` header; `None` when it speaks of another scheme.
///
/// The RFC wants id and secret form-encoded before they are joined, and many
/// clients do not do it: so there is a second reading, which takes them as
/// they are, wherever the two differ.
///
/// # Errors
/// `invalid_client` with its challenge when it cannot be read.
pub fn parse(authorization: &[u8]) -> Result<Option<Vec<Credentials>>, Error> {
    let mut words = authorization.splitn(2, |byte| *byte == b' ');
    let scheme = words.next().unwrap_or_default();
    if !scheme.eq_ignore_ascii_case(b"Basic") {
        return Ok(None);
    }
    let readings = words.next().and_then(readings);
    readings.map(Some).ok_or_else(|| Error::invalid_client().with_basic_challenge())
}

fn readings(encoded: &[u8]) -> Option<Vec<Credentials>> {
    let bytes = Zeroizing::new(BASE64.decode(encoded.trim_ascii()).ok()?);
    let joined = std::str::from_utf8(&bytes).ok().filter(|text| !text.contains('\0'))?;
    let (id, secret) = joined.split_once(':')?;
    let raw = Credentials { client_id: id.to_owned(), secret: Secret::new(secret) };
    let decoded = params::decode(id.as_bytes())
        .zip(params::decode(secret.as_bytes()))
        .map(|(id, secret)| Credentials { client_id: id, secret: Secret::new(secret) });
    Some(match decoded {
        Some(decoded) if decoded != raw => vec![decoded, raw],
        _ => vec![raw],
    })
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn read(joined: &[u8]) -> Vec<(String, String)> {
        let header = format!("Basic {}", STANDARD.encode(joined));
        let readings = parse(header.as_bytes()).unwrap().unwrap();
        readings.into_iter().map(|one| (one.client_id, one.secret.reveal().to_owned())).collect()
    }

    /// RFC 6749 §2.3.1.
    #[test]
    fn form_decoded_comes_first_and_raw_second() {
        let pair = |id: &str, secret: &str| (id.to_owned(), secret.to_owned());
        assert_eq!(read(b"app:secret"), [pair("app", "secret")]);
        assert_eq!(read(b"app:a:b"), [pair("app", "a:b")]);
        assert_eq!(read(b"app:a%2Bb"), [pair("app", "a+b"), pair("app", "a%2Bb")]);
        assert_eq!(read(b"app:a+b"), [pair("app", "a b"), pair("app", "a+b")]);
        assert_eq!(read(b"app:100%"), [pair("app", "100%")]);
        assert_eq!(read(b"app:"), [pair("app", "")]);
    }

    /// SECURITY-CASES 105.
    #[test]
    fn what_cannot_be_read_is_invalid_client() {
        let no_colon = format!("Basic {}", STANDARD.encode("app"));
        let not_utf8 = format!("Basic {}", STANDARD.encode(b"app:\xff"));
        let nul = format!("Basic {}", STANDARD.encode("app:a\0b"));
        for header in ["Basic", "Basic ", "Basic !!!", "Basic YXBw===", &no_colon, &not_utf8, &nul] {
            let error = parse(header.as_bytes()).unwrap_err();
            assert_eq!(error.status(), 401, "{header}");
            assert!(error.headers().contains_key("www-authenticate"), "{header}");
        }
    }

    #[test]
    fn the_scheme_is_compared_without_case_and_others_are_left_alone() {
        assert!(parse(b"bAsIc YXBwOng=").unwrap().is_some());
        assert!(parse(b"Basic YXBwOng").unwrap().is_some());
        assert!(parse(b"Bearer abc").unwrap().is_none());
        assert!(parse(b"Basically YXBwOng=").unwrap().is_none());
        assert!(parse(b"").unwrap().is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse(&bytes);
            let _ = parse(&[b"Basic ", bytes.as_slice()].concat());
        }

        #[test]
        fn what_the_rfc_encodes_reads_back(id in "[!-~]{1,20}", secret in "[ -~]{1,20}") {
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let first = read(format!("{}:{}", encode(&id), encode(&secret)).as_bytes()).swap_remove(0);
            prop_assert_eq!(first, (id, secret));
        }
    }
}
