//! OpenID Connect Back-Channel Logout 1.0.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use porteiro::backchannel_logout::deliver_due;
use porteiro::store::{LogoutNotice, NewRevocation, RevocationKind};
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::support::{Browser, Credentials, ISSUER, TestServer};

/// A client's own server, which notes what it is told.
struct Told {
    port: u16,
    tokens: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<StatusCode>>,
}

impl Told {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Self { port, tokens: Arc::default(), answer: Arc::default() };
        let (tokens, answer) = (Arc::clone(&told.tokens), Arc::clone(&told.answer));
        let hear = async move |headers: HeaderMap, body: String| {
            assert_eq!(headers[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
            let mut pairs = form_urlencoded::parse(body.as_bytes());
            let (name, token) = pairs.next().unwrap();
            assert_eq!((name.as_ref(), pairs.next()), ("logout_token", None));
            tokens.lock().unwrap().push(token.into_owned());
            *answer.lock().unwrap()
        };
        let routes = Router::new().route("/out", post(hear));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        told
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}/out?rp=1", self.port)
    }

    fn tokens(&self) -> Vec<String> {
        self.tokens.lock().unwrap().clone()
    }

    fn answers(&self, status: StatusCode) {
        *self.answer.lock().unwrap() = status;
    }
}

/// The same data behind a server that may call this machine.
async fn allowing_loopback(server: &TestServer) -> TestServer {
    server.replica(&[("OUTBOUND__ALLOWED_NETWORKS", "127.0.0.0/8")]).await
}

async fn app(server: &TestServer, address: String) -> Credentials {
    server.dashboard("app", |client| client.backchannel_logout_uri = Some(address)).await
}

async fn alice<'a>(server: &'a TestServer, client: &Credentials) -> Browser<'a> {
    server.person("alice", |_| {}).await;
    let browser = server.browser();
    browser.sign_in("alice").await;
    browser.tokens(client, &[("scope", "openid")]).await;
    browser
}

async fn log_out(browser: &Browser<'_>) {
    let page = browser.get("/logout").await;
    browser.submit(&page, &[("decision", "logout")]).await.is_ok();
}

async fn session_of(server: &TestServer, username: &str) -> uuid::Uuid {
    let user = server.app.store.user_by_login(username).await.unwrap().unwrap();
    server.app.store.sessions_of(&user.sub, server.app.now()).await.unwrap()[0].id
}

async fn notice(server: &TestServer, session: uuid::Uuid) -> LogoutNotice {
    let notices = server.app.store.logout_notices(session).await.unwrap();
    assert_eq!(notices.len(), 1, "{notices:?}");
    notices.into_iter().next().unwrap()
}

fn claims(server: &TestServer, token: &str) -> Map<String, Value> {
    let verified = server.app.keys.current().verify_jwt(token, server.app.now()).unwrap();
    assert_eq!(verified.typ.as_deref(), Some("logout+jwt"));
    verified.claims.as_ref().clone()
}

