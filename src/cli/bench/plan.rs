//! What every worker has to know: where the server's endpoints are, and what
//! to send there.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::Url;

use super::connection::{Call, Connection};
use super::{Bench, Work};
use crate::cli::input;
use crate::secret::Secret;

/// The work, ready to be done. Shared by all workers.
#[derive(Debug)]
pub struct Plan {
    pub work: Work,
    /// `host:port`.
    pub authority: String,
    /// Paths.
    pub token_endpoint: String,
    pub introspection_endpoint: String,
    pub authorization_endpoint: String,
    pub verify: String,
    /// `Authorization` with the client's id and secret.
    pub basic: String,
    pub client_id: String,
    pub redirect_uri: String,
    pub scope: Option<String>,
    pub username: String,
    pub password: Secret,
    /// Tokens to ask about in one request.
    pub batch: usize,
    tokens: Vec<String>,
    next_token: AtomicUsize,
}

impl Plan {
    /// Asks the server for its metadata (OpenID Connect Discovery §4, RFC 8414
    /// §3) and for the tokens that will be asked about.
    ///
    /// # Errors
    /// What is missing.
    pub async fn make(bench: &Bench) -> Result<Self, String> {
        let url = Url::parse(bench.url.trim_end_matches('/')).map_err(|problem| problem.to_string())?;
        let host = url.host_str().filter(|_| url.scheme() == "http");
        let host =
            host.ok_or("--url must begin with http://: load is put on the server itself, without TLS")?;
        let authority = format!("{host}:{}", url.port().unwrap_or(80));
        let base = url.path().trim_end_matches('/');
        let metadata = metadata(&authority, base).await?;
        let path = |member| path_of(&metadata, member);
        let needed = |needed, member| if needed { path(member) } else { Ok(String::new()) };
        let secret = secret_from(&bench.secret_file)?;
        let credentials = [&bench.client_id, secret.reveal()].map(form_encoded).join(":");
        let people = bench.work.is_a_persons();
        let mut plan = Self {
            work: bench.work,
            token_endpoint: path("token_endpoint")?,
            introspection_endpoint: needed(bench.work == Work::Introspect, "introspection_endpoint")?,
            authorization_endpoint: needed(people, "authorization_endpoint")?,
            verify: format!("{base}/oauth2/verify"),
            authority,
            basic: format!("Basic {}", STANDARD.encode(credentials)),
            client_id: bench.client_id.clone(),
            redirect_uri: bench.redirect_uri.clone(),
            scope: bench.scope.clone().or_else(|| people.then(|| "openid offline_access".into())),
            username: bench.username.clone().unwrap_or_default(),
            password: bench.password_file.as_deref().map_or(Ok(Secret::new("")), secret_from)?,
            tokens: Vec::new(),
            batch: bench.batch,
            next_token: AtomicUsize::new(0),
        };
        if matches!(bench.work, Work::Introspect | Work::Verify) {
            plan.fetch_tokens(bench.tokens.max(1)).await?;
        }
        Ok(plan)
    }

    /// The next token to ask about.
    pub fn token(&self) -> &str {
        let turn = self.next_token.fetch_add(1, Ordering::Relaxed);
        self.tokens.get(turn % self.tokens.len().max(1)).map_or("", String::as_str)
    }

    /// The body of a question about the next token, or the next few.
    pub fn introspection(&self) -> String {
        if self.batch > 1 {
            let tokens: Vec<&str> = (0..self.batch).map(|_| self.token()).collect();
            form(&[("tokens", &tokens.join(" "))])
        } else {
            form(&[("token", self.token())])
        }
    }

    /// The body of a request for a token by client credentials.
    pub fn client_credentials(&self) -> String {
        match &self.scope {
            Some(scope) => form(&[("grant_type", "client_credentials"), ("scope", scope)]),
            None => String::from("grant_type=client_credentials"),
        }
    }

    async fn fetch_tokens(&mut self, wanted: usize) -> Result<(), String> {
        let mut connection = Connection::to(&self.authority);
        while self.tokens.len() < wanted {
            let call = Call {
                path: &self.token_endpoint,
                authorization: Some(&self.basic),
                form: Some(self.client_credentials()),
                ..Call::default()
            };
            let answer = connection.send(call).await?;
            let token = answer.json().get("access_token").and_then(Value::as_str).map(str::to_owned);
            self.tokens.push(token.ok_or_else(|| format!("no token to ask about: {}", answer.class()))?);
        }
        Ok(())
    }
}

async fn metadata(authority: &str, base: &str) -> Result<Value, String> {
    let path = format!("{base}/.well-known/openid-configuration");
    let answer = Connection::to(authority).send(Call { path: &path, ..Call::default() }).await?;
    if !answer.status.is_success() {
        return Err(format!("http://{authority}{path}: {}", answer.class()));
    }
    Ok(answer.json())
}

/// An endpoint's path: it is reached at the address that was given, whatever
/// name the server has for itself.
fn path_of(metadata: &Value, member: &str) -> Result<String, String> {
    let url = metadata.get(member).and_then(Value::as_str).and_then(|url| Url::parse(url).ok());
    url.map(|url| url.path().to_owned()).ok_or_else(|| format!("the server's metadata lacks {member}"))
}

fn secret_from(file: &str) -> Result<Secret, String> {
    input::secret_from(file).map_err(|failure| failure.message().to_owned())
}

/// A body of `application/x-www-form-urlencoded`.
pub fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// RFC 6749 §2.3.1.
fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
