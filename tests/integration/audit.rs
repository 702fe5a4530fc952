//! The audit trail: every act leaves a line, in the commit of the act.

use std::net::IpAddr;

use porteiro::audit::{Act, Entry, Origin};
use porteiro::context::Context;
use porteiro::housekeeping::purge;
use porteiro::store::{AuditFilter, NewRevocation, RevocationKind, Store};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{CALLBACK, Credentials, PASSWORD, TestServer, ask};

/// What was written since, oldest first.
async fn trail(server: &TestServer) -> Vec<Entry> {
    server.app.refusals.flush().await;
    let mut lines = server.app.store.audit_latest(&AuditFilter::default(), 1_000).await.unwrap();
    lines.reverse();
    lines.into_iter().map(|(_, entry)| entry).collect()
}

/// The lines about some acts, each as `act outcome actor reason`.
async fn told(server: &TestServer, acts: &[&str]) -> Vec<String> {
    let lines = trail(server).await.into_iter().filter(|line| acts.contains(&line.act.as_str()));
    let told = lines.map(|line| {
        let reason = line.reason.unwrap_or_default();
        format!("{} {} {} {reason}", line.act, line.outcome, line.actor.split(':').next().unwrap())
    });
    let mut told: Vec<String> = told.collect();
    // Lines of one millisecond have no order.
    told.sort();
    told
}

async fn execute(store: &Store, sql: &'static str) {
    match store {
        Store::Sqlite { write, .. } => drop(sqlx::query(sql).execute(write).await.unwrap()),
        Store::Postgres { pool, .. } => drop(sqlx::query(sql).execute(pool).await.unwrap()),
    }
}

async fn introspects(server: &TestServer, client: &Credentials, token: &Value) -> bool {
    server.is_active(client, token).await
}

