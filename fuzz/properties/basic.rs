//! Basic credentials: at most two readings, and the last is what was sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use porteiro::oauth::basic;
use porteiro::oauth::params::decode;

pub fn hold(input: &[u8]) {
    any_header(input);
    whatever_was_joined(input);
}

fn any_header(input: &[u8]) {
    let is_basic = input.len() >= 5 && input[..5].eq_ignore_ascii_case(b"basic");
    match basic::parse(input) {
        Ok(None) => assert!(!is_basic || input.get(5).is_some_and(|next| *next != b' ')),
        Ok(Some(readings)) => assert!(is_basic && !readings.is_empty()),
        Err(refusal) => {
            assert!(is_basic);
            assert_eq!(refusal.status(), 401);
            assert!(refusal.headers().contains_key("www-authenticate"));
        }
    }
}

fn whatever_was_joined(joined: &[u8]) {
    let header = format!("Basic {}", STANDARD.encode(joined));
    let text = std::str::from_utf8(joined).ok().filter(|text| !text.contains('\0'));
    let Some((id, secret)) = text.and_then(|text| text.split_once(':')) else {
        assert!(basic::parse(header.as_bytes()).is_err());
        return;
    };
    let readings = basic::parse(header.as_bytes()).unwrap().unwrap();
    let pair = |one: &basic::Credentials| (one.client_id.clone(), one.secret.reveal().to_owned());
    let raw = (id.to_owned(), secret.to_owned());
    let encoded = decode(id.as_bytes()).zip(decode(secret.as_bytes())).filter(|decoded| *decoded != raw);
    let expected: Vec<_> = encoded.into_iter().chain([raw]).collect();
    assert_eq!(readings.iter().map(pair).collect::<Vec<_>>(), expected);
}
