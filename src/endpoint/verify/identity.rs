//! Who it is, in headers for the application: under the names that oauth2-proxy
//! made customary.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

use crate::error::Error;
use crate::guard::{ProtectedHost, Visitor};
use crate::token::validation::ValidToken;

/// 200 with whose token it is.
pub fn identity(token: &ValidToken) -> Response {
    let record = &token.record;
    let jti = record.jti.to_string();
    admitted([
        ("x-auth-request-user", token.subject()),
        ("x-auth-request-client-id", &record.client_id),
        ("x-auth-request-scope", &record.scope),
        ("x-auth-request-jti", &jti),
    ])
}

/// 200 with what the granted scopes say about a person.
///
/// # Errors
/// None that can happen: the record is ours.
pub fn person(host: &ProtectedHost, visitor: &Visitor) -> Result<Response, Error> {
    let claims = visitor.claims(host)?;
    let text = |name: &str| claims.get(name).map(spelled).unwrap_or_default();
    let jti = visitor.record.jti.to_string();
    Ok(admitted([
        ("x-auth-request-user", visitor.user.sub.as_str()),
        ("x-auth-request-preferred-username", &text("preferred_username")),
        ("x-auth-request-email", &text("email")),
        ("x-auth-request-groups", &text("groups")),
        ("x-auth-request-roles", &text("roles")),
        ("x-auth-request-client-id", &visitor.record.client_id),
        ("x-auth-request-scope", &visitor.record.scope),
        ("x-auth-request-jti", &jti),
    ]))
}

fn admitted<const N: usize>(about: [(&'static str, &str); N]) -> Response {
    let mut response = (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response();
    for (name, value) in about.into_iter().filter(|(_, value)| !value.is_empty()) {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// A claim as a header has it: a list with commas between, and whatever is not
/// plain ASCII percent-encoded, so that no name can pass for two.
fn spelled(claim: &Value) -> String {
    const UNSAFE: &AsciiSet = &CONTROLS.add(b',').add(b'%');
    let encoded = |text: &str| utf8_percent_encode(text, UNSAFE).to_string();
    match claim {
        Value::String(text) => encoded(text),
        Value::Array(list) => {
            list.iter().filter_map(Value::as_str).map(encoded).collect::<Vec<_>>().join(",")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_is_spelled_so_that_no_name_passes_for_two() {
        let table = [
            (json!("ana@example.org"), "ana@example.org"),
            (json!("José da Silva"), "Jos%C3%A9 da Silva"),
            (json!(["staff", "a,admin", "50%"]), "staff,a%2Cadmin,50%25"),
            (json!([]), ""),
            (json!("a\r\nX-Auth-Request-Groups: admin"), "a%0D%0AX-Auth-Request-Groups: admin"),
            (json!(true), ""),
        ];
        for (claim, expected) in table {
            assert_eq!(spelled(&claim), expected, "{claim}");
        }
    }
}
