//! Client assertions: accepted is only what says, under the client's own
//! signature, that it is from this client, for us, once, and not for long.

use porteiro::clock::Timestamp;
use porteiro::oauth::client_assertion::{claimed_client, judge};
use serde_json::{Value, json};

use super::{object, public_key, signed, two_texts};

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://id.test";

pub fn hold(input: &[u8]) {
    let now = Timestamp::from_seconds(NOW);
    let keys = json!({"keys": [public_key("1")]});
    if let Ok(text) = std::str::from_utf8(input) {
        assert!(judge(text, &keys, "app", ISSUER, now).is_err());
        claimed_client(text);
    }
    let Some((header, claims)) = two_texts(input) else { return };
    let assertion = signed(header.as_bytes(), claims.as_bytes());
    let Ok(accepted) = judge(&assertion, &keys, "app", ISSUER, now) else { return };
    let (header, claims) = (object(header).unwrap(), object(claims).unwrap());
    assert_eq!(header["alg"], "EdDSA");
    assert_eq!(claimed_client(&assertion).as_deref(), Some("app"));
    assert!(claims["iss"] == "app" && claims["sub"] == "app");
    assert!(claims["aud"] == ISSUER || claims["aud"] == json!([ISSUER]));
    assert_eq!(claims["jti"], accepted.jti);
    assert!((1..=255).contains(&accepted.jti.len()));
    // Five minutes, and one for a clock that is ahead.
    let expires = claims["exp"].as_f64().unwrap();
    assert!(expires > NOW as f64 && expires <= NOW as f64 + 360.0, "{expires}");
    assert!(accepted.expires_at > now);
    for begin in ["iat", "nbf"] {
        let begin = claims.get(begin).map(|begin| Value::as_f64(begin).unwrap());
        assert!(begin.is_none_or(|begin| begin < NOW as f64 + 60.001));
    }
}
