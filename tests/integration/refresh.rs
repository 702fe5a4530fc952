//! The refresh token grant: RFC 6749 §6, RFC 9700 §4.14.2.

use std::time::Duration;

use axum::http::StatusCode;
use porteiro::oauth::{AuthMethod, GrantType};
use porteiro::token::refresh::Presented;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::support::{Answer, CALLBACK, Credentials, TestServer, VERIFIER, WITH_PKCE, ask};

const WINDOW: Duration = Duration::from_secs(10);
const DAY: Duration = Duration::from_secs(86_400);

async fn tokens(server: &TestServer, scope: &str) -> (Credentials, Value) {
    let client = server.dashboard("app", |_| {}).await;
    let tokens = server.signed_in("alice").await.tokens(&client, &[("scope", scope)]).await;
    (client, tokens)
}

/// Sixteen requests with the same refresh token at once, to two servers.
async fn race(servers: [&TestServer; 2], client: &Credentials, token: &Value) -> Vec<Answer> {
    let mut racing = JoinSet::new();
    for n in 0..16 {
        let call = servers[n % 2].post("/oauth2/token").basic(client);
        let token = token.as_str().unwrap().to_owned();
        racing.spawn(async move {
            call.form(&[("grant_type", "refresh_token"), ("refresh_token", &token)]).await
        });
    }
    racing.join_all().await
}

