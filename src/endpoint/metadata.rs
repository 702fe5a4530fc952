//! What this server can do: RFC 8414 and OpenID Connect Discovery 1.0 §3.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::config::{Config, Profile};
use crate::oauth::client_assertion;

/// Advertises what works in this configuration; what is not here is refused.
pub async fn metadata(State(app): State<App>) -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(document(&app.config))).into_response()
}

fn document(config: &Config) -> Value {
    let at = |path: &str| config.issuer.join(path);
    let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];
    let confidential = &methods[..3];
    let assertions = client_assertion::ALGORITHMS;
    json!({
        "issuer": config.issuer.as_str(),
        "token_endpoint": at("/oauth2/token"),
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": assertions,
        "jwks_uri": at("/.well-known/jwks.json"),
        "introspection_endpoint": at("/oauth2/introspect"),
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": assertions,
        "revocation_endpoint": at("/oauth2/revoke"),
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": assertions,
        "grant_types_supported": grant_types(config),
        "response_types_supported": [],
    })
}

fn grant_types(config: &Config) -> Vec<&'static str> {
    let mut grants = vec!["client_credentials"];
    if config.profile == Profile::Default && config.compat.implicit {
        grants.push("implicit");
    }
    grants
}
