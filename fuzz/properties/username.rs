//! Names that people log in with: a key is its own key, without case.

use porteiro::oauth::username::{email_key, key};

pub fn hold(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(name) = key(text) {
        assert_eq!(key(&name).unwrap(), name);
        assert!(!name.contains(char::is_whitespace) && !name.contains(char::is_control));
        assert_eq!(key(&format!(" {text} ")).unwrap(), name);
    }
    if let Ok(address) = email_key(text) {
        assert_eq!(email_key(&address).unwrap(), address);
        assert!(address.contains('@') && !address.contains(char::is_control));
    }
}
