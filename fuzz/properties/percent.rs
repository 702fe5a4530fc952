//! Percent-decoding: exactly one reading, or none.

use porteiro::oauth::params::decode;

pub fn hold(input: &[u8]) {
    let spaced: Vec<u8> = input.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let lenient: Vec<u8> = percent_encoding::percent_decode(&spaced).collect();
    match decode(input) {
        Some(text) => {
            assert_eq!(text.as_bytes(), lenient);
            assert!(is_well_formed(input) && !text.contains('\0'));
            let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            assert_eq!(decode(encoded.as_bytes()), Some(text));
        }
        None => assert!(
            !is_well_formed(input) || std::str::from_utf8(&lenient).is_err() || lenient.contains(&0),
            "refused without a reason"
        ),
    }
}

/// Two hexadecimal digits after each percent sign.
fn is_well_formed(input: &[u8]) -> bool {
    let mut parts = input.split(|byte| *byte == b'%');
    parts.next();
    // Digits cannot be a percent sign: each part begins after its own.
    parts.all(|part| part.len() >= 2 && part[..2].iter().all(u8::is_ascii_hexdigit))
}
