//! Checks Porteiro's access tokens without asking the server about each:
//! signatures by its keys, revocations by its feed.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

/// The feed's heart beats every second.
const SILENCE: Duration = Duration::from_secs(3);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Who issues the tokens, for whom, and the client that may read the feed.
pub struct Settings {
    pub issuer: String,
    pub audience: String,
    pub client_id: String,
    pub client_secret: String,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Porteiro {
    settings: Arc<Settings>,
    http: reqwest::Client,
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, Jwk>,
    ids: HashMap<(String, String), u128>,
    marks: HashMap<(String, String), u128>,
    heard: Option<Instant>,
}

#[derive(Deserialize)]
struct Revocation {
    kind: String,
    subject: String,
    issued_before: u128,
    expires_at: u128,
}

/// What a good token says.
#[derive(Clone, Deserialize)]
pub struct Claims {
    pub sub: String,
    pub client_id: String,
    jti: String,
    grant_id: Option<String>,
    sid: Option<String>,
}

impl Porteiro {
    /// Begins to follow the feed, for as long as the program runs.
    pub fn start(settings: Settings) -> Self {
        let http = reqwest::Client::builder().read_timeout(SILENCE).build().unwrap_or_default();
        let porteiro = Self { settings: Arc::new(settings), http, known: Arc::default() };
        let follower = porteiro.clone();
        tokio::spawn(async move {
            let mut position = String::from("0");
            loop {
                let _ended = follower.read(&mut position).await;
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        });
        porteiro
    }

    async fn read(&self, position: &mut String) -> Result<(), Failure> {
        let Settings { issuer, client_id, client_secret, .. } = &*self.settings;
        self.load_keys().await?;
        let form = [("grant_type", "client_credentials"), ("scope", "revocations.read")];
        let request = self.http.post(format!("{issuer}/oauth2/token")).form(&form);
        let answer = request.basic_auth(client_id, Some(client_secret)).send().await?.error_for_status()?;
        let answer: serde_json::Value = answer.json().await?;
        let token = answer["access_token"].as_str().unwrap_or_default();
        let request = self.http.get(format!("{issuer}/oauth2/revocations")).bearer_auth(token);
        let mut feed = request.header("last-event-id", &*position).send().await?.error_for_status()?;
        let (mut bytes, mut synced) = (Vec::new(), false);
        while let Some(piece) = feed.chunk().await? {
            bytes.extend_from_slice(&piece);
            while let Some(end) = bytes.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = bytes.drain(..end + 2).collect();
                synced |= self.take(std::str::from_utf8(&block)?, position).await?;
            }
            if synced && let Ok(mut known) = self.known.write() {
                known.heard = Some(Instant::now());
            }
        }
        Ok(())
    }

    /// Takes one event; whether it says that everything has been told.
    async fn take(&self, block: &str, position: &mut String) -> Result<bool, Failure> {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        match (field("event"), field("data")) {
            (Some("keys"), _) => self.load_keys().await?,
            (None, Some(data)) => self.apply(serde_json::from_str(data)?),
            _ => {}
        }
        if let Some(id) = field("id") {
            *position = id.to_owned();
        }
        Ok(field("event") == Some("synced"))
    }

    fn apply(&self, new: Revocation) {
        let Ok(mut known) = self.known.write() else { return };
        let name = (new.kind, new.subject);
        if ["user", "client", "all"].contains(&name.0.as_str()) {
            let mark = known.marks.entry(name).or_default();
            *mark = new.issued_before.max(*mark);
            return;
        }
        known.ids.insert(name, new.expires_at);
        if known.ids.len().is_multiple_of(1000) {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
            known.ids.retain(|_, end| *end >= now);
        }
    }

    async fn load_keys(&self) -> Result<(), Failure> {
        let answer = self.http.get(format!("{}/.well-known/jwks.json", self.settings.issuer)).send().await?;
        let set: JwkSet = answer.error_for_status()?.json().await?;
        let named = set.keys.into_iter().filter_map(|key| Some((key.common.key_id.clone()?, key)));
        if let Ok(mut known) = self.known.write() {
            known.keys = named.collect();
        }
        Ok(())
    }

    /// The claims of a good token, or the status and code of the refusal.
    pub fn check(&self, authorization: Option<&str>) -> Result<Claims, (StatusCode, &'static str)> {
        let refused = |code| (StatusCode::UNAUTHORIZED, code);
        let token = authorization.and_then(|value| value.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
        let token = token.ok_or(refused("token_missing"))?;
        let silent = (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable");
        let known = self.known.read().map_err(|_| silent)?;
        let claims = self.signed(&known, token).ok_or(refused("invalid_token"))?;
        if known.revoked(&claims) {
            return Err(refused("token_revoked"));
        }
        if known.heard.is_none_or(|heard| heard.elapsed() > SILENCE) {
            return Err(silent);
        }
        Ok(claims)
    }

    fn signed(&self, known: &Known, token: &str) -> Option<Claims> {
        let header = decode_header(token).ok()?;
        let key = known.keys.get(header.kid.as_deref()?)?;
        let algorithm = key.common.key_algorithm?.to_string().parse().ok()?;
        if header.typ.as_deref() != Some("at+jwt") {
            return None;
        }
        let mut validation = Validation::new(algorithm);
        validation.leeway = 0;
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        decode(token, &DecodingKey::from_jwk(key).ok()?, &validation).ok().map(|token| token.claims)
    }
}

impl Known {
    fn revoked(&self, claims: &Claims) -> bool {
        let ids = [("token", Some(&claims.jti)), ("grant", claims.grant_id.as_ref()), ("session", claims.sid.as_ref())];
        let dead = |(kind, id): (&str, Option<&String>)| {
            id.is_some_and(|id| self.ids.contains_key(&(kind.to_owned(), id.clone())))
        };
        // A token is as old as the authorization that it came of.
        let grant = claims.grant_id.as_ref().unwrap_or(&claims.jti);
        let given_at = millisecond(&claims.jti).min(millisecond(grant));
        let marks = [("user", claims.sub.as_str()), ("client", claims.client_id.as_str()), ("all", "")];
        let reached = |(kind, subject): (&str, &str)| {
            self.marks.get(&(kind.to_owned(), subject.to_owned())).is_some_and(|mark| *mark >= given_at)
        };
        ids.into_iter().any(dead) || marks.into_iter().any(reached)
    }
}

/// What a UUIDv7 begins with.
fn millisecond(id: &str) -> u128 {
    let digits: String = id.chars().filter(|c| *c != '-').take(12).collect();
    u128::from_str_radix(&digits, 16).unwrap_or(0)
}

/// For `axum::middleware::from_fn_with_state`: lets requests with a good token
/// through and hands its claims on as an extension.
pub async fn guard(State(porteiro): State<Porteiro>, mut request: Request, next: Next) -> Response {
    let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match porteiro.check(authorization) {
        Ok(claims) => {
            request.extensions_mut().insert(claims);
            next.run(request).await
        }
        Err((status, "token_missing")) => (status, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response(),
        Err((status, code)) => {
            (status, [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")], code).into_response()
        }
    }
}
