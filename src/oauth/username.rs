//! Names that people log in with, compared without case: RFC 8265 §3.3.

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::Profile as _;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::Error;

const MAX_LENGTH: usize = 254;

/// The form in which two spellings of one user name are equal. Blanks around
/// it are forgiven; invisible characters and blanks inside are refused.
///
/// # Errors
/// `invalid_request` when no user can have this name.
pub fn key(username: &str) -> Result<String, Error> {
    let refused = || Error::invalid_request("a user name has letters, digits and marks, and no blanks");
    let key = enforced(username).ok_or_else(refused)?;
    // A second pass that changes something would be a second key for one name.
    if enforced(&key).as_deref() == Some(&key) { Ok(key) } else { Err(refused()) }
}

fn enforced(username: &str) -> Option<String> {
    let folded: String = username.trim().nfkc().collect();
    let bounded = !folded.is_empty() && folded.len() <= MAX_LENGTH;
    let enforced = bounded.then(|| UsernameCaseMapped::new().enforce(folded.as_str()).ok())??;
    Some(enforced.into_owned())
}

/// The same for an e-mail address. The local part too is compared without
/// case, as every mail provider does.
///
/// # Errors
/// `invalid_request` when it is no address.
pub fn email_key(email: &str) -> Result<String, Error> {
    let refused = || Error::invalid_request("an e-mail address has the form name@example.com");
    let key: String = email.trim().nfkc().flat_map(char::to_lowercase).nfkc().collect();
    let (local, domain) = key.rsplit_once('@').ok_or_else(refused)?;
    let plain = |part: &str| {
        let odd = |c: char| c == '@' || c.is_whitespace() || c.is_control() || is_invisible(c);
        !part.is_empty() && !part.contains(odd)
    };
    let bounded = key.len() <= MAX_LENGTH;
    let dots = !domain.starts_with('.') && !domain.ends_with('.') && !domain.contains("..");
    if bounded && dots && plain(local) && plain(domain) { Ok(key) } else { Err(refused()) }
}

/// Format characters that leave no trace on the screen.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// SECURITY-CASES 161 and 166.
    #[test]
    fn spellings_of_one_name_have_one_key() {
        let cases = [
            ("JOHN", "john"),
            ("john ", "john"),
            ("\u{ff2a}\u{ff4f}\u{ff48}\u{ff4e}", "john"),
            ("\u{fb01}nn", "finn"),
            ("Jose\u{301}", "jos\u{e9}"),
            ("Ivan.Petrov_1@corp", "ivan.petrov_1@corp"),
            ("\u{418}\u{412}\u{410}\u{41d}", "\u{438}\u{432}\u{430}\u{43d}"),
        ];
        for (spelling, expected) in cases {
            assert_eq!(key(spelling).unwrap(), expected, "{spelling}");
        }
    }

    /// SECURITY-CASES 166: a twin that looks the same cannot be made.
    #[test]
    fn invisible_characters_are_refused() {
        let names = ["", " ", "a b", "a\u{200b}b", "a\u{200d}", "a\u{ad}b", "a\nb", "a\0", "\u{202e}nhoj"];
        for name in names {
            assert!(key(name).is_err(), "{name:?}");
            assert!(email_key(&format!("{name}@example.com")).is_err(), "{name:?}");
        }
        assert!(key(&"a".repeat(MAX_LENGTH + 1)).is_err());
    }

    #[test]
    fn an_address_is_compared_without_case() {
        assert_eq!(email_key(" Ana@Example.COM ").unwrap(), "ana@example.com");
        let wrong = ["ana", "@example.com", "ana@", "a@b@c", "ana@.example", "ana@a..b", "a na@example.com"];
        for wrong in wrong {
            assert!(email_key(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(name in "\\PC{0,20}") {
            if let Ok(first) = key(&name) {
                prop_assert_eq!(key(&first).unwrap(), first);
            }
            if let Ok(first) = email_key(&name) {
                prop_assert_eq!(email_key(&first).unwrap(), first);
            }
        }
    }
}
