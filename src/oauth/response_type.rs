//! What the authorization endpoint is asked for: RFC 6749 §3.1.1.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::oauth::GrantType;

/// A supported `response_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseType {
    Code,
    /// Implicit grant: only where configuration and client allow it.
    Token,
}

impl ResponseType {
    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_request` when it is missing, `unsupported_response_type` for
    /// any other, which names the setting to look for.
    pub fn parse(response_type: Option<&str>) -> Result<Self, Error> {
        match response_type {
            None => Err(Error::invalid_request("the parameter response_type is missing")),
            Some("code") => Ok(Self::Code),
            Some("token") => Ok(Self::Token),
            Some(_) => Err(Error::new(
                Code::UnsupportedResponseType,
                "this response_type is not supported: set the program's response type to code \
                 (ASP.NET: options.ResponseType = OpenIdConnectResponseType.Code)",
            )),
        }
    }

    /// The value on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Token => "token",
        }
    }

    /// The grant that a client needs for it (RFC 7591 §2.1).
    pub fn grant(self) -> GrantType {
        match self {
            Self::Code => GrantType::AuthorizationCode,
            Self::Token => GrantType::Implicit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SECURITY-CASES 31 and 32.
    #[test]
    fn only_code_and_token_are_known() {
        assert_eq!(ResponseType::parse(Some("code")).unwrap(), ResponseType::Code);
        assert_eq!(ResponseType::parse(Some("token")).unwrap(), ResponseType::Token);
        assert_eq!(ResponseType::parse(None).unwrap_err().code, Code::InvalidRequest);
        for other in ["foo", "id_token", "code id_token", "id_token token", "none", "CODE", "code "] {
            let error = ResponseType::parse(Some(other)).unwrap_err();
            assert_eq!(error.code, Code::UnsupportedResponseType, "{other}");
        }
    }
}
