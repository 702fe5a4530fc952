//! The public keys of a client: JWK Set (RFC 7517 §5).

use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use serde::Deserialize as _;
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
    let known = match (key["kty"].as_str(), key["crv"].as_str()) {
        (Some("RSA"), _) if octets("n") >= 256 && octets("e") > 0 => true,
        (Some("RSA"), _) => return Some("an RSA key in the JWK Set has fewer than 2048 bits"),
        (Some("EC"), Some("P-256")) => octets("x") == 32 && octets("y") == 32,
        (Some("OKP"), Some("Ed25519")) => octets("x") == 32,
        _ => false,
    };
    if !known {
        return Some("a key in the JWK Set is neither RSA nor EC on P-256 nor Ed25519");
    }
    let usable = Jwk::deserialize(key).is_ok_and(|key| algorithm(&key).is_some());
    (!usable).then_some("a key in the JWK Set is not for RS256, PS256, ES256 or EdDSA signatures")
}

/// The keys of a set that verify signatures, each with its algorithm: those
/// that have this name, or all of them when the sender named none.
pub fn verifying<'a>(jwks: &'a Value, kid: Option<&'a str>) -> impl Iterator<Item = (Jwk, Algorithm)> + 'a {
    let keys = jwks["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named = keys.iter().filter(move |key| kid.is_none() || key["kid"].as_str() == kid);
    named.filter_map(|key| {
        let key = Jwk::deserialize(key).ok()?;
        algorithm(&key).map(|algorithm| (key, algorithm))
    })
}

/// The one algorithm that a key is for (RFC 8725 §3.1): the one that it names,
/// else the usual one of its kind.
fn algorithm(key: &Jwk) -> Option<Algorithm> {
    let common = &key.common;
    let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
    let verifies = common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
    if !signs || !verifies {
        return None;
    }
    match (&key.algorithm, common.key_algorithm) {
        (AlgorithmParameters::RSA(_), None | Some(KeyAlgorithm::RS256)) => Some(Algorithm::RS256),
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS256)) => Some(Algorithm::PS256),
        (AlgorithmParameters::EllipticCurve(ec), None | Some(KeyAlgorithm::ES256)) => {
            (ec.curve == EllipticCurve::P256).then_some(Algorithm::ES256)
        }
        (AlgorithmParameters::OctetKeyPair(okp), None | Some(KeyAlgorithm::EdDSA)) => {
            (okp.curve == EllipticCurve::Ed25519).then_some(Algorithm::EdDSA)
        }
        _ => None,
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

    fn with(member: &str, value: Value) -> Value {
        let mut key = ed25519();
        key[member] = value;
        key
    }

    #[test]
    fn public_keys_may_be_registered() {
        let rsa = json!({"kty": "RSA", "n": "A".repeat(342), "e": "AQAB", "kid": "1"});
        let ec = json!({"kty": "EC", "crv": "P-256", "x": "A".repeat(43), "y": "A".repeat(43)});
        assert!(check(&json!({"keys": [rsa, ec, ed25519()]})).is_ok());
        assert!(check(&json!({"keys": vec![ed25519(); 20]})).is_ok());
    }

    #[test]
    fn private_weak_and_unknown_keys_are_refused() {
        let private = with("d", json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"));
        let wrong = [
            json!([]),
            json!({}),
            json!({"keys": []}),
            json!({"keys": [1]}),
            json!({"keys": vec![ed25519(); 21]}),
            json!({"keys": [private]}),
            json!({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}),
            json!({"keys": [{"kty": "RSA", "n": "A".repeat(171), "e": "AQAB"}]}),
            json!({"keys": [{"kty": "RSA", "n": "A".repeat(342), "e": ""}]}),
            json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "A".repeat(43), "y": "AA"}]}),
            json!({"keys": [{"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}]}),
            json!({"keys": [with("alg", json!("HS256"))]}),
            json!({"keys": [with("alg", json!("RS256"))]}),
            json!({"keys": [with("use", json!("enc"))]}),
            json!({"keys": [with("key_ops", json!(["encrypt"]))]}),
        ];
        for wrong in wrong {
            assert!(check(&wrong).is_err(), "{wrong}");
        }
        let weak = json!({"keys": [{"kty": "RSA", "n": "A".repeat(171), "e": "AQAB"}]});
        assert!(check(&weak).unwrap_err().description.contains("2048 bits"));
    }

    /// RFC 8725 §3.1: the key says what it is for, not who presents a signature.
    #[test]
    fn a_key_is_for_one_algorithm() {
        let rsa = |alg: Value| json!({"kty": "RSA", "n": "A".repeat(342), "e": "AQAB", "alg": alg});
        let ec = json!({"kty": "EC", "crv": "P-256", "x": "A".repeat(43), "y": "A".repeat(43)});
        let named = with("kid", json!("mine"));
        let set = json!({"keys": [rsa(Value::Null), rsa(json!("PS256")), rsa(json!("RSA-OAEP")), ec, named]});
        let algorithms: Vec<_> = verifying(&set, None).map(|(_, algorithm)| algorithm).collect();
        assert_eq!(algorithms, [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA]);
        assert_eq!(verifying(&set, Some("mine")).count(), 1);
        assert_eq!(verifying(&set, Some("../../etc/passwd")).count(), 0);
    }
}