contract! {
    /// SECURITY-CASES 141: an old one is in two hands, so both lose.
    async fn an_old_token_takes_the_whole_grant_back(server: TestServer) {
        let (client, first) = tokens(&server, "openid offline_access").await;
        let second = server.refresh(&client, &first["refresh_token"], &[]).await.is_ok().json();
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        server.advance(WINDOW + Duration::from_millis(1));
        server.refresh(&client, &first["refresh_token"], &[]).await.is_error(400, "invalid_grant");
        server.refresh(&client, &second["refresh_token"], &[]).await.is_error(400, "invalid_grant");
        for tokens in [first, second] {
            assert!(!server.is_active(&client, &tokens["access_token"]).await);
        }
    }

    /// SECURITY-CASES 142: a lost answer may be asked for again, and there is
    /// one successor.
    async fn a_retry_within_the_window_gets_the_same_successor(server: TestServer) {
        let (client, first) = tokens(&server, "openid").await;
        let second = server.refresh(&client, &first["refresh_token"], &[]).await.is_ok().json();
        server.advance(WINDOW);
        for _ in 0..3 {
            let again = server.refresh(&client, &first["refresh_token"], &[]).await.is_ok().json();
            assert_eq!(again["refresh_token"], second["refresh_token"]);
        }
        let third = server.refresh(&client, &second["refresh_token"], &[]).await.is_ok().json();
        // Its successor was used, so the answer cannot have been lost.
        server.refresh(&client, &first["refresh_token"], &[]).await.is_error(400, "invalid_grant");
        server.refresh(&client, &third["refresh_token"], &[]).await.is_error(400, "invalid_grant");
    }

    /// SECURITY-CASES X-04: the store did what was asked after we had given up,
    /// and the client can ask again only when the store is back.
    async fn what_the_store_left_unanswered_may_be_asked_for_again_later(server: TestServer) {
        let (client, first) = tokens(&server, "openid").await;
        let second = server.refresh(&client, &first["refresh_token"], &[]).await.is_ok().json();
        let presented = Presented::parse(first["refresh_token"].as_str().unwrap()).unwrap();
        server.app.unanswered.begin(presented.grant_id, presented.generation, server.app.now());
        server.advance(WINDOW * 6);
        for _ in 0..2 {
            let again = server.refresh(&client, &first["refresh_token"], &[]).await.is_ok().json();
            assert_eq!(again["refresh_token"], second["refresh_token"]);
        }
        server.advance(WINDOW + Duration::from_millis(1));
        server.refresh(&client, &first["refresh_token"], &[]).await.is_error(400, "invalid_grant");
    }

    /// SECURITY-CASES 142 and X-13: one grant, the same successor for all.
    async fn sixteen_at_once_get_the_same_successor(server: TestServer) {
        let (client, mut tokens) = tokens(&server, "openid").await;
        let second = server.replica(&[]).await;
        for _ in 0..5 {
            let answers = race([&server, &second], &client, &tokens["refresh_token"]).await;
            let mut bodies = answers.into_iter().map(|answer| answer.is_ok().json());
            let first = bodies.next().unwrap();
            assert!(bodies.all(|body| body["refresh_token"] == first["refresh_token"]));
            tokens = first;
        }
    }

    /// SECURITY-CASES 143 and X-13: without a window there is one winner.
    async fn without_a_window_one_of_sixteen_wins(server: TestServer) {
        let window = [("TOKENS__REFRESH_RETRY_WINDOW", "0s")];
        let (first, second) = (server.replica(&window).await, server.replica(&window).await);
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        for _ in 0..5 {
            let tokens = browser.tokens(&client, &[]).await;
            let answers = race([&first, &second], &client, &tokens["refresh_token"]).await;
            let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|one| one.status == StatusCode::OK);
            assert_eq!(won.len(), 1);
            lost.into_iter().for_each(|answer| drop(answer.is_error(400, "invalid_grant")));
        }
    }

    /// SECURITY-CASES 144: what was used is known after a restart.
    async fn a_used_token_is_known_after_a_restart(server: TestServer) {
        let (client, first) = tokens(&server, "openid").await;
        let second = server.refresh(&client, &first["refresh_token"], &[]).await.is_ok().json();
        server.advance(WINDOW * 2);
        let restarted = server.replica(&[]).await;
        restarted.refresh(&client, &first["refresh_token"], &[]).await.is_error(400, "invalid_grant");
        restarted.refresh(&client, &second["refresh_token"], &[]).await.is_error(400, "invalid_grant");
    }

    /// SECURITY-CASES 146: RFC 6749 §6, less but not more.
    async fn the_scope_may_be_narrower_and_not_wider(server: TestServer) {
        let (client, tokens) = tokens(&server, "openid email offline_access").await;
        let refresh = async |token: &Value, scope| server.refresh(&client, token, &[("scope", scope)]).await;
        for wider in ["openid profile", "openid nosuch", "groups"] {
            refresh(&tokens["refresh_token"], wider).await.is_error(400, "invalid_scope");
        }
        let narrow = refresh(&tokens["refresh_token"], "email").await.is_ok().json();
        assert_eq!(narrow["scope"], "email");
        assert!(narrow.get("id_token").is_none());
        // The grant itself keeps what was granted.
        let whole = refresh(&narrow["refresh_token"], "").await.is_ok().json();
        assert_eq!(whole["scope"], "openid email offline_access");
        assert!(whole["id_token"].is_string());
    }

    /// SECURITY-CASES 148.
    async fn another_clients_token_is_unknown_and_stays_good(server: TestServer) {
        let (client, tokens) = tokens(&server, "openid").await;
        let other = server.dashboard("other", |_| {}).await;
        server.refresh(&other, &tokens["refresh_token"], &[]).await.is_error(400, "invalid_grant");
        server.refresh(&client, &tokens["refresh_token"], &[]).await.is_ok();
    }

    /// SECURITY-CASES 150.
    async fn a_confidential_client_must_say_who_it_is(server: TestServer) {
        let (_, tokens) = tokens(&server, "openid").await;
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "app"),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ];
        server.post("/oauth2/token").form(&form).await.is_error(401, "invalid_client");
    }

    /// SECURITY-CASES 154: rotation does not move the end.
    async fn the_end_is_absolute(server: TestServer) {
        let client = server.dashboard("app", |client| client.refresh_token_lifetime = Some(DAY * 3)).await;
        let browser = server.signed_in("alice").await;
        let mut tokens = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        for _ in 0..2 {
            server.advance(DAY);
            tokens = server.refresh(&client, &tokens["refresh_token"], &[]).await.is_ok().json();
        }
        server.advance(DAY - Duration::from_millis(1));
        tokens = server.refresh(&client, &tokens["refresh_token"], &[]).await.is_ok().json();
        server.advance(Duration::from_millis(1));
        server.refresh(&client, &tokens["refresh_token"], &[]).await.is_error(400, "invalid_grant");
    }

    /// CONTRACT §4: without `offline_access` it ends with the session, by
    /// whatever way that ends; with it it lives on.
    async fn offline_access_decides_what_survives_the_session(server: TestServer) {
        let client = server.dashboard("app", |client| client.refresh_token_lifetime = Some(DAY * 90)).await;
        let browser = server.signed_in("alice").await;
        let online = browser.tokens(&client, &[("scope", "openid")]).await;
        let offline = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        let page = browser.get("/logout").await;
        browser.submit(&page, &[("decision", "logout")]).await;
        server.refresh(&client, &online["refresh_token"], &[]).await.is_error(400, "invalid_grant");
        assert!(!server.is_active(&client, &online["access_token"]).await);
        server.refresh(&client, &offline["refresh_token"], &[]).await.is_ok();

        browser.sign_in("alice").await;
        let online = browser.tokens(&client, &[("scope", "openid")]).await;
        let offline = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        server.advance(server.app.config.sessions.absolute_lifetime);
        server.refresh(&client, &online["refresh_token"], &[]).await.is_error(400, "invalid_grant");
        server.refresh(&client, &offline["refresh_token"], &[]).await.is_ok();
    }

    /// SECURITY-CASES 155.
    async fn a_withdrawn_consent_ends_the_grant(server: TestServer) {
        let client = server.dashboard("app", |client| client.skip_consent = false).await;
        let browser = server.signed_in("alice").await;
        let page = browser.follow(&ask(&[("scope", "openid offline_access")])).await;
        let code = browser.submit(&page, &[("decision", "allow")]).await.sent_back()["code"].clone();
        let tokens = server.redemption(&client, &code, &[]).await.is_ok().json();
        let page = browser.get("/account").await;
        browser.submit(&page, &[("remove_app", "app")]).await.is_ok();
        server.refresh(&client, &tokens["refresh_token"], &[]).await.is_error(400, "invalid_grant");
    }

    /// SECURITY-CASES 156.
    async fn a_client_that_lost_the_grant_is_refused(server: TestServer) {
        let (client, tokens) = tokens(&server, "openid").await;
        let mut changed = server.app.store.client("app").await.unwrap().unwrap();
        changed.grant_types = vec![GrantType::AuthorizationCode];
        server.app.store.update_client(&changed, server.app.now(), "test").await.unwrap();
        let later = server.replica(&[]).await;
        later.refresh(&client, &tokens["refresh_token"], &[]).await.is_error(400, "unauthorized_client");
    }

    /// RFC 6749 §6: a confidential client may keep its refresh token; a public
    /// one may not (RFC 9700 §4.14.2).
    async fn rotation_may_be_off_for_confidential_clients_alone(server: TestServer) {
        let client = server.dashboard("app", |client| client.rotate_refresh_tokens = false).await;
        let browser = server.signed_in("alice").await;
        let tokens = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        let mut access_tokens = vec![tokens["access_token"].clone()];
        for _ in 0..3 {
            server.advance(DAY);
            let again = server.refresh(&client, &tokens["refresh_token"], &[]).await.is_ok().json();
            assert_eq!(again["refresh_token"], tokens["refresh_token"]);
            assert!(!access_tokens.contains(&again["access_token"]));
            access_tokens.push(again["access_token"].clone());
        }
        server.advance(DAY * 27);
        server.refresh(&client, &tokens["refresh_token"], &[]).await.is_error(400, "invalid_grant");

        let public = server.dashboard("public", |client| {
            client.rotate_refresh_tokens = false;
            client.token_endpoint_auth_method = AuthMethod::None;
        }).await;
        browser.sign_in("alice").await;
        let code = browser.code(&public, &WITH_PKCE).await;
        let token = async |form: &[(&str, &str)]| {
            let form = [&[("client_id", "public")], form].concat();
            server.post("/oauth2/token").form(&form).await.is_ok().json()
        };
        let code = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
        let first = token(&code).await;
        let second = token(&[("grant_type", "refresh_token"), ("refresh_token", first["refresh_token"].as_str().unwrap())]).await;
        assert_ne!(first["refresh_token"], second["refresh_token"]);
    }

    /// A token whose bits were changed is none of ours.
    async fn a_forged_token_is_unknown(server: TestServer) {
        let (client, tokens) = tokens(&server, "openid").await;
        let genuine = tokens["refresh_token"].as_str().unwrap();
        let (prefix, body) = genuine.split_once('_').unwrap();
        let bytes = porteiro::secret::from_base64url(body).unwrap();
        for position in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[position] ^= 1;
            let forged = format!("{prefix}_{}", porteiro::secret::base64url(&forged));
            server.refresh(&client, &forged.into(), &[]).await.is_error(400, "invalid_grant");
        }
        server.refresh(&client, &tokens["refresh_token"], &[]).await.is_ok();
    }
}
