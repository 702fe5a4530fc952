//! The ladder: an ordered list of checks, each with an answer of its own.

use std::sync::Arc;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::app::App;
use crate::clock::Timestamp;
use crate::error::{Code, Error};
use crate::keys::KeySet;
use crate::store::TokenRecord;
use crate::token::access_token;

/// Why a token was refused, in the order in which it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No `Authorization: Bearer` header, or an empty token.
    Missing,
    /// Not a JWT of ours: structure, signature or `jti`.
    Malformed,
    /// The store has no record of it.
    Unknown,
    /// Taken back.
    Revoked,
    /// Past its `exp`.
    Expired,
    /// Meant for another resource.
    Audience,
    /// Lacks a scope.
    Scope,
}

impl Refusal {
    /// The stable `error_code` of the answer.
    pub fn error_code(self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::Malformed => "token_malformed",
            Self::Unknown => "token_unknown",
            Self::Revoked => "token_revoked",
            Self::Expired => "token_expired",
            Self::Audience => "token_audience",
            Self::Scope => "insufficient_scope",
        }
    }

    /// The code of RFC 6750 §3.1.
    pub fn code(self) -> Code {
        match self {
            Self::Missing => Code::InvalidRequest,
            Self::Scope => Code::InsufficientScope,
            _ => Code::InvalidToken,
        }
    }

    /// What to do about it.
    pub fn description(self) -> &'static str {
        match self {
            Self::Missing => "send the access token as 'Authorization: Bearer TOKEN'",
            Self::Malformed => "the token is not an access token that this server signed",
            Self::Unknown => "the token has no record in this server's store",
            Self::Revoked => "the token was revoked, ask for a new one",
            Self::Expired => "the token has expired, ask for a new one",
            Self::Audience => "the token was issued for another resource",
            Self::Scope => "the token lacks a scope that this resource asks for",
        }
    }
}

/// A token that passed the first five checks.
#[derive(Clone, Debug)]
pub struct ValidToken {
    /// What the JWT says.
    pub claims: Arc<Map<String, Value>>,
    /// What the store says.
    pub record: Arc<TokenRecord>,
}

impl ValidToken {
    /// Whether `aud` has this value.
    pub fn is_for(&self, audience: &str) -> bool {
        self.audiences().any(|value| value == audience)
    }

    /// The values of `aud`.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self.claims.get("aud") {
            Some(Value::Array(many)) => (None, many.as_slice()),
            one => (one, [].as_slice()),
        };
        one.into_iter().chain(many).filter_map(Value::as_str)
    }

    /// Whether every one of these scopes was granted.
    pub fn has_scopes<'a>(&self, mut wanted: impl Iterator<Item = &'a str>) -> bool {
        let granted: Vec<&str> = self.record.scope.split(' ').collect();
        wanted.all(|scope| granted.contains(&scope))
    }

    /// `sub`: the person, or the client itself.
    pub fn subject(&self) -> &str {
        self.record.sub.as_deref().unwrap_or(&self.record.client_id)
    }
}

/// What became of a token: valid, or refused at one of the checks.
pub type Verdict = Result<ValidToken, Refusal>;

/// Runs checks 1 to 5 of the ladder in order.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach: that is no
/// judgement on the token.
pub async fn validate(app: &App, token: Option<&str>) -> Result<Verdict, Error> {
    let verdict = judge(app, token).await?;
    app.metrics.validated(verdict.as_ref().err().map_or("active", |refusal| refusal.error_code()));
    Ok(verdict)
}

async fn judge(app: &App, token: Option<&str>) -> Result<Verdict, Error> {
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(Err(Refusal::Missing)) };
    let now = app.now();
    let Some((claims, jti, exp)) = read(app, token, now) else { return Ok(Err(Refusal::Malformed)) };
    Ok(find(app, jti, exp, now).await?.map(|record| ValidToken { claims, record }))
}

/// Checks 3 to 5, for what is proven to be ours.
///
/// # Errors
/// As [`validate`].
pub async fn find(
    app: &App,
    jti: Uuid,
    exp: Timestamp,
    now: Timestamp,
) -> Result<Result<Arc<TokenRecord>, Refusal>, Error> {
    let expired = exp <= now;
    let Some(record) = app.tokens.get(jti, exp).await? else {
        // Records are deleted some time after their end: one that is missing
        // then was ours, for the signature says so.
        return Ok(Err(if expired { Refusal::Expired } else { Refusal::Unknown }));
    };
    if app.revocations.reaches(&record).await? {
        return Ok(Err(Refusal::Revoked));
    }
    Ok(if expired { Err(Refusal::Expired) } else { Ok(record) })
}

/// The claims of a JWT with our signature, its `jti` and its `exp`.
pub type Read = (Arc<Map<String, Value>>, Uuid, Timestamp);

/// Reads an access token; none when we did not sign it.
pub fn read(app: &App, token: &str, now: Timestamp) -> Option<Read> {
    read_jwt(&app.keys.current(), token, now)
}

/// As [`read`], with the keys at hand.
pub fn read_jwt(keys: &KeySet, token: &str, now: Timestamp) -> Option<Read> {
    let verified = keys.verify_jwt(token, now).ok()?;
    if verified.typ.as_deref() != Some(access_token::TYP) {
        return None;
    }
    let jti = Uuid::parse_str(verified.claims.get("jti")?.as_str()?).ok()?;
    let exp = Timestamp::from_seconds(verified.claims.get("exp")?.as_i64()?);
    Some((Arc::clone(&verified.claims), jti, exp))
}
