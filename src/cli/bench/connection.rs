//! One HTTP/1.1 connection that is kept open.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION};
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// What the server said.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Where a redirect leads.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION)?.to_str().ok()
    }

    /// Names the answer in a count of errors.
    pub fn class(&self) -> String {
        let code = self.json().get("error").and_then(Value::as_str).unwrap_or_default().to_owned();
        format!("{} {code}", self.status.as_u16()).trim_end().to_owned()
    }
}

/// A request in the few ways that matter here.
#[derive(Debug, Default)]
pub struct Call<'a> {
    /// Path and query.
    pub path: &'a str,
    /// `Authorization`, whole.
    pub authorization: Option<&'a str>,
    /// `Cookie`, whole.
    pub cookies: Option<String>,
    /// The form to send; without one it is a GET.
    pub form: Option<String>,
}

/// A connection that opens when it is needed.
#[derive(Debug)]
pub struct Connection {
    authority: String,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    /// To `host:port`.
    pub fn to(authority: &str) -> Self {
        Self { authority: authority.to_owned(), sender: None }
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// What went wrong, as a class of errors.
    pub async fn send(&mut self, call: Call<'_>) -> Result<Answer, String> {
        let mut sender = match self.sender.take() {
            Some(sender) if !sender.is_closed() => sender,
            _ => self.open().await.map_err(|_| String::from("cannot connect"))?,
        };
        let broken = |_| String::from("connection broken");
        let request = self.request(call).map_err(|problem| problem.to_string())?;
        sender.ready().await.map_err(broken)?;
        let (head, body) = sender.send_request(request).await.map_err(broken)?.into_parts();
        let body = body.collect().await.map_err(broken)?.to_bytes();
        self.sender = Some(sender);
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    async fn open(&self) -> Result<SendRequest<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(&self.authority).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    fn request(&self, call: Call<'_>) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let mut request = Request::builder().uri(call.path).header(HOST, &self.authority);
        if let Some(authorization) = call.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some(cookies) = call.cookies {
            request = request.header(COOKIE, cookies);
        }
        match call.form {
            Some(form) => request
                .method(Method::POST)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.into()),
            None => request.body(Full::default()),
        }
    }
}
