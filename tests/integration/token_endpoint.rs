//! The token endpoint's shape: RFC 6749 §3.2 and §5.

use axum::http::Method;
use porteiro::app::App;
use porteiro::random::Random;
use porteiro::router::router;
use serde_json::json;

use crate::support::{Call, ISSUER, TestServer, claims_of};

contract! {
    /// SECURITY-CASES 96 and 99: RFC 6749 §5.1 and §4.4.3.
    async fn client_credentials_give_an_access_token_alone(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let answer = server.post("/oauth2/token").basic(&client).form(&[("grant_type", "client_credentials")]).await;
        let answer = answer.is_ok();
        assert!(answer.header("cache-control").contains("no-store"));
        let body = answer.json();
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 900);
        assert!(body["access_token"].is_string());
        assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none(), "{body}");
    }

    /// RFC 8707 §2: of what the client may ask for, it gets what it asks for.
    async fn a_resource_becomes_the_audience(server: TestServer) {
        let (orders, stock) = ("https://orders.example", "https://stock.example");
        let client = server.machine("reports", |client| client.audience = vec![orders.into(), stock.into()]).await;
        let ask = async |resources: &[&str]| {
            let mut form = vec![("grant_type", "client_credentials")];
            form.extend(resources.iter().map(|resource| ("resource", *resource)));
            server.post("/oauth2/token").basic(&client).form(&form).await
        };
        let table = [
            (&[][..], json!([orders, stock])),
            (&[stock], json!(stock)),
            (&[ISSUER], json!(ISSUER)),
            (&[ISSUER, orders], json!([ISSUER, orders])),
        ];
        for (resources, audience) in table {
            let body = ask(resources).await.is_ok().json();
            assert_eq!(claims_of(&body["access_token"])["aud"], audience, "{resources:?}");
        }
        ask(&[stock, "https://foreign.example"]).await.is_error(400, "invalid_target");
    }

    /// SECURITY-CASES 106: an unknown client and a wrong secret look the same.
    async fn a_wrong_secret_and_an_unknown_client_look_the_same(server: TestServer) {
        let mut client = server.machine("reports", |_| {}).await;
        let mut answers = Vec::new();
        for (id, secret) in [("reports", "wrong"), ("nobody", "wrong")] {
            client.client_id = id.to_owned();
            client.client_secret = secret.to_owned();
            let call = server.post("/oauth2/token").basic(&client);
            let answer = call.form(&[("grant_type", "client_credentials")]).await.is_error(401, "invalid_client");
            assert!(answer.header("www-authenticate").starts_with("Basic"));
            answers.push(answer.body);
        }
        assert_eq!(answers[0], answers[1]);
    }

    /// SECURITY-CASES 79: JSON is refused in JSON.
    async fn a_body_of_another_type_is_refused(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let body = json!({"grant_type": "client_credentials"});
        server.post("/oauth2/token").basic(&client).json(&body).await.is_error(400, "invalid_request");
    }

    /// SECURITY-CASES 85: as TOTVS's programs ask, where that is allowed.
    async fn the_grant_type_may_come_in_the_query_unless_forbidden(server: TestServer) {
        let client = server.machine("totvs", |client| client.scope = "/btb".parse().unwrap()).await;
        let path = "/oauth2/token?grant_type=client_credentials&scope=/btb";
        let body = server.post(path).basic(&client).form(&[]).await.is_ok().json();
        assert_eq!(body["expires_in"], 900);

        for setting in [("COMPAT__QUERY_GRANT_TYPE", "false"), ("PROFILE", "strict")] {
            let strict = server.replica(&[setting]).await;
            strict.post(path).basic(&client).form(&[]).await.is_error(400, "invalid_request");
        }
    }

    /// The issuer is the configured one, whatever the request says of the host.
    /// SECURITY-CASES 240.
    async fn metadata_name_the_configured_issuer(server: TestServer) {
        let call = server.get("/.well-known/openid-configuration").header("host", "evil.example");
        let metadata = call.header("x-forwarded-host", "evil.example").send().await.is_ok().json();
        assert_eq!(metadata["issuer"], ISSUER);
        assert!(!metadata.to_string().contains("evil"));
    }

    /// SECURITY-CASES 189: with the random numbers of another token again, no
    /// second one leaves; the next one is fine.
    async fn two_tokens_never_share_a_jti(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let ask = async |app: &App| {
            let call = Call::new(router(app.clone()), Method::POST, "/oauth2/token");
            call.basic(&client).form(&[("grant_type", "client_credentials")]).await
        };
        let with_seed = || server.app.clone().with(|parts| parts.random = Random::seeded(189));
        let first = ask(&with_seed()).await.is_ok();
        let again = with_seed();
        let answer = ask(&again).await.is_error(500, "server_error");
        assert!(!answer.text().contains("jti") && !answer.text().contains("constraint"), "{answer:?}");
        assert_ne!(ask(&again).await.is_ok().body, first.body);
    }

    /// SECURITY-CASES 242: RFC 7517 §4, and no private member (RFC 7518 §6).
    async fn published_keys_are_public_and_each_has_a_name_and_a_use(server: TestServer) {
        let answer = server.get("/.well-known/jwks.json").send().await.is_ok();
        assert!(answer.header("cache-control").starts_with("public, max-age="));
        let jwks = answer.json();
        let keys = jwks["keys"].as_array().unwrap();
        let mut names: Vec<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!((names.len(), keys.len()), (3, 3));
        for key in keys {
            assert_eq!(key["use"], "sig");
            assert!(key["alg"].is_string());
            let members = key.as_object().unwrap().keys();
            let public = ["kty", "use", "alg", "kid", "n", "e", "crv", "x", "y"];
            for member in members {
                assert!(public.contains(&member.as_str()), "{member}");
            }
        }
    }
}
