//! Who is the client, by secret or by id alone: RFC 6749 §2.3.

use std::time::Duration;

use porteiro::oauth::{AuthMethod, GrantType};
use porteiro::secret::{Kind, Secret};
use porteiro::store::{ClientSecret, SecretHash};
use tokio::task::JoinSet;

use crate::support::{CALLBACK, Call, Credentials, TestServer};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// As one who knows the id and guesses the secret.
fn guess(server: &TestServer, client: &Credentials, secret: &str) -> Call {
    let guessed = Credentials { client_secret: secret.to_owned(), ..client.clone() };
    server.post("/oauth2/token").basic(&guessed)
}

/// A client whose secret a person chose.
async fn chosen(server: &TestServer, secret: &str) -> Credentials {
    let client = server.machine("chosen", |_| {}).await;
    let now = server.app.now();
    let phc = server.app.hasher.hash(&Secret::new(secret), &server.app.random).await.unwrap();
    let stored = ClientSecret {
        id: server.app.random.uuid_v7(now).unwrap(),
        client_id: client.client_id.clone(),
        hash: SecretHash::Argon2(phc),
        created_at: now,
        expires_at: None,
    };
    server.app.store.rotate_client_secret(&stored, now, "test").await.unwrap();
    Credentials { client_secret: secret.to_owned(), ..client }
}

