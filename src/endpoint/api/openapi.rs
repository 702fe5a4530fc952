//! `/openapi.json`: what the API is, for programs (OpenAPI 3.1).

use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::body::answer;
use super::schemas::SCHEMAS;
use super::{BASE, OPERATIONS, Operation, Parameter};
use crate::app::App;
use crate::config::Config;
use crate::oauth::scope;

/// The description. It tells nothing that the documentation does not.
pub async fn openapi(State(app): State<App>) -> Response {
    answer(&document(&app.config))
}

/// The document for a server.
pub fn document(config: &Config) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Porteiro: administration",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Clients, people, sessions, tokens, keys and the audit trail.",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": config.issuer.join(BASE) }],
        "security": [],
        "paths": paths(),
        "components": { "schemas": &*SCHEMAS, "responses": responses(), "securitySchemes": security(config) },
    })
}

fn paths() -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = described(operation);
    }
    Value::Object(paths)
}

fn described(operation: &Operation) -> Value {
    let in_path = operation.path_parameters().map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" },
            "description": about_path(name) })
    });
    let parameters: Vec<Value> = in_path.chain(operation.query.iter().map(in_query)).collect();
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag()],
        "security": [{ "oauth2": [operation.scope] }],
        "parameters": parameters,
        "responses": answers(operation),
    });
    if !operation.about.is_empty() {
        described["description"] = operation.about.into();
    }
    if let Some(schema) = operation.body {
        described["requestBody"] = json!({ "content": content(operation.content_type(), schema) });
    }
    described
}

fn about_path(name: &str) -> &'static str {
    match name {
        "client_id" => "The client's id.",
        "sid" => "The session's id, as in an ID token.",
        _ => "The person: `sub`, user name or e-mail address.",
    }
}

fn in_query(parameter: &Parameter) -> Value {
    let schema = match parameter.name {
        "page_size" => json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 }),
        _ => json!({ "type": parameter.kind }),
    };
    json!({ "name": parameter.name, "in": "query", "schema": schema, "description": parameter.about })
}

fn content(media_type: &str, schema: &str) -> Value {
    json!({ media_type: { "schema": { "$ref": format!("#/components/schemas/{schema}") } } })
}

fn answers(operation: &Operation) -> Value {
    let mut answers = Map::new();
    let success = match operation.answer {
        Some(schema) => json!({ "description": "Done.", "content": content("application/json", schema) }),
        None => json!({ "description": "Done." }),
    };
    answers.insert(operation.status.to_string(), success);
    for status in [400, 401, 403, 503].iter().chain(operation.errors) {
        answers.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{status}") }));
    }
    Value::Object(answers)
}

fn responses() -> Value {
    let all = [
        (400, "The request is not what it should be.", "Error"),
        (401, "No token, or one that is good no more: `error_code` says which.", "Refusal"),
        (403, "The token lacks the scope, or the client or the person has lost the right.", "Refusal"),
        (404, "What is named does not exist.", "Error"),
        (409, "What is to be created exists already.", "Error"),
        (503, "The store is out of reach: try again.", "Error"),
    ];
    let all = all.map(|(status, description, schema)| {
        let response = json!({ "description": description, "content": content("application/json", schema) });
        (status.to_string(), response)
    });
    Value::Object(all.into_iter().collect())
}

fn security(config: &Config) -> Value {
    let at = |path| config.issuer.join(path);
    let scopes = json!({
        scope::ADMIN_READ: "Look at everything that administrators see.",
        scope::ADMIN_WRITE: "Change what administrators may change.",
    });
    json!({
        "oauth2": {
            "type": "oauth2",
            "description": "A client that is registered for the scope, by itself or for an administrator.",
            "flows": {
                "clientCredentials": { "tokenUrl": at("/oauth2/token"), "scopes": scopes },
                "authorizationCode": {
                    "authorizationUrl": at("/authorize"),
                    "tokenUrl": at("/oauth2/token"),
                    "scopes": scopes,
                },
            },
        },
    })
}
