//! The words of client metadata: RFC 7591 §2.

use std::fmt;
use std::str::FromStr;

use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as Unknown, StrDeserializer};
use serde::{Deserialize, Serialize};

/// How a client proves who it is at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
    /// A public client: it cannot keep a secret and proves nothing.
    None,
}

/// What a client may come with to the token endpoint; `implicit` for a token
/// straight from the authorization endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    AuthorizationCode,
    ClientCredentials,
    Password,
    RefreshToken,
    Implicit,
}

impl GrantType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::AuthorizationCode,
        Self::ClientCredentials,
        Self::Password,
        Self::RefreshToken,
        Self::Implicit,
    ];
}

/// Which claims about the person the ID token carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdTokenClaims {
    /// Those of the granted scopes, because many programs read nothing else.
    #[default]
    Scopes,
    /// None but those of the `claims` parameter; the rest is at UserInfo.
    Minimal,
}

/// The form of the `scope` claim in access tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeClaim {
    /// A space-separated string (RFC 9068 §2.2.3).
    #[default]
    String,
    /// An array of strings, as some resource servers expect it.
    Array,
}

/// The name on the wire and its inverse, both as serde has them.
macro_rules! named {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.serialize(f)
            }
        }

        impl FromStr for $name {
            type Err = Unknown;

            fn from_str(text: &str) -> Result<Self, Unknown> {
                let text: StrDeserializer<'_, Unknown> = text.into_deserializer();
                Self::deserialize(text)
            }
        }
    )+};
}

named!(AuthMethod, GrantType, IdTokenClaims, ScopeClaim);

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7591 §2.
    #[test]
    fn names_are_those_of_the_registry() {
        assert_eq!(AuthMethod::ClientSecretPost.to_string(), "client_secret_post");
        assert_eq!("private_key_jwt".parse(), Ok(AuthMethod::PrivateKeyJwt));
        assert_eq!(GrantType::AuthorizationCode.to_string(), "authorization_code");
        assert_eq!("refresh_token".parse(), Ok(GrantType::RefreshToken));
        assert!("Password".parse::<GrantType>().is_err());
        assert!("".parse::<AuthMethod>().is_err());
    }
}
