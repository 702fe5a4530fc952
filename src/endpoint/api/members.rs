//! What the members of a body do to what is there.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::schemas;
use crate::error::Error;

/// Refuses a member that the schema does not have: a typing error would
/// otherwise be a setting that is silently not made.
///
/// # Errors
/// `invalid_request` with its name.
pub fn known(schema: &str, body: &Map<String, Value>) -> Result<(), Error> {
    let has = |name: &String| schemas::properties(schema).any(|(property, _)| property == name);
    match body.keys().find(|name| !has(name)) {
        Some(name) => Err(Error::invalid_request(format!("there is no member {name}"))),
        None => Ok(()),
    }
}

/// Takes out what the schema calls read-only. It may be sent back as it was
/// read.
///
/// # Errors
/// `invalid_request` when it differs from what is.
pub fn without_read_only(schema: &str, body: &mut Map<String, Value>, is: &Value) -> Result<(), Error> {
    for (name, property) in schemas::properties(schema) {
        if property["readOnly"] == Value::Bool(true)
            && let Some(sent) = body.remove(name)
            && is.get(name) != Some(&sent)
        {
            return Err(Error::invalid_request(format!("{name} cannot be set here")));
        }
    }
    Ok(())
}

/// RFC 7396 §2.
pub fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(members) = target.as_object_mut() else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(&name);
        } else {
            merge(members.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// Reads a value.
///
/// # Errors
/// `invalid_request` with what is wrong.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    serde_json::from_value(value).map_err(|problem| Error::invalid_request(problem.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The examples of RFC 7396 Appendix A.
    #[test]
    fn a_patch_merges_as_the_examples_of_the_rfc() {
        let table = [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ];
        for (mut target, patch, expected) in table {
            merge(&mut target, patch.clone());
            assert_eq!(target, expected, "{patch}");
        }
    }
}
