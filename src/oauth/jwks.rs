//! The public keys of a client: JWK Set (RFC 7517 §5).

use serde_json::Value;

use crate::error::{Code, Error};
use crate::secret;

/// Members that only a private or a symmetric key has (RFC 7518 §6).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

const MAX_KEYS: usize = 20;

/// Whether these keys may be registered: public ones, of kinds that we verify
/// with, none of them weak.
///
/// # Errors
/// `invalid_client_metadata`, with what is wrong.
pub fn check(jwks: &Value) -> Result<(), Error> {
    let fault = match jwks["keys"].as_array().map(Vec::as_slice) {
        None => Some("the key file is not a JWK Set: it has no member keys"),
        Some([]) => Some("the JWK Set is empty"),
        Some(keys) if keys.len() > MAX_KEYS => Some("the JWK Set has more than 20 keys"),
        Some(keys) => keys.iter().find_map(fault),
    };
    fault.map_or(Ok(()), |fault| Err(Error::new(Code::InvalidClientMetadata, fault)))
}

fn fault(key: &Value) -> Option<&'static str> {
    if PRIVATE.into_iter().any(|member| !key[member].is_null()) {
        return Some("the JWK Set holds a private key: register public keys only");
    }
    let octets = |member: &str| key[member].as_str().and_then(secret::from_base64url).map_or(0, |n| n.len());
    match (key["kty"].as_str(), key["crv"].as_str()) {
        (Some("RSA"), _) if octets("n") >= 256 && octets("e") > 0 => None,
        (Some("RSA"), _) => Some("an RSA key in the JWK Set has fewer than 2048 bits"),
        (Some("EC"), Some("P-256")) if octets("x") == 32 && octets("y") == 32 => None,
        (Some("OKP"), Some("Ed25519")) if octets("x") == 32 => None,
        _ => Some("a key in the JWK Set is neither RSA nor EC on P-256 nor Ed25519"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ed25519() -> Value {
        // RFC 8037 App. A.2.
        json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
    }

    #[test]
    fn public_keys_may_be_registered() {
        let rsa = json!({"kty": "RSA", "n": "A".repeat(342), "e": "AQAB", "kid": "1"});
        let ec = json!({"kty": "EC", "crv": "P-256", "x": "A".repeat(43), "y": "A".repeat(43)});
        assert!(check(&json!({"keys": [rsa, ec, ed25519()]})).is_ok());
    }

    #[test]
    fn private_weak_and_unknown_keys_are_refused() {
        let mut private = ed25519();
        private["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        let wrong = [
            json!([]),
            json!({}),
            json!({"keys": []}),
            json!({"keys": [1]}),
            json!({"keys": vec![ed25519(); 21]}),
            json!({"keys": [private]}),
            json!({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}),
            json!({"keys": [{"kty": "RSA", "n": "A".repeat(171), "e": "AQAB"}]}),
            json!({"keys": [{"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}]}),
        ];
        for wrong in wrong {
            assert!(check(&wrong).is_err(), "{wrong}");
        }
    }
}
