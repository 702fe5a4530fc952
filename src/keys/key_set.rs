//! The keys of one moment: what signs, what verifies, what is published.

use std::sync::Arc;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Header, Validation};
use moka::sync::Cache;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::error::{Code, Error};
use crate::keys::SigningKey;
use crate::oauth::Algorithm;
use crate::secret::{Digest, base64url, sha256};

/// A longer token is none of ours.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Verified tokens remembered at once, none of them longer than this: 30 MiB
/// of claims at the very most.
const REMEMBERED_TOKENS: u64 = 10_000;
const LONGEST_REMEMBERED: usize = 2 * 1024;

/// A key with its place in time. It is published from the moment it is known,
/// signs from `activates_at` until `retired_at`, and verifies until
/// `expires_at`.
#[derive(Debug)]
pub struct Key {
    /// Its name in the header of a token.
    pub kid: String,
    /// The one algorithm that it is for.
    pub algorithm: Algorithm,
    /// When it begins to sign.
    pub activates_at: Timestamp,
    /// When it ends to sign.
    pub retired_at: Option<Timestamp>,
    /// When the last token that it signed has expired.
    pub expires_at: Option<Timestamp>,
    jwk: Jwk,
    verifier: DecodingKey,
    signer: Option<SigningKey>,
}

/// What a token with a valid signature says.
#[derive(Debug)]
pub struct Verified {
    /// `typ` of the header (RFC 7515 §4.1.9).
    pub typ: Option<String>,
    /// The key that signed.
    pub kid: String,
    /// The claims. Nothing in them was judged, not even `exp`. Shared by all who
    /// ask about the same token.
    pub claims: Arc<Map<String, Value>>,
}

impl Key {
    /// A key from its public half, and its private one while it has to sign.
    ///
    /// # Errors
    /// `server_error` when the public half is not a key.
    pub fn new(
        algorithm: Algorithm,
        jwk: Jwk,
        signer: Option<SigningKey>,
        activates_at: Timestamp,
    ) -> Result<Self, Error> {
        let verifier = DecodingKey::from_jwk(&jwk).map_err(Error::server_error)?;
        let kid = jwk.common.key_id.clone().ok_or_else(|| Error::server_error("a key without kid"))?;
        Ok(Self { kid, algorithm, activates_at, retired_at: None, expires_at: None, jwk, verifier, signer })
    }

    /// Whether its private half can be forgotten, or all of it.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let retired = self.retired_at.is_some_and(|retired| retired <= now);
        (retired && self.expires_at.is_none()) || !self.verifies_at(now)
    }

    fn signs_at(&self, now: Timestamp) -> bool {
        self.activates_at <= now && self.retired_at.is_none_or(|retired| now < retired)
    }

    fn verifies_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|expires| now < expires)
    }
}

/// An unchanging set of keys. It remembers what it verified: a resource asks
/// about the same token again and again, and the signature stays as it is.
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<Key>,
    verified: Cache<Digest, Arc<Verified>>,
}

impl Default for KeySet {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl KeySet {
    /// A set of these keys.
    pub fn new(mut keys: Vec<Key>) -> Self {
        keys.sort_by(|a, b| (b.activates_at, &b.kid).cmp(&(a.activates_at, &a.kid)));
        Self { keys, verified: Cache::new(REMEMBERED_TOKENS) }
    }

    /// Every key, the newest first.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The newest key of this algorithm that signs now. Before the first one
    /// is due (its maker's clock was ahead of ours) that one signs.
    pub fn signing(&self, algorithm: Algorithm, now: Timestamp) -> Option<&SigningKey> {
        let able = || self.keys.iter().filter(|key| key.algorithm == algorithm && key.signer.is_some());
        let due = able().find(|key| key.signs_at(now));
        let next = || able().rfind(|key| key.retired_at.is_none());
        due.or_else(next).and_then(|key| key.signer.as_ref())
    }

