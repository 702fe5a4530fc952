//! What the client wants the person to be asked: OpenID Connect Core §3.1.2.1.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The `prompt` parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Show no page at all.
    pub none: bool,
    /// Ask for the password again.
    pub login: bool,
    /// Ask for consent again.
    pub consent: bool,
    /// Ask as whom.
    pub select_account: bool,
}

impl Prompt {
    /// The values that the metadata lists.
    pub const SUPPORTED: [&str; 4] = ["none", "login", "consent", "select_account"];

    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_request` for an unknown value, and for `none` with any other.
    pub fn parse(prompt: Option<&str>) -> Result<Self, Error> {
        let mut read = Self::default();
        for value in prompt.unwrap_or_default().split(' ').filter(|value| !value.is_empty()) {
            match value {
                "none" => read.none = true,
                "login" => read.login = true,
                "consent" => read.consent = true,
                "select_account" => read.select_account = true,
                _ => {
                    return Err(Error::invalid_request(
                        "prompt takes none, login, consent and select_account, and nothing else",
                    ));
                }
            }
        }
        if read.none && (read.login || read.consent || read.select_account) {
            return Err(Error::invalid_request("prompt=none cannot be combined with another value"));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OpenID Connect Core §3.1.2.1.
    #[test]
    fn values_are_read_in_any_order_and_none_stands_alone() {
        assert_eq!(Prompt::parse(None).unwrap(), Prompt::default());
        let both = Prompt { login: true, consent: true, ..Prompt::default() };
        assert_eq!(Prompt::parse(Some("consent login")).unwrap(), both);
        for value in Prompt::SUPPORTED {
            assert_ne!(Prompt::parse(Some(value)).unwrap(), Prompt::default(), "{value}");
        }
        for wrong in ["none login", "select_account none", "create", "LOGIN"] {
            assert!(Prompt::parse(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