contract! {
    /// SECURITY-CASES 105 and 107.
    async fn what_proves_nothing_is_invalid_client(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let post = || server.post("/oauth2/token");
        for header in ["Basic", "Basic !", "Basic YXBw", "Basic YTr/", "Bearer abc", "Basic Og==", "Basic YTpiAGM="] {
            let answer = post().header("authorization", header).form(&[GRANT]).await;
            let answer = answer.is_error(401, "invalid_client");
            assert!(answer.header("www-authenticate").starts_with("Basic"), "{header}");
        }
        let id = ("client_id", client.client_id.as_str());
        for form in [
            vec![GRANT],
            vec![GRANT, id],
            vec![GRANT, id, ("client_secret", "wrong")],
            vec![GRANT, id, ("client_secret", "")],
            vec![GRANT, ("client_id", "nobody"), ("client_secret", "wrong")],
            vec![GRANT, ("client_id", "caf\u{e9}"), ("client_secret", "wrong")],
            vec![GRANT, ("client_secret", client.client_secret.as_str())],
        ] {
            let answer = post().form(&form).await.is_error(401, "invalid_client");
            assert_eq!(answer.header("www-authenticate"), "", "{form:?}");
        }
    }

    /// RFC 6749 §2.3.1: a secret counts by Basic or in the body, unless pinned.
    async fn a_secret_counts_in_either_way_unless_pinned(server: TestServer) {
        let free = server.machine("free", |_| {}).await;
        let pinned = server.machine("pinned", |client| client.auth_method_pinned = true).await;
        for (client, status) in [(&free, 200), (&pinned, 401)] {
            let id = ("client_id", client.client_id.as_str());
            let secret = ("client_secret", client.client_secret.as_str());
            assert_eq!(server.post("/oauth2/token").form(&[GRANT, id, secret]).await.status, status);
            server.post("/oauth2/token").basic(client).form(&[GRANT, id]).await.is_ok();
        }
        let other = ("client_id", pinned.client_id.as_str());
        server.post("/oauth2/token").basic(&free).form(&[GRANT, other]).await.is_error(400, "invalid_request");
    }

    /// SECURITY-CASES 108.
    async fn two_methods_at_once_are_refused_even_when_both_are_right(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let secret = ("client_secret", client.client_secret.as_str());
        let call = server.post("/oauth2/token").basic(&client);
        call.form(&[GRANT, secret]).await.is_error(400, "invalid_request");
        let twice = server.post("/oauth2/token").basic(&client).basic(&client);
        twice.form(&[GRANT]).await.is_error(400, "invalid_request");
    }

    /// SECURITY-CASES 112: PKCE is no client authentication.
    async fn a_verifier_does_not_stand_in_for_a_secret(server: TestServer) {
        server.person("alice", |_| {}).await;
        let client = server.dashboard("web", |_| {}).await;
        let browser = server.browser();
        browser.sign_in("alice").await;
        let asked = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256"), ("scope", "openid")];
        let code = browser.code(&client, &asked).await;
        let form = [
            ("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER), ("client_id", "web"),
        ];
        server.post("/oauth2/token").form(&form).await.is_error(401, "invalid_client");
        server.post("/oauth2/token").basic(&client).form(&form).await.is_ok();
    }

    /// SECURITY-CASES 116.
    async fn a_disabled_client_is_shut_out_and_its_tokens_are_dead(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let auditor = server.machine("auditor", |client| client.introspect_any = true).await;
        let token = server.token(&client).await;
        server.app.store.disable_client("reports", "test", server.app.now()).await.unwrap();

        let replica = server.replica(&[]).await;
        replica.post("/oauth2/token").basic(&client).form(&[GRANT]).await.is_error(401, "invalid_client");
        let form = [("token", token.as_str())];
        replica.post("/oauth2/introspect").basic(&client).form(&form).await.is_error(401, "invalid_client");
        let answer = replica.post("/oauth2/introspect").basic(&auditor).form(&form).await.is_ok();
        assert_eq!(answer.json(), serde_json::json!({"active": false}));
        replica.get("/oauth2/verify").bearer(&token).send().await
            .is_challenge(Some("invalid_token"), "token_revoked");
    }

    /// SECURITY-CASES 117: guessing is stopped where it comes from, and there alone.
    async fn guessing_is_stopped_and_locks_nobody_out_elsewhere(server: TestServer) {
        let server = server.replica(&[("SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await;
        let client = server.machine("reports", |_| {}).await;
        let from = |call: Call, address: &str| call.header("x-forwarded-for", address).form(&[GRANT]);
        let mut statuses = Vec::new();
        for number in 0..1_000 {
            let answer = from(guess(&server, &client, &format!("wrong-{number}")), "203.0.113.9").await;
            statuses.push(answer.status.as_u16());
        }
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 20);
        assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 980);

        let right = || server.post("/oauth2/token").basic(&client);
        let refused = from(right(), "203.0.113.9").await;
        assert_eq!(refused.status, 429);
        assert!((1..=60).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
        from(right(), "198.51.100.7").await.is_ok();
    }

    /// SECURITY-CASES 117: guesses sent all at once are not all computed.
    async fn slow_hashes_are_computed_for_few_guesses_however_they_come(server: TestServer) {
        let client = chosen(&server, "a person's choice").await;
        let mut guesses = JoinSet::new();
        for number in 0..100 {
            let call = guess(&server, &client, &format!("wrong-{number}"));
            guesses.spawn(async move { call.form(&[GRANT]).await.status.as_u16() });
        }
        let statuses = guesses.join_all().await;
        let computed = statuses.iter().filter(|status| **status == 401).count();
        assert_eq!((computed, statuses.len()), (20, 100));
        assert!(statuses.iter().all(|status| matches!(status, 401 | 429)), "{statuses:?}");
    }

    async fn many_first_uses_of_a_chosen_secret_all_succeed(server: TestServer) {
        let client = chosen(&server, "a person's choice").await;
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let call = guess(&server, &client, "a person's choice");
            calls.spawn(async move { call.form(&[GRANT]).await.status.as_u16() });
        }
        assert!(calls.join_all().await.iter().all(|status| *status == 200));
        let endless = "a".repeat(5_000);
        guess(&server, &client, &endless).form(&[GRANT]).await.is_error(401, "invalid_client");
    }

    /// SECURITY-CASES 118.
    async fn a_rotated_secret_counts_until_its_overlap_ends(server: TestServer) {
        let old = server.machine("reports", |_| {}).await;
        let now = server.app.now();
        let secret = Kind::ClientSecret.generate(&server.app.random).unwrap();
        let stored = ClientSecret {
            id: server.app.random.uuid_v7(now).unwrap(),
            client_id: old.client_id.clone(),
            hash: SecretHash::Sha256(secret.digest().to_vec()),
            created_at: now,
            expires_at: None,
        };
        server.app.store.rotate_client_secret(&stored, now + Duration::from_secs(3600), "test").await.unwrap();
        let new = Credentials { client_secret: secret.reveal().to_owned(), ..old.clone() };

        server.token(&old).await;
        server.token(&new).await;
        server.advance(Duration::from_secs(3600));
        server.post("/oauth2/token").basic(&old).form(&[GRANT]).await.is_error(401, "invalid_client");
        server.token(&new).await;
    }

    /// SECURITY-CASES 169 and 175: RFC 7009 §2.1, RFC 7662 §2.1.
    async fn revocation_and_introspection_ask_who_is_there(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        server.machine("spa", |client| {
            client.token_endpoint_auth_method = AuthMethod::None;
            client.grant_types = vec![GrantType::RefreshToken];
        }).await;
        let token = server.token(&client).await;
        let token = ("token", token.as_str());
        for path in ["/oauth2/revoke", "/oauth2/introspect"] {
            server.post(path).form(&[token]).await.is_error(401, "invalid_client");
            server.post(path).form(&[token, ("client_id", "reports")]).await.is_error(401, "invalid_client");
            let wrong = Credentials { client_secret: String::from("wrong"), ..client.clone() };
            server.post(path).basic(&wrong).form(&[token]).await.is_error(401, "invalid_client");
        }
        let public = [token, ("client_id", "spa")];
        server.post("/oauth2/introspect").form(&public).await.is_error(401, "invalid_client");
        server.post("/oauth2/revoke").form(&public).await.is_error(400, "invalid_request");
        server.get("/oauth2/verify").bearer(token.1).send().await.is_ok();
    }
}
