//! `/docs`: what `/openapi.json` says, for people.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;

use crate::app::App;
use crate::endpoint::api::{BASE, OPERATIONS, Operation, Parameter, schemas};
use crate::endpoint::context::Context;
use crate::endpoint::page::Shown;
use crate::oauth::scope;
use crate::pages::{ApiGroup, ApiMember, ApiOperation, ApiReference, ApiSchema};

/// The page.
pub async fn docs(State(app): State<App>, context: Context, headers: HeaderMap) -> Response {
    let at = |path| app.config.issuer.join(path);
    let api = ApiReference {
        base: at(BASE),
        token_endpoint: at("/oauth2/token"),
        description: at("/openapi.json"),
        scopes: scope::ADMIN,
        groups: groups(),
        schemas: schemas::names().map(schema).collect(),
    };
    Shown::new(&app, &context, &headers, None).page(None).api_reference(&api)
}

/// In the order of the table.
fn groups() -> Vec<ApiGroup<'static>> {
    let mut groups: Vec<ApiGroup> = Vec::new();
    for operation in OPERATIONS {
        match groups.last_mut().filter(|group| group.name == operation.tag()) {
            Some(group) => group.operations.push(described(operation)),
            None => {
                groups.push(ApiGroup { name: operation.tag(), operations: vec![described(operation)] });
            }
        }
    }
    groups
}

fn described(operation: &'static Operation) -> ApiOperation<'static> {
    let member = |parameter: &'static Parameter| ApiMember {
        name: parameter.name,
        kind: parameter.kind.to_owned(),
        about: parameter.about,
    };
    ApiOperation {
        id: operation.id,
        method: operation.method.to_uppercase(),
        path: operation.path,
        summary: operation.summary,
        about: operation.about,
        scope: operation.scope,
        parameters: operation.query.iter().map(member).collect(),
        body: operation.body,
        status: operation.status,
        answer: operation.answer,
        errors: operation.errors.to_vec(),
    }
}

fn schema(name: &'static str) -> ApiSchema<'static> {
    let schema = schemas::schema(name);
    let member = |(name, property): (&'static String, &'static Value)| ApiMember {
        name,
        kind: kind(property),
        about: property["description"].as_str().unwrap_or_default(),
    };
    let example = schema["examples"].get(0).map(|example| format!("{example:#}"));
    ApiSchema {
        name,
        about: schema["description"].as_str().unwrap_or_default(),
        example,
        members: schemas::properties(name).map(member).collect(),
    }
}

/// A type in a word or two.
fn kind(property: &Value) -> String {
    let named =
        |value: &Value| value["$ref"].as_str().and_then(|path| path.rsplit('/').next()).map(str::to_owned);
    if let Some(name) = named(property) {
        return name;
    }
    let words: Vec<&str> = match &property["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let mut kind = words.join(" or ");
    if kind == "array" {
        let item =
            named(&property["items"]).or_else(|| property["items"]["type"].as_str().map(str::to_owned));
        kind = format!("list of {}", item.unwrap_or_default());
    }
    if let Some(values) = property["enum"].as_array() {
        let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        kind = values.join(", ");
    }
    if property["readOnly"] == Value::Bool(true) {
        kind.push_str(", read only");
    }
    kind
}
