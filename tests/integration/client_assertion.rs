//! `private_key_jwt` at the endpoints: RFC 7523 §2.2.

use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use porteiro::keys::SigningKey;
use porteiro::oauth::{Algorithm, AuthMethod};
use porteiro::secret::base64url;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Answer, Credentials, ISSUER, TestServer};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// K1 of the cases: a client with its private key, and with a secret that it
/// once had.
struct Client {
    key: SigningKey,
    credentials: Credentials,
}

async fn k1(server: &TestServer, algorithm: Algorithm, alg: &str) -> Client {
    let key = SigningKey::generate(algorithm).unwrap();
    let mut jwk = serde_json::to_value(key.jwk()).unwrap();
    jwk["alg"] = alg.into();
    let credentials = server.machine("k1", |client| {
        client.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
        client.auth_method_pinned = true;
        client.jwks = Some(json!({"keys": [jwk]}));
    });
    Client { key, credentials: credentials.await }
}

impl Client {
    fn claims(&self, server: &TestServer, jti: &str) -> Value {
        let now = server.app.now().seconds();
        json!({"iss": "k1", "sub": "k1", "aud": ISSUER, "iat": now, "exp": now + 60, "jti": jti})
    }

    fn signed(&self, alg: &str, claims: &Value) -> String {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let message = format!("{}.{}", part(&json!({"alg": alg, "kid": self.key.kid()})), part(claims));
        let signature = match alg {
            "PS256" => self.pss(message.as_bytes()),
            _ => self.key.sign(message.as_bytes()).unwrap(),
        };
        format!("{message}.{}", base64url(&signature))
    }

    fn pss(&self, message: &[u8]) -> Vec<u8> {
        let pair = KeyPair::from_pkcs8(&self.key.to_pkcs8().unwrap()).unwrap();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }

    fn assertion(&self, server: &TestServer, jti: &str) -> String {
        let alg = self.key.algorithm().as_str();
        self.signed(alg, &self.claims(server, jti))
    }
}

fn form(assertion: &str) -> [(&str, &str); 3] {
    [("grant_type", "client_credentials"), ("client_assertion_type", TYPE), ("client_assertion", assertion)]
}

async fn ask(server: &TestServer, assertion: &str, more: &[(&str, &str)]) -> Answer {
    server.post("/oauth2/token").form(&[&form(assertion), more].concat()).await
}

