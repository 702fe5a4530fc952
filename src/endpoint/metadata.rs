//! What this server can do: RFC 8414 and OpenID Connect Discovery 1.0 §3.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::config::{Config, Profile};
use crate::oauth::client_assertion;
use crate::oauth::prompt::Prompt;
use crate::oauth::response_mode::ResponseMode;
use crate::oauth::{Algorithm, scope};
use crate::pages::Locale;
use crate::session::ACR_PASSWORD;

/// Advertises what works in this configuration; what is not here is refused.
pub async fn metadata(State(app): State<App>) -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(document(&app.config))).into_response()
}

fn document(config: &Config) -> Value {
    let parts = [endpoints(config), authorization(config), authentication(), claims()];
    let members = parts.into_iter().filter_map(|part| match part {
        Value::Object(members) => Some(members),
        _ => None,
    });
    Value::Object(members.flatten().collect())
}

fn endpoints(config: &Config) -> Value {
    let at = |path: &str| config.issuer.join(path);
    json!({
        "issuer": config.issuer.as_str(),
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/oauth2/token"),
        "userinfo_endpoint": at("/userinfo"),
        "end_session_endpoint": at("/logout"),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "jwks_uri": at("/.well-known/jwks.json"),
        "introspection_endpoint": at("/oauth2/introspect"),
        "revocation_endpoint": at("/oauth2/revoke"),
        "status_list_aggregation_endpoint": at("/oauth2/status"),
    })
}

/// What may be asked for at the authorization and token endpoints.
fn authorization(config: &Config) -> Value {
    json!({
        "grant_types_supported": grant_types(config),
        "response_types_supported": response_types(config),
        "response_modes_supported": ResponseMode::SUPPORTED,
        "scopes_supported": scopes().collect::<Vec<_>>(),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": Prompt::SUPPORTED,
        "ui_locales_supported": Locale::ALL.map(Locale::tag),
        "acr_values_supported": [ACR_PASSWORD],
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        // Not to be left out: the default is true.
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    })
}

fn authentication() -> Value {
    let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];
    let confidential = &methods[..3];
    let assertions = client_assertion::ALGORITHMS;
    json!({
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": assertions,
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": assertions,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": assertions,
    })
}

fn claims() -> Value {
    json!({
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": Algorithm::ALL,
        "claim_types_supported": ["normal"],
        "claims_supported": CLAIMS.split(' ').collect::<Vec<_>>(),
    })
}

fn grant_types(config: &Config) -> Vec<&'static str> {
    let mut grants = vec!["authorization_code", "refresh_token", "client_credentials"];
    if config.profile == Profile::Default {
        grants.push("password");
    }
    if config.compat.implicit {
        grants.push("implicit");
    }
    grants
}

fn response_types(config: &Config) -> Vec<&'static str> {
    if config.compat.implicit { vec!["code", "token"] } else { vec!["code"] }
}

fn scopes() -> impl Iterator<Item = &'static str> {
    scope::STANDARD.into_iter().chain(["groups", "roles"])
}

/// What an ID token or UserInfo may say: of the login, then of the person.
const CLAIMS: &str = "iss sub aud exp iat auth_time nonce acr amr azp sid at_hash \
    name given_name family_name middle_name nickname preferred_username profile picture website \
    gender birthdate zoneinfo locale updated_at email email_verified phone_number \
    phone_number_verified address groups roles";

#[cfg(test)]
mod tests {
    use crate::clock::Timestamp;
    use crate::store::{Profile, User};
    use crate::token::claims;

    use super::*;

    /// A person about whom everything is known.
    fn somebody() -> User {
        let some = || Some(String::from("x"));
        let profile = Profile {
            name: some(),
            given_name: some(),
            family_name: some(),
            middle_name: some(),
            nickname: some(),
            profile: some(),
            picture: some(),
            website: some(),
            gender: some(),
            birthdate: some(),
            zoneinfo: some(),
            locale: some(),
            phone_number: some(),
            phone_number_verified: Some(true),
            address: Some(json!({ "country": "BR" })),
        };
        User {
            sub: "x".into(),
            username: "x".into(),
            email: some(),
            email_verified: true,
            password: None,
            profile,
            groups: vec!["x".into()],
            roles: vec!["x".into()],
            admin: false,
            enabled: true,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    /// OpenID Connect Discovery §3: the claims that can be there.
    #[test]
    fn the_claims_are_those_that_a_known_person_has() {
        let person = scopes().flat_map(|scope| claims::of_scope(&somebody(), scope));
        let mut found: Vec<String> = person.map(|(name, _)| name).collect();
        found.sort();
        let mut listed: Vec<&str> = CLAIMS.split(' ').skip_while(|claim| *claim != "name").collect();
        listed.sort_unstable();
        assert_eq!(found, listed);
    }
}
