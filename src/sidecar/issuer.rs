//! What the sidecar asks of the issuer.

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Incoming;
use jsonwebtoken::jwk::Jwk;
use serde_json::Value;

use super::Settings;
use crate::clock::Timestamp;
use crate::config;
use crate::error::Error;
use crate::keys::{Key, KeySet};
use crate::outbound::Outbound;
use crate::secret::Secret;

/// The issuer's endpoints, and the client to speak with them.
#[derive(Debug)]
pub struct IssuerApi {
    outbound: Outbound,
    issuer: config::Issuer,
    authorization: Secret,
}

impl IssuerApi {
    /// Endpoints are where this program serves them (RFC 6749 §2.3.1 for how
    /// the client authenticates).
    pub fn new(outbound: Outbound, settings: &Settings) -> Self {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&settings.client_id), encode(settings.client_secret.reveal()));
        let authorization = Secret::new(format!("Basic {}", STANDARD.encode(pair)));
        Self { outbound, issuer: settings.issuer.clone(), authorization }
    }

    /// The published keys. Kinds that we do not sign with are passed over.
    ///
    /// # Errors
    /// `temporarily_unavailable` when they do not come.
    pub async fn keys(&self) -> Result<KeySet, Error> {
        let request = self.request(Method::GET, "/.well-known/jwks.json").body(Body::empty());
        let jwks = self.json(request.map_err(Error::server_error)?).await?;
        let keys = jwks["keys"].as_array().ok_or_else(|| Error::unavailable("an answer without keys"))?;
        Ok(KeySet::new(keys.iter().filter_map(key).collect()))
    }

    /// A token that may read the feed.
    ///
    /// # Errors
    /// `temporarily_unavailable` when it does not come.
    pub async fn token(&self) -> Result<Secret, Error> {
        let form = [("grant_type", "client_credentials"), ("scope", "revocations.read")];
        let answer = self.json(self.post("/oauth2/token", &form)?).await?;
        let token = answer["access_token"].as_str();
        token.map(Secret::new).ok_or_else(|| Error::unavailable("an answer without access_token"))
    }

    /// The feed after a position.
    ///
    /// # Errors
    /// `temporarily_unavailable` when it does not open.
    pub async fn feed(&self, token: &Secret, after: &str) -> Result<Response<Incoming>, Error> {
        let request = self
            .request(Method::GET, "/oauth2/revocations")
            .header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()))
            .header("last-event-id", after)
            .body(Body::empty());
        let answer = self.outbound.send(request.map_err(Error::server_error)?).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer),
            status => Err(Error::unavailable(format!("the feed answers {status}"))),
        }
    }

    /// Whether a token is active (RFC 7662).
    ///
    /// # Errors
    /// `temporarily_unavailable` when the issuer does not say.
    pub async fn is_active(&self, token: &str) -> Result<bool, Error> {
        let answer = self.json(self.post("/oauth2/introspect", &[("token", token)])?).await?;
        answer["active"].as_bool().ok_or_else(|| Error::unavailable("an answer without active"))
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        Request::builder().method(method).uri(self.issuer.join(path))
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Request<Body>, Error> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.request(Method::POST, path)
            .header(header::AUTHORIZATION, self.authorization.reveal())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .map_err(Error::server_error)
    }

    /// An answer of 200 in JSON. Of any other, the error code is told: it is
    /// what the operator needs, and it is no secret.
    async fn json(&self, request: Request<Body>) -> Result<Value, Error> {
        let path = request.uri().path().to_owned();
        let answer = self.outbound.fetch(request).await?;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        match answer.status() {
            StatusCode::OK => Ok(body),
            status => {
                let code = body["error"].as_str().unwrap_or_default().to_owned();
                Err(Error::unavailable(format!("{path} answers {status} {code}")))
            }
        }
    }
}

fn key(jwk: &Value) -> Option<Key> {
    let algorithm = jwk["alg"].as_str()?.parse().ok()?;
    let jwk: Jwk = serde_json::from_value(jwk.clone()).ok()?;
    Key::new(algorithm, jwk, None, Timestamp(0)).ok()
}
