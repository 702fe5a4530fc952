//! Authorization requests, and what may come of them.

use std::collections::BTreeMap;

use axum::http::{StatusCode, header};

use porteiro::secret::from_base64url;
use porteiro::store::Client;
use serde_json::Value;

use super::{Answer, Browser, CALLBACK, Credentials, ISSUER, TestServer};

/// Comes back exactly so.
pub const STATE: &str = "a b&c=\u{e9}+%";

/// RFC 7636 App. B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What a client that asks for a code sends with its request.
pub const WITH_PKCE: [(&str, &str); 2] = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];

/// The parameters of an ordinary request of client `app`, after these were
/// changed or added; an empty value leaves one out.
pub fn request<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let ordinary = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid email"),
        ("state", STATE),
    ];
    let changed = |name: &str| changes.iter().any(|(own, _)| *own == name);
    let kept = ordinary.into_iter().filter(|(name, _)| !changed(name));
    kept.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty()).collect()
}

/// The same as a link.
pub fn ask(changes: &[(&str, &str)]) -> String {
    link(&request(changes))
}

/// A link with exactly these parameters.
pub fn link(parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/authorize?{query}")
}

/// The value of a hidden field of a page.
pub fn hidden(page: &Answer, name: &str) -> String {
    let (_, rest) = page.text().split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The claims of a JWT whose signature does not matter to the test.
pub fn claims_of(jwt: &Value) -> Value {
    let body = jwt.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&from_base64url(body).unwrap()).unwrap()
}

impl TestServer {
    /// Asks the token endpoint, as this client.
    pub async fn exchange(&self, client: &Credentials, grant_type: &str, more: &[(&str, &str)]) -> Answer {
        let form = [&[("grant_type", grant_type)], more].concat();
        self.post("/oauth2/token").basic(client).form(&form).await
    }

    /// Redeems a code that was sent to [`CALLBACK`].
    pub async fn redemption(&self, client: &Credentials, code: &str, more: &[(&str, &str)]) -> Answer {
        let form = [&[("code", code), ("redirect_uri", CALLBACK)], more].concat();
        self.exchange(client, "authorization_code", &form).await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, client: &Credentials, token: &Value, more: &[(&str, &str)]) -> Answer {
        let form = [&[("refresh_token", token.as_str().unwrap())], more].concat();
        self.exchange(client, "refresh_token", &form).await
    }

    /// Whether introspection by its own client calls a token active.
    pub async fn is_active(&self, client: &Credentials, token: &Value) -> bool {
        let form = [("token", token.as_str().unwrap())];
        let answer = self.post("/oauth2/introspect").basic(client).form(&form).await.is_ok().json();
        answer["active"] == true
    }

    /// Client `app`, which people must agree to.
    pub async fn app_that_asks(&self) {
        let asks = |client: &mut Client| {
            client.skip_consent = false;
            client.client_name = Some("Sales <b>dashboard</b>".into());
        };
        self.dashboard("app", asks).await;
    }

    /// Somebody at a browser who is signed in.
    pub async fn signed_in(&self, username: &str) -> Browser<'_> {
        self.person(username, |_| {}).await;
        let browser = self.browser();
        browser.sign_in(username).await;
        browser
    }
}

#[expect(clippy::wrong_self_convention, reason = "they read as sentences in a test")]
impl Answer {
    /// A page for the person with this code, and no way on to anywhere.
    pub fn is_error_page(self, code: &str) -> Self {
        assert!(self.status.is_client_error(), "{self:?}");
        assert!(self.header(header::LOCATION).is_empty(), "{self:?}");
        let shown = format!("id=\"error-code\">{code}<");
        assert!(self.text().contains(&shown), "{shown} is not in {}", self.text());
        self.is_page()
    }

    /// HTML that nobody may frame, keep or learn an address from.
    pub fn is_page(self) -> Self {
        assert_eq!(self.header(header::CONTENT_TYPE), "text/html; charset=utf-8", "{self:?}");
        assert_eq!(self.header(header::X_FRAME_OPTIONS), "DENY");
        assert!(self.header(header::CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"));
        assert!(self.header(header::CACHE_CONTROL).contains("no-store"));
        assert_eq!(self.header(header::REFERRER_POLICY), "no-referrer");
        self
    }

    /// The client is told this error, with its state and our issuer, and gets
    /// nothing else.
    pub fn tells_the_client(self, error: &str) -> Self {
        let told = self.sent_back();
        assert_eq!(told.get("error").map(String::as_str), Some(error), "{self:?}");
        assert!(["code", "access_token", "id_token"].iter().all(|name| !told.contains_key(*name)));
        self
    }

    /// What the client at [`CALLBACK`] gets; `state` and `iss` are in it.
    pub fn sent_back(&self) -> BTreeMap<String, String> {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{self:?}");
        assert!(self.header(header::CACHE_CONTROL).contains("no-store"));
        assert_eq!(self.header(header::REFERRER_POLICY), "no-referrer");
        let location = self.header(header::LOCATION);
        let answer = location.strip_prefix(CALLBACK).unwrap_or_else(|| panic!("{self:?}"));
        let pairs = form_urlencoded::parse(&answer.as_bytes()[1..]).into_owned();
        let told: BTreeMap<_, _> = pairs.collect();
        assert_eq!(told.get("iss").map(String::as_str), Some(ISSUER), "{location}");
        assert_eq!(told.get("state").map(String::as_str), Some(STATE), "{location}");
        told
    }

    /// The path of the page that the browser is sent to.
    pub fn leads_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{self:?}");
        self.header(header::LOCATION).split('?').next().unwrap_or_default()
    }
}
