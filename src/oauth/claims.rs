//! Single claims asked for by name: the `claims` parameter of OpenID Connect
//! Core §5.5.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::oauth::Scope;

const MAX_LENGTH: usize = 8 * 1024;

/// Which claims the client wants, and where. Other members are ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: Claims,
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: Claims,
}

/// Claims by name.
pub type Claims = BTreeMap<String, ClaimRequest>;

/// How one claim is wanted; `null` on the wire when in no particular way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, from = "Option<Wanted>")]
pub struct ClaimRequest {
    /// Without it the person cannot be served well.
    pub essential: bool,
    /// The one value that will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values that will do, the best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    essential: bool,
    value: Option<Value>,
    #[serde(default)]
    values: Vec<Value>,
}

impl From<Option<Wanted>> for ClaimRequest {
    fn from(wanted: Option<Wanted>) -> Self {
        wanted.map_or_else(Self::default, |wanted| Self {
            essential: wanted.essential,
            value: wanted.value,
            values: wanted.values,
        })
    }
}

impl ClaimRequest {
    /// Whether an actual value will do: any, unless some are named.
    pub fn accepts(&self, actual: &Value) -> bool {
        let named = self.value.iter().chain(&self.values);
        named.clone().count() == 0 || named.into_iter().any(|value| value == actual)
    }
}

impl ClaimsRequest {
    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_request` when it is no such JSON object.
    pub fn parse(claims: Option<&str>) -> Result<Self, Error> {
        let Some(claims) = claims else { return Ok(Self::default()) };
        if claims.len() > MAX_LENGTH {
            return Err(Error::invalid_request("claims is longer than 8 KiB"));
        }
        let object: serde_json::Map<String, Value> = serde_json::from_str(claims)
            .map_err(|_| Error::invalid_request("claims is not a JSON object"))?;
        serde_json::from_value(Value::Object(object))
            .map_err(|_| Error::invalid_request("claims does not have the form of OpenID Connect Core 5.5"))
    }

    /// The scopes that say the claims asked for (OpenID Connect Core §5.4).
    pub fn scopes(&self) -> Vec<&'static str> {
        let names = self.userinfo.keys().chain(self.id_token.keys());
        let scopes: BTreeSet<_> = names.filter_map(|name| scope_of(name)).collect();
        scopes.into_iter().collect()
    }

    /// What remains when only these scopes may be told about. A claim that is
    /// not about the person stays.
    pub fn within(&self, scope: &Scope) -> Self {
        let allowed = |name: &String| scope_of(name).is_none_or(|needed| scope.contains(needed));
        let kept = |claims: &Claims| {
            claims.iter().filter(|(name, _)| allowed(name)).map(|(n, c)| (n.clone(), c.clone())).collect()
        };
        Self { userinfo: kept(&self.userinfo), id_token: kept(&self.id_token) }
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }
}

/// The scope that stands for a claim about the person.
fn scope_of(claim: &str) -> Option<&'static str> {
    match claim {
        "name" | "given_name" | "family_name" | "middle_name" | "nickname" | "preferred_username"
        | "profile" | "picture" | "website" | "gender" | "birthdate" | "zoneinfo" | "locale"
        | "updated_at" => Some("profile"),
        "email" | "email_verified" => Some("email"),
        "phone_number" | "phone_number_verified" => Some("phone"),
        "address" => Some("address"),
        _ => None,
    }
}

fn null_as_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Claims, D::Error> {
    Ok(Option::<Claims>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// OpenID Connect Core §5.5, its own example.
    #[test]
    fn the_example_of_the_standard_is_read() {
        let text = json!({
            "userinfo": {
                "given_name": {"essential": true},
                "nickname": null,
                "picture": null,
                "http://example.info/claims/groups": null,
            },
            "id_token": {
                "auth_time": {"essential": true},
                "acr": {"values": ["urn:mace:incommon:iap:silver"]},
            },
            "unheard_of": 5,
        });
        let read = ClaimsRequest::parse(Some(&text.to_string())).unwrap();
        assert!(read.userinfo["given_name"].essential);
        assert_eq!(read.userinfo["nickname"], ClaimRequest::default());
        assert!(read.id_token["acr"].accepts(&json!("urn:mace:incommon:iap:silver")));
        assert!(!read.id_token["acr"].accepts(&json!("0")));
        assert!(read.userinfo["nickname"].accepts(&json!("joe")));
        assert_eq!(read.userinfo.len() + read.id_token.len(), 6);
    }

    #[test]
    fn what_is_stored_reads_back() {
        let text =
            r#"{"id_token":{"sub":{"value":"u1"},"email":null,"acr":{"essential":true,"values":["1"]}}}"#;
        let read = ClaimsRequest::parse(Some(text)).unwrap();
        let stored = serde_json::to_value(&read).unwrap();
        assert_eq!(serde_json::from_value::<ClaimsRequest>(stored).unwrap(), read);
    }

    #[test]
    fn other_forms_are_refused() {
        assert!(ClaimsRequest::parse(None).unwrap().is_empty());
        assert!(ClaimsRequest::parse(Some(r#"{"userinfo":null}"#)).unwrap().is_empty());
        let deep = "[".repeat(5_000);
        let wrong = ["", "5", "[]", "null", r#"{"userinfo":[]}"#, r#"{"userinfo":{"email":5}}"#, "{", &deep];
        for wrong in wrong {
            assert!(ClaimsRequest::parse(Some(wrong)).is_err(), "{wrong}");
        }
        let long = format!(r#"{{"x":"{}"}}"#, "a".repeat(MAX_LENGTH));
        assert!(ClaimsRequest::parse(Some(&long)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,80}") {
            let _ = ClaimsRequest::parse(Some(&text));
        }
    }
}
