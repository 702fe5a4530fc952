//! The schemas by which bodies are read and described.

use std::sync::LazyLock;

use serde_json::Value;

/// What the bodies and answers are made of.
pub static SCHEMAS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("schemas.json")).unwrap_or_default());

/// The names of the schemas.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCHEMAS.as_object().into_iter().flat_map(|schemas| schemas.keys()).map(String::as_str)
}

/// A schema by its name.
pub fn schema(name: &str) -> &'static Value {
    &SCHEMAS[name]
}

/// The properties of a schema; those of the schemas that it extends, too.
pub fn properties(schema: &str) -> impl Iterator<Item = (&'static String, &'static Value)> {
    let schema = &SCHEMAS[schema];
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let named = parts.filter_map(|part| part["$ref"].as_str()?.rsplit('/').next());
    let own = [schema].into_iter().chain(schema["allOf"].as_array().into_iter().flatten());
    own.chain(named.map(|name| &SCHEMAS[name])).filter_map(|part| part["properties"].as_object()).flatten()
}
