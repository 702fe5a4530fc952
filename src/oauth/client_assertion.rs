//! Client assertions, `private_key_jwt`: RFC 7521 §4.2, RFC 7523 §2.2 and §3.
//! What is judged here needs no store; that an assertion is used once is the
//! caller's to see to.

use std::time::Duration;

use jsonwebtoken::{DecodingKey, Header, Validation};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::oauth::jwks;

/// The one value of `client_assertion_type`.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The signature algorithms of the metadata.
pub const ALGORITHMS: [&str; 4] = ["RS256", "PS256", "ES256", "EdDSA"];

/// A longer assertion is refused before anything in it is read.
const LONGEST: usize = 8 * 1024;

const LONGEST_JTI: usize = 255;

/// How long an assertion may be good for.
const LIFETIME: Duration = Duration::from_secs(300);

/// How far the client's clock may be ahead of ours.
const SKEW: Duration = Duration::from_secs(60);

/// An assertion that proved its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its name, which the client uses once.
    pub jti: String,
    /// Until when the name must be remembered.
    pub expires_at: Timestamp,
}

/// Why an assertion was refused, for the server's log.
pub type Refusal = &'static str;

/// The client that an assertion claims to be from. Nothing is verified yet.
pub fn claimed_client(assertion: &str) -> Option<String> {
    if assertion.len() > LONGEST {
        return None;
    }
    let claims: Map<String, Value> = jsonwebtoken::dangerous::insecure_decode_claims(assertion).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}

/// Judges the assertion of a client by its registered keys.
///
/// # Errors
/// The first rule that it breaks.
pub fn judge(
    assertion: &str,
    keys: &Value,
    client_id: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let claims = verified(assertion, keys)?;
    let is = |name: &str, value: &str| claims.get(name).and_then(Value::as_str) == Some(value);
    if !is("iss", client_id) || !is("sub", client_id) {
        return Err("iss and sub must both be the client_id");
    }
    if !is_for(&claims, issuer) {
        return Err("aud must be this server's issuer and nothing else");
    }
    let expires_at = in_its_time(&claims, now)?;
    let jti = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
    if jti.is_empty() || jti.len() > LONGEST_JTI {
        return Err("jti must be a string of 1 to 255 bytes");
    }
    Ok(Accepted { jti: jti.to_owned(), expires_at })
}

/// The claims, when one of the keys signed them.
fn verified(assertion: &str, keys: &Value) -> Result<Map<String, Value>, Refusal> {
    if assertion.len() > LONGEST {
        return Err("it is longer than 8 KiB");
    }
    let header = jsonwebtoken::decode_header(assertion).map_err(|_| "it is not a signed JWT")?;
    if brings_its_own_key(&header) || header.crit.is_some() {
        return Err("its header names a key of its own or an extension");
    }
    if !header.typ.as_deref().is_none_or(is_type) {
        return Err("its typ is that of another kind of JWT");
    }
    for (key, algorithm) in jwks::verifying(keys, header.kid.as_deref()) {
        if algorithm == header.alg
            && let Ok(key) = DecodingKey::from_jwk(&key)
            && let Ok(decoded) = jsonwebtoken::decode(assertion, &key, &signature_of(algorithm))
        {
            return Ok(decoded.claims);
        }
    }
    Err("none of the client's registered keys signed it")
}

/// A key in the header is the sender's word for himself (RFC 8725 §3.10).
fn brings_its_own_key(header: &Header) -> bool {
    header.jwk.is_some() || header.jku.is_some() || header.x5u.is_some() || header.x5c.is_some()
}

/// A key that signs other JWTs too does not make client assertions of them
/// (RFC 8725 §3.11).
fn is_type(typ: &str) -> bool {
    ["JWT", "client-authentication+jwt"].into_iter().any(|known| typ.eq_ignore_ascii_case(known))
}

/// Form, signature and this one algorithm; the claims are judged here, by the
/// clock that was given.
fn signature_of(algorithm: jsonwebtoken::Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

/// Another audience beside ours could play the assertion to us.
fn is_for(claims: &Map<String, Value>, issuer: &str) -> bool {
    match claims.get("aud") {
        Some(Value::String(one)) => one == issuer,
        Some(Value::Array(several)) => matches!(several.as_slice(), [Value::String(one)] if one == issuer),
        _ => false,
    }
}

/// When it expires; a claim of a wrong type is refused, not overlooked.
fn in_its_time(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, Refusal> {
    let expires_at = instant(claims, "exp")?.ok_or("exp is missing")?;
    let latest_issue = now + SKEW;
    let issued_at = instant(claims, "iat")?.unwrap_or(latest_issue);
    if expires_at <= now {
        return Err("it has expired");
    }
    if issued_at > latest_issue || instant(claims, "nbf")?.is_some_and(|start| start > latest_issue) {
        return Err("its iat or nbf is in the future");
    }
    if expires_at.since(issued_at) > LIFETIME {
        return Err("it is valid for more than 5 minutes");
    }
    Ok(expires_at)
}

/// A NumericDate (RFC 7519 §2), which may have a fraction.
fn instant(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => {
            let seconds = value.as_f64().ok_or("exp, iat and nbf must be numbers")?;
            Ok(Some(Timestamp((seconds * 1000.0) as i64)))
        }
    }
}

#[cfg(test)]
mod tests;
