//! `GET /oauth2/revocations`: what a resource server hears, and how soon.

use std::time::Duration;

use porteiro::clock::Timestamp;
use porteiro::oauth::Scope;
use porteiro::server::Limits;
use porteiro::store::{NewRevocation, RevocationKind, Store};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Call, Credentials, Database, Engine, Events, Fixture as _, Listening, TestServer};

const FEED: &str = "/oauth2/revocations";

async fn reader(server: &TestServer) -> Credentials {
    server.machine("orders-api", |client| client.scope = Scope::parse("revocations.read").unwrap()).await
}

async fn follow(server: &TestServer, client: &Credentials, after: Option<i64>) -> Events {
    Events::open(server.router(), FEED, &server.token(client).await, after).await
}

async fn revoke_user(server: &TestServer, sub: &str) {
    let new = NewRevocation::new(RevocationKind::User, sub, server.app.now());
    server.app.revocations.revoke(&new).await.unwrap();
}

fn get(server: &TestServer, token: &str) -> Call {
    server.get(FEED).bearer(token)
}

contract! {
    async fn a_client_with_the_scope_and_our_audience_may_read(server: TestServer) {
        server.get(FEED).send().await.is_challenge(None, "token_missing");

        let scopeless = server.machine("reports", |_| {}).await;
        let answer = get(&server, &server.token(&scopeless).await).send().await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (403, &json!("insufficient_scope")));

        let elsewhere = server.machine("elsewhere", |client| {
            client.scope = Scope::parse("revocations.read").unwrap();
            client.audience = vec![String::from("https://orders.example")];
        }).await;
        let answer = get(&server, &server.token(&elsewhere).await).send().await;
        answer.is_challenge(Some("invalid_token"), "token_audience");

        let token = server.token(&reader(&server).await).await;
        get(&server, &token).header("last-event-id", "none").send().await.is_error(400, "invalid_request");
    }

    /// What was taken back before the reader came is told first; who did it
    /// and why is not told.
    async fn a_new_reader_learns_everything_that_still_counts(server: TestServer) {
        revoke_user(&server, "alice").await;
        let jti = Uuid::from_u128(7);
        let now = server.app.now();
        let new = NewRevocation::token(jti, now + Duration::from_secs(60), now).by("cli", "lost laptop");
        server.app.revocations.revoke(&new).await.unwrap();

        let mut events = follow(&server, &reader(&server).await, None).await;
        assert_eq!(events.next().await.unwrap().data["subject"], "alice");
        let second = events.next().await.unwrap();
        let expires_at = now.0 + 60_000 + 86_400_000;
        let expected = json!({
            "seq": 2, "kind": "token", "subject": jti, "issued_before": now, "expires_at": expires_at,
        });
        assert_eq!((second.id.as_str(), &second.data), ("2", &expected));
        let synced = events.next().await.unwrap();
        assert_eq!((synced.name.as_str(), synced.id.as_str()), ("synced", "2"));
        assert!(!events.named("keys").await.data["kids"].as_array().unwrap().is_empty());
    }

    /// The same in half the bytes.
    async fn the_short_form_tells_what_a_reader_needs(server: TestServer) {
        let client = reader(&server).await;
        let token = server.token(&client).await;
        let path = format!("{FEED}?form=compact");
        let now = server.app.now();
        let session = Uuid::from_u128(9);
        for new in [
            NewRevocation::new(RevocationKind::User, "alice", now),
            NewRevocation::token(session, now + Duration::from_secs(60), now),
            NewRevocation::new(RevocationKind::All, "", Timestamp(5)),
        ] {
            server.app.revocations.revoke(&new).await.unwrap();
        }
        let mut events = Events::open(server.router(), &path, &token, None).await;
        let first = events.next().await.unwrap();
        assert_eq!((first.id.as_str(), first.data), ("1", json!(["u", "alice", now])));
        assert_eq!(events.next().await.unwrap().data, json!(["t", session, now.0 + 60_000 + 86_400_000]));
        assert_eq!(events.next().await.unwrap().data, json!(["a", "", 5]));
        assert_eq!(events.named("synced").await.id, "3");
        server.get(&format!("{FEED}?form=short")).bearer(&token).send().await.is_error(400, "invalid_request");
    }

    async fn what_one_server_takes_back_is_told_by_another(server: TestServer) {
        let other = server.replica(&[]).await;
        let mut events = follow(&other, &reader(&server).await, None).await;
        events.named("synced").await;

        let client = server.machine("reports", |_| {}).await;
        let token = server.token(&client).await;
        server.post("/oauth2/revoke").basic(&client).form(&[("token", &token)]).await.is_ok();
        other.app.revocations.refresh().await.unwrap();
        let event = events.named("message").await;
        assert_eq!((&event.data["kind"], &event.data["seq"]), (&json!("token"), &json!(1)));
        other.get("/oauth2/verify").bearer(&token).send().await.is_challenge(Some("invalid_token"), "token_revoked");
    }

    async fn an_interrupted_reader_misses_nothing(server: TestServer) {
        let client = reader(&server).await;
        let mut events = follow(&server, &client, None).await;
        revoke_user(&server, "u1").await;
        let seen = events.named("message").await.id.parse().unwrap();
        drop(events);

        // Meanwhile one entry comes and goes, and others come to stay.
        let past = Timestamp(1_000);
        server.app.revocations.revoke(&NewRevocation::token(Uuid::nil(), past, past)).await.unwrap();
        for sub in ["u2", "u3"] {
            revoke_user(&server, sub).await;
        }
        assert_eq!(server.app.store.purge_revocations(server.app.now(), 100).await.unwrap(), 1);

        // On another server, which never held the purged entry.
        let other = server.replica(&[]).await;
        let mut events = follow(&other, &client, Some(seen)).await;
        for sub in ["u2", "u3"] {
            assert_eq!(events.next().await.unwrap().data["subject"], sub);
        }
        assert_eq!(events.next().await.unwrap().id, "4");
    }

    /// A server restored from a backup has not reached the reader's position.
    async fn a_position_from_the_future_starts_from_the_beginning(server: TestServer) {
        revoke_user(&server, "alice").await;
        let mut events = follow(&server, &reader(&server).await, Some(700)).await;
        assert_eq!(events.next().await.unwrap().id, "1");
    }

    async fn a_new_key_is_announced(server: TestServer) {
        let mut events = follow(&server, &reader(&server).await, None).await;
        let before = events.named("keys").await.data;
        server.app.rotation.rotate(false, "test").await.unwrap();
        let after = events.named("keys").await.data;
        assert!(after["kids"].as_array().unwrap().len() > before["kids"].as_array().unwrap().len());
    }

    async fn the_feed_ends_with_the_token_that_opened_it(server: TestServer) {
        let client = reader(&server).await;
        let mut events = follow(&server, &client, None).await;
        server.app.revocations.refresh().await.unwrap();
        events.named("synced").await;
        server.advance(Duration::from_secs(3_600));
        while events.next().await.is_some() {}

        let mut events = follow(&server, &client, None).await;
        let new = NewRevocation::new(RevocationKind::Client, "orders-api", server.app.now());
        server.app.revocations.revoke(&new).await.unwrap();
        while events.next().await.is_some() {}
    }
}