    /// A signed JWT in compact form (RFC 7519 §7.1) with `typ`, `alg` and
    /// `kid` in its header.
    ///
    /// # Errors
    /// `server_error` when there is no key of this algorithm.
    pub fn sign_jwt(
        &self,
        algorithm: Algorithm,
        typ: &str,
        claims: &impl Serialize,
        now: Timestamp,
    ) -> Result<String, Error> {
        let missing = || Error::server_error(format!("there is no {algorithm} key to sign with"));
        let key = self.signing(algorithm, now).ok_or_else(missing)?;
        let mut header = Header::new(algorithm.into());
        header.typ = Some(typ.to_owned());
        header.kid = Some(key.kid().to_owned());

        let mut jwt = encoded(&header)?;
        jwt.push('.');
        jwt.push_str(&encoded(claims)?);
        let signature = key.sign(jwt.as_bytes())?;
        jwt.push('.');
        jwt.push_str(&base64url(&signature));
        Ok(jwt)
    }

    /// Checks form and signature of a compact JWT of ours. The algorithm is
    /// the key's own, whatever the header says (RFC 8725 §3.1).
    ///
    /// # Errors
    /// `invalid_token` for anything that we did not sign.
    pub fn verify_jwt(&self, token: &str, now: Timestamp) -> Result<Arc<Verified>, Error> {
        if token.len() > LONGEST_TOKEN {
            return Err(not_ours("too long"));
        }
        let digest = sha256(token.as_bytes());
        if let Some(known) =
            self.verified.get(&digest).filter(|known| self.verifier(&known.kid, now).is_some())
        {
            return Ok(known);
        }
        let verified = Arc::new(self.prove(token, now)?);
        if token.len() <= LONGEST_REMEMBERED {
            self.verified.insert(digest, Arc::clone(&verified));
        }
        Ok(verified)
    }

    fn prove(&self, token: &str, now: Timestamp) -> Result<Verified, Error> {
        let header = jsonwebtoken::decode_header(token).map_err(not_ours)?;
        if brings_its_own_key(&header) || header.crit.is_some() {
            return Err(not_ours("a header that we never write"));
        }
        let kid = header.kid.ok_or_else(|| not_ours("no kid"))?;
        let key = self.verifier(&kid, now).ok_or_else(|| not_ours("unknown kid"))?;
        let decoded = jsonwebtoken::decode(token, &key.verifier, &signature_of(key.algorithm));
        let claims = decoded.map_err(not_ours)?.claims;
        Ok(Verified { typ: header.typ, kid, claims: Arc::new(claims) })
    }

    fn verifier(&self, kid: &str, now: Timestamp) -> Option<&Key> {
        self.keys.iter().find(|key| key.kid == kid && key.verifies_at(now))
    }

    /// The JWK Set to publish (RFC 7517 §5): public members only, including
    /// keys that do not sign yet.
    pub fn jwks(&self, now: Timestamp) -> Value {
        let published = self.keys.iter().filter(|key| key.verifies_at(now));
        json!({ "keys": published.map(|key| &key.jwk).collect::<Vec<_>>() })
    }
}

fn encoded(part: &impl Serialize) -> Result<String, Error> {
    serde_json::to_vec(part).map(|json| base64url(&json)).map_err(Error::server_error)
}

/// Form, signature and this one algorithm; the claims are the caller's to
/// judge, by the clock that it was given.
fn signature_of(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm.into());
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

/// A key in the header is the sender's word for himself (RFC 8725 §3.10).
fn brings_its_own_key(header: &Header) -> bool {
    header.jwk.is_some() || header.jku.is_some() || header.x5u.is_some() || header.x5c.is_some()
}

fn not_ours(cause: impl Into<crate::error::Cause>) -> Error {
    Error::new(Code::InvalidToken, "the token is not a JWT signed by this server").caused_by(cause)
}

#[cfg(test)]
mod tests;
