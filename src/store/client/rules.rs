//! What a client may be registered as: RFC 7591 §2, RFC 6749 §2 and App. A.

use std::time::Duration;

use url::Url;

use crate::error::{Code, Error};
use crate::oauth::{AuthMethod, GrantType, claim_mapping, jwks, redirect_uri};
use crate::store::Client;

const MAX_ID: usize = 255;
const MAX_TEXT: usize = 1024;
const MAX_LIST: usize = 100;

/// Revocations are remembered a little longer than that.
const MAX_LIFETIME: Duration = Duration::from_secs(366 * 86_400);

impl Client {
    /// Judges the registration as a whole, before it is stored.
    ///
    /// # Errors
    /// `invalid_redirect_uri` or `invalid_client_metadata`, with what is wrong.
    pub fn check(&self) -> Result<(), Error> {
        if !Self::is_id(&self.client_id) {
            return refuse("a client id is 1 to 255 printable ASCII characters");
        }
        self.check_grants()?;
        self.check_addresses()?;
        self.check_authentication()?;
        self.check_texts()?;
        claim_mapping::check(&self.claim_mapping)?;
        for lifetime in [self.access_token_lifetime, self.refresh_token_lifetime].into_iter().flatten() {
            if lifetime < Duration::from_secs(1) || lifetime > MAX_LIFETIME || lifetime.subsec_nanos() > 0 {
                return refuse("a token lifetime is whole seconds, from 1s to 366days");
            }
        }
        Ok(())
    }

    /// Whether a client may have this id: RFC 6749 App. A.1, without blanks at
    /// the ends, which nobody sees.
    pub fn is_id(text: &str) -> bool {
        let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        printable && !text.is_empty() && text.len() <= MAX_ID && text.trim() == text
    }

    fn check_grants(&self) -> Result<(), Error> {
        let through_browser = [GrantType::AuthorizationCode, GrantType::Implicit];
        if self.grant_types.is_empty() {
            return refuse("a client needs a grant type");
        }
        if self.redirect_uris.is_empty() && through_browser.into_iter().any(|grant| self.allows(grant)) {
            return refuse("this grant type sends the browser back, so it needs a redirect URI");
        }
        if self.is_public() && self.allows(GrantType::ClientCredentials) {
            return refuse("client_credentials is for confidential clients only (RFC 6749 section 4.4)");
        }
        Ok(())
    }

    fn check_addresses(&self) -> Result<(), Error> {
        if self.redirect_uris.len() > MAX_LIST || self.post_logout_redirect_uris.len() > MAX_LIST {
            return refuse("a client has at most 100 redirect URIs");
        }
        for uri in self.redirect_uris.iter().chain(&self.post_logout_redirect_uris) {
            redirect_uri::check_registration(uri)?;
        }
        for uri in [&self.client_uri, &self.logo_uri, &self.backchannel_logout_uri].into_iter().flatten() {
            let web = Url::parse(uri).is_ok_and(|parsed| matches!(parsed.scheme(), "https" | "http"));
            if !web || uri.len() > MAX_TEXT || !uri.bytes().all(|byte| byte.is_ascii_graphic()) {
                return refuse(format!("{uri} is not a web address"));
            }
        }
        if self.backchannel_logout_uri.as_deref().is_some_and(|uri| uri.contains(['#', '@'])) {
            return refuse("backchannel_logout_uri has neither a fragment nor a user name");
        }
        Ok(())
    }

    fn check_authentication(&self) -> Result<(), Error> {
        match (&self.jwks, self.token_endpoint_auth_method) {
            (None, AuthMethod::PrivateKeyJwt) => refuse("private_key_jwt needs the client's public keys"),
            (Some(keys), _) => jwks::check(keys),
            (None, _) => Ok(()),
        }
    }

    fn check_texts(&self) -> Result<(), Error> {
        let name = self.client_name.as_deref().unwrap_or("-");
        if name.trim().is_empty() || name.len() > MAX_TEXT || name.chars().any(char::is_control) {
            return refuse("a client's name is a line of text");
        }
        let odd = |text: &&String| {
            text.is_empty() || text.len() > MAX_TEXT || !text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if let Some(text) = self.audience.iter().chain(&self.resource).find(odd) {
            return refuse(format!("{text:?} cannot name an audience: use printable ASCII without blanks"));
        }
        if self.audience.len() > MAX_LIST || self.resource.len() > MAX_LIST {
            return refuse("a client has at most 100 audiences");
        }
        Ok(())
    }
}

fn refuse(description: impl Into<std::borrow::Cow<'static, str>>) -> Result<(), Error> {
    Err(Error::new(Code::InvalidClientMetadata, description))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    fn web() -> Client {
        Client {
            grant_types: vec![GrantType::AuthorizationCode],
            redirect_uris: vec!["https://rp.test/cb".into()],
            ..Client::new("app", Timestamp(0))
        }
    }

    #[test]
    fn a_usual_client_may_be_registered() {
        assert!(web().check().is_ok());
        let machine =
            Client { grant_types: vec![GrantType::ClientCredentials], ..Client::new("m1", Timestamp(0)) };
        assert!(machine.check().is_ok());
    }

    /// SECURITY-CASES 18, 19, 27, 227; RFC 6749 §4.4 and App. A.1.
    #[test]
    fn an_unsafe_or_senseless_registration_is_refused() {
        let text = |text: &str| Some(text.to_owned());
        let list = |text: &str| vec![text.to_owned()];
        let cases = [
            Client { client_id: String::new(), ..web() },
            Client { client_id: "caf\u{e9}".into(), ..web() },
            Client { client_id: "a\nb".into(), ..web() },
            Client { client_id: "a".repeat(256), ..web() },
            Client { grant_types: vec![], ..web() },
            Client { redirect_uris: vec![], ..web() },
            Client { redirect_uris: list("javascript:alert(1)"), ..web() },
            Client { post_logout_redirect_uris: list("https://rp.test/#f"), ..web() },
            Client {
                token_endpoint_auth_method: AuthMethod::None,
                grant_types: vec![GrantType::ClientCredentials],
                ..web()
            },
            Client { token_endpoint_auth_method: AuthMethod::PrivateKeyJwt, ..web() },
            Client { jwks: Some(serde_json::json!({"keys": []})), ..web() },
            Client { client_uri: text("javascript:alert(1)"), ..web() },
            Client { logo_uri: text("data:image/svg+xml,<svg onload=alert(1)>"), ..web() },
            Client { backchannel_logout_uri: text("file:///etc/passwd"), ..web() },
            Client { backchannel_logout_uri: text("https://rp.test/out#f"), ..web() },
            Client { client_name: text("two\nlines"), ..web() },
            Client { client_name: text(" "), ..web() },
            Client { audience: list("two words"), ..web() },
            Client { resource: list(""), ..web() },
            Client { access_token_lifetime: Some(Duration::ZERO), ..web() },
            Client { access_token_lifetime: Some(Duration::from_millis(1500)), ..web() },
            Client { refresh_token_lifetime: Some(Duration::from_secs(400 * 86_400)), ..web() },
        ];
        for client in cases {
            assert!(client.check().is_err(), "{client:?}");
        }
    }
}
