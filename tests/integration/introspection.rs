//! `POST /oauth2/introspect`: RFC 7662, and its form for several tokens.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::support::{Credentials, TestServer, claims_of};

contract! {
    /// SECURITY-CASES 176: RFC 7662 §2.2 and CONTRACT §3, who may see what.
    async fn introspection_shows_a_token_to_those_concerned_alone(server: TestServer) {
        let api = "https://api.test";
        let owner = server.machine("owner", |client| {
            client.audience = vec![api.into(), "named".into()];
            client.scope = "/btb".parse().unwrap();
        }).await;
        let token = server.token(&owner).await;
        let stranger = server.machine("stranger", |client| client.audience = vec![api.into()]).await;
        let resource = server.machine("resource", |client| client.resource = vec![api.into()]).await;
        let named = server.machine("named", |_| {}).await;
        let auditor = server.machine("auditor", |client| client.introspect_any = true).await;
        let ask = async |client: &Credentials, token: &str| {
            let call = server.post("/oauth2/introspect").basic(client);
            let answer = call.form(&[("token", token), ("token_type_hint", "refresh_token")]).await.is_ok();
            assert!(answer.header("cache-control").contains("no-store"));
            answer.json()
        };
        for seer in [&owner, &resource, &named, &auditor] {
            let seen = ask(seer, &token).await;
            assert_eq!(seen["active"], true, "{seer:?}");
            assert_eq!((&seen["client_id"], &seen["scope"]), (&json!("owner"), &json!("/btb")));
            assert_eq!((&seen["token_type"], &seen["sub"]), (&json!("Bearer"), &json!("owner")));
        }
        let nothing = json!({"active": false});
        assert_eq!(ask(&stranger, &token).await, nothing);
        for garbage in ["x", "a.b.c", &token[1..], "prt_x", "\u{e9}"] {
            assert_eq!(ask(&auditor, garbage).await, nothing, "{garbage}");
        }
        server.advance(Duration::from_secs(900));
        assert_eq!(ask(&owner, &token).await, nothing);
    }

    /// An extension of ours: many at once, each as if it had been asked about alone.
    async fn introspection_tells_of_several_tokens_in_their_order(server: TestServer) {
        let api = "https://api.test";
        let owner = server.machine("owner", |client| client.audience = vec![api.into()]).await;
        let other = server.machine("other", |_| {}).await;
        let auditor = server.machine("auditor", |client| client.introspect_any = true).await;
        let ask = async |client: &Credentials, tokens: &[&str]| {
            let call = server.post("/oauth2/introspect").basic(client);
            call.form(&[("tokens", &tokens.join(" "))]).await
        };
        let mut tokens = Vec::new();
        for _ in 0..20 {
            tokens.extend([server.token(&owner).await, server.token(&other).await]);
        }
        server.post("/oauth2/revoke").basic(&owner).form(&[("token", &tokens[2])]).await.is_ok();
        tokens.insert(1, String::from("nonsense"));
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();

        // On another server, which has seen none of them.
        let replica = server.replica(&[]).await;
        let seen = replica.post("/oauth2/introspect").basic(&auditor).form(&[("tokens", &tokens.join(" "))]).await;
        assert!(seen.is_ok().header("cache-control").contains("no-store"));
        for (client, others) in [(&auditor, true), (&owner, false)] {
            let told = ask(client, &tokens).await.is_ok().json();
            let told = told["tokens"].as_array().unwrap();
            assert_eq!(told.len(), tokens.len());
            for (token, told) in tokens.iter().zip(told) {
                let alone = server.post("/oauth2/introspect").basic(client).form(&[("token", token)]).await;
                assert_eq!(told, &alone.is_ok().json());
            }
            let active: Vec<bool> = told.iter().map(|one| one["active"] == true).collect();
            assert_eq!(active[..4], [true, false, others, false]);
            assert_eq!(told[4]["client_id"] == "other", others);
        }
        let inactive = json!({"active": false});
        assert_eq!(ask(&auditor, &["x", "", "y"]).await.is_ok().json(), json!({"tokens": [inactive, inactive]}));
        assert_eq!(ask(&auditor, &["", ""]).await.is_ok().json(), json!({"tokens": []}));
        ask(&auditor, &["x"; 101]).await.is_error(400, "invalid_request");
        let both = server.post("/oauth2/introspect").basic(&auditor).form(&[("token", "x"), ("tokens", "x")]).await;
        both.is_error(400, "invalid_request");
    }

    /// Look-ups that come together are asked together, and each gets its own answer.
    async fn tokens_asked_about_at_once_are_not_mixed_up(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let mut tokens = Vec::new();
        for _ in 0..50 {
            tokens.push(server.token(&client).await);
        }
        let replica = Arc::new(server.replica(&[]).await);
        let asked = tokens.into_iter().map(|token| {
            let (replica, client) = (Arc::clone(&replica), client.clone());
            tokio::spawn(async move {
                let answer = replica.post("/oauth2/introspect").basic(&client).form(&[("token", &token)]).await;
                (claims_of(&json!(token))["jti"].clone(), answer.is_ok().json())
            })
        });
        for asked in asked.collect::<Vec<_>>() {
            let (jti, told) = asked.await.unwrap();
            assert_eq!((&told["active"], &told["jti"]), (&json!(true), &jti));
        }
    }
}
