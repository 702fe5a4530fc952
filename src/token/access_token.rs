//! The access token as a JWT: RFC 9068.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::oauth::{ClaimPlace, Scope, ScopeClaim};
use crate::store::TokenRecord;
use crate::token::{Authorization, claims, signature, status_list};

/// `typ` of the JWT header (RFC 9068 §2.1).
pub const TYP: &str = "at+jwt";

/// The claims of RFC 9068 §2.2, in wire order. `sid` and `grant_id` tell a
/// resource that follows the feed of revocations what the token ends with.
#[derive(Debug, Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: Audience<'a>,
    exp: i64,
    iat: i64,
    jti: Uuid,
    client_id: &'a str,
    scope: ScopeMember<'a>,
    status: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    amr: &'a [String],
    /// Groups and roles, and what the client's rules make of claims.
    #[serde(flatten)]
    person: Map<String, Value>,
}

/// `aud`: a string when there is one, an array when there are more (RFC 7519
/// §4.1.3).
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Audience<'a> {
    One(&'a str),
    Many(&'a [String]),
}

/// `scope`: a string (RFC 8693 §4.2), or the array that TOTVS resources read.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ScopeMember<'a> {
    Text(&'a Scope),
    List(Vec<&'a str>),
}

/// The record that must be durable before the token leaves.
///
/// # Errors
/// `server_error` without randomness, `temporarily_unavailable` when the store
/// is out of reach.
pub async fn record(
    app: &App,
    authorization: &Authorization,
    lifetime: Duration,
    now: Timestamp,
) -> Result<TokenRecord, Error> {
    let person = authorization.person.as_ref();
    let grant = authorization.proof.grant();
    let exp = now.floor_to_second() + lifetime;
    Ok(TokenRecord {
        jti: app.random.uuid_v7(now)?,
        exp,
        status_index: app.status_indexes.take(exp).await?,
        client_id: authorization.client.client_id.clone(),
        sub: person.map(|person| person.user.sub.clone()),
        grant_id: grant.map(|grant| grant.id),
        session_id: grant.filter(|grant| !grant.offline).and_then(|grant| grant.session_id),
        scope: authorization.scope.to_string(),
    })
}

/// How long a token of this client lives.
pub fn lifetime(app: &App, authorization: &Authorization) -> Duration {
    authorization.client.access_token_lifetime.unwrap_or(app.config.tokens.access_lifetime)
}

/// Signs the token that belongs to a record.
///
/// # Errors
/// `server_error` when no key of the client's algorithm is active.
pub fn sign(
    app: &App,
    authorization: &Authorization,
    record: &TokenRecord,
    now: Timestamp,
) -> Result<String, Error> {
    let client = &authorization.client;
    let person = authorization.person.as_ref();
    let claims = Claims {
        iss: app.config.issuer.as_str(),
        sub: record.sub.as_deref().unwrap_or(&client.client_id),
        aud: match authorization.audience.as_slice() {
            [one] => Audience::One(one),
            many => Audience::Many(many),
        },
        exp: record.exp.seconds(),
        iat: now.seconds(),
        jti: record.jti,
        client_id: &client.client_id,
        scope: match client.scope_claim {
            ScopeClaim::String => ScopeMember::Text(&authorization.scope),
            ScopeClaim::Array => ScopeMember::List(authorization.scope.iter().collect()),
        },
        status: status_list::claim(app, record.exp, record.status_index),
        sid: record.session_id,
        grant_id: record.grant_id,
        auth_time: person.and_then(|person| person.auth_time).map(Timestamp::seconds),
        acr: person.and_then(|person| person.acr.as_deref()),
        amr: person.map(|person| person.amr.as_slice()).unwrap_or_default(),
        person: about_the_person(authorization),
    };
    signature::sign(app, client.access_token_signed_response_alg, TYP, &claims, now)
}

fn about_the_person(authorization: &Authorization) -> Map<String, Value> {
    let mut body = Map::new();
    let person = authorization.person.as_ref().map(|person| (&*person.user, &authorization.scope));
    if let Some((user, scope)) = person {
        for (name, values) in [("groups", &user.groups), ("roles", &user.roles)] {
            if scope.contains(name) && !values.is_empty() {
                body.insert(name.into(), values.clone().into());
            }
        }
    }
    claims::map(&authorization.client, ClaimPlace::AccessToken, person, &mut body);
    body
}
