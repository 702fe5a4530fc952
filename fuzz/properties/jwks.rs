//! Key sets of clients: what may be registered is public, and verifies.

use jsonwebtoken::DecodingKey;
use porteiro::oauth::jwks::{check, verifying};
use serde_json::Value;

pub fn hold(input: &[u8]) {
    let Ok(set) = serde_json::from_slice::<Value>(input) else { return };
    let usable = verifying(&set, None).count();
    if check(&set).is_err() {
        return;
    }
    let keys = set["keys"].as_array().unwrap();
    assert!((1..=20).contains(&keys.len()));
    assert_eq!(usable, keys.len());
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key[private].is_null(), "{private}");
        }
    }
    for (key, _) in verifying(&set, None) {
        assert!(DecodingKey::from_jwk(&key).is_ok());
    }
}
