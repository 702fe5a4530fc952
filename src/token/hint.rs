//! `id_token_hint`: an ID token of ours that comes back (OpenID Connect Core
//! §3.1.2.1, RP-Initiated Logout 1.0 §2). It may be as old as it likes.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::app::App;
use crate::error::Error;
use crate::secret::from_base64url;

/// What a hint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The client that it was issued to.
    pub client_id: String,
    /// The person; none when the key that signed is gone by now, so that
    /// nobody can say who wrote this.
    pub sub: Option<String>,
}

/// `typ` of the header. Access and logout tokens have others, and say nothing
/// about a login.
const TYP: &str = "JWT";

impl Hint {
    /// Reads a hint.
    ///
    /// # Errors
    /// `invalid_request` when it is not an ID token of this server.
    pub fn read(app: &App, hint: &str) -> Result<Self, Error> {
        let refused = || Error::invalid_request("id_token_hint is not an ID token of this server");
        let keys = app.keys.current();
        let (claims, proven) = match keys.verify_jwt(hint, app.now()) {
            Ok(verified) if verified.typ.as_deref() == Some(TYP) => (Arc::clone(&verified.claims), true),
            Ok(_) => return Err(refused()),
            // A person may log out long after the key was retired.
            Err(_) => {
                let (header, claims) = parts(hint).ok_or_else(refused)?;
                let kid = header.get("kid").and_then(Value::as_str);
                if kid.is_none() || keys.keys().iter().any(|key| Some(key.kid.as_str()) == kid) {
                    return Err(refused());
                }
                (Arc::new(claims), false)
            }
        };
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        if text("iss").as_deref() != Some(app.config.issuer.as_str()) {
            return Err(refused());
        }
        let (client_id, sub) = (text("aud").ok_or_else(refused)?, text("sub"));
        Ok(Self { client_id, sub: sub.filter(|_| proven) })
    }
}

/// Header and claims of a JWT whose signature nobody has checked.
fn parts(jwt: &str) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let mut parts = jwt.split('.').map(|part| serde_json::from_slice(&from_base64url(part)?).ok());
    Some((parts.next()??, parts.next()??))
}