/// The heartbeat says that nothing was missed, so it is silent when that is
/// not known.
#[tokio::test]
async fn the_heart_beats_while_the_log_is_read() {
    let server = TestServer::on(Engine::Sqlite).await;
    let mut events = follow(&server, &reader(&server).await, None).await;
    let _tasks = porteiro::housekeeping::start(&server.app);
    events.named("synced").await;
    events.heartbeat().await;
}

/// CONTRACT §3, Limits: an open feed does not hold up a server that stops.
#[tokio::test]
async fn a_stopping_server_ends_its_feeds() {
    let server = TestServer::on(Engine::Sqlite).await;
    let token = server.token(&reader(&server).await).await;
    let listening = Listening::start(server.router(), Limits::default()).await;
    let mut wire = listening.connect().await;
    wire.send(format!("GET {FEED} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"))
        .await;
    let position = wire.read_until("event: synced").await;
    assert!(position.starts_with("HTTP/1.1 200"), "{position}");

    server.app.draining.send_replace(true);
    let stopped = listening.stop();
    assert!(wire.read_to_end().await.ends_with("0\r\n\r\n"));
    stopped.await.unwrap();
}

/// The counter row: an entry that is numbered but not committed holds up those
/// that come later, so a reader that saw one has seen all before it.
#[tokio::test]
async fn a_late_commit_cannot_slip_behind_a_reader() {
    let database = Database::on(Engine::Postgres).await;
    let store = &database.store;
    let Store::Postgres { pool, .. } = store else { unreachable!() };
    let mut lent = pool.lend().await.unwrap();
    let mut slow = lent.begin().await.unwrap();
    let seq: i64 =
        sqlx::query_scalar("UPDATE counter SET value = value + 1 WHERE name = 'revocation' RETURNING value")
            .fetch_one(&mut *slow)
            .await
            .unwrap();
    let quick = tokio::spawn({
        let store = store.clone();
        async move { store.revoke(&NewRevocation::new(RevocationKind::User, "quick", Timestamp(1))).await }
    });
    for _ in 0..50 {
        assert_eq!(store.revocations_after(0, 10).await.unwrap(), []);
    }
    sqlx::query(
        "INSERT INTO revocation (seq, kind, subject, issued_before, revoked_at, expires_at, actor, reason)
         VALUES ($1, 'user', 'slow', 1, 1, 1, '', '')",
    )
    .bind(seq)
    .execute(&mut *slow)
    .await
    .unwrap();
    slow.commit().await.unwrap();
    quick.await.unwrap().unwrap();
    let log = store.revocations_after(0, 10).await.unwrap();
    let order: Vec<_> = log.iter().map(|entry| (entry.seq, entry.subject.as_str())).collect();
    assert_eq!(order, [(1, "slow"), (2, "quick")]);
}
