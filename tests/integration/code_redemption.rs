//! Redeeming an authorization code: RFC 6749 §4.1.3.

use std::time::Duration;

use axum::http::StatusCode;
use porteiro::oauth::{GrantType, Scope};
use porteiro::secret::Kind;
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{CALLBACK, Engine, Fixture as _, TestServer, ask, claims_of, parameter};

contract! {
    /// RFC 6749 §5.1; OpenID Connect Core §2 and §3.1.3.3.
    async fn a_code_buys_tokens(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let alice = server.person("alice", |_| {}).await;
        let browser = server.browser();
        browser.sign_in("alice").await;
        let code = browser.code(&client, &[("scope", "openid email"), ("nonce", "n")]).await;
        let answer = server.redemption(&client, &code, &[]).await.is_ok();
        assert!(answer.header("cache-control").contains("no-store"));
        let tokens = answer.json();
        assert_eq!((&tokens["token_type"], &tokens["scope"]), (&"Bearer".into(), &"openid email".into()));
        assert_eq!(tokens["expires_in"], 900);
        let id_token = claims_of(&tokens["id_token"]);
        for (claim, value) in [("sub", alice.sub.as_str()), ("aud", "app"), ("nonce", "n"), ("email", "alice@example.org")] {
            assert_eq!(id_token[claim], value);
        }
        assert!(id_token["at_hash"].is_string() && id_token["sid"].is_string());
        assert_eq!(id_token["amr"], json!(["pwd"]));
        assert_eq!(claims_of(&tokens["access_token"])["sub"], alice.sub.as_str());
    }

    /// Groups and roles go to those who asked for them, and only where there
    /// are any.
    async fn an_access_token_has_the_groups_that_were_asked_for(server: TestServer) {
        let client = server.dashboard("app", |client| {
            client.scope = Scope::parse("openid groups roles").unwrap();
        }).await;
        let browser = server.signed_in("alice").await;
        for (scope, groups) in [("openid groups roles", Some(json!(["staff"]))), ("openid roles", None)] {
            let tokens = browser.tokens(&client, &[("scope", scope)]).await;
            let claims = claims_of(&tokens["access_token"]);
            assert_eq!((claims.get("groups"), claims.get("roles")), (groups.as_ref(), None), "{scope}");
        }
    }

    /// SECURITY-CASES 63: a code lives for a minute.
    async fn a_code_ends_after_its_lifetime(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let (in_time, late) = (browser.code(&client, &[]).await, browser.code(&client, &[]).await);
        server.advance(Duration::from_millis(59_999));
        server.redemption(&client, &in_time, &[]).await.is_ok();
        server.advance(Duration::from_millis(1));
        server.redemption(&client, &late, &[]).await.is_error(400, "invalid_grant");
    }

    /// SECURITY-CASES 130.
    async fn another_clients_code_is_unknown_and_stays_good(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let other = server.dashboard("other", |_| {}).await;
        let code = server.signed_in("alice").await.code(&client, &[]).await;
        for _ in 0..6 {
            server.redemption(&other, &code, &[]).await.is_error(400, "invalid_grant");
        }
        server.redemption(&client, &code, &[]).await.is_ok();
        server.redemption(&other, &code, &[]).await.is_error(400, "invalid_grant");
    }

    /// SECURITY-CASES 131: it must be repeated when it was sent.
    async fn the_redirect_uri_must_be_repeated(server: TestServer) {
        let client = server.dashboard("app", |client| client.redirect_uris.push("https://rp.test/cb2".into())).await;
        let code = server.signed_in("alice").await.code(&client, &[]).await;
        for wrong in ["", "https://rp.test/cb2", "https://rp.test/cb/"] {
            let form = [("code", code.as_str()), ("redirect_uri", wrong)];
            server.exchange(&client, "authorization_code", &form).await.is_error(400, "invalid_grant");
        }
        server.redemption(&client, &code, &[]).await.is_ok();
    }

    /// SECURITY-CASES 132: RFC 6749 §4.1.2, what the first use bought is taken
    /// back, and the login session stays.
    async fn a_replayed_code_takes_everything_back(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let code = browser.code(&client, &[("scope", "openid offline_access")]).await;
        let tokens = server.redemption(&client, &code, &[]).await.is_ok().json();
        assert!(server.is_active(&client, &tokens["access_token"]).await);

        server.redemption(&client, &code, &[]).await.is_error(400, "invalid_grant");
        assert!(!server.is_active(&client, &tokens["access_token"]).await);
        let refused = server.get("/userinfo").bearer(tokens["access_token"].as_str().unwrap()).send().await;
        refused.is_challenge(Some("invalid_token"), "token_revoked");
        server.refresh(&client, &tokens["refresh_token"], &[]).await.is_error(400, "invalid_grant");
        browser.get("/account").await.is_ok();
    }

    /// SECURITY-CASES 133: of sixteen at once exactly one wins.
    async fn a_code_redeemed_sixteen_times_at_once_is_redeemed_once(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let second = server.replica(&[]).await;
        for _ in 0..5 {
            let code = browser.code(&client, &[]).await;
            let mut racing = JoinSet::new();
            for n in 0..16 {
                let call = if n % 2 == 0 { &server } else { &second }.post("/oauth2/token").basic(&client);
                let code = code.clone();
                racing.spawn(async move {
                    let grant = ("grant_type", "authorization_code");
                    call.form(&[grant, ("code", &code), ("redirect_uri", CALLBACK)]).await
                });
            }
            let answers = racing.join_all().await;
            let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|one| one.status == StatusCode::OK);
            assert_eq!(won.len(), 1);
            lost.into_iter().for_each(|answer| drop(answer.is_error(400, "invalid_grant")));
        }
    }

    /// SECURITY-CASES 135: no kind is taken for another.
    async fn nothing_but_a_code_is_taken_for_one(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let code = browser.code(&client, &[]).await;
        let tokens = browser.tokens(&client, &[("scope", "openid")]).await;
        let login = browser.get(&ask(&[("prompt", "login")])).await;
        let flow = parameter(login.header("location"), "flow").unwrap();
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let body = |kind: Kind, value: &str| value.strip_prefix(kind.prefix()).unwrap().to_owned();
        let others = [
            text("refresh_token"), text("access_token"), text("id_token"), flow.clone(),
            browser.cookie("__Host-porteiro_session").unwrap(),
            body(Kind::AuthorizationCode, &code),
            format!("{}{}", Kind::AuthorizationCode.prefix(), body(Kind::LoginFlow, &flow)),
            "nonsense".into(), "\u{1f511}".repeat(100),
        ];
        for other in others {
            server.redemption(&client, &other, &[]).await.is_error(400, "invalid_grant");
            let as_refresh = serde_json::Value::from(if other == text("refresh_token") { code.clone() } else { other });
            server.refresh(&client, &as_refresh, &[]).await.is_error(400, "invalid_grant");
        }
        browser.get(&format!("/authorize?flow={code}")).await.is_error_page("invalid_request");
        server.redemption(&client, &code, &[]).await.is_ok();
    }

    /// RFC 8707 §2.2: one of the granted audiences, and none beside them.
    async fn a_resource_narrows_the_audience(server: TestServer) {
        let audience = ["https://a.example", "https://b.example"];
        let client = server.dashboard("app", |client| client.audience = audience.map(String::from).into()).await;
        let code = server.signed_in("alice").await.code(&client, &[]).await;
        let foreign = server.redemption(&client, &code, &[("resource", "https://c.example")]).await;
        foreign.is_error(400, "invalid_target");
        let tokens = server.redemption(&client, &code, &[("resource", audience[0])]).await.is_ok().json();
        assert_eq!(claims_of(&tokens["access_token"])["aud"], audience[0]);

        let both = server.refresh(&client, &tokens["refresh_token"], &[]).await.is_ok().json();
        assert_eq!(claims_of(&both["access_token"])["aud"], serde_json::json!(audience));
        let one = server.refresh(&client, &both["refresh_token"], &[("resource", audience[1])]).await.is_ok().json();
        assert_eq!(claims_of(&one["access_token"])["aud"], audience[1]);
        let foreign = server.refresh(&client, &one["refresh_token"], &[("resource", "https://c.example")]).await;
        foreign.is_error(400, "invalid_target");
    }

    /// SECURITY-CASES 140.
    async fn a_code_of_another_server_is_unknown(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let code = server.signed_in("alice").await.code(&client, &[]).await;
        let other = TestServer::on(Engine::Sqlite).await;
        let namesake = other.dashboard("app", |_| {}).await;
        other.redemption(&namesake, &code, &[]).await.is_error(400, "invalid_grant");
    }

    /// A client that may not refresh gets nothing to refresh with.
    async fn without_the_refresh_grant_there_is_no_refresh_token(server: TestServer) {
        let client = server.dashboard("app", |client| client.grant_types = vec![GrantType::AuthorizationCode]).await;
        let browser = server.signed_in("alice").await;
        let tokens = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        assert!(tokens.get("refresh_token").is_none());
        assert_eq!(tokens["scope"], "openid");
    }
}
