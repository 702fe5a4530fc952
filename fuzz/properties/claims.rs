//! The `claims` parameter: what is kept reads back, and nothing about a person
//! is left without the scope for it.

use porteiro::oauth::{ClaimsRequest, Scope};

pub fn hold(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(request) = ClaimsRequest::parse(Some(text)) else { return };
    let stored = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<ClaimsRequest>(&stored).unwrap(), request);

    assert!(request.within(&Scope::default()).scopes().is_empty());
    let needed = Scope::parse(&request.scopes().join(" ")).unwrap();
    assert_eq!(request.within(&needed), request);

    for wanted in request.userinfo.values().chain(request.id_token.values()) {
        assert!(wanted.value.iter().chain(&wanted.values).all(|value| wanted.accepts(value)));
    }
}
