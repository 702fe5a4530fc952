//! The ladder, as far as it can be climbed without the store: whether a `jti`
//! is known there is answered by the signature, since no token leaves the
//! server before its record is durable.

use std::sync::Arc;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Sidecar, WhenSilent};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::oauth::params::Params;
use crate::store::TokenRecord;
use crate::token::validation::{Refusal, ValidToken, Verdict, read_jwt};

impl Sidecar {
    /// Judges a token for a request that may want more scopes than the
    /// settings do.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the feed is silent and the settings do
    /// not accept a token nonetheless.
    pub async fn verify(&self, token: Option<&str>, wanted: &Params) -> Result<Verdict, Error> {
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(Err(Refusal::Missing)) };
        if self.0.keys.current().keys().is_empty() {
            return Err(silent());
        }
        let verdict = self.judge(token).and_then(|valid| self.serves(valid, wanted));
        if verdict.is_err() || self.is_current() {
            return Ok(verdict);
        }
        match self.0.settings.when_silent {
            WhenSilent::Introspect if self.0.issuer.is_active(token).await? => Ok(verdict),
            WhenSilent::Introspect => Ok(Err(Refusal::Revoked)),
            WhenSilent::ServeStale(limit) if self.silent_for().is_some_and(|silent| silent < limit) => {
                Ok(verdict)
            }
            _ => Err(silent()),
        }
    }

    fn judge(&self, token: &str) -> Verdict {
        let now = self.0.clock.now();
        let read = read_jwt(&self.0.keys.current(), token, now);
        let (claims, jti, exp) = read.ok_or(Refusal::Malformed)?;
        if claims.get("iss").and_then(Value::as_str) != Some(self.0.settings.issuer.as_str()) {
            return Err(Refusal::Malformed);
        }
        let record = record(&claims, jti, exp).ok_or(Refusal::Malformed)?;
        if self.revoked(|view| view.reaches(&record)) {
            return Err(Refusal::Revoked);
        }
        if exp <= now {
            return Err(Refusal::Expired);
        }
        Ok(ValidToken { claims, record: Arc::new(record) })
    }

    fn serves(&self, token: ValidToken, wanted: &Params) -> Verdict {
        let settings = &self.0.settings;
        if !settings.audience.iter().any(|audience| token.is_for(audience)) {
            return Err(Refusal::Audience);
        }
        let wanted = wanted.get("scope").unwrap_or_default().split_ascii_whitespace();
        if !token.has_scopes(settings.scope.iter().map(String::as_str).chain(wanted)) {
            return Err(Refusal::Scope);
        }
        Ok(token)
    }
}

/// 503 without a cause: that is logged once, where the feed is read, and not
/// at every request.
fn silent() -> Error {
    Error::unavailable("the feed of revocations is silent").again()
}

/// The store's record, from what the JWT tells of it.
fn record(claims: &Map<String, Value>, jti: Uuid, exp: Timestamp) -> Option<TokenRecord> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let id = |name: &str| text(name).and_then(|id| Uuid::parse_str(id).ok());
    let client_id = text("client_id")?;
    let scope = match claims.get("scope")? {
        Value::Array(scopes) => scopes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        scope => scope.as_str()?.to_owned(),
    };
    Some(TokenRecord {
        jti,
        exp,
        status_index: 0,
        client_id: client_id.to_owned(),
        sub: text("sub").filter(|sub| *sub != client_id).map(str::to_owned),
        grant_id: id("grant_id"),
        session_id: id("sid"),
        scope,
    })
}
