//! `/userinfo` and `/about_me`: OpenID Connect Core §5.3.

use std::time::Duration;

use porteiro::oauth::{Algorithm, GrantType, Scope};
use porteiro::secret::{base64url, from_base64url};
use serde_json::{Value, json};

use crate::support::{Browser, Credentials, ISSUER, PASSWORD, TestServer};

fn access_token(tokens: &Value) -> &str {
    tokens["access_token"].as_str().unwrap()
}

async fn signed_in<'a>(server: &'a TestServer, username: &str) -> Browser<'a> {
    server.person(username, |_| {}).await;
    let browser = server.browser();
    browser.sign_in(username).await;
    browser
}

/// A client of the FastAPI tutorial: it sends name and password.
async fn tutorial(server: &TestServer, scope: &str) -> Credentials {
    server
        .machine("tutorial", |client| {
            client.grant_types = vec![GrantType::Password];
            client.scope = Scope::parse(scope).unwrap();
        })
        .await
}

async fn by_password(server: &TestServer, client: &Credentials, scope: &str) -> String {
    let form = [("grant_type", "password"), ("username", "alice"), ("password", PASSWORD), ("scope", scope)];
    let answer = server.post("/oauth2/token").basic(client).form(&form).await.is_ok();
    access_token(&answer.json()).to_owned()
}