contract! {
    async fn a_login_leaves_who_where_and_in_which_request(server: TestServer) {
        let alice = server.person("alice", |_| {}).await;
        let browser = server.browser();
        let page = browser.follow("/login").await;
        let filled = [("username", "alice"), ("password", PASSWORD), ("decision", "login")];
        browser.submit(&page, &filled).await.is_ok();
        let line = trail(&server).await.into_iter().find(|line| line.act == "login").unwrap();
        assert_eq!(line.actor, format!("user:{}", alice.sub));
        assert_eq!((line.subject.as_deref(), line.outcome.as_str()), (Some(&*alice.sub), "done"));
        assert_eq!((line.address.as_deref(), line.reason.as_deref()), (Some("127.0.0.1"), Some("pwd")));
        assert!(line.request_id.is_some());
        let session = Uuid::parse_str(&line.object.unwrap()).unwrap();
        assert_eq!(server.app.store.session(session).await.unwrap().unwrap().sub, alice.sub);
    }

    async fn a_failed_login_tells_why_and_never_what_was_typed(server: TestServer) {
        let alice = server.person("alice", |_| {}).await;
        let bob = server.person("bob", |_| {}).await;
        server.app.store.disable_user(&bob.sub, server.app.now(), "test").await.unwrap();
        let browser = server.browser();
        for (name, password) in [("alice", "wrong"), ("hunter2 hunter2", "x"), ("bob", PASSWORD)] {
            let page = browser.follow("/login").await;
            browser.submit(&page, &[("username", name), ("password", password)]).await;
        }
        let reasons = told(&server, &["login"]).await;
        assert_eq!(reasons, [
            "login refused anyone disabled", "login refused anyone unknown name",
            "login refused anyone wrong password",
        ]);
        let lines = trail(&server).await;
        assert!(lines.iter().all(|line| !format!("{line:?}").contains("hunter2")));
        let wrong = lines.iter().find(|line| line.reason.as_deref() == Some("wrong password")).unwrap();
        assert_eq!(wrong.subject.as_deref(), Some(&*alice.sub));
    }

    /// SECURITY-CASES 161: one line when the account begins to pause.
    async fn a_lock_out_is_told_once(server: TestServer) {
        let alice = server.person("alice", |_| {}).await;
        let browser = server.browser();
        for _ in 0..14 {
            let page = browser.follow("/login").await;
            browser.submit(&page, &[("username", "alice"), ("password", "wrong")]).await;
        }
        let lines = trail(&server).await;
        let locks: Vec<_> = lines.iter().filter(|line| line.act == "login.lock").collect();
        assert_eq!(locks.len(), 1);
        assert_eq!(locks[0].subject.as_deref(), Some(&*alice.sub));
        let while_locked = lines.iter().filter(|line| line.reason.as_deref() == Some("locked")).count();
        assert_eq!(while_locked, 4);
    }

    async fn consent_logout_and_taking_back_are_told(server: TestServer) {
        server.app_that_asks().await;
        let browser = server.signed_in("alice").await;
        let page = browser.follow(&ask(&[])).await;
        browser.submit(&page, &[("decision", "deny")]).await.tells_the_client("access_denied");
        let page = browser.follow(&ask(&[])).await;
        browser.submit(&page, &[("decision", "allow")]).await.sent_back();
        let page = browser.follow("/account").await;
        browser.submit(&page, &[("remove_app", "app")]).await;
        let page = browser.follow("/logout").await;
        browser.submit(&page, &[("decision", "logout")]).await;
        assert_eq!(
            told(&server, &["consent.deny", "consent.give", "consent.withdraw", "session.end"]).await,
            [
                "consent.deny done user ", "consent.give done user openid email", "consent.withdraw done user ",
                "session.end done user logged out",
            ]
        );
        let lines = trail(&server).await;
        let of_app = lines.iter().filter(|line| line.act.starts_with("consent."));
        assert!(of_app.clone().count() == 3 && of_app.clone().all(|line| line.client_id.as_deref() == Some("app")));
        assert_eq!(lines.iter().filter(|line| line.act == "authorize").count(), 1, "the denial was answered");
    }

    async fn a_revocation_tells_who_and_why(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let first = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        let second = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        for token in [&first["access_token"], &first["refresh_token"]] {
            let form = [("token", token.as_str().unwrap())];
            server.post("/oauth2/revoke").basic(&client).form(&form).await.is_ok();
            // A second time takes nothing back.
            server.post("/oauth2/revoke").basic(&client).form(&form).await.is_ok();
        }
        let moved = server.refresh(&client, &second["refresh_token"], &[]).await.is_ok().json();
        server.advance(std::time::Duration::from_secs(11));
        server.refresh(&client, &second["refresh_token"], &[]).await.is_error(400, "invalid_grant");
        assert!(!introspects(&server, &client, &moved["access_token"]).await);
        assert_eq!(told(&server, &["token.revoke", "grant.revoke", "token.issue"]).await, [
            "grant.revoke done client refresh token replayed",
            "grant.revoke done client revoked by its client",
            "token.issue refused client invalid_grant: the refresh token was used before, \
             the person must log in again",
            "token.revoke done client revoked by its client",
        ]);
        let lines = trail(&server).await;
        let revoked = lines.iter().find(|line| line.act == "token.revoke").unwrap();
        assert_eq!((revoked.client_id.as_deref(), revoked.actor.as_str()), (Some("app"), "client:app"));
        assert!(revoked.subject.is_some() && revoked.request_id.is_some() && revoked.address.is_some());
    }

    async fn what_the_token_endpoint_and_authorize_refuse_is_told(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let wrong = Credentials { client_secret: "wrong".into(), ..client.clone() };
        let form = [("grant_type", "client_credentials")];
        server.post("/oauth2/token").basic(&wrong).form(&form).await.is_error(401, "invalid_client");
        server.post("/oauth2/token").basic(&client).form(&form).await.is_error(400, "unauthorized_client");
        server.post("/oauth2/introspect").basic(&wrong).form(&[("token", "x")]).await.is_error(401, "invalid_client");
        server.post("/oauth2/revoke").basic(&wrong).form(&[("token", "x")]).await.is_error(401, "invalid_client");
        let browser = server.browser();
        browser.get(&ask(&[("scope", "openid nosuch")])).await.tells_the_client("invalid_scope");
        browser.get(&ask(&[("client_id", "<nobody>")])).await.is_error_page("unknown_client");
        browser.get(&ask(&[("redirect_uri", "https://evil.example/")])).await.is_error_page("redirect_uri_mismatch");
        browser.get(&ask(&[("prompt", "none")])).await.tells_the_client("login_required");
        let lines = trail(&server).await;
        let refused: Vec<_> = lines.iter().filter(|line| line.outcome == "refused").collect();
        let mut shown: Vec<String> = refused
            .iter()
            .map(|line| format!("{} {}", line.act, line.reason.as_deref().unwrap().split(':').next().unwrap()))
            .collect();
        shown.sort();
        assert_eq!(shown, [
            "authorize invalid_scope", "authorize redirect_uri_mismatch", "authorize unknown_client",
            "token.introspect invalid_client", "token.issue invalid_client", "token.issue unauthorized_client",
            "token.revoke invalid_client",
        ]);
        for line in refused {
            let named = line.reason.as_deref() != Some("unknown_client");
            assert_eq!(line.client_id.as_deref(), named.then_some("app"), "{line:?}");
            assert!(line.request_id.is_some());
        }
    }

    /// An attacker must not be able to fill the disk.
    async fn refusals_without_end_are_counted_instead(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let form = [("grant_type", "password"), ("username", "x"), ("password", "y")];
        for _ in 0..100 {
            server.post("/oauth2/token").basic(&client).form(&form).await.is_error(400, "unauthorized_client");
        }
        let lines = trail(&server).await;
        assert_eq!(lines.iter().filter(|line| line.act == "token.issue").count(), 20);
        let skipped = lines.iter().find(|line| line.act == "audit.skip").unwrap();
        assert_eq!(skipped.reason.as_deref(), Some("80 refusals are not written down"));
    }

    /// A token's own row is the record of its issue: the hot path writes no
    /// line.
    async fn what_is_issued_leaves_no_line(server: TestServer) {
        let machine = server.machine("reports", |_| {}).await;
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let before = trail(&server).await.len();
        server.token(&machine).await;
        let tokens = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        server.refresh(&client, &tokens["refresh_token"], &[]).await.is_ok();
        server.get("/userinfo").bearer(tokens["access_token"].as_str().unwrap()).send().await.is_ok();
        assert_eq!(trail(&server).await.len(), before);
    }

    async fn a_login_by_the_password_grant_is_told(server: TestServer) {
        let tutorial = server.machine("tutorial", |client| {
            client.grant_types = vec![porteiro::oauth::GrantType::Password];
        }).await;
        server.person("alice", |_| {}).await;
        let form = [("username", "alice"), ("password", PASSWORD)];
        server.exchange(&tutorial, "password", &form).await.is_ok();
        assert_eq!(told(&server, &["login"]).await, ["login done user password grant"]);
    }

    /// SECURITY-CASES, decisions: a record that cannot be written refuses the act.
    async fn an_act_that_cannot_be_told_is_not_done(server: TestServer) {
        let alice = server.person("alice", |_| {}).await;
        let client = server.machine("reports", |_| {}).await;
        let token = server.token(&client).await;
        execute(&server.app.store, "DROP TABLE audit").await;
        let (store, now) = (&server.app.store, server.app.now());
        assert!(store.disable_user(&alice.sub, now, "test").await.is_err());
        assert!(store.user(&alice.sub).await.unwrap().unwrap().enabled);
        assert!(store.disable_client("reports", "test", now).await.is_err());
        let all = NewRevocation::new(RevocationKind::All, "", now);
        assert!(store.revoke(&all).await.is_err());
        assert!(store.revocations_after(0, 10).await.unwrap().is_empty());
        let form = [("token", token.as_str())];
        let answer = server.post("/oauth2/revoke").basic(&client).form(&form).await;
        assert!(answer.status.is_server_error(), "{answer:?}");
        server.get("/oauth2/verify").bearer(&token).send().await.is_ok();
    }

    /// A line is found by its request, and leads on to the token.
    async fn a_revoked_token_in_use_is_told(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let token = server.token(&client).await;
        server.post("/oauth2/revoke").basic(&client).form(&[("token", &token)]).await.is_ok();
        let answer = server.get("/oauth2/verify").bearer(&token).send().await;
        let request_id = Uuid::parse_str(answer.header("x-request-id")).unwrap();
        let jti = answer.is_challenge(Some("invalid_token"), "token_revoked");
        drop(jti);
        server.app.refusals.flush().await;
        let filter = AuditFilter { request_id: Some(request_id), ..AuditFilter::default() };
        let found = server.app.store.audit_latest(&filter, 10).await.unwrap();
        assert_eq!(found.len(), 1);
        let line = &found[0].1;
        assert_eq!((line.act.as_str(), line.reason.as_deref()), ("token.use", Some("token_revoked")));
        assert_eq!(line.subject, None, "a client is no person");
        let jti = crate::support::claims_of(&Value::String(token))["jti"].as_str().unwrap().to_owned();
        assert_eq!((line.object.as_deref(), line.client_id.as_deref()), (Some(&*jti), Some("reports")));
    }

    /// Lines go after `audit.purge_after`; on Postgres with their month.
    async fn old_lines_go(server: TestServer) {
        const DAY: u64 = 86_400;
        server.person("alice", |_| {}).await;
        assert!(!trail(&server).await.is_empty());
        server.advance(std::time::Duration::from_secs(365 * DAY - 1));
        purge(server.app.clone()).await.unwrap();
        assert!(!trail(&server).await.is_empty());
        server.advance(std::time::Duration::from_secs(32 * DAY));
        purge(server.app.clone()).await.unwrap();
        assert!(trail(&server).await.iter().all(|line| line.act.starts_with("key.")), "{:?}", trail(&server).await);
    }

    async fn a_line_of_any_month_finds_its_place(server: TestServer) {
        let context = Context { request_id: Uuid::max(), address: IpAddr::from([192, 0, 2, 1]) };
        for months in 0..14u64 {
            let at = server.app.now() + std::time::Duration::from_secs(months * 31 * 86_400);
            let entry = Entry::done(Act::UserUpdate, &Origin::anyone(&context), at).object(CALLBACK);
            server.app.store.append_audit(&[entry]).await.unwrap();
        }
        let filter = AuditFilter { request_id: Some(Uuid::max()), ..AuditFilter::default() };
        assert_eq!(server.app.store.audit_latest(&filter, 100).await.unwrap().len(), 14);
    }
}

/// The reference names every act, in the order of the program.
#[test]
fn the_reference_has_every_act() {
    let reference = std::fs::read_to_string("docs/reference/audit.md").unwrap();
    let (_, table) = reference.split_once("## The acts").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let named: Vec<&str> =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let acts: Vec<&str> = Act::ALL.iter().map(|act| act.as_str()).collect();
    assert_eq!(named, acts);
}