contract! {
    /// §2.4: what the token says, and what it must not say.
    async fn a_logout_tells_the_client_with_a_signed_token(server: TestServer) {
        let told = Told::start().await;
        let server = allowing_loopback(&server).await;
        let client = app(&server, told.address()).await;
        let browser = alice(&server, &client).await;
        let session = session_of(&server, "alice").await;
        let sub = server.app.store.user_by_login("alice").await.unwrap().unwrap().sub;
        log_out(&browser).await;
        deliver_due(server.app.clone()).await.unwrap();

        let [token] = &told.tokens()[..] else { panic!("{:?}", told.tokens()) };
        let mut claims = claims(&server, token);
        let now = server.app.now().seconds();
        assert!(claims.remove("jti").unwrap().as_str().is_some_and(|jti| !jti.is_empty()));
        let expected = json!({
            "iss": ISSUER,
            "sub": sub,
            "aud": "app",
            "iat": now,
            "exp": now + 120,
            "sid": session.to_string(),
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        assert_eq!(Value::Object(claims), expected);
        let notice = notice(&server, session).await;
        assert_eq!((notice.outcome.as_deref(), notice.due_at), (Some("200 OK"), None));
        deliver_due(server.app.clone()).await.unwrap();
        assert_eq!(told.tokens().len(), 1, "told once");
        // It passes for no other kind of token.
        server.get("/userinfo").bearer(token).send().await.is_challenge(Some("invalid_token"), "token_malformed");
        let hint = server.get(&format!("/logout?id_token_hint={token}")).send().await;
        assert_eq!(hint.status, StatusCode::BAD_REQUEST);
    }

    /// By whatever way a session ends.
    async fn every_end_of_a_session_tells_the_client(server: TestServer) {
        let told = Told::start().await;
        let server = allowing_loopback(&server).await;
        let client = app(&server, told.address()).await;
        let browser = alice(&server, &client).await;
        let (store, now) = (&server.app.store, server.app.now());
        let sub = store.user_by_login("alice").await.unwrap().unwrap().sub;
        let tokens = async || {
            browser.sign_in("alice").await;
            browser.tokens(&client, &[("scope", "openid")]).await;
        };
        let session = session_of(&server, "alice").await.to_string();
        store.revoke(&NewRevocation::new(RevocationKind::Session, session, now)).await.unwrap();
        tokens().await;
        let hash = server.app.store.user(&sub).await.unwrap().unwrap().password.unwrap();
        assert!(store.set_password(&sub, &hash, now, "test").await.unwrap());
        tokens().await;
        assert!(store.disable_user(&sub, now, "test").await.unwrap());
        // Every server has heard by then.
        server.advance(Duration::from_secs(2));
        store.enable_user(&sub, server.app.now(), "test").await.unwrap();
        tokens().await;
        assert!(store.delete_user(&sub, server.app.now(), "test").await.unwrap());
        deliver_due(server.app.clone()).await.unwrap();
        let sids: std::collections::HashSet<_> =
            told.tokens().iter().map(|token| claims(&server, token)["sid"].to_string()).collect();
        assert_eq!((told.tokens().len(), sids.len()), (4, 4));
    }

    /// A client without an address, or without a part in the session, is not
    /// told.
    async fn only_clients_of_the_session_are_told(server: TestServer) {
        let told = Told::start().await;
        let server = allowing_loopback(&server).await;
        app(&server, told.address()).await;
        let other = server.dashboard("other", |_| {}).await;
        let browser = alice(&server, &other).await;
        let session = session_of(&server, "alice").await;
        log_out(&browser).await;
        deliver_due(server.app.clone()).await.unwrap();
        assert!(told.tokens().is_empty());
        assert!(server.app.store.logout_notices(session).await.unwrap().is_empty());
    }

    /// §2.8: a client that is away is told later, and not for ever.
    async fn a_failed_attempt_is_repeated_with_growing_pauses(server: TestServer) {
        let told = Told::start().await;
        told.answers(StatusCode::BAD_GATEWAY);
        let server = allowing_loopback(&server).await;
        let client = app(&server, told.address()).await;
        let browser = alice(&server, &client).await;
        let session = session_of(&server, "alice").await;
        log_out(&browser).await;
        let mut pauses = Vec::new();
        loop {
            deliver_due(server.app.clone()).await.unwrap();
            let notice = notice(&server, session).await;
            assert_eq!(notice.outcome.as_deref(), Some("answered 502 Bad Gateway"));
            let Some(due_at) = notice.due_at else { break };
            let pause = due_at.since(server.app.now());
            deliver_due(server.app.clone()).await.unwrap();
            pauses.push(pause);
            assert_eq!(told.tokens().len(), pauses.len(), "not before it is due");
            server.advance(pause);
        }
        assert!(pauses.len() >= 5 && pauses.is_sorted(), "{pauses:?}");
        assert_eq!(told.tokens().len(), pauses.len() + 1);
    }

    async fn a_client_that_comes_back_is_told_then(server: TestServer) {
        let told = Told::start().await;
        told.answers(StatusCode::SERVICE_UNAVAILABLE);
        let server = allowing_loopback(&server).await;
        let client = app(&server, told.address()).await;
        let browser = alice(&server, &client).await;
        let session = session_of(&server, "alice").await;
        log_out(&browser).await;
        deliver_due(server.app.clone()).await.unwrap();
        told.answers(StatusCode::NO_CONTENT);
        server.advance(Duration::from_secs(5));
        deliver_due(server.app.clone()).await.unwrap();
        let notice = notice(&server, session).await;
        assert_eq!((notice.attempts, notice.outcome.as_deref()), (2, Some("204 No Content")));
    }

    /// SECURITY-CASES 250: not a packet goes to our own networks.
    async fn an_address_inside_is_not_called(server: TestServer) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = app(&server, format!("http://localhost:{port}/out")).await;
        let browser = alice(&server, &client).await;
        let session = session_of(&server, "alice").await;
        log_out(&browser).await;
        deliver_due(server.app.clone()).await.unwrap();
        let outcome = notice(&server, session).await.outcome.unwrap();
        assert!(outcome.contains("outbound.allowed_networks"), "{outcome}");
        let accepted = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(accepted.is_err(), "something called");
    }

    /// SECURITY-CASES 251: a redirect leads nowhere.
    async fn a_redirect_is_not_followed(server: TestServer) {
        let told = Told::start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = format!("HTTP/1.1 307 Away\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", told.address());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
            tokio::time::sleep(Duration::from_secs(5)).await;
        });
        let server = allowing_loopback(&server).await;
        let client = app(&server, format!("http://127.0.0.1:{port}/out")).await;
        let browser = alice(&server, &client).await;
        let session = session_of(&server, "alice").await;
        log_out(&browser).await;
        deliver_due(server.app.clone()).await.unwrap();
        let outcome = notice(&server, session).await.outcome.unwrap();
        assert!(outcome.starts_with("answered 307"), "{outcome}");
        assert!(told.tokens().is_empty());
    }

    /// SECURITY-CASES 252: an endless answer is cut where its head ends.
    async fn an_endless_answer_is_cut(server: TestServer) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let flood = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
            let mut sent = 0_usize;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {
                sent += 4096;
                assert!(sent < 64 << 20, "nobody hung up");
            }
        });
        let server = allowing_loopback(&server).await;
        let client = app(&server, format!("http://127.0.0.1:{port}/out")).await;
        let browser = alice(&server, &client).await;
        let session = session_of(&server, "alice").await;
        log_out(&browser).await;
        deliver_due(server.app.clone()).await.unwrap();
        let notice = notice(&server, session).await;
        assert!(notice.due_at.is_some(), "{notice:?}");
        flood.await.unwrap();
    }

    /// Of two servers that look at once, one tells.
    async fn two_servers_tell_once(server: TestServer) {
        let told = Told::start().await;
        let server = allowing_loopback(&server).await;
        let other = allowing_loopback(&server).await;
        let client = app(&server, told.address()).await;
        let browser = alice(&server, &client).await;
        log_out(&browser).await;
        let both = tokio::join!(deliver_due(server.app.clone()), deliver_due(other.app.clone()));
        assert!(both.0.is_ok() && both.1.is_ok());
        assert_eq!(told.tokens().len(), 1);
    }
}
