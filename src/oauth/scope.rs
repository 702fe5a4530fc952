//! Scope: RFC 6749 §3.3.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The scope values of OpenID Connect Core §5.4 and §11.
pub const STANDARD: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// What opens the administration API. A client gets them only when it is
/// registered for them and asks for them by name, a person only when they are
/// an administrator.
pub const ADMIN: [&str; 2] = [ADMIN_READ, ADMIN_WRITE];

/// To look.
pub const ADMIN_READ: &str = "porteiro.admin.read";

/// To change.
pub const ADMIN_WRITE: &str = "porteiro.admin.write";

/// More than any program asks for, and few enough to look at twice.
const MAX_TOKENS: usize = 256;
const MAX_LENGTH: usize = 8 * 1024;

/// Scope tokens, each once, in the order in which they were first named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(Vec<String>);

impl Scope {
    /// Reads a space-separated list in linear time. Surplus spaces are
    /// forgiven, as clients that join empty strings send them.
    ///
    /// # Errors
    /// `invalid_scope` for a character outside RFC 6749 §3.3 or an absurd length.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_LENGTH {
            return Err(Error::invalid_scope("scope is too long"));
        }
        if !text.bytes().all(|byte| byte == b' ' || is_scope_character(byte)) {
            return Err(Error::invalid_scope("scope contains a character outside RFC 6749 section 3.3"));
        }
        let mut seen = HashSet::new();
        let tokens = text.split(' ').filter(|token| !token.is_empty() && seen.insert(*token));
        let tokens: Vec<String> = tokens.map(str::to_owned).collect();
        if tokens.len() > MAX_TOKENS {
            return Err(Error::invalid_scope("scope names too many values"));
        }
        Ok(Self(tokens))
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `token` is in it.
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|own| own == token)
    }

    /// The tokens in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether every token of it is in `other`.
    pub fn is_subset_of(&self, other: &Scope) -> bool {
        let other: HashSet<&str> = other.iter().collect();
        self.iter().all(|token| other.contains(token))
    }

    /// The tokens that are in `other` too, in the order of `self`.
    pub fn intersection(&self, other: &Scope) -> Scope {
        let other: HashSet<&str> = other.iter().collect();
        self.filter(|token| other.contains(token))
    }

    /// The tokens for which `keep` says yes.
    pub fn filter(&self, keep: impl Fn(&str) -> bool) -> Scope {
        Self(self.0.iter().filter(|token| keep(token)).cloned().collect())
    }

    /// What is left for those who may not administer.
    pub fn without_admin(&self) -> Scope {
        self.filter(|token| !ADMIN.contains(&token))
    }

    /// The tokens of both, those of `self` first.
    pub fn union(&self, other: &Scope) -> Scope {
        let own: HashSet<&str> = self.iter().collect();
        let more = other.iter().filter(|token| !own.contains(token));
        Self(self.iter().chain(more).map(str::to_owned).collect())
    }

    /// What of this request a client with the scope `allowed` may have. A
    /// standard value that it may not have is dropped, because dashboards ask
    /// for a fixed list of them; any other is refused.
    ///
    /// # Errors
    /// `invalid_scope`.
    pub fn within(&self, allowed: &Scope) -> Result<Scope, Error> {
        let granted = self.intersection(allowed);
        let known: HashSet<&str> = granted.iter().chain(STANDARD).collect();
        match self.iter().find(|token| !known.contains(token)) {
            Some(token) => Err(Error::invalid_scope(format!(
                "this client may not ask for the scope {token}, the operator can add it by client update"
            ))),
            None => Ok(granted),
        }
    }
}

/// `%x21 / %x23-5B / %x5D-7E` (RFC 6749 §3.3).
fn is_scope_character(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl FromStr for Scope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Scope {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    /// RFC 6749 §3.3: the order does not matter, the repetition neither.
    #[test]
    fn tokens_are_kept_once_and_in_order() {
        assert_eq!(scope("openid /btb sales.read openid").to_string(), "openid /btb sales.read");
        assert_eq!(scope("  a  b ").to_string(), "a b");
        assert!(scope("").is_empty());
    }

    #[test]
    fn characters_outside_the_grammar_are_refused() {
        for wrong in ["a\"b", "a\\b", "a\tb", "a\nb", "\u{e9}", "a\0b", "a\u{7f}"] {
            assert!(Scope::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    /// SECURITY-CASES 41.
    #[test]
    fn thousands_of_tokens_are_refused() {
        let many: Vec<String> = (0..5_000).map(|n| format!("scope{n}")).collect();
        assert!(Scope::parse(&many.join(" ")).is_err());
        let short: Vec<String> = (0..300).map(|n| n.to_string()).collect();
        assert!(Scope::parse(&short.join(" ")).is_err());
    }

    #[test]
    fn as_much_as_the_limits_say_is_read() {
        let tokens: Vec<String> = (0..MAX_TOKENS).map(|n| n.to_string()).collect();
        assert!(Scope::parse(&tokens.join(" ")).is_ok());
        assert!(Scope::parse(&"a".repeat(MAX_LENGTH)).is_ok());
        assert!(Scope::parse(&"a".repeat(MAX_LENGTH + 1)).is_err());
    }

    #[test]
    fn scopes_are_sets() {
        let (few, many) = (scope("a b"), scope("b c a"));
        assert!(few.contains("b") && !few.contains("c") && !few.is_empty());
        assert!(few.is_subset_of(&many) && !many.is_subset_of(&few));
        assert_eq!(few.union(&many).to_string(), "a b c");
    }

    #[test]
    fn a_scope_goes_through_text_and_json() {
        assert_eq!("a b".parse::<Scope>().unwrap(), scope("a b"));
        assert_eq!(serde_json::to_value(scope("a b")).unwrap(), "a b");
        assert_eq!(serde_json::from_value::<Scope>("a b".into()).unwrap(), scope("a b"));
    }

    /// SECURITY-CASES 39 and 164.
    #[test]
    fn a_standard_value_is_dropped_and_any_other_refused() {
        let allowed = scope("openid /btb");
        let cases = [
            ("openid /btb", Some("openid /btb")),
            ("openid email offline_access", Some("openid")),
            ("email", Some("")),
            ("openid nosuch", None),
            ("groups", None),
            ("OPENID", None),
        ];
        for (requested, granted) in cases {
            let outcome = scope(requested).within(&allowed).ok().map(|scope| scope.to_string());
            assert_eq!(outcome.as_deref(), granted, "{requested}");
        }
    }

    proptest! {
        #[test]
        fn what_is_granted_lies_within_both(requested in "[a-d ]{0,20}", allowed in "[a-d ]{0,20}") {
            let (requested, allowed) = (scope(&requested), scope(&allowed));
            let both = requested.intersection(&allowed);
            prop_assert!(both.is_subset_of(&requested) && both.is_subset_of(&allowed));
            if let Ok(granted) = requested.within(&allowed) {
                prop_assert_eq!(granted, both);
            }
        }

        #[test]
        fn a_scope_reads_back_as_it_was_written(text in "\\PC{0,60}") {
            if let Ok(read) = Scope::parse(&text) {
                prop_assert_eq!(scope(&read.to_string()), read);
            }
        }
    }
}
