//! A reader of server-sent events (WHATWG HTML §9.2).

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// Far longer than an event takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open stream of events.
pub struct Events {
    body: Body,
    buffer: String,
}

/// One event with its fields; `message` when it has no name.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: Value,
}

impl Events {
    /// Opens the stream at a path; it must be let in.
    pub async fn open(router: Router, path: &str, token: &str, last_event_id: Option<i64>) -> Self {
        let mut request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self { body: response.into_body(), buffer: String::new() }
    }

    /// The next event, comments passed over; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            match self.next_block().await {
                None => return None,
                Some(block) => match Event::parse(&block) {
                    Some(event) => return Some(event),
                    None => continue,
                },
            }
        }
    }

    /// The next event of this name.
    pub async fn named(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await.expect("the stream ended");
            if event.name == name {
                return event;
            }
        }
    }

    /// Waits for a comment: the heartbeat.
    pub async fn heartbeat(&mut self) {
        while Event::parse(&self.next_block().await.expect("the stream ended")).is_some() {}
    }

    async fn next_block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let block = block.to_owned();
                self.buffer = rest.to_owned();
                return Some(block);
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await.expect("nothing came");
            let bytes = frame?.unwrap().into_data().unwrap();
            self.buffer.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
}

impl Event {
    fn parse(block: &str) -> Option<Self> {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        Some(Self {
            data: serde_json::from_str(field("data")?).unwrap(),
            name: field("event").unwrap_or("message").to_owned(),
            id: field("id").unwrap_or_default().to_owned(),
        })
    }
}
