//! The password grant: RFC 6749 §4.3, and what Jasmin's and TOTVS's programs
//! expect of tokens.

use porteiro::oauth::{GrantType, ScopeClaim};
use porteiro::store::Profile;
use serde_json::json;

use crate::support::{Answer, Credentials, PASSWORD, TestServer, ask, claims_of};

async fn by_password(server: &TestServer, client: &Credentials, username: &str, password: &str) -> Answer {
    server.exchange(client, "password", &[("username", username), ("password", password)]).await
}

async fn tutorial(server: &TestServer) -> Credentials {
    server
        .machine("tutorial", |client| {
            client.grant_types = vec![GrantType::Password, GrantType::RefreshToken];
            client.scope = "openid email".parse().unwrap();
        })
        .await
}

contract! {
    async fn a_name_and_a_password_buy_tokens(server: TestServer) {
        let client = tutorial(&server).await;
        let alice = server.person("alice", |_| {}).await;
        for login in ["alice", "ALICE", "Alice@Example.Org"] {
            let tokens = by_password(&server, &client, login, PASSWORD).await.is_ok().json();
            assert_eq!(claims_of(&tokens["access_token"])["sub"], alice.sub.as_str());
            assert_eq!(tokens["scope"], "openid email");
            server.refresh(&client, &tokens["refresh_token"], &[]).await.is_ok();
        }
    }

    /// SECURITY-CASES 157.
    async fn the_grant_is_for_clients_that_list_it_and_not_in_the_strict_profile(server: TestServer) {
        server.person("alice", |_| {}).await;
        let other = server.machine("other", |_| {}).await;
        by_password(&server, &other, "alice", PASSWORD).await.is_error(400, "unauthorized_client");
        let client = tutorial(&server).await;
        let strict = server.replica(&[("PROFILE", "strict")]).await;
        by_password(&strict, &client, "alice", PASSWORD).await.is_error(400, "unauthorized_client");
        let metadata = strict.get("/.well-known/openid-configuration").send().await.json();
        assert!(!metadata["grant_types_supported"].to_string().contains("password"), "{metadata}");
    }

    /// SECURITY-CASES 158 and 160: nobody learns who has an account.
    async fn every_reason_to_refuse_looks_the_same(server: TestServer) {
        let client = tutorial(&server).await;
        for username in ["alice", "locked"] {
            server.person(username, |_| {}).await;
        }
        server.person("disabled", |person| person.enabled = false).await;
        server.person("federated", |person| person.password = None).await;
        for _ in 0..server.app.config.limits.login_failures {
            by_password(&server, &client, "locked", "wrong").await.is_error(400, "invalid_grant");
        }
        let mut bodies = Vec::new();
        for (username, password) in [
            ("alice", "wrong"), ("nobody", "wrong"), ("disabled", PASSWORD), ("federated", "x"),
            ("locked", PASSWORD), ("", PASSWORD), ("\u{200b}", PASSWORD),
        ] {
            if !username.is_empty() {
                bodies.push(by_password(&server, &client, username, password).await.is_error(400, "invalid_grant").body);
            }
        }
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
        by_password(&server, &client, "federated", "").await.is_error(400, "invalid_request");
        by_password(&server, &client, "", PASSWORD).await.is_error(400, "invalid_request");
    }

    /// SECURITY-CASES 161: one count over the login page, this grant and every
    /// spelling.
    async fn failures_at_the_login_page_count_here_and_the_other_way_round(server: TestServer) {
        let client = tutorial(&server).await;
        server.dashboard("app", |_| {}).await;
        for (username, first) in [("alice", "page"), ("bob", "grant")] {
            server.person(username, |_| {}).await;
            let browser = server.browser();
            let page = browser.follow(&ask(&[])).await;
            let at_the_page = async |password| {
                browser.submit(&page, &[("username", username), ("password", password)]).await
            };
            let upper = username.to_uppercase();
            for n in 0..10 {
                if (n % 2 == 0) == (first == "page") {
                    at_the_page("wrong").await.is_ok().is_page();
                } else {
                    by_password(&server, &client, &upper, "wrong").await.is_error(400, "invalid_grant");
                }
            }
            by_password(&server, &client, username, PASSWORD).await.is_error(400, "invalid_grant");
            assert!(at_the_page(PASSWORD).await.is_ok().text().contains("login-error"));
        }
    }

    /// SECURITY-CASES 162.
    async fn a_huge_password_is_refused_unhashed(server: TestServer) {
        let client = tutorial(&server).await;
        server.person("alice", |_| {}).await;
        by_password(&server, &client, "alice", &"x".repeat(60_000)).await.is_error(400, "invalid_request");
        by_password(&server, &client, "alice", &"x".repeat(1 << 20)).await.is_error(413, "invalid_request");
        by_password(&server, &client, &"x".repeat(60_000), PASSWORD).await.is_error(400, "invalid_grant");
    }

    /// SECURITY-CASES 166: RFC 8265, one account however it is typed.
    async fn twins_of_a_name_are_one_account(server: TestServer) {
        let client = tutorial(&server).await;
        let alice = server.person("alice", |_| {}).await;
        for twin in ["alice ", "\u{ff41}\u{ff4c}\u{ff49}\u{ff43}\u{ff45}", "ALICE"] {
            let tokens = by_password(&server, &client, twin, PASSWORD).await.is_ok().json();
            assert_eq!(claims_of(&tokens["access_token"])["sub"], alice.sub.as_str(), "{twin}");
            let second = porteiro::store::User { sub: "second".into(), username: twin.into(), email: None, ..(*alice).clone() };
            assert!(!server.app.store.create_user(&second, "test").await.unwrap_or(false), "{twin}");
        }
    }

    /// CONTRACT §4: Jasmin's `uid` and `info`, for clients that ask for them;
    /// a member without a value is left out.
    async fn legacy_user_info_is_beside_the_token(server: TestServer) {
        let client = server.machine("jasmin", |client| {
            client.grant_types = vec![GrantType::Password, GrantType::ClientCredentials];
            client.legacy_user_info = true;
        }).await;
        let alice = server.person("alice", |_| {}).await;
        let bob = server.person("bob", |person| (person.email, person.profile) = (None, Profile::default())).await;
        let about = async |username| by_password(&server, &client, username, PASSWORD).await.is_ok().json();
        let tokens = about("alice").await;
        assert_eq!(tokens["uid"], alice.sub.as_str());
        assert_eq!(tokens["info"], json!({"name": "ALICE", "email": "alice@example.org"}));
        let tokens = about("bob").await;
        assert_eq!((&tokens["uid"], &tokens["info"]), (&json!(bob.sub), &json!({})));

        let own = server.exchange(&client, "client_credentials", &[]).await.is_ok().json();
        assert!(own.get("uid").is_none() && own.get("info").is_none());
        let tokens = by_password(&server, &tutorial(&server).await, "alice", PASSWORD).await.is_ok().json();
        assert!(tokens.get("uid").is_none());
    }

    /// CONTRACT §4: the `scope` claim of TOTVS's resources is an array.
    async fn the_scope_claim_may_be_an_array(server: TestServer) {
        for (form, expected) in [(ScopeClaim::Array, json!(["/btb", "sales.read"])), (ScopeClaim::String, json!("/btb sales.read"))] {
            let client = server.machine(&format!("totvs-{form}"), |client| {
                client.scope = "/btb sales.read".parse().unwrap();
                client.scope_claim = form;
                client.access_token_lifetime = Some(std::time::Duration::from_secs(120));
            }).await;
            let tokens = server.exchange(&client, "client_credentials", &[]).await.is_ok().json();
            assert_eq!(claims_of(&tokens["access_token"])["scope"], expected);
            assert_eq!((&tokens["scope"], &tokens["expires_in"]), (&json!("/btb sales.read"), &json!(120)));
        }
    }
}
