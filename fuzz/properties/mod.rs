//! What must hold whatever comes in from outside. The fuzz targets look for
//! bytes that break it; an ordinary test replays what they have found so far.

#![allow(dead_code, reason = "each target uses one of them")]

pub mod basic;
pub mod claims;
pub mod client_assertion;
pub mod config;
pub mod cookie;
pub mod form;
pub mod jwks;
pub mod jwt;
pub mod percent;
pub mod redirect_uri;
pub mod scope;
pub mod status_list;
pub mod username;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use porteiro::secret::base64url;
use serde_json::{Value, json};

/// The input as two texts with a line break between them.
fn two_texts(input: &[u8]) -> Option<(&str, &str)> {
    std::str::from_utf8(input).ok()?.split_once('\n')
}

/// A key that is the same in every run: what was found must be found again.
fn key_pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

/// Its public half.
fn public_key(kid: &str) -> Value {
    let x = base64url(key_pair().public_key().as_ref());
    json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": "EdDSA", "use": "sig"})
}

/// A JWT in compact form, truly signed, whatever its header and claims are.
fn signed(header: &[u8], claims: &[u8]) -> String {
    let message = format!("{}.{}", base64url(header), base64url(claims));
    format!("{message}.{}", base64url(key_pair().sign(message.as_bytes()).as_ref()))
}

/// A JSON object, or nothing.
fn object(text: &str) -> Option<serde_json::Map<String, Value>> {
    serde_json::from_str(text).ok()
}