contract! {
    async fn each_registered_algorithm_proves_its_client(server: TestServer) {
        for (algorithm, alg, other) in [
            (Algorithm::RS256, "RS256", "PS256"),
            (Algorithm::RS256, "PS256", "RS256"),
            (Algorithm::ES256, "ES256", "EdDSA"),
            (Algorithm::EdDSA, "EdDSA", "ES256"),
        ] {
            let server = server.replica(&[]).await;
            server.app.store.delete_client("k1", "test", server.app.now()).await.unwrap();
            server.advance(Duration::from_secs(1));
            let k1 = k1(&server, algorithm, alg).await;
            let claims = k1.claims(&server, alg);
            ask(&server, &k1.signed(other, &claims), &[]).await.is_error(401, "invalid_client");
            ask(&server, &k1.signed(alg, &claims), &[("client_id", "k1")]).await.is_ok();
        }
    }

    /// SECURITY-CASES 120: the first use alone counts, on whatever replica.
    async fn an_assertion_is_good_for_one_use(server: TestServer) {
        let k1 = k1(&server, Algorithm::EdDSA, "EdDSA").await;
        let replica = server.replica(&[]).await;
        let assertion = k1.assertion(&server, "once");
        ask(&server, &assertion, &[]).await.is_ok();
        ask(&server, &assertion, &[]).await.is_error(401, "invalid_client");
        ask(&replica, &assertion, &[]).await.is_error(401, "invalid_client");

        let raced = k1.assertion(&server, "raced");
        let mut calls = JoinSet::new();
        for number in 0..16 {
            let (call, raced) = ([&server, &replica][number % 2].post("/oauth2/token"), raced.clone());
            calls.spawn(async move { call.form(&form(&raced)).await });
        }
        let mut won = 0;
        for answer in calls.join_all().await {
            match answer.status.as_u16() {
                200 => won += 1,
                _ => drop(answer.is_error(401, "invalid_client")),
            }
        }
        assert_eq!(won, 1);
    }

    /// What fails for another reason is not used up by it.
    async fn a_refused_assertion_is_not_spent(server: TestServer) {
        let k1 = k1(&server, Algorithm::EdDSA, "EdDSA").await;
        let assertion = k1.assertion(&server, "kept");
        ask(&server, &assertion, &[("client_id", "k2")]).await.is_error(401, "invalid_client");
        ask(&server, &assertion, &[("client_secret", "s")]).await.is_error(400, "invalid_request");
        ask(&server, &assertion, &[]).await.is_ok();
    }

    /// SECURITY-CASES 123 and 125; the rules themselves have a table of their own.
    async fn a_bad_assertion_proves_nobody(server: TestServer) {
        let k1 = k1(&server, Algorithm::EdDSA, "EdDSA").await;
        let now = server.app.now().seconds();
        for (name, value) in [
            ("exp", Value::Null),
            ("exp", json!(now + 86_400)),
            ("exp", json!("9999999999")),
            ("aud", json!(format!("{ISSUER}/oauth2/token"))),
            ("sub", json!("nobody")),
            ("jti", Value::Null),
        ] {
            let mut claims = k1.claims(&server, "bad");
            claims[name] = value;
            let refused = ask(&server, &k1.signed("EdDSA", &claims), &[]).await;
            assert_eq!(refused.is_error(401, "invalid_client").header("www-authenticate"), "", "{name}");
        }
        ask(&server, "../../etc/passwd", &[]).await.is_error(401, "invalid_client");
    }

    /// SECURITY-CASES 121: RFC 8725 §3.1, the algorithm is that of the registered key.
    async fn an_assertion_without_the_private_key_proves_nobody(server: TestServer) {
        let k1 = k1(&server, Algorithm::RS256, "RS256").await;
        let pair = KeyPair::from_pkcs8(&k1.key.to_pkcs8().unwrap()).unwrap();
        let der = pair.public_key().as_ref().to_vec();
        let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", STANDARD.encode(&der));
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let claims = part(&k1.claims(&server, "forged"));
        let headed = |alg: &str| format!("{}.{claims}", part(&json!({"alg": alg, "kid": k1.key.kid()})));
        let mut forged = vec![format!("{}.", headed("none")), format!("{}.", headed("RS256"))];
        for public in [der, pem.into_bytes(), serde_json::to_vec(k1.key.jwk()).unwrap()] {
            let hmac = hmac::Key::new(hmac::HMAC_SHA256, &public);
            let message = headed("HS256");
            let tag = hmac::sign(&hmac, message.as_bytes());
            forged.push(format!("{message}.{}", base64url(tag.as_ref())));
        }
        forged.push(k1.signed("RS512", &k1.claims(&server, "other")));
        forged.push(k1.signed("PS256", &k1.claims(&server, "other")));
        for forged in &forged {
            ask(&server, forged, &[]).await.is_error(401, "invalid_client");
        }
        ask(&server, &k1.assertion(&server, "forged"), &[]).await.is_ok();
    }

    /// SECURITY-CASES 129.
    async fn an_oversized_assertion_is_refused_unread(server: TestServer) {
        let started = std::time::Instant::now();
        ask(&server, &"a.".repeat(30_000), &[]).await.is_error(401, "invalid_client");
        ask(&server, &"a".repeat(1_000_000), &[]).await.is_error(413, "invalid_request");
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    }

    /// SECURITY-CASES 108, 111 and 114: one method, and that the registered one.
    async fn the_method_is_pinned_and_never_two_at_once(server: TestServer) {
        let k1 = k1(&server, Algorithm::EdDSA, "EdDSA").await;
        let old = &k1.credentials;
        let grant = ("grant_type", "client_credentials");
        let post = || server.post("/oauth2/token");
        post().basic(old).form(&[grant]).await.is_error(401, "invalid_client");
        let secret = [("client_id", "k1"), ("client_secret", old.client_secret.as_str())];
        post().form(&[grant, secret[0], secret[1]]).await.is_error(401, "invalid_client");
        post().form(&[grant, secret[0]]).await.is_error(401, "invalid_client");

        let assertion = k1.assertion(&server, "two");
        let assertion = [("client_assertion_type", TYPE), ("client_assertion", assertion.as_str())];
        post().basic(old).form(&[grant, assertion[0], assertion[1]]).await.is_error(400, "invalid_request");
        post().form(&[grant, secret[0], secret[1], assertion[0], assertion[1]]).await
            .is_error(400, "invalid_request");
        post().basic(old).form(&[grant, secret[1]]).await.is_error(400, "invalid_request");
        post().form(&[grant, assertion[1]]).await.is_error(400, "invalid_request");
        post().form(&[grant, assertion[0], secret[0]]).await.is_error(400, "invalid_request");
        post().form(&[grant, ("client_assertion_type", "saml2-bearer"), assertion[1]]).await
            .is_error(401, "invalid_client");
        post().form(&[grant, assertion[0], assertion[1]]).await.is_ok();
    }

    /// The same proof counts at the other endpoints, and disabling ends it.
    async fn an_assertion_counts_wherever_clients_authenticate(server: TestServer) {
        let k1 = k1(&server, Algorithm::ES256, "ES256").await;
        let token = ask(&server, &k1.assertion(&server, "1"), &[]).await.json();
        let token = token["access_token"].as_str().unwrap();
        let at = async |path: &str, jti: &str| {
            let assertion = k1.assertion(&server, jti);
            let form = [("client_assertion_type", TYPE), ("client_assertion", &assertion), ("token", token)];
            server.post(path).form(&form).await
        };
        assert_eq!(at("/oauth2/introspect", "2").await.is_ok().json()["active"], true);
        at("/oauth2/revoke", "3").await.is_ok();
        assert_eq!(at("/oauth2/introspect", "4").await.is_ok().json(), json!({"active": false}));

        server.app.store.disable_client("k1", "test", server.app.now()).await.unwrap();
        let replica = server.replica(&[]).await;
        ask(&replica, &k1.assertion(&server, "5"), &[]).await.is_error(401, "invalid_client");
    }

    async fn metadata_name_the_method_and_its_algorithms(server: TestServer) {
        let metadata = server.get("/.well-known/oauth-authorization-server").send().await.json();
        for endpoint in ["token", "introspection", "revocation"] {
            let methods = &metadata[format!("{endpoint}_endpoint_auth_methods_supported")];
            assert!(methods.as_array().unwrap().contains(&json!("private_key_jwt")), "{endpoint}");
            let algorithms = &metadata[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")];
            assert_eq!(*algorithms, json!(["RS256", "PS256", "ES256", "EdDSA"]), "{endpoint}");
        }
    }

    /// SECURITY-CASES 120: a use is remembered as long as it could be repeated.
    async fn uses_are_forgotten_only_after_their_end(server: TestServer) {
        let digest = [7; 32];
        let store = &server.app.store;
        let end = server.app.now() + Duration::from_secs(60);
        assert!(store.use_once(&digest, end).await.unwrap());
        assert_eq!(store.purge_replays(end, 10).await.unwrap(), 0);
        assert!(!store.use_once(&digest, end).await.unwrap());
        let later = end + Duration::from_millis(1);
        assert_eq!(store.purge_replays(later, 10).await.unwrap(), 1);
        assert!(store.use_once(&digest, end).await.unwrap());
    }
}
