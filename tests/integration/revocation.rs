//! `POST /oauth2/revoke`: RFC 7009.

use std::time::Duration;

use axum::http::Method;
use porteiro::oauth::{AuthMethod, GrantType};
use porteiro::store::{NewRevocation, RevocationKind, Store};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Answer, CALLBACK, Credentials, TestServer, claims_of};

async fn revoke(server: &TestServer, client: &Credentials, form: &[(&str, &str)]) -> Answer {
    server.post("/oauth2/revoke").basic(client).form(form).await
}

async fn is_active(server: &TestServer, client: &Credentials, token: &str) -> bool {
    let answer = server.post("/oauth2/introspect").basic(client).form(&[("token", token)]).await;
    answer.is_ok().json()["active"].as_bool().unwrap()
}

async fn refresh(server: &TestServer, client: &Credentials, token: &str) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    server.post("/oauth2/token").basic(client).form(&form).await
}

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap_or_else(|| panic!("{tokens}"))
}

contract! {
    /// SECURITY-CASES 167: §2.2, the purpose is reached already.
    async fn what_is_no_token_is_revoked_with_success(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let token = server.token(&client).await;
        let cut = &token[..token.len() - 4];
        let never = "prt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for garbage in ["x", "a.b.c", cut, never, "pac_short", "\u{e9}", " ", &"a".repeat(50_000)] {
            let answer = revoke(&server, &client, &[("token", garbage)]).await.is_ok();
            assert_eq!(answer.text(), "", "{garbage}");
        }
        revoke(&server, &client, &[]).await.is_error(400, "invalid_request");
        assert!(is_active(&server, &client, &token).await);
    }

    /// §2.2: again is fine too, and a hint that misleads does no harm (§2.1).
    async fn a_token_is_revoked_whatever_the_hint_and_however_often(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        for hint in ["access_token", "refresh_token", "nonsense"] {
            let token = server.token(&client).await;
            for _ in 0..2 {
                let form = [("token", token.as_str()), ("token_type_hint", hint)];
                revoke(&server, &client, &form).await.is_ok();
                assert!(!is_active(&server, &client, &token).await, "{hint}");
            }
        }
    }

    /// SECURITY-CASES 168: §2.1, and nothing is told about the token.
    async fn another_clients_tokens_are_left_alone(server: TestServer) {
        server.person("alice", |_| {}).await;
        let browser = server.browser();
        browser.sign_in("alice").await;
        let client = server.dashboard("app", |_| {}).await;
        let stranger = server.machine("stranger", |_| {}).await;
        let tokens = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        for name in ["access_token", "refresh_token"] {
            let answer = revoke(&server, &stranger, &[("token", text(&tokens, name))]).await;
            let answer = answer.is_error(400, "invalid_request");
            assert!(!answer.text().contains("alice") && !answer.text().contains("app\""), "{answer:?}");
            assert!(is_active(&server, &client, text(&tokens, name)).await);
        }
        refresh(&server, &client, text(&tokens, "refresh_token")).await.is_ok();
    }

    /// SECURITY-CASES 171: §2.1, everything of the grant goes with it.
    async fn a_refresh_token_takes_its_grant_with_it(server: TestServer) {
        server.person("alice", |_| {}).await;
        let browser = server.browser();
        browser.sign_in("alice").await;
        let client = server.dashboard("app", |_| {}).await;
        let first = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        let second = refresh(&server, &client, text(&first, "refresh_token")).await.is_ok().json();
        let other = browser.tokens(&client, &[("scope", "openid offline_access")]).await;

        revoke(&server, &client, &[("token", text(&second, "refresh_token"))]).await.is_ok();
        for token in [text(&first, "access_token"), text(&second, "access_token"), text(&second, "refresh_token")] {
            assert!(!is_active(&server, &client, token).await);
        }
        for name in ["access_token", "refresh_token"] {
            assert!(is_active(&server, &client, text(&other, name)).await, "another grant's {name}");
        }
        for tokens in [&first, &second] {
            refresh(&server, &client, text(tokens, "refresh_token")).await.is_error(400, "invalid_grant");
            server.get("/userinfo").bearer(text(tokens, "access_token")).send().await
                .is_challenge(Some("invalid_token"), "token_revoked");
        }
    }

    /// SECURITY-CASES 172: §2.1, the grant itself stays.
    async fn an_access_token_goes_alone(server: TestServer) {
        server.person("alice", |_| {}).await;
        let browser = server.browser();
        browser.sign_in("alice").await;
        let client = server.dashboard("app", |_| {}).await;
        let tokens = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        revoke(&server, &client, &[("token", text(&tokens, "access_token"))]).await.is_ok();
        assert!(!is_active(&server, &client, text(&tokens, "access_token")).await);
        let fresh = refresh(&server, &client, text(&tokens, "refresh_token")).await.is_ok().json();
        assert!(is_active(&server, &client, text(&fresh, "access_token")).await);
    }

    /// §5: a public client names itself, and takes back what is its own.
    async fn a_public_client_may_revoke_its_own_tokens(server: TestServer) {
        server.person("alice", |_| {}).await;
        let browser = server.browser();
        browser.sign_in("alice").await;
        let spa = server.dashboard("spa", |client| client.token_endpoint_auth_method = AuthMethod::None).await;
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let asked = [("code_challenge", challenge), ("code_challenge_method", "S256"), ("scope", "openid")];
        let code = browser.code(&spa, &asked).await;
        let form = [
            ("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK),
            ("client_id", "spa"), ("code_verifier", verifier),
        ];
        let tokens = server.post("/oauth2/token").form(&form).await.is_ok().json();
        let token = text(&tokens, "access_token");
        let form = [("token", token), ("client_id", "spa")];
        server.post("/oauth2/revoke").form(&form).await.is_ok();
        server.get("/userinfo").bearer(token).send().await
            .is_challenge(Some("invalid_token"), "token_revoked");
    }

    /// CONTRACT §3: at once, also on another replica.
    async fn every_replica_refuses_what_one_revoked(server: TestServer) {
        let client = server.machine("reports", |client| {
            client.grant_types = vec![GrantType::ClientCredentials];
        }).await;
        let replica = server.replica(&[]).await;
        let token = server.token(&client).await;
        replica.get("/oauth2/verify").bearer(&token).send().await.is_ok();
        revoke(&server, &client, &[("token", &token)]).await.is_ok();
        server.get("/oauth2/verify").bearer(&token).send().await
            .is_challenge(Some("invalid_token"), "token_revoked");
        replica.app.revocations.refresh().await.unwrap();
        replica.get("/oauth2/verify").bearer(&token).send().await
            .is_challenge(Some("invalid_token"), "token_revoked");
        assert_eq!(server.call(Method::GET, "/oauth2/revoke").send().await.header("allow"), "POST");
    }

    /// CONTRACT §3: what a server refreshes before it has heard is dead too.
    async fn a_replica_that_has_not_heard_refreshes_nothing_that_lives(server: TestServer) {
        let browser = server.signed_in("alice").await;
        let client = server.dashboard("app", |_| {}).await;
        let first = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        let replica = server.replica(&[]).await;
        server.advance(Duration::from_secs(60));
        replica.app.revocations.refresh().await.unwrap();
        let sub = claims_of(&first["access_token"])["sub"].as_str().unwrap().to_owned();
        let all = NewRevocation::new(RevocationKind::User, sub, server.app.now());
        server.app.store.revoke(&all).await.unwrap();
        server.advance(Duration::from_millis(100));
        let late = replica.refresh(&client, &first["refresh_token"], &[]).await;
        if late.status == 400 {
            // So slow a machine that it had to look at the log again.
            late.is_error(400, "invalid_grant");
            return;
        }
        let late = late.is_ok().json();
        replica.app.revocations.refresh().await.unwrap();
        replica.get("/userinfo").bearer(text(&late, "access_token")).send().await
            .is_challenge(Some("invalid_token"), "token_revoked");
        assert!(!replica.is_active(&client, &late["refresh_token"]).await);
        let again = browser.tokens(&client, &[("scope", "openid")]).await;
        assert!(server.is_active(&client, &again["access_token"]).await, "a new authorization is another one");
    }

    /// SECURITY-CASES 116, CONTRACT §3: nor does one that remembers the client.
    async fn a_client_that_is_shut_out_gets_nothing_that_lives(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let replica = server.replica(&[]).await;
        replica.token(&client).await;
        let now = server.app.now();
        server.app.store.disable_client("reports", "test", now).await.unwrap();
        server.advance(Duration::from_millis(500));
        let late = replica.exchange(&client, "client_credentials", &[]).await;
        if late.status == 200 {
            let late = late.json();
            replica.app.revocations.refresh().await.unwrap();
            replica.get("/oauth2/verify").bearer(text(&late, "access_token")).send().await
                .is_challenge(Some("invalid_token"), "token_revoked");
        } else {
            // So slow a machine that it has forgotten the client.
            late.is_error(401, "invalid_client");
        }
        server.advance(Duration::from_secs(1));
        server.app.store.enable_client("reports", "test", server.app.now()).await.unwrap();
        let other = server.replica(&[]).await;
        let token = other.token(&client).await;
        assert!(is_active(&other, &client, &token).await);
    }

    /// SECURITY-CASES 173: RFC 7009 §2.2.1, a revocation that is not written is
    /// not told as done.
    async fn what_cannot_be_written_is_not_told_as_done(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let token = server.token(&client).await;
        let refused = match &server.app.store {
            Store::Sqlite { write, .. } => {
                let _held = write.begin_with("BEGIN IMMEDIATE").await.unwrap();
                revoke(&server, &client, &[("token", &token)]).await
            }
            Store::Postgres { pool, .. } => {
                let mut lent = pool.lend().await.unwrap();
                let mut held = lent.begin().await.unwrap();
                sqlx::query("LOCK TABLE counter").execute(&mut *held).await.unwrap();
                revoke(&server, &client, &[("token", &token)]).await
            }
        };
        let refused = refused.is_error(503, "temporarily_unavailable");
        assert!(!refused.header("retry-after").is_empty());
        assert!(is_active(&server, &client, &token).await);
        revoke(&server, &client, &[("token", &token)]).await.is_ok();
        assert!(!is_active(&server, &client, &token).await);
    }

    /// What a token of a person carries for those who follow the feed: with
    /// which session and with which grant it ends.
    async fn a_token_names_the_session_and_the_grant_that_end_it(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let online = browser.tokens(&client, &[("scope", "openid")]).await;
        let offline = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        let sub = claims_of(&online["access_token"])["sub"].as_str().unwrap().to_owned();
        let session = server.app.store.sessions_of(&sub, server.app.now()).await.unwrap().remove(0);
        assert_eq!(claims_of(&online["access_token"])["sid"], session.id.to_string());
        assert!(claims_of(&offline["access_token"]).get("sid").is_none(), "it outlives the session");
        for tokens in [&online, &offline] {
            let id = claims_of(&tokens["access_token"])["grant_id"].as_str().unwrap().to_owned();
            let grant = server.app.store.grant(Uuid::parse_str(&id).unwrap()).await.unwrap().unwrap();
            assert_eq!((grant.client_id.as_str(), &grant.sub), ("app", &sub));
        }
        let end = async |kind, claim: &str, tokens: &Value| {
            let id = claims_of(&tokens["access_token"])[claim].as_str().unwrap().to_owned();
            let new = NewRevocation::new(kind, id, server.app.now());
            server.app.revocations.revoke(&new).await.unwrap();
            is_active(&server, &client, text(tokens, "access_token")).await
        };
        assert!(!end(RevocationKind::Session, "sid", &online).await);
        assert!(is_active(&server, &client, text(&offline, "access_token")).await);
        assert!(!end(RevocationKind::Grant, "grant_id", &offline).await);
    }
}
