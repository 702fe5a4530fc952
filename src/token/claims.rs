//! What a scope says about a person: OpenID Connect Core §5.1 and §5.4. Never
//! null, never an empty string.

use serde_json::{Map, Value, json};

use crate::oauth::claims::ClaimRequest;
use crate::oauth::{ClaimPlace, Scope, claim_mapping};
use crate::store::{Client, User};

/// The claims of one scope; none for a scope that is not about the person.
pub fn of_scope(user: &User, scope: &str) -> Map<String, Value> {
    let claims = match scope {
        "profile" => profile(user),
        "email" => {
            json!({ "email": user.email, "email_verified": user.email.as_ref().map(|_| user.email_verified) })
        }
        "phone" => json!({
            "phone_number": user.profile.phone_number,
            "phone_number_verified": user.profile.phone_number.as_ref()
                .map(|_| user.profile.phone_number_verified.unwrap_or(false)),
        }),
        "address" => json!({ "address": user.profile.address }),
        "groups" => json!({ "groups": user.groups }),
        "roles" => json!({ "roles": user.roles }),
        _ => Value::Null,
    };
    let Value::Object(claims) = claims else { return Map::new() };
    claims.into_iter().filter(|(_, value)| says_something(value)).collect()
}

/// The claims of all granted scopes.
pub fn of_scopes(user: &User, scope: &Scope) -> Map<String, Value> {
    scope.iter().flat_map(|token| of_scope(user, token)).collect()
}

/// Changes claims as the client's rules say. Those start from what the person
/// let the client know, and from nothing more.
pub fn map(
    client: &Client,
    place: ClaimPlace,
    person: Option<(&User, &Scope)>,
    body: &mut Map<String, Value>,
) {
    if client.claim_mapping.is_empty() {
        return;
    }
    let source = person.map(|(user, scope)| {
        let mut claims = of_scopes(user, scope);
        claims.insert("sub".into(), user.sub.as_str().into());
        claims
    });
    claim_mapping::apply(&client.claim_mapping, place, source.as_ref(), body);
}

/// The claims that a `claims` parameter names, as far as there is a value and
/// it is one that was asked for (OpenID Connect Core §5.5).
pub fn requested<'a>(
    user: &User,
    wanted: impl Iterator<Item = (&'a String, &'a ClaimRequest)>,
) -> Map<String, Value> {
    let all = ALL_SCOPES.into_iter().flat_map(|scope| of_scope(user, scope)).collect::<Map<_, _>>();
    let found = wanted.filter_map(|(name, request)| {
        let value = all.get(name).filter(|value| request.accepts(value))?;
        Some((name.clone(), value.clone()))
    });
    found.collect()
}

/// Every scope with claims. `groups` and `roles` are by scope alone.
const ALL_SCOPES: [&str; 4] = ["profile", "email", "phone", "address"];

fn profile(user: &User) -> Value {
    let profile = &user.profile;
    json!({
        "name": profile.name,
        "given_name": profile.given_name,
        "family_name": profile.family_name,
        "middle_name": profile.middle_name,
        "nickname": profile.nickname,
        "preferred_username": user.username,
        "profile": profile.profile,
        "picture": profile.picture,
        "website": profile.website,
        "gender": profile.gender,
        "birthdate": profile.birthdate,
        "zoneinfo": profile.zoneinfo,
        "locale": profile.locale,
        "updated_at": user.updated_at.seconds(),
    })
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(members) => members.values().any(says_something),
        _ => true,
    }
}
