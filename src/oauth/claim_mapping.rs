//! What one client reads under other names or in other words: claims that are
//! renamed, filtered, constant, or a role that follows from a group.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Code, Error};

const MAX_RULES: usize = 32;
const MAX_NAME: usize = 256;
const MAX_VALUE: usize = 1024;

/// Claims that the protocols give a meaning, which no rule may change (RFC
/// 7519 §4.1, RFC 9068 §2.2, OpenID Connect Core §2).
const PROTOCOL: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "client_id",
    "scope",
    "azp",
    "nonce",
    "at_hash",
    "c_hash",
    "auth_time",
    "acr",
    "amr",
    "sid",
    "grant_id",
    "cnf",
    "act",
    "events",
    "status",
];

/// One claim as a client wants it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimRule {
    /// The claim that is written.
    pub claim: String,
    /// The claim that it is taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What it always is, in place of `from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Whether `from` goes, so that the claim is renamed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rename: bool,
    /// Which values of `from` stay: as written, or up to a closing `*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
    /// One value in place of those of `from`: that of the first that is there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub map: Vec<Choice>,
    /// The value when none of `map` is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Value>,
    /// Where it is written; by default where people are described.
    #[serde(rename = "in", default = "ClaimPlace::about_people")]
    pub places: Vec<ClaimPlace>,
}

/// A value that follows from another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// A value of the source, as in `keep`.
    pub when: String,
    /// What it becomes.
    pub value: Value,
}

/// Where claims are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimPlace {
    IdToken,
    AccessToken,
    Userinfo,
}

impl ClaimPlace {
    fn about_people() -> Vec<Self> {
        vec![Self::IdToken, Self::Userinfo]
    }
}

/// Changes the claims of one place. `source` is what the client may know of
/// the person; without a person only constants are written.
pub fn apply(
    rules: &[ClaimRule],
    place: ClaimPlace,
    source: Option<&Map<String, Value>>,
    body: &mut Map<String, Value>,
) {
    let here = || rules.iter().filter(|rule| rule.places.contains(&place));
    for rule in here() {
        body.remove(&rule.claim);
        if let Some(from) = rule.from.as_ref().filter(|_| rule.rename) {
            body.remove(from);
        }
    }
    for rule in here() {
        if let Some(value) = rule.outcome(source) {
            body.insert(rule.claim.clone(), value);
        }
    }
}

/// Judges the rules before they are stored.
///
/// # Errors
/// `invalid_client_metadata`, with the claim whose rule is wrong.
pub fn check(rules: &[ClaimRule]) -> Result<(), Error> {
    if rules.len() > MAX_RULES {
        return refuse("a client has at most 32 claim rules".into());
    }
    for (index, rule) in rules.iter().enumerate() {
        if let Some(problem) = rule.problem() {
            return refuse(format!("claim rule for {:?}: {problem}", rule.claim));
        }
        let again = |earlier: &ClaimRule| {
            earlier.claim == rule.claim && earlier.places.iter().any(|place| rule.places.contains(place))
        };
        if rules.iter().take(index).any(again) {
            return refuse(format!("claim rule for {:?}: another rule writes it too", rule.claim));
        }
    }
    Ok(())
}

fn refuse(description: String) -> Result<(), Error> {
    Err(Error::new(Code::InvalidClientMetadata, description))
}

impl ClaimRule {
    fn outcome(&self, source: Option<&Map<String, Value>>) -> Option<Value> {
        let Some(from) = &self.from else { return self.value.clone() };
        let found = source?.get(from);
        if !self.map.is_empty() {
            let of_choice = |choice: &Choice| found.is_some_and(|value| has(value, &choice.when));
            let chosen = self.map.iter().find(|choice| of_choice(choice)).map(|choice| &choice.value);
            return chosen.or(self.otherwise.as_ref()).cloned();
        }
        if self.keep.is_empty() { found.cloned() } else { found.and_then(|value| self.kept(value)) }
    }

    /// What is left of a value, or none if that is nothing.
    fn kept(&self, value: &Value) -> Option<Value> {
        let stays = |value: &Value| self.keep.iter().any(|pattern| has(value, pattern));
        match value {
            Value::Array(values) => {
                let left: Vec<_> = values.iter().filter(|value| stays(value)).cloned().collect();
                (!left.is_empty()).then_some(Value::Array(left))
            }
            value => stays(value).then(|| value.clone()),
        }
    }

    fn problem(&self) -> Option<&'static str> {
        let named = |name: &str| {
            !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let values = self.value.iter().chain(&self.otherwise).chain(self.map.iter().map(|one| &one.value));
        let takes = self.rename || !self.keep.is_empty() || !self.map.is_empty() || self.otherwise.is_some();
        if !named(&self.claim) || !self.from.as_deref().is_none_or(named) {
            Some("a claim's name is 1 to 256 printable ASCII characters without blanks")
        } else if PROTOCOL.contains(&self.claim.as_str()) {
            Some("the protocols give this claim its meaning")
        } else if self.from.is_some() == self.value.is_some() {
            Some("give either from or value")
        } else if takes && self.from.is_none() {
            Some("rename, keep, map and otherwise need from")
        } else if self.otherwise.is_some() && self.map.is_empty() {
            Some("otherwise needs map")
        } else if !self.keep.is_empty() && !self.map.is_empty() {
            Some("give either keep or map")
        } else if self.rename && self.from.as_deref().is_some_and(|from| PROTOCOL.contains(&from)) {
            Some("a claim of the protocols cannot be renamed")
        } else if values.into_iter().any(|value| !may_be_said(value)) {
            Some("a value is neither null nor empty and at most 1024 characters of JSON")
        } else if self.places.is_empty() {
            Some("in names at least one of id_token, access_token and userinfo")
        } else {
            None
        }
    }
}

/// Whether this is the value, or one of the values.
fn has(value: &Value, pattern: &str) -> bool {
    match value {
        Value::String(text) => match pattern.strip_suffix('*') {
            Some(beginning) => text.starts_with(beginning),
            None => text == pattern,
        },
        Value::Array(values) => values.iter().any(|value| has(value, pattern)),
        _ => false,
    }
}

fn may_be_said(value: &Value) -> bool {
    let empty = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    !empty && value.to_string().len() <= MAX_VALUE
}

#[cfg(test)]
mod tests;
