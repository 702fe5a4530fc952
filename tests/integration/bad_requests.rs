//! What senders get wrong, by mistake or on purpose: OAuth JSON with the right
//! code, never a 500 and never a framework's own text. CONTRACT §6.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use porteiro::random::Random;
use porteiro::store::TokenFilter;

use crate::support::{Answer, Call, TestServer};

const FORM: &str = "application/x-www-form-urlencoded";

const ENDPOINTS: [&str; 3] = ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"];

/// Refused in the words of RFC 6749 §5.2, by whichever of its codes.
fn is_refusal(answer: &Answer) {
    assert!(matches!(answer.status.as_u16(), 400 | 401 | 413 | 429), "{answer:?}");
    assert!(answer.header("cache-control").contains("no-store"), "{answer:?}");
    let body = answer.json();
    assert!(body["error"].is_string() && body["error_description"].is_string(), "{answer:?}");
}

contract! {
    /// SECURITY-CASES 82 and 86: RFC 6749 §5.2, §3.1.
    async fn a_malformed_form_is_invalid_request(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let token = server.token(&client).await;
        let good = format!("grant_type=client_credentials&token={token}");
        for added in [
            "&grant_type=client_credentials", "&token=again", "&client_id=reports&client_id=reports",
            "&code=1&code=2", "&a=%", "&a=%4", "&a=%zz", "&a=%ff", "&a=%00", "&%00=a", "&client_id=other",
        ] {
            for path in ENDPOINTS {
                let call = server.post(path).basic(&client);
                call.body(FORM, format!("{good}{added}")).await.is_error(400, "invalid_request");
            }
        }
        for path in ENDPOINTS {
            for empty in ["", "&&", "=", "foo=bar", "grant_type=&token="] {
                let answer = server.post(path).basic(&client).body(FORM, empty).await;
                answer.is_error(400, "invalid_request");
            }
            server.post(path).basic(&client).send().await.is_error(400, "invalid_request");
            server.post(path).basic(&client).body(FORM, vec![0xff; 9]).await.is_error(400, "invalid_request");
        }
        server.get("/oauth2/verify").bearer(&token).send().await.is_ok();
    }

    /// SECURITY-CASES 79.
    async fn another_content_type_is_invalid_request(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=a", "", "x"] {
            for path in ENDPOINTS {
                let call = server.post(path).basic(&client);
                call.body(content_type, "grant_type=client_credentials").await.is_error(400, "invalid_request");
            }
        }
        let spelled = "Application/X-WWW-Form-Urlencoded; charset=UTF-8";
        let call = server.post("/oauth2/token").basic(&client);
        call.body(spelled, "grant_type=client_credentials").await.is_ok();
    }

    /// SECURITY-CASES 84: RFC 6749 §2.3.1.
    async fn credentials_in_the_query_are_refused(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        for name in [
            "client_secret", "password", "code", "refresh_token", "client_assertion", "code_verifier",
            "client_id", "username", "token",
        ] {
            let path = format!("/oauth2/token?grant_type=client_credentials&{name}=s3cr3t-in-a-query");
            let answer = server.post(&path).basic(&client).form(&[]).await.is_error(400, "invalid_request");
            assert!(!answer.text().contains("s3cr3t-in-a-query"), "{answer:?}");
        }
        for broken in ["grant_type=a&grant_type=b", "grant_type=%", "grant_type=client_credentials&scope=%00"] {
            let answer = server.post(&format!("/oauth2/token?{broken}")).basic(&client).form(&[]).await;
            answer.is_error(400, "invalid_request");
        }
        let both = server.post("/oauth2/token?grant_type=client_credentials").basic(&client);
        both.form(&[("grant_type", "client_credentials")]).await.is_error(400, "invalid_request");
    }

    /// SECURITY-CASES 87, 88 and 164.
    async fn each_fault_of_a_grant_has_its_own_code(server: TestServer) {
        let client = server.machine("reports", |client| client.scope = "/btb sales.read".parse().unwrap()).await;
        let ask = async |form: &[(&str, &str)]| server.post("/oauth2/token").basic(&client).form(form).await;
        for unknown in ["foo", "CLIENT_CREDENTIALS", "client_credentials ", "urn:ietf:params:oauth:grant-type:saml2-bearer"] {
            ask(&[("grant_type", unknown)]).await.is_error(400, "unsupported_grant_type");
        }
        ask(&[("grant_type", "refresh_token"), ("refresh_token", "a")]).await.is_error(400, "unauthorized_client");
        ask(&[("grant_type", "authorization_code"), ("code", "a")]).await.is_error(400, "unauthorized_client");

        let grant = ("grant_type", "client_credentials");
        for scope in ["sales.write", "/btb sales.write", "/BTB", "/btb/", "\u{e9}", "a\"b", "a\\b", "a\nb"] {
            ask(&[grant, ("scope", scope)]).await.is_error(400, "invalid_scope");
        }
        ask(&[grant, ("resource", "https://elsewhere.test")]).await.is_error(400, "invalid_target");
        assert_eq!(ask(&[grant, ("scope", "/btb")]).await.is_ok().json()["scope"], "/btb");
        assert_eq!(ask(&[grant, ("foo", "bar")]).await.is_ok().json()["scope"], "/btb sales.read");
    }

    /// SECURITY-CASES 94.
    async fn ten_thousand_parameters_are_read_quickly(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let many: String = (0..10_000).map(|number| format!("&{number}")).collect();
        let started = Instant::now();
        let call = server.post("/oauth2/token").basic(&client);
        call.body(FORM, format!("grant_type=client_credentials{many}")).await.is_ok();
        assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
    }

    /// SECURITY-CASES 248.
    async fn a_method_in_a_header_is_ignored(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let call = server.post("/oauth2/token").basic(&client).header("x-http-method-override", "DELETE");
        call.form(&[("grant_type", "client_credentials")]).await.is_ok();
        for path in ENDPOINTS {
            let call = server.call(Method::TRACE, path).header("x-http-method-override", "POST");
            assert_eq!(call.send().await.status, 405, "{path}");
        }
    }

    /// SECURITY-CASES 258: what means something to a database means nothing here.
    async fn no_parameter_reaches_the_database_as_sql(server: TestServer) {
        let client = server.machine("reports", |_| {}).await;
        let token = server.token(&client).await;
        let started = Instant::now();
        for injected in [
            "' OR 1=1--", "%' AND pg_sleep(5)--", "'; DROP TABLE client;--", "\" OR \"\"=\"", "\\'; SELECT 1;--",
            "1) UNION SELECT 1--", "$1", "{\"$gt\": \"\"}",
        ] {
            for name in [
                "grant_type", "scope", "resource", "client_id", "client_secret", "client_assertion",
                "client_assertion_type", "token", "token_type_hint", "code", "refresh_token", "username",
                "password", "redirect_uri",
            ] {
                for grant in ["client_credentials", "authorization_code", "refresh_token", "password"] {
                    let mut form = BTreeMap::from([("grant_type", grant), ("token", injected)]);
                    form.insert(name, injected);
                    let form: Vec<_> = form.into_iter().collect();
                    let answer = server.post("/oauth2/token").basic(&client).form(&form).await;
                    assert!(answer.status.as_u16() < 500, "{name} {injected} {answer:?}");
                }
                for path in ["/oauth2/revoke", "/oauth2/introspect"] {
                    let answer = server.post(path).form(&[("client_id", injected), (name, injected)]).await;
                    is_refusal(&answer);
                }
            }
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("scope", injected).append_pair("audience", injected).finish();
            let answer = server.get(&format!("/oauth2/verify?{query}")).bearer(&token).send().await;
            assert!(matches!(answer.status.as_u16(), 401 | 403), "{answer:?}");
            server.get("/oauth2/verify").bearer(injected).send().await
                .is_challenge(Some("invalid_token"), "token_malformed");
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        assert_eq!(server.app.store.clients().await.unwrap().len(), 1);
        server.get("/oauth2/verify").bearer(&token).send().await.is_ok();
    }

    /// SECURITY-CASES 97 and 249: whatever the bytes, the answer is OAuth's.
    async fn any_bytes_are_answered_in_oauth_json(server: TestServer) {
        let random = Random::seeded(249);
        for round in 0..100 {
            let bytes = random.bytes::<64>().unwrap();
            for path in ENDPOINTS {
                let authorization = format!("Basic {}", STANDARD.encode(&bytes[..round % 64]));
                let call = server.post(path).header("authorization", &authorization);
                is_refusal(&call.body(FORM, bytes.to_vec()).await);
                let text: String = bytes.iter().map(|byte| char::from(byte % 95 + 32)).collect();
                let call = server.post(path).header("authorization", &text);
                is_refusal(&call.form(&[("grant_type", &text), ("token", &text)]).await);
                let form = [("client_id", text.as_str()), ("client_secret", &text), ("token", &text)];
                is_refusal(&server.post(path).form(&form).await);
            }
        }
        let every = TokenFilter { limit: 10, ..TokenFilter::default() };
        let remembered = server.app.store.tokens(&every).await.unwrap();
        assert!(remembered.is_empty());
    }

    /// Ids that no client can have, some of which no database can hold.
    async fn an_impossible_client_is_an_unknown_one(server: TestServer) {
        let assertion = |sub: &str| {
            let part = |json: String| porteiro::secret::base64url(json.as_bytes());
            let claims = serde_json::json!({"iss": sub, "sub": sub}).to_string();
            format!("{}.{}.c2ln", part(r#"{"alg":"RS256"}"#.to_owned()), part(claims))
        };
        let long = "a".repeat(30_000);
        for id in ["\0", "a\0b", "\u{e9}", "\u{202e}", "", " ", "a\nb", &long] {
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            let forms: [&[(&str, &str)]; 2] = [
                &[("client_assertion_type", kind), ("client_assertion", &assertion(id))],
                &[("client_id", id), ("client_secret", "s")],
            ];
            for form in forms {
                is_refusal(&server.post("/oauth2/token").form(form).await);
            }
            let basic = format!("Basic {}", STANDARD.encode(format!("{id}:s")));
            let call: Call = server.post("/oauth2/token").header("authorization", &basic);
            is_refusal(&call.form(&[("grant_type", "client_credentials")]).await);
        }
    }
}
