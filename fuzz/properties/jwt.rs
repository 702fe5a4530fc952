//! JWTs: only what our key signed, under a header that we write, is ours.

use std::sync::LazyLock;

use aws_lc_rs::signature::KeyPair as _;
use porteiro::clock::Timestamp;
use porteiro::keys::{Key, KeySet, SigningKey};
use porteiro::oauth::Algorithm;
use porteiro::token::validation::read_jwt;
use serde_json::json;

use super::{key_pair, object, signed, two_texts};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let document = key_pair().to_pkcs8().unwrap();
    let signer = SigningKey::from_pkcs8(Algorithm::EdDSA, document.as_ref()).unwrap();
    KeySet::new(vec![Key::new(Algorithm::EdDSA, signer.jwk().clone(), Some(signer), NOW).unwrap()])
});

fn kid() -> &'static str {
    &KEYS.keys()[0].kid
}

pub fn hold(input: &[u8]) {
    match input.split_first() {
        Some((b'0', token)) => nobody_else_signs(token),
        Some((b'1', changes)) => no_change_goes_unnoticed(changes),
        Some((_, parts)) => the_header_is_judged(parts),
        None => {}
    }
}

fn nobody_else_signs(token: &[u8]) {
    let Ok(token) = std::str::from_utf8(token) else { return };
    assert!(KEYS.verify_jwt(token, NOW).is_err());
    assert!(read_jwt(&KEYS, token, NOW).is_none());
}

/// Bytes in pairs: where in a good token, and what to put there.
fn no_change_goes_unnoticed(changes: &[u8]) {
    let claims = json!({"jti": "01890a5d-ac96-774b-bcce-b302099a8057", "exp": 1_800_000_900});
    let good = KEYS.sign_jwt(Algorithm::EdDSA, "at+jwt", &claims, NOW).unwrap();
    assert!(read_jwt(&KEYS, &good, NOW).is_some());
    let mut bytes = good.clone().into_bytes();
    for change in changes.chunks_exact(2) {
        let place = usize::from(change[0]) % bytes.len();
        bytes[place] = change[1];
    }
    if let Ok(changed) = String::from_utf8(bytes)
        && changed != good
    {
        assert!(KEYS.verify_jwt(&changed, NOW).is_err(), "{changed}");
    }
}

/// The signature is right; `KID` in the header stands for our key's name.
fn the_header_is_judged(parts: &[u8]) {
    let Some((header, claims)) = two_texts(parts) else { return };
    let header = header.replace("KID", kid());
    let token = signed(header.as_bytes(), claims.as_bytes());
    if let Ok(verified) = KEYS.verify_jwt(&token, NOW) {
        let header = object(&header).unwrap();
        assert_eq!(header["alg"], "EdDSA");
        assert_eq!(header["kid"], kid());
        for forbidden in ["jwk", "jku", "x5u", "x5c", "crit"] {
            assert!(header.get(forbidden).is_none_or(serde_json::Value::is_null), "{forbidden}");
        }
        assert_eq!(Some(&*verified.claims), object(claims).as_ref());
        if let Some((claims, jti, exp)) = read_jwt(&KEYS, &token, NOW) {
            assert_eq!(header["typ"], "at+jwt");
            assert!(claims["jti"].as_str().unwrap().to_lowercase().contains(&jti.to_string()[..8]));
            assert_eq!(Some(exp.0), claims["exp"].as_i64().map(|seconds| seconds.saturating_mul(1000)));
        }
    }
    assert_eq!(key_pair().public_key().as_ref().len(), 32);
}
