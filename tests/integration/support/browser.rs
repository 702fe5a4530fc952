//! A person at a browser: keeps cookies, fills in forms, follows redirects
//! until they leave the server.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::header;
use porteiro::oauth::GrantType;
use porteiro::oauth::Scope;
use porteiro::secret::Secret;
use porteiro::store::{Client, PasswordHash, Profile, User};
use serde_json::Value;

use super::{Answer, Call, Credentials, ISSUER, TestServer};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// Where clients of [`TestServer::dashboard`] are sent back to.
pub const CALLBACK: &str = "https://rp.test/cb";

/// One browser, signed in nowhere yet.
pub struct Browser<'a> {
    server: &'a TestServer,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl TestServer {
    /// A person who can log in, after `change` has made of them what the test
    /// is about.
    pub async fn person(&self, username: &str, change: impl FnOnce(&mut User)) -> Arc<User> {
        let hash = self.app.hasher.hash(&Secret::new(PASSWORD), &self.app.random).await.unwrap();
        let now = self.app.now();
        let mut user = User {
            sub: self.app.random.uuid_v4().unwrap().to_string(),
            username: username.to_owned(),
            email: Some(format!("{username}@example.org")),
            email_verified: true,
            password: Some(PasswordHash(hash)),
            profile: Profile { name: Some(username.to_uppercase()), ..Profile::default() },
            groups: vec![String::from("staff")],
            roles: Vec::new(),
            admin: false,
            enabled: true,
            created_at: now,
            updated_at: now,
        };
        change(&mut user);
        assert!(self.app.store.create_user(&user, "test").await.unwrap());
        Arc::new(user)
    }

    /// Registers a client for people that never asks for consent.
    pub async fn dashboard(&self, client_id: &str, change: impl FnOnce(&mut Client)) -> Credentials {
        self.machine(client_id, |client| {
            client.grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
            client.response_types = vec![String::from("code")];
            client.redirect_uris = vec![CALLBACK.to_owned()];
            client.scope = Scope::parse("openid profile email groups offline_access").unwrap();
            client.skip_consent = true;
            change(client);
        })
        .await
    }

    pub fn browser(&self) -> Browser<'_> {
        Browser { server: self, cookies: RefCell::default() }
    }

    /// Redeems a code at the token endpoint.
    pub async fn redeem(&self, client: &Credentials, code: &str) -> Value {
        let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)];
        self.post("/oauth2/token").basic(client).form(&form).await.is_ok().json()
    }
}

impl Browser<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        self.keep(self.with_cookies(self.server.get(path)).send().await)
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.keep(self.with_cookies(self.server.post(path)).form(form).await)
    }

    /// Sends a call with this browser's cookies, as a proxy does that asks on
    /// its behalf.
    pub async fn send(&self, call: Call) -> Answer {
        self.keep(self.with_cookies(call).send().await)
    }

    /// As [`Browser::get`], then wherever the server sends the browser, up to
    /// a page or a foreign address.
    pub async fn follow(&self, path: &str) -> Answer {
        let mut answer = self.get(path).await;
        while let Some(own) = own_path(&answer) {
            answer = self.get(&own).await;
        }
        answer
    }

    /// Fills in the last form of a page and follows where it leads.
    pub async fn submit(&self, page: &Answer, filled: &[(&str, &str)]) -> Answer {
        let (action, mut fields) = form(page.text());
        fields.extend(filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = self.post(&action, &fields).await;
        match own_path(&answer) {
            Some(path) => self.follow(&path).await,
            None => answer,
        }
    }

    /// Logs in on the login page.
    pub async fn sign_in(&self, username: &str) {
        let page = self.follow("/login").await;
        let filled = [("username", username), ("password", PASSWORD), ("decision", "login")];
        self.submit(&page, &filled).await.is_ok();
    }

    /// Asks for a code of a [`TestServer::dashboard`], signed in already.
    pub async fn code(&self, client: &Credentials, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("response_type", "code").append_pair("client_id", &client.client_id);
        query.append_pair("redirect_uri", CALLBACK).extend_pairs(more);
        let answer = self.follow(&format!("/authorize?{}", query.finish())).await;
        parameter(answer.header(header::LOCATION), "code").unwrap_or_else(|| panic!("{answer:?}"))
    }

    /// Tokens of a [`TestServer::dashboard`], signed in already.
    pub async fn tokens(&self, client: &Credentials, more: &[(&str, &str)]) -> Value {
        let code = self.code(client, more).await;
        self.server.redeem(client, &code).await
    }

    /// What the browser would send, and a page might steal.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// The value of every cookie that it holds.
    pub fn cookie_values(&self) -> Vec<String> {
        self.cookies.borrow().values().cloned().collect()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    fn with_cookies(&self, call: Call) -> Call {
        let cookies = self.cookies.borrow();
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { call } else { call.header(header::COOKIE, &pairs.join("; ")) }
    }

    fn keep(&self, answer: Answer) -> Answer {
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let mut attributes = line.to_str().unwrap().split("; ");
            let (name, value) = attributes.next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.borrow_mut();
            if attributes.any(|attribute| attribute == "Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

/// A parameter of an address' query.
pub fn parameter(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// Where a redirect leads on this server.
fn own_path(answer: &Answer) -> Option<String> {
    let location = answer.header(header::LOCATION);
    let path = location.strip_prefix(ISSUER).unwrap_or(location);
    path.starts_with('/').then(|| path.to_owned())
}

/// Address and prefilled fields of the last form of a page.
fn form(html: &str) -> (String, Vec<(String, String)>) {
    let (_, form) = html.rsplit_once("<form").expect("a page with a form");
    let (head, body) = form.split_once('>').unwrap();
    let inputs = body.split("<input").skip(1).map(|input| input.split('>').next().unwrap());
    let sent = inputs.filter(|input| input.contains("type=\"hidden\"") || input.ends_with(" checked"));
    let fields = sent.map(|input| (attribute(input, "name").unwrap(), attribute(input, "value")));
    let fields = fields.map(|(name, value)| (name, value.unwrap_or_else(|| String::from("on"))));
    (attribute(head, "action").unwrap(), fields.collect())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    let value = value.split('"').next().unwrap();
    Some(value.replace("&#38;", "&").replace("&amp;", "&").replace("&#34;", "\""))
}
