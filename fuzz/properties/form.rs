//! Form bodies: what comes twice or unreadable is refused, and what is let
//! through is what another reader makes of it.

use std::collections::BTreeMap;

use porteiro::oauth::params::{MAX_BYTES, Params};

pub fn hold(input: &[u8]) {
    let params = Params::parse(input);
    let mut others: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(input).into_owned() {
        others.entry(name).or_default().push(value);
    }
    if params.check().is_err() {
        return;
    }
    assert!(input.len() <= MAX_BYTES);
    for (name, values) in &others {
        assert!(values.len() == 1 || name == "resource", "{name} came twice");
        assert!(!params.is_broken(name));
        let read: Vec<&str> = params.get_all(name).collect();
        let sent: Vec<&str> = values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
        assert_eq!(read, sent);
        assert_eq!(params.get(name), sent.first().copied());
        adopted_once(name, &params);
    }
    assert_eq!(params.names().count(), others.len());
}

/// What came by two ways came twice.
fn adopted_once(name: &str, from: &Params) {
    let mut form = Params::default();
    form.adopt(name, from);
    assert_eq!(form.get(name), from.get(name));
    assert!(form.check().is_ok());
    form.adopt(name, from);
    assert!(form.check().is_ok() == (name == "resource" || from.get(name).is_none()));
}
