//! A site behind a proxy that asks whether it may let a browser in.

use porteiro::oauth::Scope;
use porteiro::store::Client;

use super::{Answer, Browser, Credentials, TestServer, parameter};

/// The site of client `site`.
pub const SITE: &str = "https://app.test";

/// A browser at a protected site. Its proxy is nginx, as the preset has it.
pub struct Site<'a> {
    pub server: &'a TestServer,
    pub browser: Browser<'a>,
    pub origin: &'static str,
}

impl TestServer {
    /// Registers a client that protects a site, as the presets do.
    pub async fn protector(
        &self,
        client_id: &str,
        origin: &str,
        change: impl FnOnce(&mut Client),
    ) -> Credentials {
        self.dashboard(client_id, |client| {
            client.redirect_uris = vec![format!("{origin}/_porteiro/callback")];
            client.post_logout_redirect_uris = vec![format!("{origin}/")];
            client.scope = Scope::parse("openid profile email groups").unwrap();
            client.audience = vec![origin.to_owned()];
            client.require_pkce = true;
            change(client);
        })
        .await
    }

    /// A new browser at the site of client `site`.
    pub async fn site(&self) -> Site<'_> {
        self.protector("site", SITE, |_| {}).await;
        Site { server: self, browser: self.browser(), origin: SITE }
    }
}

impl<'a> Site<'a> {
    /// The same site in another browser.
    pub fn elsewhere(&self) -> Site<'a> {
        Site { browser: self.server.browser(), ..*self }
    }

    /// What the proxy is answered when the browser asks for a page.
    pub async fn ask(&self, target: &str) -> Answer {
        let url = format!("{}{target}", self.origin);
        let call = self.server.get("/oauth2/verify").header("x-original-url", &url);
        self.browser.send(call.header("accept", "text/html,*/*;q=0.8")).await
    }

    /// The browser opens an address of the site that is handed to us.
    pub async fn open(&self, address: &str) -> Answer {
        let path = address.strip_prefix(self.origin).unwrap_or_else(|| panic!("{address}"));
        assert!(path.starts_with("/_porteiro/"), "{address}");
        self.browser.send(self.server.get(path).header("x-original-url", address)).await
    }

    /// Asks for a page and goes where the way to the login leads: a page of
    /// ours, or the answer that the site is sent.
    pub async fn begin(&self, target: &str) -> Answer {
        let refused = self.ask(target).await;
        assert_eq!(refused.status, 401, "{refused:?}");
        let started = self.open(refused.header("location")).await;
        assert_eq!(started.status, 303, "{started:?}");
        self.browser.follow(started.header("location").strip_prefix(super::ISSUER).unwrap()).await
    }

    /// Fills in the login page; the answer is the one that the site is sent.
    pub async fn log_in(&self, page: &Answer, username: &str) -> Answer {
        let filled = [("username", username), ("password", super::PASSWORD), ("decision", "login")];
        self.browser.submit(page, &filled).await
    }

    /// Logs in and is let in.
    pub async fn enter(&self, username: &str) {
        let login = self.begin("/").await;
        let answer = self.log_in(&login, username).await;
        let entered = self.open(answer.header("location")).await;
        assert_eq!(entered.header("location"), format!("{}/", self.origin), "{entered:?}");
        assert!(self.lets_in().await);
    }

    pub async fn lets_in(&self) -> bool {
        self.ask("/").await.status == 200
    }

    /// The value of a parameter of the answer that the site is sent.
    pub fn sent(answer: &Answer, name: &str) -> Option<String> {
        parameter(answer.header("location"), name)
    }
}
