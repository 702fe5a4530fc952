//! Scope lists: read back as written, and never more than was allowed.

use std::collections::BTreeSet;

use porteiro::oauth::Scope;
use porteiro::oauth::scope::STANDARD;

use super::two_texts;

pub fn hold(input: &[u8]) {
    let Some((requested, allowed)) = two_texts(input) else { return };
    let (Some(requested), Some(allowed)) = (read(requested), read(allowed)) else { return };
    let (asked, may): (BTreeSet<&str>, BTreeSet<&str>) =
        (requested.iter().collect(), allowed.iter().collect());
    let set = |scope: &Scope| scope.iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let owned = |set: BTreeSet<&str>| set.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();

    let both = requested.intersection(&allowed);
    assert_eq!(set(&both), owned(&asked & &may));
    assert_eq!(set(&requested.union(&allowed)), owned(&asked | &may));
    assert_eq!(requested.is_subset_of(&allowed), asked.is_subset(&may));
    match requested.within(&allowed) {
        Ok(granted) => assert_eq!(granted, both),
        Err(_) => assert!(asked.iter().any(|token| !may.contains(token) && !STANDARD.contains(token))),
    }
}

/// Reads a list, and holds it against the grammar of RFC 6749 §3.3.
fn read(text: &str) -> Option<Scope> {
    let grammatical = |c: char| c == ' ' || ('\x21'..='\x7e').contains(&c) && c != '"' && c != '\\';
    let tokens: BTreeSet<&str> = text.split(' ').filter(|token| !token.is_empty()).collect();
    let fine = text.len() <= 8192 && tokens.len() <= 256 && text.chars().all(grammatical);
    let scope = Scope::parse(text).ok();
    assert_eq!(scope.is_some(), fine);
    let scope = scope?;
    assert_eq!(scope.iter().collect::<BTreeSet<_>>(), tokens);
    assert_eq!(scope.iter().count(), tokens.len());
    assert_eq!(Scope::parse(&scope.to_string()).unwrap(), scope);
    assert_eq!(serde_json::from_value::<Scope>(serde_json::to_value(&scope).unwrap()).unwrap(), scope);
    Some(scope)
}
