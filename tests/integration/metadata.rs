//! What the server says of itself: RFC 8414, OpenID Connect Discovery 1.0.

use axum::http::{Method, StatusCode};
use serde_json::Value;

use crate::support::{ISSUER, TestServer};

const OPENID: &str = "/.well-known/openid-configuration";

/// Metadata of RFC 8414, OpenID Connect Discovery, Initiating User
/// Registration, RP-Initiated and Back-Channel Logout, RFC 9207 and Token
/// Status List.
const SPECIFIED: &[&str] = &[
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "introspection_endpoint",
    "revocation_endpoint",
    "device_authorization_endpoint",
    "pushed_authorization_request_endpoint",
    "end_session_endpoint",
    "status_list_aggregation_endpoint",
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "acr_values_supported",
    "prompt_values_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "claim_types_supported",
    "claims_supported",
    "ui_locales_supported",
    "claims_parameter_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "code_challenge_methods_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "authorization_response_iss_parameter_supported",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
];

async fn document(server: &TestServer) -> Value {
    server.get(OPENID).send().await.is_ok().json()
}

fn lists(document: &Value, member: &str, value: &str) -> bool {
    document[member].as_array().unwrap().iter().any(|listed| listed == value)
}

contract! {
    /// RFC 8414 §2: every address that is named answers.
    async fn every_endpoint_that_is_named_is_there(server: TestServer) {
        let document = document(&server).await;
        assert_eq!(document["issuer"], ISSUER);
        let members = document.as_object().unwrap();
        let named = members.iter().filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri");
        let paths: Vec<&str> =
            named.map(|(_, address)| address.as_str().unwrap().strip_prefix(ISSUER).unwrap()).collect();
        assert!(paths.len() >= 7, "{paths:?}");
        for path in paths {
            let statuses = [
                server.call(Method::GET, path).send().await.status,
                server.call(Method::POST, path).send().await.status,
            ];
            assert!(!statuses.contains(&StatusCode::NOT_FOUND), "{path}");
            assert!(statuses.iter().any(|status| *status != StatusCode::METHOD_NOT_ALLOWED), "{path}");
            assert!(statuses.iter().all(|status| !status.is_server_error()), "{path}");
        }
    }

    /// RFC 8414 §3: the same under either name.
    async fn both_well_known_addresses_say_the_same(server: TestServer) {
        let oauth = server.get("/.well-known/oauth-authorization-server").send().await.is_ok();
        assert_eq!(oauth.json(), document(&server).await);
        assert!(oauth.header("cache-control").contains("max-age"));
    }

    /// OpenID Connect Discovery §3: what is required, and nothing of which it
    /// says that zero elements be omitted.
    async fn what_is_required_is_there_and_nothing_is_empty(server: TestServer) {
        let document = document(&server).await;
        for required in [
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
            "response_types_supported",
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
            "scopes_supported",
            "claims_supported",
        ] {
            assert!(document.get(required).is_some(), "{required}");
        }
        let members = document.as_object().unwrap();
        let empty = members.iter().find(|(_, value)| value.is_null() || value.as_array().is_some_and(Vec::is_empty));
        assert_eq!(empty, None);
        assert!(lists(&document, "scopes_supported", "openid"));
        assert!(lists(&document, "id_token_signing_alg_values_supported", "RS256"));
        assert_eq!(document["code_challenge_methods_supported"], serde_json::json!(["S256"]));
        assert_eq!(document["request_uri_parameter_supported"], false);
    }

    /// RFC 8414 §7.1: only members that somebody has registered or specified.
    async fn no_member_is_of_our_own(server: TestServer) {
        let server = server.replica(&[("COMPAT__IMPLICIT", "true")]).await;
        let document = document(&server).await;
        for member in document.as_object().unwrap().keys() {
            assert!(SPECIFIED.contains(&member.as_str()), "{member}");
        }
    }

    /// Every algorithm that is named has a published key.
    async fn there_is_a_key_for_every_algorithm(server: TestServer) {
        let document = document(&server).await;
        let jwks = server.get("/.well-known/jwks.json").send().await.is_ok().json();
        let algorithms = jwks["keys"].as_array().unwrap().iter().map(|key| &key["alg"]);
        let algorithms: Vec<_> = algorithms.collect();
        for named in document["id_token_signing_alg_values_supported"].as_array().unwrap() {
            assert!(algorithms.contains(&named), "{named}");
        }
    }

    /// CONTRACT §3: only what works in this configuration.
    async fn the_configuration_decides_what_is_named(server: TestServer) {
        let default = document(&server).await;
        assert!(lists(&default, "grant_types_supported", "password"));
        assert!(!lists(&default, "grant_types_supported", "implicit"));
        assert_eq!(default["response_types_supported"], serde_json::json!(["code"]));
        let implicit = document(&server.replica(&[("COMPAT__IMPLICIT", "true")]).await).await;
        assert!(lists(&implicit, "grant_types_supported", "implicit"));
        assert!(lists(&implicit, "response_types_supported", "token"));
        let strict = document(&server.replica(&[("PROFILE", "strict"), ("COMPAT__IMPLICIT", "true")]).await).await;
        assert!(!lists(&strict, "grant_types_supported", "password"));
        assert!(!lists(&strict, "grant_types_supported", "implicit"));
        assert_eq!(strict["response_types_supported"], serde_json::json!(["code"]));
    }

    /// RFC 8414 §3.1: with a path, the well-known part may stand before it.
    async fn an_issuer_with_a_path_answers_under_both_forms(server: TestServer) {
        let server = server.replica(&[("ISSUER", "https://id.example.org/auth")]).await;
        for path in [
            "/auth/.well-known/openid-configuration",
            "/auth/.well-known/oauth-authorization-server",
            "/.well-known/oauth-authorization-server/auth",
            "/.well-known/openid-configuration/auth",
        ] {
            let document = server.get(path).send().await.is_ok().json();
            assert_eq!(document["authorization_endpoint"], "https://id.example.org/auth/authorize", "{path}");
        }
    }
}
