//! The answer to the client: RFC 6749 §4.1.2, RFC 9207.

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::error::{Error, printable};
use crate::oauth::params::Params;
use crate::oauth::response_mode::ResponseMode;
use crate::oauth::response_type::ResponseType;
use crate::store::Client;

/// Where and how the answer goes. The redirect URI was verified.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Target {
    /// The registered address.
    pub redirect_uri: String,
    /// How it travels.
    pub response_mode: ResponseMode,
    /// Given back untouched.
    pub state: Option<String>,
    /// Whether a failure names the issuer too.
    pub iss_in_errors: bool,
}

/// What the browser is told.
#[derive(Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Go there.
    Redirect(String),
    /// Post these there.
    FormPost(Vec<(&'static str, String)>),
}

impl Target {
    /// The target of a request whose other parameters are not checked yet. A
    /// response mode that cannot be read must not keep an error from arriving.
    pub fn of(client: &Client, redirect_uri: String, params: &Params) -> Self {
        let response_type = match params.get("response_type") {
            Some("token") => ResponseType::Token,
            _ => ResponseType::Code,
        };
        let default = ResponseMode::default_for(response_type);
        let response_mode =
            ResponseMode::parse(params.get("response_mode"), response_type).unwrap_or(default);
        let state = params.get("state").filter(|_| !params.is_broken("state")).map(str::to_owned);
        Self { redirect_uri, response_mode, state, iss_in_errors: client.iss_in_errors }
    }

    /// Whether the response mode is one for this response type.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn check(&self, params: &Params, response_type: ResponseType) -> Result<(), Error> {
        ResponseMode::parse(params.get("response_mode"), response_type).map(drop)
    }

    /// The answer with `state` and `iss` added.
    pub fn deliver(&self, issuer: &str, answer: Vec<(&'static str, String)>) -> Delivery {
        self.send(Some(issuer), answer)
    }

    fn send(&self, issuer: Option<&str>, mut answer: Vec<(&'static str, String)>) -> Delivery {
        if let Some(state) = &self.state {
            answer.push(("state", state.clone()));
        }
        answer.extend(issuer.map(|issuer| ("iss", issuer.to_owned())));
        match self.response_mode {
            ResponseMode::FormPost => Delivery::FormPost(answer),
            ResponseMode::Fragment => {
                Delivery::Redirect(format!("{}#{}", self.redirect_uri, encode(&answer)))
            }
            ResponseMode::Query => {
                // A registered query is kept (RFC 6749 §3.1.2).
                let separator = if self.redirect_uri.contains('?') { '&' } else { '?' };
                Delivery::Redirect(format!("{}{separator}{}", self.redirect_uri, encode(&answer)))
            }
        }
    }

    /// The answer that it failed.
    pub fn fail(&self, issuer: &str, error: &Error) -> Delivery {
        let description = printable(&error.description);
        self.send(
            self.iss_in_errors.then_some(issuer),
            vec![("error", error.code.as_str().to_owned()), ("error_description", description)],
        )
    }
}

fn encode(answer: &[(&'static str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn target(redirect_uri: &str, response_mode: ResponseMode) -> Target {
        let state = Some("a b&c".into());
        Target { redirect_uri: redirect_uri.into(), response_mode, state, iss_in_errors: true }
    }

    /// SECURITY-CASES 58: `iss` in every answer, `state` exactly.
    #[test]
    fn every_answer_carries_state_and_issuer() {
        let deliver =
            |uri: &str, mode| target(uri, mode).deliver("https://as.test", vec![("code", "x".into())]);
        let encoded = "code=x&state=a+b%26c&iss=https%3A%2F%2Fas.test";
        let redirect = |text: String| Delivery::Redirect(text);
        assert_eq!(
            deliver("https://rp.test/cb", ResponseMode::Query),
            redirect(format!("https://rp.test/cb?{encoded}"))
        );
        assert_eq!(
            deliver("https://rp.test/cb?k=v", ResponseMode::Query),
            redirect(format!("https://rp.test/cb?k=v&{encoded}"))
        );
        assert_eq!(
            deliver("https://rp.test/cb", ResponseMode::Fragment),
            redirect(format!("https://rp.test/cb#{encoded}"))
        );
        assert!(matches!(deliver("https://rp.test/cb", ResponseMode::FormPost), Delivery::FormPost(_)));
    }

    /// RFC 9207 §2: errors too, but for a client that cannot bear it.
    #[test]
    fn a_failure_carries_the_issuer_unless_the_client_cannot_bear_it() {
        let error = Error::new(Code::AccessDenied, "no");
        let failed = |iss_in_errors| {
            let target = target("https://rp.test/cb", ResponseMode::Query);
            Target { iss_in_errors, ..target }.fail("https://as.test", &error)
        };
        let answer = "https://rp.test/cb?error=access_denied&error_description=no&state=a+b%26c";
        assert_eq!(failed(true), Delivery::Redirect(format!("{answer}&iss=https%3A%2F%2Fas.test")));
        assert_eq!(failed(false), Delivery::Redirect(answer.to_owned()));
    }
}
