//! Calls from browsers: CONTRACT §3, RFC 9700 §2.6.

use std::time::Duration;

use axum::http::Method;
use porteiro::oauth::{AuthMethod, GrantType};
use porteiro::store::Client;

use crate::support::{Answer, Call, TestServer};

const SPA: &str = "https://spa.test:8443";

const SHARED: [&str; 7] = [
    "/oauth2/token",
    "/oauth2/revoke",
    "/userinfo",
    "/about_me",
    "/.well-known/jwks.json",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

const KEPT: [&str; 7] = [
    "/authorize?client_id=spa",
    "/login",
    "/consent",
    "/account",
    "/logout",
    "/oauth2/introspect",
    "/oauth2/verify",
];

async fn register_spa(server: &TestServer) {
    let spa = Client {
        token_endpoint_auth_method: AuthMethod::None,
        grant_types: vec![GrantType::AuthorizationCode],
        redirect_uris: vec![format!("{SPA}/cb?x=1"), "com.example.app:/cb".into()],
        ..Client::new("spa", server.app.now())
    };
    assert!(server.app.store.create_client(&spa, None, "test").await.unwrap());
}

fn preflight(server: &TestServer, path: &str) -> Call {
    server
        .call(Method::OPTIONS, path)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type")
}

/// Whether the answer opens nothing to any origin.
fn is_closed(answer: &Answer) -> bool {
    !answer.headers.keys().any(|name| name.as_str().starts_with("access-control-"))
}

contract! {
    /// SECURITY-CASES 101 and 244.
    async fn a_registered_origin_may_call_what_browser_applications_need(server: TestServer) {
        register_spa(&server).await;
        for path in SHARED {
            let asked = preflight(&server, path).header("origin", SPA).send().await;
            assert_eq!(asked.status, 204, "{path}");
            assert_eq!(asked.header("access-control-allow-origin"), SPA, "{path}");
            assert_eq!(asked.header("access-control-allow-methods"), "GET, POST");
            let allowed = asked.header("access-control-allow-headers");
            assert!(allowed.contains("authorization") && allowed.contains("content-type"), "{allowed}");

            let method = if path.starts_with("/oauth2/") { Method::POST } else { Method::GET };
            let called = server.call(method, path).header("origin", SPA).send().await;
            assert_eq!(called.header("access-control-allow-origin"), SPA, "{path}");
            for answer in [asked, called] {
                assert!(!answer.headers.contains_key("access-control-allow-credentials"), "{path}");
                assert!(answer.header("vary").contains("origin"), "{path}");
            }
        }
    }

    /// SECURITY-CASES 101: nor does `null`, which every sandboxed frame sends.
    async fn any_other_origin_is_allowed_nothing(server: TestServer) {
        register_spa(&server).await;
        let others = [
            "null", "https://evil.test", "http://spa.test:8443", "https://spa.test", "https://spa.test:8443/",
            "https://SPA.test:8443", "https://spa.test:8443.evil.test", "com.example.app://", "*", "",
        ];
        for origin in others {
            for path in SHARED {
                let asked = preflight(&server, path).header("origin", origin).send().await;
                let called = server.post(path).header("origin", origin).send().await;
                let plain = server.get(path).send().await;
                for answer in [asked, called, plain] {
                    assert!(is_closed(&answer), "{origin} {path} {answer:?}");
                    assert!(answer.header("vary").contains("origin"), "{path}");
                }
            }
        }
    }

    /// SECURITY-CASES 44.
    async fn pages_and_servers_endpoints_are_open_to_no_origin(server: TestServer) {
        register_spa(&server).await;
        for path in KEPT {
            let asked = preflight(&server, path).header("origin", SPA).send().await;
            assert_eq!(asked.status, 405, "{path}");
            assert!(is_closed(&asked), "{path}");
            for method in [Method::GET, Method::POST] {
                let called = server.call(method, path).header("origin", SPA).send().await;
                assert!(is_closed(&called), "{path} {called:?}");
            }
        }
    }

    /// CONTRACT §1: a change acts within a second, on every replica.
    async fn a_disabled_client_opens_nothing(server: TestServer) {
        let call = || server.get("/.well-known/jwks.json").header("origin", SPA).send();
        assert!(is_closed(&call().await));
        register_spa(&server).await;
        tokio::time::sleep(Duration::from_millis(900)).await;
        assert!(!is_closed(&call().await));
        server.app.store.disable_client("spa", "test", server.app.now()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(900)).await;
        assert!(is_closed(&call().await));
    }

    /// CONTRACT §6: keys and metadata need no store, for a browser neither.
    async fn known_origins_stay_while_the_store_is_away(server: TestServer) {
        register_spa(&server).await;
        let call = || server.get("/.well-known/jwks.json").header("origin", SPA).send();
        assert!(!is_closed(&call().await));
        server.app.store.close().await;
        tokio::time::sleep(Duration::from_millis(900)).await;
        assert!(!is_closed(&call().await.is_ok()));
    }

    async fn an_issuer_with_a_path_is_open_at_each_of_its_addresses(server: TestServer) {
        let nested = server.replica(&[("ISSUER", "https://id.example.org/auth")]).await;
        register_spa(&nested).await;
        for path in ["/auth/oauth2/token", "/.well-known/openid-configuration/auth"] {
            let asked = preflight(&nested, path).header("origin", SPA).send().await;
            assert_eq!(asked.header("access-control-allow-origin"), SPA, "{path}");
        }
    }
}
