//! The ladder of CONTRACT §5, as `/oauth2/verify` climbs it.

use std::time::Duration;

use aws_lc_rs::hmac;
use porteiro::oauth::Algorithm;
use porteiro::secret::{base64url, from_base64url};
use porteiro::token::inspection;
use serde_json::{Value, json};

use crate::support::TestServer;

contract! {
    /// SECURITY-CASES 183: each step has its own answer, in this order.
    async fn each_step_has_its_own_answer(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let verify = async |token: &str| server.get("/oauth2/verify").bearer(token).send().await;

        server.get("/oauth2/verify").send().await.is_challenge(None, "token_missing");
        verify("nonsense").await.is_challenge(Some("invalid_token"), "token_malformed");

        let revoked = server.token(&client).await;
        verify(&revoked).await.is_ok();
        server.post("/oauth2/revoke").basic(&client).form(&[("token", &revoked)]).await.is_ok();
        verify(&revoked).await.is_challenge(Some("invalid_token"), "token_revoked");

        let expired = server.token(&client).await;
        server.advance(Duration::from_secs(900));
        verify(&expired).await.is_challenge(Some("invalid_token"), "token_expired");
        verify(&revoked).await.is_challenge(Some("invalid_token"), "token_revoked");
    }

    /// The body says what to do next, also where the challenge has to be bare
    /// (RFC 6750 §3.1).
    async fn a_refusal_says_what_to_do(server: TestServer) {
        let missing = server.get("/oauth2/verify").send().await.json();
        assert_eq!(missing["error"], "invalid_request");
        assert_eq!(missing["error_description"], "send the access token as 'Authorization: Bearer TOKEN'");
        let malformed = server.get("/oauth2/verify").bearer("nonsense").send().await;
        let description = "the token is not an access token that this server signed";
        assert_eq!(malformed.json()["error_description"], description);
        assert!(malformed.header("www-authenticate").contains(&format!("error_description=\"{description}\"")));
    }

    /// SECURITY-CASES 184: the store decides, a signature alone opens nothing.
    async fn a_signed_token_without_a_record_is_unknown(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let real = claims_of(&server.token(&client).await);
        let jti = server.app.random.uuid_v7(server.app.now()).unwrap().to_string();
        let verify = async |changes: Value| {
            let token = signed(&server, "at+jwt", &real, changes);
            server.get("/oauth2/verify").bearer(&token).send().await
        };
        verify(json!({})).await.is_ok();
        verify(json!({"jti": jti})).await.is_challenge(Some("invalid_token"), "token_unknown");
        // Its record would have been deleted by now.
        verify(json!({"jti": jti, "exp": 1})).await.is_challenge(Some("invalid_token"), "token_expired");
        for jti in [Value::Null, json!(""), json!(7), json!("not-a-uuid"), json!("' OR 1=1--")] {
            verify(json!({"jti": jti})).await.is_challenge(Some("invalid_token"), "token_malformed");
        }
        for exp in [Value::Null, json!("9999999999"), json!({})] {
            verify(json!({"exp": exp})).await.is_challenge(Some("invalid_token"), "token_malformed");
        }
        // Another `exp` than the record's is another token.
        let later = server.app.now().seconds() + 86_400;
        verify(json!({"exp": later})).await.is_challenge(Some("invalid_token"), "token_unknown");
    }

    /// What an inspection tells is what a resource is told.
    async fn an_inspection_ends_at_the_same_step(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let token = server.token(&client).await;
        let real = claims_of(&token);
        let jti = server.app.random.uuid_v7(server.app.now()).unwrap().to_string();
        let now = server.app.now().seconds();
        for (changes, step) in [
            (json!({"jti": jti, "exp": now + 1}), "token_unknown"),
            (json!({"jti": jti, "exp": now}), "token_expired"),
            (json!({"jti": null}), "token_malformed"),
        ] {
            let token = signed(&server, "at+jwt", &real, changes);
            assert_eq!(inspection::of_token(&server.app, &token).await.unwrap().verdict, step);
            let answer = server.get("/oauth2/verify").bearer(&token).send().await;
            answer.is_challenge(Some("invalid_token"), step);
        }
        for (passed, verdict) in [(Duration::from_millis(899_999), "active"), (Duration::from_millis(1), "token_expired")] {
            server.advance(passed);
            assert_eq!(inspection::of_token(&server.app, &token).await.unwrap().verdict, verdict);
        }
    }

    /// SECURITY-CASES 185: RFC 8725 §3.1, §3.2 and §3.11.
    async fn a_forged_token_is_malformed(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let real = server.token(&client).await;
        let (signed_part, signature) = real.rsplit_once('.').unwrap();
        let payload = signed_part.split_once('.').unwrap().1;
        let jwks = server.get("/.well-known/jwks.json").send().await.is_ok().json();
        let key = jwks["keys"].as_array().unwrap().iter().find(|key| key["alg"] == "RS256").unwrap();
        let kid = &key["kid"];
        let mut forged = vec![
            signed_part.to_owned(),
            format!("{signed_part}."),
            format!("{signed_part}.{}", &signature[4..]),
            signed(&server, "JWT", &claims_of(&real), json!({})),
        ];
        for header in [
            json!({"alg": "none", "typ": "at+jwt", "kid": kid}),
            json!({"alg": "HS256", "typ": "at+jwt", "kid": kid}),
            json!({"alg": "RS512", "typ": "at+jwt", "kid": kid}),
            json!({"alg": "RS256", "typ": "at+jwt", "kid": "unknown"}),
            json!({"alg": "RS256", "typ": "at+jwt", "kid": "../../etc/passwd"}),
            json!({"alg": "RS256", "typ": "at+jwt", "jwk": key}),
        ] {
            let header = base64url(header.to_string().as_bytes());
            let message = format!("{header}.{payload}");
            let secret = hmac::Key::new(hmac::HMAC_SHA256, key.to_string().as_bytes());
            let mac = base64url(hmac::sign(&secret, message.as_bytes()).as_ref());
            forged.extend([format!("{message}."), format!("{message}.{mac}"), format!("{message}.{signature}")]);
        }
        for token in forged {
            let answer = server.get("/oauth2/verify").bearer(&token).send().await;
            answer.is_challenge(Some("invalid_token"), "token_malformed");
        }
    }

    /// SECURITY-CASES 188: what is too long to be ours is not looked at.
    async fn an_endless_token_is_malformed(server: TestServer) {
        for endless in ["a".repeat(32 * 1024), "a.".repeat(16 * 1024), format!("a.b.{}", "c".repeat(32 * 1024))] {
            server.get("/oauth2/verify").bearer(&endless).send().await
                .is_challenge(Some("invalid_token"), "token_malformed");
        }
    }

    /// CONTRACT §3 and §5: audience, then scope.
    async fn a_proxy_may_ask_for_audience_and_scope(server: TestServer) {
        let client = server.machine("reports", |client| {
            client.audience = vec!["https://api.test".into()];
            client.scope = "/btb sales.read".parse().unwrap();
        }).await;
        let token = server.token(&client).await;
        let verify = async |query: &str| {
            server.get(&format!("/oauth2/verify?{query}")).bearer(&token).send().await
        };
        for fine in ["", "audience=https://api.test", "scope=/btb", "scope=/btb+sales.read&audience=https://api.test"] {
            verify(fine).await.is_ok();
        }
        for audience in ["https://api.test/", "https://api", "reports", "*"] {
            let answer = verify(&format!("audience={audience}&scope=missing")).await;
            answer.is_challenge(Some("invalid_token"), "token_audience");
        }
        for scope in ["missing", "/btb+missing", "/BTB", "sales"] {
            let answer = verify(&format!("scope={scope}")).await;
            assert_eq!(answer.status, 403, "{answer:?}");
            assert!(answer.header("www-authenticate").contains("error=\"insufficient_scope\""), "{answer:?}");
        }
        assert_eq!(verify("scope=%").await.status, 403);
    }
}

/// The claims of a JWT, unverified.
fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&from_base64url(payload).unwrap()).unwrap()
}

/// These claims with changes, null for one that goes, signed as ours are.
fn signed(server: &TestServer, typ: &str, claims: &Value, changes: Value) -> String {
    let mut claims = claims.as_object().unwrap().clone();
    claims.extend(changes.as_object().unwrap().clone());
    claims.retain(|_, value| !value.is_null());
    server.app.keys.current().sign_jwt(Algorithm::RS256, typ, &claims, server.app.now()).unwrap()
}
