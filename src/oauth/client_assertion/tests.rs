use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use super::*;
use crate::secret::base64url;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const ISSUER: &str = "https://id.test";

struct ClientKey(Ed25519KeyPair);

impl ClientKey {
    fn new() -> Self {
        Self(Ed25519KeyPair::generate().unwrap())
    }

    fn jwks(&self) -> Value {
        let x = base64url(self.0.public_key().as_ref());
        json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "1", "alg": "EdDSA", "use": "sig"}]})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(claims));
        format!("{signed}.{}", base64url(self.0.sign(signed.as_bytes()).as_ref()))
    }
}

/// Takes over the members of `changes`; null removes one.
fn changed(mut value: Value, changes: &Value) -> Value {
    let members = value.as_object_mut().unwrap();
    for (name, change) in changes.as_object().unwrap() {
        match change {
            Value::Null => members.remove(name),
            change => members.insert(name.clone(), change.clone()),
        };
    }
    value
}

fn header() -> Value {
    json!({"alg": "EdDSA", "kid": "1", "typ": "JWT"})
}

fn claims() -> Value {
    let now = NOW.seconds();
    json!({"iss": "k1", "sub": "k1", "aud": ISSUER, "iat": now, "exp": now + 60, "jti": "a"})
}

fn judged(header_changes: Value, claim_changes: Value) -> Result<Accepted, Refusal> {
    let key = ClientKey::new();
    let assertion = key.sign(&changed(header(), &header_changes), &changed(claims(), &claim_changes));
    assert_eq!(judge(&assertion, &ClientKey::new().jwks(), "k1", ISSUER, NOW).ok(), None, "another key");
    judge(&assertion, &key.jwks(), "k1", ISSUER, NOW)
}

/// RFC 7523 §3.
#[test]
fn a_good_assertion_is_accepted_in_every_form() {
    let now = NOW.seconds();
    let expected = Accepted { jti: "a".into(), expires_at: Timestamp::from_seconds(now + 60) };
    assert_eq!(judged(json!({}), json!({})), Ok(expected));
    let fine = [
        (json!({"kid": null, "typ": null}), json!({})),
        (json!({"typ": "client-authentication+jwt", "x-other": 1}), json!({"other": 1})),
        (json!({}), json!({"aud": [ISSUER]})),
        (json!({}), json!({"iat": null, "exp": now + 300})),
        (json!({}), json!({"iat": now + 59, "nbf": now + 59, "exp": now + 359})),
        (json!({}), json!({"iat": now + 60, "nbf": now + 60, "exp": now + 360})),
        (json!({}), json!({"jti": "a".repeat(255)})),
        (json!({}), json!({"iat": now as f64 + 0.5, "exp": now as f64 + 1.5})),
    ];
    for (header, claims) in fine {
        assert!(judged(header.clone(), claims.clone()).is_ok(), "{header} {claims}");
    }
}

/// SECURITY-CASES 123; RFC 7523 §3.
#[test]
fn an_assertion_with_any_claim_amiss_is_refused() {
    let now = NOW.seconds();
    let wrong = [
        json!({"iss": "k2"}),
        json!({"sub": "k2"}),
        json!({"iss": null}),
        json!({"sub": ["k1"]}),
        json!({"aud": null}),
        json!({"aud": "https://id.test/"}),
        json!({"aud": "https://id.test/oauth2/token"}),
        json!({"aud": [ISSUER, "https://other.test"]}),
        json!({"aud": [ISSUER, ISSUER]}),
        json!({"aud": []}),
        json!({"exp": null}),
        json!({"exp": now}),
        json!({"exp": now + 301}),
        json!({"exp": now + 86_400}),
        json!({"exp": 1e300}),
        json!({"exp": "9999999999"}),
        json!({"exp": (now + 60).to_string()}),
        json!({"exp": [now + 60]}),
        json!({"iat": null, "exp": now + 361}),
        json!({"iat": now + 61}),
        json!({"iat": "now"}),
        json!({"iat": -1e300}),
        json!({"nbf": now + 61}),
        json!({"nbf": now.to_string()}),
        json!({"jti": null}),
        json!({"jti": ""}),
        json!({"jti": 7}),
        json!({"jti": "a".repeat(256)}),
    ];
    for changes in wrong {
        assert!(judged(json!({}), changes.clone()).is_err(), "{changes}");
    }
}

/// SECURITY-CASES 121 and 125; RFC 8725 §3.1, §3.10, §3.11.
#[test]
fn a_header_decides_nothing() {
    let jwk = ClientKey::new().jwks()["keys"][0].clone();
    let wrong = [
        json!({"alg": null}),
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"alg": "RS256"}),
        json!({"alg": "ES256"}),
        json!({"kid": "2"}),
        json!({"kid": "../../etc/passwd"}),
        json!({"kid": "' OR 1=1--"}),
        json!({"kid": 1}),
        json!({"jwk": jwk}),
        json!({"jku": "https://evil.test/jwks"}),
        json!({"x5u": "https://evil.test/cert"}),
        json!({"x5c": ["MA=="]}),
        json!({"crit": ["b64"], "b64": false}),
        json!({"typ": "at+jwt"}),
        json!({"typ": "dpop+jwt"}),
    ];
    for changes in wrong {
        assert!(judged(changes.clone(), json!({})).is_err(), "{changes}");
    }
}

/// SECURITY-CASES 121: neither the key's text nor nothing at all is a secret.
#[test]
fn a_signature_without_the_private_key_is_refused() {
    let key = ClientKey::new();
    let assertion = key.sign(&header(), &claims());
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let hmac = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key.0.public_key().as_ref());
    let mac = base64url(aws_lc_rs::hmac::sign(&hmac, signed.as_bytes()).as_ref());
    let jwe = format!("{assertion}.a.b");
    let forged = [
        signed.to_owned(),
        format!("{signed}."),
        format!("{signed}.{mac}"),
        format!("{assertion}A"),
        format!("{assertion}.{signature}"),
        jwe,
        String::new(),
        "..".to_owned(),
    ];
    for forged in forged {
        assert!(judge(&forged, &key.jwks(), "k1", ISSUER, NOW).is_err(), "{forged}");
    }
}

/// SECURITY-CASES 129: nothing in a large assertion is read.
#[test]
fn an_oversized_assertion_is_refused() {
    let key = ClientKey::new();
    let assertion = key.sign(&header(), &changed(claims(), &json!({"pad": "a".repeat(8 * 1024)})));
    assert!(judge(&assertion, &key.jwks(), "k1", ISSUER, NOW).is_err());
    assert_eq!(claimed_client(&assertion), None);
    assert_eq!(claimed_client(&key.sign(&header(), &claims())).as_deref(), Some("k1"));
}

#[test]
fn an_assertion_of_the_greatest_length_is_read() {
    let key = ClientKey::new();
    let padded = |length| key.sign(&header(), &changed(claims(), &json!({"pad": "a".repeat(length)})));
    let longest = (5_800..6_000).map(padded).find(|assertion| assertion.len() == LONGEST).unwrap();
    assert_eq!(claimed_client(&longest).as_deref(), Some("k1"));
    assert!(judge(&longest, &key.jwks(), "k1", ISSUER, NOW).is_ok());
}
