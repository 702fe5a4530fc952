//! How the answer travels back: OAuth 2.0 Multiple Response Type Encoding
//! Practices §2.1, OAuth 2.0 Form Post Response Mode.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::oauth::response_type::ResponseType;

/// The `response_mode` parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

impl ResponseMode {
    /// The values that the metadata lists.
    pub const SUPPORTED: [&str; 3] = ["query", "fragment", "form_post"];

    /// What the response type means by itself.
    pub fn default_for(response_type: ResponseType) -> Self {
        match response_type {
            ResponseType::Code => Self::Query,
            ResponseType::Token => Self::Fragment,
        }
    }

    /// Reads the parameter. A token travels in the fragment and nowhere else:
    /// a query ends in logs.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn parse(response_mode: Option<&str>, response_type: ResponseType) -> Result<Self, Error> {
        match (response_mode, response_type) {
            (None, _) => Ok(Self::default_for(response_type)),
            (Some("fragment"), _) => Ok(Self::Fragment),
            (Some("query"), ResponseType::Code) => Ok(Self::Query),
            (Some("form_post"), ResponseType::Code) => Ok(Self::FormPost),
            (Some("query" | "form_post"), ResponseType::Token) => {
                Err(Error::invalid_request("response_type token needs response_mode fragment"))
            }
            (Some(_), _) => {
                Err(Error::invalid_request("response_mode is none of query, fragment and form_post"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_travels_in_a_query() {
        use ResponseType::{Code, Token};
        let cases = [
            (None, Code, Some(ResponseMode::Query)),
            (Some("query"), Code, Some(ResponseMode::Query)),
            (Some("fragment"), Code, Some(ResponseMode::Fragment)),
            (Some("form_post"), Code, Some(ResponseMode::FormPost)),
            (Some("web_message"), Code, None),
            (None, Token, Some(ResponseMode::Fragment)),
            (Some("fragment"), Token, Some(ResponseMode::Fragment)),
            (Some("query"), Token, None),
            (Some("form_post"), Token, None),
        ];
        for (mode, response_type, expected) in cases {
            assert_eq!(ResponseMode::parse(mode, response_type).ok(), expected, "{mode:?}");
        }
    }
}
