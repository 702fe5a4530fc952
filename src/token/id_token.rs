//! The ID token: OpenID Connect Core §2.

use aws_lc_rs::digest;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::oauth::claims::ClaimsRequest;
use crate::oauth::{Algorithm, ClaimPlace, IdTokenClaims};
use crate::secret::base64url;
use crate::token::{Authorization, Person, claims, signature};

/// Signs the ID token that goes with an access token, or none when `openid`
/// was not granted.
///
/// # Errors
/// `server_error` when no key of the client's algorithm is active.
pub fn sign(
    app: &App,
    authorization: &Authorization,
    access_token: &str,
    exp: Timestamp,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let client = &authorization.client;
    let Some(person) = authorization.person.as_ref().filter(|_| authorization.scope.contains("openid"))
    else {
        return Ok(None);
    };
    let algorithm = client.id_token_signed_response_alg;
    let mut body = about_the_person(authorization, person);
    body.extend(about_the_login(person));
    let own = json!({
        "iss": app.config.issuer.as_str(),
        "sub": person.user.sub,
        "aud": client.client_id,
        "azp": client.client_id,
        "exp": exp.seconds(),
        "iat": now.seconds(),
        "at_hash": at_hash(algorithm, access_token),
    });
    if let Value::Object(own) = own {
        body.extend(own);
    }
    if let Some(nonce) = authorization.proof.nonce() {
        body.insert("nonce".into(), nonce.into());
    }
    signature::sign(app, algorithm, "JWT", &body, now).map(Some)
}

/// By default the claims of the granted scopes, because many dashboards read
/// nothing but the ID token; always those of the `claims` parameter.
fn about_the_person(authorization: &Authorization, person: &Person) -> Map<String, Value> {
    let mut body = match authorization.client.id_token_claims {
        IdTokenClaims::Scopes => claims::of_scopes(&person.user, &authorization.scope),
        IdTokenClaims::Minimal => Map::new(),
    };
    let asked = authorization.proof.grant().and_then(|grant| grant.claims.as_ref());
    let asked = asked.and_then(|json| serde_json::from_value::<ClaimsRequest>(json.0.clone()).ok());
    if let Some(asked) = asked {
        body.extend(claims::requested(&person.user, asked.id_token.iter()));
    }
    claims::map(
        &authorization.client,
        ClaimPlace::IdToken,
        Some((&person.user, &authorization.scope)),
        &mut body,
    );
    body
}

fn about_the_login(person: &Person) -> Map<String, Value> {
    let mut body = Map::new();
    if let Some(auth_time) = person.auth_time {
        body.insert("auth_time".into(), auth_time.seconds().into());
    }
    if let Some(acr) = &person.acr {
        body.insert("acr".into(), acr.as_str().into());
    }
    if !person.amr.is_empty() {
        body.insert("amr".into(), person.amr.clone().into());
    }
    if let Some(session_id) = person.session_id {
        body.insert("sid".into(), session_id.to_string().into());
    }
    body
}

/// The left half of the hash that belongs to the signature algorithm (OpenID
/// Connect Core §3.1.3.6); Ed25519 has SHA-512.
fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    let hash = match algorithm {
        Algorithm::EdDSA => &digest::SHA512,
        Algorithm::RS256 | Algorithm::ES256 => &digest::SHA256,
    };
    let hash = digest::digest(hash, access_token.as_bytes());
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    base64url(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of OpenID Connect Core A.3, and its longer sister.
    #[test]
    fn a_token_is_bound_by_half_of_its_hash() {
        let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(at_hash(Algorithm::RS256, access_token), "77QmUPtjPfzWtF2AnpK9RQ");
        let longer = "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM"; // pragma: allowlist secret
        assert_eq!(at_hash(Algorithm::EdDSA, access_token), longer);
    }
}
