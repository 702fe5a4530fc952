use std::time::Duration;

use super::*;
use crate::oauth::Algorithm::{ES256, EdDSA, RS256};

const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn key(algorithm: Algorithm, activates_at: Timestamp) -> Key {
    let signer = SigningKey::generate(algorithm).unwrap();
    Key::new(algorithm, signer.jwk().clone(), Some(signer), activates_at).unwrap()
}

fn altered_header(jwt: &str, members: Value) -> String {
    let (_, rest) = jwt.split_once('.').unwrap();
    format!("{}.{rest}", base64url(members.to_string().as_bytes()))
}

#[test]
fn a_token_verifies_with_the_key_that_signed_it() {
    let keys = KeySet::new(Algorithm::ALL.map(|algorithm| key(algorithm, NOW)).into());
    for algorithm in Algorithm::ALL {
        let jwt = keys.sign_jwt(algorithm, "at+jwt", &json!({"sub": "alice", "exp": 1}), NOW).unwrap();
        let verified = keys.verify_jwt(&jwt, NOW).unwrap();
        assert_eq!(verified.typ.as_deref(), Some("at+jwt"));
        assert_eq!(verified.kid, keys.signing(algorithm, NOW).unwrap().kid());
        assert_eq!(verified.claims["sub"], "alice");
    }
}

/// RFC 8725 §3.1, §3.2, §3.10; SECURITY-CASES 185.
#[test]
fn a_token_that_we_did_not_sign_is_refused() {
    let keys = KeySet::new(vec![key(RS256, NOW), key(EdDSA, NOW)]);
    let jwt = keys.sign_jwt(RS256, "at+jwt", &json!({"sub": "alice"}), NOW).unwrap();
    let kid = keys.signing(RS256, NOW).unwrap().kid();
    let other_kid = keys.signing(EdDSA, NOW).unwrap().kid();
    let jwk = &keys.signing(RS256, NOW).unwrap().jwk();
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let refused = [
        String::new(),
        "a.b".into(),
        "a.b.c".into(),
        signed.into(),
        format!("{signed}."),
        format!("{jwt}.{signature}"),
        format!("{jwt}A"),
        format!(" {jwt}"),
        format!("{jwt}="),
        format!("{}.{}", "A".repeat(LONGEST_TOKEN), jwt),
        altered_header(&jwt, json!({"alg": "RS256", "typ": "JWT", "kid": kid})),
        altered_header(&jwt, json!({"alg": "none", "kid": kid})),
        altered_header(&jwt, json!({"alg": "HS256", "kid": kid})),
        altered_header(&jwt, json!({"alg": "RS512", "kid": kid})),
        altered_header(&jwt, json!({"alg": "RS256", "kid": "unknown"})),
        altered_header(&jwt, json!({"alg": "RS256", "kid": other_kid})),
        altered_header(&jwt, json!({"alg": "RS256"})),
        altered_header(&jwt, json!({"alg": "RS256", "jwk": jwk})),
        altered_header(&jwt, json!({"alg": "RS256", "kid": kid, "crit": ["b64"], "b64": false})),
    ];
    for token in refused {
        let error = keys.verify_jwt(&token, NOW).unwrap_err();
        assert_eq!(error.code, Code::InvalidToken, "{token}");
    }
    let stranger = KeySet::new(vec![key(RS256, NOW)]);
    assert!(stranger.verify_jwt(&jwt, NOW).is_err());
}

/// The header of a token that we signed names whatever we wrote: what the key
/// in it would say does not matter.
#[test]
fn a_header_that_brings_its_own_key_is_refused_even_when_the_signature_holds() {
    let keys = KeySet::new(vec![key(EdDSA, NOW)]);
    let signer = keys.signing(EdDSA, NOW).unwrap();
    let header = json!({"alg": "EdDSA", "kid": signer.kid(), "jwk": signer.jwk()});
    let message = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(b"{}"));
    let signature = base64url(&signer.sign(message.as_bytes()).unwrap());
    assert!(keys.verify_jwt(&format!("{message}.{signature}"), NOW).is_err());
}

#[test]
fn the_newest_due_key_signs_and_a_coming_one_is_published() {
    let minute = Duration::from_secs(60);
    let (mut old, new) = (key(ES256, NOW - minute), key(ES256, NOW + minute));
    let (old_kid, new_kid) = (old.kid.clone(), new.kid.clone());
    old.retired_at = Some(NOW + minute);
    old.expires_at = Some(NOW + minute * 2);
    let keys = KeySet::new(vec![old, new]);
    let signing = |at| keys.signing(ES256, at).unwrap().kid().to_owned();
    let published = |at| keys.jwks(at)["keys"].as_array().unwrap().len();

    assert_eq!(signing(NOW), old_kid);
    assert_eq!(published(NOW), 2);
    let jwt = keys.sign_jwt(ES256, "JWT", &json!({}), NOW).unwrap();
    assert_eq!(signing(NOW + minute), new_kid);
    assert!(keys.verify_jwt(&jwt, NOW + minute).is_ok());
    assert_eq!(published(NOW + minute * 2), 1);
    assert!(keys.verify_jwt(&jwt, NOW + minute * 2).is_err());
    assert!(keys.signing(RS256, NOW).is_none());
}

/// Replicas' clocks differ a little; the first key signs at once on all.
#[test]
fn a_first_key_signs_before_its_time_when_there_is_no_other() {
    let keys = KeySet::new(vec![key(EdDSA, NOW + Duration::from_secs(2))]);
    assert!(keys.signing(EdDSA, NOW).is_some());
}

/// SECURITY-CASES 242.
#[test]
fn the_published_set_has_public_members_only() {
    let keys = KeySet::new(Algorithm::ALL.map(|algorithm| key(algorithm, NOW)).into());
    let jwks = keys.jwks(NOW);
    for jwk in jwks["keys"].as_array().unwrap() {
        assert_eq!(jwk["use"], "sig");
        assert!(jwk["kid"].is_string() && jwk["alg"].is_string());
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(jwk.get(private).is_none(), "{private} is published");
        }
    }
}
