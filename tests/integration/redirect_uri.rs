//! Where an authorization request may be answered to: RFC 6749 §3.1.2,
//! RFC 9700 §2.1.

use axum::http::StatusCode;
use porteiro::oauth::AuthMethod;

use crate::support::{TestServer, WITH_PKCE, ask, link, request};

const NATIVE: &str = "http://127.0.0.1/cb";

contract! {
    /// SECURITY-CASES 1 to 6, 10, 12 and 13.
    async fn an_address_that_differs_in_anything_is_never_redirected_to(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        let others = [
            "https://rp.test/cb/evil",
            "https://rp.test.evil.example/cb",
            "https://evil.example/?x=https://rp.test/cb",
            "https://rp.test@evil.example/cb",
            "https://rp.test@a@evil.example/cb",
            "https://rp.test/cb/../x",
            "https://rp.test/cb/..;/x",
            "https://rp.test/cb;a=b",
            "https://rp.test/cb?x=1",
            "https://rp.test/cb#f",
            "http://rp.test/cb",
            "https://RP.test/cb",
            "https://rp.test:443/cb",
            "https://rp.test/cb ",
            "https://rp.test/%63b",
            "\"><img src=x onerror=alert(1)>",
        ];
        for other in others {
            for answer in [
                server.get(&ask(&[("redirect_uri", other)])).send().await,
                server.post("/authorize").form(&request(&[("redirect_uri", other)])).await,
            ] {
                let page = answer.is_error_page("redirect_uri_mismatch");
                assert!(!page.text().contains("<img") && !page.text().contains("evil.example"), "{other}");
            }
        }
    }

    /// SECURITY-CASES 14.
    async fn a_dot_is_a_dot(server: TestServer) {
        server.dashboard("app", |client| client.redirect_uris = vec!["https://foo.example.com/cb".into()]).await;
        let asked = ask(&[("redirect_uri", "https://fooXexample.com/cb")]);
        server.get(&asked).send().await.is_error_page("redirect_uri_mismatch");
    }

    /// SECURITY-CASES 20; OpenID Connect Core §3.1.2.1 asks for it always.
    async fn an_address_may_be_left_out_by_plain_oauth_with_only_one(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        server.dashboard("two", |client| client.redirect_uris.push("https://rp.test/cb2".into())).await;
        let asked = |client, scope| ask(&[("client_id", client), ("redirect_uri", ""), ("scope", scope)]);
        for refused in [asked("two", "email"), asked("app", "openid"), asked("app", "email openid")] {
            server.get(&refused).send().await.is_error_page("redirect_uri_missing");
        }
        assert_eq!(server.get(&asked("app", "email")).send().await.leads_to(), "/login");
    }

    /// SECURITY-CASES 22 and 24: RFC 8252 §7.3.
    async fn a_native_app_is_free_in_the_port_alone(server: TestServer) {
        server.dashboard("app", |client| {
            client.token_endpoint_auth_method = AuthMethod::None;
            client.redirect_uris = vec![NATIVE.into()];
        }).await;
        let asked = |uri| ask(&[&[("redirect_uri", uri)], WITH_PKCE.as_slice()].concat());
        assert_eq!(server.get(&asked("http://127.0.0.1:51004/cb")).send().await.leads_to(), "/login");
        for other in [
            "http://127.0.0.1:51004/cb?bar=foo",
            "http://localhost:51004/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:1@evil.example/cb",
            "http://127.0.0.2/cb",
        ] {
            server.get(&asked(other)).send().await.is_error_page("redirect_uri_mismatch");
        }
    }

    /// A confidential client has a server, whose port does not change.
    async fn a_confidential_client_is_not_free_in_the_port(server: TestServer) {
        server.dashboard("app", |client| client.redirect_uris = vec![NATIVE.into()]).await;
        let asked = ask(&[("redirect_uri", "http://127.0.0.1:51004/cb")]);
        server.get(&asked).send().await.is_error_page("redirect_uri_mismatch");
    }

    /// SECURITY-CASES 28 and 29.
    async fn without_a_certain_client_and_address_there_is_no_redirect(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        let twice = |name, value| [request(&[]), vec![(name, value)]].concat();
        for (parameters, code) in [
            (twice("redirect_uri", "https://evil.example/"), "invalid_request"),
            (twice("client_id", "other"), "invalid_request"),
            (request(&[("client_id", "nobody")]), "unknown_client"),
            (request(&[("client_id", "")]), "unknown_client"),
            (request(&[("client_id", "app\u{0}")]), "invalid_request"),
        ] {
            server.get(&link(&parameters)).send().await.is_error_page(code);
            server.post("/authorize").form(&parameters).await.is_error_page(code);
        }
        let disabled = server.dashboard("gone", |client| client.enabled = false).await;
        let answer = server.get(&ask(&[("client_id", &disabled.client_id)])).send().await;
        answer.is_error_page("client_disabled");
    }

    /// The difference is shown to who may change the registration, not to a
    /// stranger: CONTRACT §6.
    async fn an_administrator_is_shown_what_differs(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        server.person("root", |person| person.admin = true).await;
        server.person("alice", |_| {}).await;
        let asked = ask(&[("redirect_uri", "https://rp.test/wrong")]);
        for (username, shown) in [("alice", false), ("root", true)] {
            let browser = server.browser();
            browser.sign_in(username).await;
            let page = browser.get(&asked).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST);
            assert_eq!(page.text().contains("client update app"), shown, "{username}: {}", page.text());
        }
    }
}
