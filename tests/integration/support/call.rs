//! A request in the making, and what a test asks of the answer.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use super::Credentials;

/// A request; it is sent by [`Call::send`] or by giving it a body.
pub struct Call {
    router: Router,
    request: axum::http::request::Builder,
}

impl Call {
    pub fn new(router: Router, method: Method, path: &str) -> Self {
        Self { router, request: Request::builder().method(method).uri(path) }
    }

    pub fn header(mut self, name: impl TryInto<HeaderName>, value: &str) -> Self {
        let name = name.try_into().unwrap_or_else(|_| panic!("not a header name"));
        self.request = self.request.header(name, value);
        self
    }

    /// HTTP Basic, as RFC 6749 §2.3.1 has it.
    pub fn basic(self, client: &Credentials) -> Self {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&client.client_id), encode(&client.client_secret));
        self.header(header::AUTHORIZATION, &format!("Basic {}", STANDARD.encode(pair)))
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// Sends the parameters as a form.
    pub async fn form(self, parameters: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        self.body("application/x-www-form-urlencoded", body).await
    }

    pub async fn json(self, value: &Value) -> Answer {
        self.body("application/json", value.to_string()).await
    }

    pub async fn body(self, content_type: &str, body: impl Into<Body>) -> Answer {
        self.header(header::CONTENT_TYPE, content_type).deliver(body.into()).await
    }

    /// Sends it without a body.
    pub async fn send(self) -> Answer {
        self.deliver(Body::empty()).await
    }

    async fn deliver(self, body: Body) -> Answer {
        let response = self.router.oneshot(self.request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

/// What came back. Its `is_…` methods assert, and hand it on.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[expect(clippy::wrong_self_convention, reason = "they read as sentences in a test")]
impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// A header's value, empty when it is not there.
    pub fn header(&self, name: impl AsRef<str>) -> &str {
        self.headers.get(name.as_ref()).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON; it must say that it is.
    pub fn json(&self) -> Value {
        assert_eq!(self.header(header::CONTENT_TYPE), "application/json", "{self:?}");
        serde_json::from_slice(&self.body).unwrap_or_else(|cause| panic!("{cause}: {self:?}"))
    }

    /// 200.
    pub fn is_ok(self) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        self
    }

    /// An error of RFC 6749 §5.2: JSON, not to be cached, described in the
    /// characters that are allowed, and without a token.
    pub fn is_error(self, status: u16, code: &str) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert!(self.header(header::CACHE_CONTROL).contains("no-store"), "{self:?}");
        let body = self.json();
        assert_eq!(body["error"], code, "{self:?}");
        let description = body["error_description"].as_str().unwrap();
        let allowed = |c| matches!(c, ' '..='~') && c != '"' && c != '\\';
        assert!(description.chars().all(allowed), "{description:?}");
        assert!(body.get("access_token").is_none(), "{self:?}");
        self
    }

    /// The refusal of a protected resource (RFC 6750 §3) with our own code.
    pub fn is_challenge(self, error: Option<&str>, error_code: &str) -> Self {
        assert_eq!(self.status, StatusCode::UNAUTHORIZED, "{self:?}");
        let challenge = self.header(header::WWW_AUTHENTICATE);
        assert!(challenge.starts_with("Bearer"), "{self:?}");
        match error {
            Some(error) => assert!(challenge.contains(&format!("error=\"{error}\"")), "{self:?}"),
            None => assert!(!challenge.contains("error"), "{self:?}"),
        }
        assert_eq!(self.json()["error_code"], error_code, "{self:?}");
        self
    }
}
