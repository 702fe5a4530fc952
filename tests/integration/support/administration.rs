//! Clients of the administration API.

use porteiro::oauth::scope;
use serde_json::Value;

use super::{Answer, Credentials, TestServer};

/// Both scopes of the API.
pub const ADMIN: &str = "porteiro.admin.read porteiro.admin.write";

impl TestServer {
    /// A token of a machine that may do everything.
    pub async fn administration(&self) -> String {
        let machine = self.machine("ops", |client| client.scope = ADMIN.parse().unwrap()).await;
        self.token_for(&machine, &scope::ADMIN.join(" ")).await
    }

    /// A machine's token with these scopes.
    pub async fn token_for(&self, machine: &Credentials, scope: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        let answer = self.post("/oauth2/token").basic(machine).form(&form).await.is_ok();
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Calls the API with a token, and a body if there is one.
    pub async fn api(&self, token: &str, call: &str, body: Option<&Value>) -> Answer {
        let (method, path) = call.split_once(' ').unwrap();
        let method = axum::http::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let call = self.call(method, &format!("/api/v1{path}")).bearer(token);
        match body {
            Some(body) => call.json(body).await,
            None => call.send().await,
        }
    }
}