contract! {
    /// OpenID Connect Core §5.3.1: by GET, by POST with the header, by POST
    /// with the form; never null, never empty.
    async fn every_way_of_asking_gets_the_claims_of_the_granted_scopes(server: TestServer) {
        let browser = signed_in(&server, "alice").await;
        let client = server.dashboard("app", |client| client.audience = vec!["https://api.test".into()]).await;
        let tokens = browser.tokens(&client, &[("scope", "openid email groups")]).await;
        let token = access_token(&tokens);
        let expected = json!({
            "sub": server.app.store.user_by_login("alice").await.unwrap().unwrap().sub,
            "email": "alice@example.org",
            "email_verified": true,
            "groups": ["staff"],
        });
        for path in ["/userinfo", "/about_me"] {
            let by_get = server.get(path).bearer(token).send().await.is_ok();
            assert!(by_get.header("cache-control").contains("no-store"));
            assert_eq!(by_get.json(), expected, "{path}");
            assert_eq!(server.post(path).bearer(token).send().await.is_ok().json(), expected);
            assert_eq!(server.post(path).form(&[("access_token", token)]).await.is_ok().json(), expected);
        }
    }

    /// OpenID Connect Core §5.1 and §5.4: each scope has its claims, and what
    /// says nothing is left out.
    async fn every_scope_says_what_is_known_of_the_person(server: TestServer) {
        let client = tutorial(&server, "openid profile phone address roles").await;
        let alice = server.person("alice", |person| {
            person.profile.nickname = Some(String::new());
            person.profile.phone_number = Some("+351 21 000 0000".into());
            person.profile.address = Some(json!({"street_address": "", "country": "PT"}));
            person.roles = vec!["guest".into()];
        }).await;
        server.person("bob", |person| person.profile.address = Some(json!({"country": ""}))).await;
        let about = async |username: &str, scope: &str| {
            let scope = format!("openid {scope}");
            let form = [("username", username), ("password", PASSWORD), ("scope", &scope)];
            let tokens = server.exchange(&client, "password", &form).await.is_ok().json();
            server.get("/userinfo").bearer(access_token(&tokens)).send().await.is_ok().json()
        };
        let updated_at = alice.updated_at.seconds();
        for (scope, claims) in [
            ("profile", json!({"name": "ALICE", "preferred_username": "alice", "updated_at": updated_at})),
            ("phone", json!({"phone_number": "+351 21 000 0000", "phone_number_verified": false})),
            ("address", json!({"address": {"street_address": "", "country": "PT"}})),
            ("roles", json!({"roles": ["guest"]})),
        ] {
            let mut told = about("alice", scope).await;
            assert_eq!(told.as_object_mut().unwrap().remove("sub"), Some(json!(alice.sub)));
            assert_eq!(told, claims, "{scope}");
        }
        assert_eq!(about("bob", "address").await.get("address"), None);
    }

    /// RFC 6750 §2: one way, and never in the query.
    async fn a_token_comes_in_one_way(server: TestServer) {
        let token = "x.y.z";
        let twice = server.post("/userinfo").bearer(token).form(&[("access_token", token)]).await;
        twice.is_error(400, "invalid_request");
        let query = server.get(&format!("/userinfo?access_token={token}")).send().await;
        query.is_challenge(None, "token_missing");
    }

    /// SECURITY-CASES 184: a signature is not enough, the store decides.
    async fn a_signed_token_without_a_record_is_unknown(server: TestServer) {
        let now = server.app.now();
        let sign = |typ: &str, jti: &str| {
            let claims = json!({
                "iss": ISSUER, "sub": "x", "aud": ISSUER, "client_id": "app", "scope": "openid",
                "exp": now.seconds() + 60, "iat": now.seconds(), "jti": jti,
            });
            server.app.keys.current().sign_jwt(Algorithm::RS256, typ, &claims, now).unwrap()
        };
        let jti = server.app.random.uuid_v7(now).unwrap().to_string();
        for path in ["/userinfo", "/about_me"] {
            let ask = async |token: &str| server.get(path).bearer(token).send().await;
            ask(&sign("at+jwt", &jti)).await.is_challenge(Some("invalid_token"), "token_unknown");
            ask(&sign("at+jwt", "1")).await.is_challenge(Some("invalid_token"), "token_malformed");
            ask(&sign("JWT", &jti)).await.is_challenge(Some("invalid_token"), "token_malformed");
        }
    }

    /// SECURITY-CASES 185: the algorithm is the key's, not the sender's choice.
    async fn a_token_with_another_header_is_not_ours(server: TestServer) {
        let browser = signed_in(&server, "alice").await;
        let client = server.dashboard("app", |_| {}).await;
        let tokens = browser.tokens(&client, &[("scope", "openid")]).await;
        let (header, rest) = access_token(&tokens).split_once('.').unwrap();
        let (payload, signature) = rest.split_once('.').unwrap();
        let header: Value = serde_json::from_slice(&from_base64url(header).unwrap()).unwrap();
        let jwks = server.get("/.well-known/jwks.json").send().await.json();
        let changes = [
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("alg", json!("RS512")),
            ("kid", json!("another")),
            ("jwk", jwks["keys"][0].clone()),
            ("typ", json!("JWT")),
        ];
        for (member, value) in changes {
            let mut header = header.clone();
            header[member] = value;
            let header = base64url(header.to_string().as_bytes());
            for signature in [signature, ""] {
                let token = format!("{header}.{payload}.{signature}");
                let answer = server.get("/userinfo").bearer(&token).send().await;
                answer.is_challenge(Some("invalid_token"), "token_malformed");
            }
        }
    }

    /// SECURITY-CASES 179, 180 and 183.
    async fn the_ladder_is_climbed_in_order(server: TestServer) {
        let browser = signed_in(&server, "alice").await;
        let client = server.dashboard("app", |_| {}).await;
        let token = browser.tokens(&client, &[("scope", "openid")]).await;
        let token = access_token(&token);
        for path in ["/userinfo", "/about_me"] {
            let ask = async |token: &str| server.get(path).bearer(token).send().await;
            server.get(path).send().await.is_challenge(None, "token_missing");
            ask("nonsense").await.is_challenge(Some("invalid_token"), "token_malformed");
            ask(token).await.is_ok();
        }
        server.post("/oauth2/revoke").basic(&client).form(&[("token", token)]).await.is_ok();
        let revoked = server.get("/userinfo").bearer(token).send().await;
        revoked.is_challenge(Some("invalid_token"), "token_revoked");

        let other = browser.tokens(&client, &[("scope", "openid")]).await;
        server.advance(Duration::from_secs(900));
        let expired = server.get("/userinfo").bearer(access_token(&other)).send().await;
        expired.is_challenge(Some("invalid_token"), "token_expired");
    }

    /// SECURITY-CASES 180: OpenID Connect Core §5.3 asks for `openid`.
    async fn a_token_without_openid_or_without_a_person_is_refused(server: TestServer) {
        let browser = signed_in(&server, "alice").await;
        let client = server.dashboard("app", |_| {}).await;
        let tokens = browser.tokens(&client, &[("scope", "email")]).await;
        let machine = server.machine("reports", |_| {}).await;
        let machine = server.token(&machine).await;
        for (path, token) in
            [("/userinfo", access_token(&tokens)), ("/userinfo", &machine), ("/about_me", &machine)]
        {
            let answer = server.get(path).bearer(token).send().await.is_error(403, "insufficient_scope");
            assert!(answer.header("www-authenticate").contains("error=\"insufficient_scope\""), "{answer:?}");
        }
    }

    /// A program that knows no OpenID Connect learns who it talks to.
    async fn about_me_answers_for_a_password_token_without_openid(server: TestServer) {
        let alice = server.person("alice", |_| {}).await;
        let client = tutorial(&server, "openid read").await;
        let token = by_password(&server, &client, "read").await;
        let answer = server.get("/about_me").bearer(&token).send().await.is_ok().json();
        assert_eq!(answer["sub"], alice.sub);
        assert_eq!(answer["preferred_username"], "alice");
        let openid = by_password(&server, &client, "openid").await;
        let answer = server.get("/userinfo").bearer(&openid).send().await.is_ok().json();
        assert_eq!(answer, json!({"sub": alice.sub}));
    }

    /// RFC 9068 §4: without `openid`, a token for another API is not ours.
    async fn about_me_refuses_a_token_for_another_api(server: TestServer) {
        server.person("alice", |_| {}).await;
        let client = tutorial(&server, "read").await;
        let mut stored = server.app.store.client("tutorial").await.unwrap().unwrap();
        stored.audience = vec!["https://api.test".into()];
        server.app.store.update_client(&stored, server.app.now(), "test").await.unwrap();
        let server = server.replica(&[]).await;
        let token = by_password(&server, &client, "read").await;
        let answer = server.get("/about_me").bearer(&token).send().await;
        answer.is_challenge(Some("invalid_token"), "token_audience");
    }

    /// OpenID Connect Core §5.5: single claims by name.
    async fn claims_asked_for_by_name_are_there(server: TestServer) {
        let browser = signed_in(&server, "alice").await;
        let client = server.dashboard("app", |_| {}).await;
        let claims = r#"{"userinfo":{"email":{"essential":true},"nickname":null},"id_token":{"name":null}}"#;
        let tokens = browser.tokens(&client, &[("scope", "openid"), ("claims", claims)]).await;
        let answer = server.get("/userinfo").bearer(access_token(&tokens)).send().await.is_ok().json();
        assert_eq!(answer["email"], "alice@example.org");
        assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
    }

    /// A person who is disabled or gone is told about to nobody.
    async fn a_disabled_person_is_refused(server: TestServer) {
        let browser = signed_in(&server, "alice").await;
        let client = server.dashboard("app", |_| {}).await;
        let tokens = browser.tokens(&client, &[("scope", "openid")]).await;
        let alice = server.app.store.user_by_login("alice").await.unwrap().unwrap();
        server.app.store.disable_user(&alice.sub, server.app.now(), "test").await.unwrap();
        server.app.revocations.refresh().await.unwrap();
        let answer = server.get("/userinfo").bearer(access_token(&tokens)).send().await;
        answer.is_challenge(Some("invalid_token"), "token_revoked");
    }
}
