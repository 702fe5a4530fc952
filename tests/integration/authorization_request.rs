//! What is checked of an authorization request, and told to the client: RFC
//! 6749 §4.1.2.1, OpenID Connect Core §3.1.2.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use porteiro::oauth::GrantType;
use porteiro::secret::base64url;
use porteiro::server::Limits;

use crate::support::{
    CALLBACK, ISSUER, Listening, PASSWORD, STATE, TestServer, ask, claims_of, link, parameter, request,
};

contract! {
    /// SECURITY-CASES 31 to 33, 39, 50, 53 and 66; RFC 9207 §2: whatever is
    /// wrong, the client is told with its state and our issuer.
    async fn the_client_is_told_what_is_wrong(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let forged = format!("{}.{}.", base64url(br#"{"alg":"none"}"#), base64url(br#"{"sub":"alice"}"#));
        let cases: &[(&str, &str, &str)] = &[
            ("response_type", "", "invalid_request"),
            ("response_type", "foo", "unsupported_response_type"),
            ("response_type", "id_token", "unsupported_response_type"),
            ("response_type", "token", "unsupported_response_type"),
            ("response_mode", "nonsense", "invalid_request"),
            ("scope", "openid nosuch", "invalid_scope"),
            ("scope", "openid \"", "invalid_scope"),
            ("id_token_hint", &forged, "invalid_request"),
            ("id_token_hint", "nonsense", "invalid_request"),
            ("request_uri", "http://127.0.0.1:1/x", "request_uri_not_supported"),
            ("request", "x", "request_not_supported"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("max_age", "-1", "invalid_request"),
            ("claims", "[]", "invalid_request"),
            ("prompt", "none login", "invalid_request"),
            ("resource", "https://foreign.example", "invalid_target"),
        ];
        for (name, value, error) in cases {
            browser.get(&ask(&[(name, value)])).await.tells_the_client(error);
            browser.post("/authorize", &request(&[(name, value)])).await.tells_the_client(error);
        }
        let twice = [request(&[]), vec![("scope", "openid")]].concat();
        browser.get(&link(&twice)).await.tells_the_client("invalid_request");
        browser.post("/authorize", &twice).await.tells_the_client("invalid_request");
    }

    /// SECURITY-CASES 37 and 39: what is unknown, and standard scopes that the
    /// client may not have, are left aside.
    async fn what_is_unknown_is_ignored(server: TestServer) {
        let client = server.dashboard("app", |client| client.scope = "openid".parse().unwrap()).await;
        let browser = server.signed_in("alice").await;
        let asked = ask(&[("foo", "bar"), ("scope", "openid profile email offline_access")]);
        let code = browser.get(&asked).await.sent_back()["code"].clone();
        assert_eq!(server.redeem(&client, &code).await["scope"], "openid");
    }

    /// SECURITY-CASES 41.
    async fn thousands_of_scopes_are_refused(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        let scopes = (0..5_000).map(|n| format!("scope{n}")).collect::<Vec<_>>().join(" ");
        let parameters = request(&[("scope", &scopes)]);
        server.post("/authorize").form(&parameters).await.tells_the_client("invalid_scope");
    }

    /// SECURITY-CASES 43 and 44.
    async fn other_methods_and_other_origins_get_nothing(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE] {
            let answer = server.call(method, &ask(&[])).send().await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(answer.header("allow"), "GET,HEAD,POST");
        }
        for method in [Method::OPTIONS, Method::GET] {
            let call = server.call(method, &ask(&[])).header("origin", "https://rp.test");
            let answer = call.header("access-control-request-method", "GET").send().await;
            assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{answer:?}");
        }
    }

    /// SECURITY-CASES 45; OpenID Connect Core §3.1.2.6.
    async fn nobody_is_asked_anything_with_prompt_none(server: TestServer) {
        server.dashboard("app", |client| client.skip_consent = false).await;
        server.get(&ask(&[("prompt", "none")])).send().await.tells_the_client("login_required");
        let browser = server.signed_in("alice").await;
        browser.get(&ask(&[("prompt", "none")])).await.tells_the_client("consent_required");
        let page = browser.follow(&ask(&[])).await;
        browser.submit(&page, &[("decision", "allow")]).await.sent_back();
        assert!(browser.get(&ask(&[("prompt", "none")])).await.sent_back().contains_key("code"));
    }

    /// SECURITY-CASES 49; OpenID Connect Core §3.1.2.1.
    async fn a_hint_switches_nobody(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let tokens = browser.tokens(&client, &[("scope", "openid")]).await;
        let hint = tokens["id_token"].as_str().unwrap();
        assert!(browser.get(&ask(&[("id_token_hint", hint), ("prompt", "none")])).await.sent_back().contains_key("code"));

        server.person("bob", |_| {}).await;
        let other = server.browser();
        other.sign_in("bob").await;
        let asked = ask(&[("id_token_hint", hint), ("prompt", "none")]);
        other.get(&asked).await.tells_the_client("login_required");
        let page = other.follow(&ask(&[("id_token_hint", hint)])).await;
        let filled = [("username", "bob"), ("password", PASSWORD)];
        other.submit(&page, &filled).await.tells_the_client("login_required");

        let access_token = tokens["access_token"].as_str().unwrap();
        browser.get(&ask(&[("id_token_hint", access_token)])).await.tells_the_client("invalid_request");
    }

    /// SECURITY-CASES 55: RFC 9110 §15.5.15.
    async fn an_endless_address_is_refused(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        let listening = Listening::start(server.router(), Limits::default()).await;
        let endless = ask(&[("state", &"x".repeat(66_000))]);
        let answer = listening.exchange(format!("GET {endless} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        assert!(["HTTP/1.1 414", "HTTP/1.1 431"].iter().any(|start| answer.starts_with(start)), "{answer}");
        let alive = listening.exchange("GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(alive.starts_with("HTTP/1.1 200"), "{alive}");
    }

    /// RFC 6749 §4.1.2; OpenID Connect Core §3.1.2.1: untouched, however long.
    async fn state_and_nonce_of_a_thousand_characters_come_back_untouched(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let long: String = (' '..='~').chain(['\u{e9}', '\u{1f511}']).cycle().take(1_000).collect();
        let asked = [("scope", "openid"), ("state", &long), ("nonce", &long)];
        let answer = browser.get(&ask(&asked)).await;
        let location = answer.header("location");
        assert_eq!(parameter(location, "state").as_deref(), Some(long.as_str()));
        let code = parameter(location, "code").unwrap();
        let tokens = server.redeem(&client, &code).await;
        assert_eq!(claims_of(&tokens["id_token"])["nonce"], long);
    }

    /// OAuth 2.0 Form Post Response Mode: the same answer, posted.
    async fn an_answer_may_be_posted(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        for (changes, member) in [(vec![], "code"), (vec![("scope", "nosuch")], "error")] {
            let changes = [changes, vec![("response_mode", "form_post")]].concat();
            let page = browser.get(&ask(&changes)).await.is_ok().is_page();
            let html = page.text();
            assert!(html.contains(&format!("action=\"{CALLBACK}\"")), "{html}");
            assert!(html.contains(&format!("name=\"{member}\"")), "{html}");
            assert!(html.contains(&format!("name=\"iss\" value=\"{ISSUER}\"")), "{html}");
            assert!(html.contains("a b&#38;c=\u{e9}+%"), "{html}");
            assert!(page.header("content-security-policy").contains("form-action https://rp.test;"));
        }
    }

    /// A form on the client's site comes without our cookie, and goes on.
    async fn a_posted_request_goes_on_as_a_link(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let answer = browser.post("/authorize", &request(&[])).await;
        assert_eq!(answer.leads_to(), "/authorize");
        let answer = browser.follow(answer.header("location")).await;
        assert!(answer.sent_back().contains_key("code"));
    }

    /// SECURITY-CASES 33: what was allowed when the flow began is looked at
    /// again when it ends.
    async fn a_client_that_loses_its_grant_meanwhile_is_refused(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let page = browser.follow(&ask(&[("prompt", "login")])).await;
        let mut client = server.app.store.client("app").await.unwrap().unwrap();
        client.grant_types = vec![GrantType::RefreshToken];
        server.app.store.update_client(&client, server.app.now(), "test").await.unwrap();
        let later = server.replica(&[]).await;
        let elsewhere = later.browser();
        for name in ["__Host-porteiro_browser", "__Host-porteiro_session"] {
            elsewhere.set_cookie(name, &browser.cookie(name).unwrap());
        }
        let filled = [("username", "alice"), ("password", PASSWORD)];
        elsewhere.submit(&page, &filled).await.tells_the_client("unauthorized_client");
    }

    /// OpenID Connect Core §3.1.2.1: `max_age`, and `auth_time` over single
    /// sign-on.
    async fn a_login_that_is_too_old_is_done_again(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let begun = server.app.now();
        server.advance(Duration::from_secs(100));
        for (max_age, prompt) in [("100", ""), ("0", ""), ("", "login")] {
            let answer = browser.get(&ask(&[("max_age", max_age), ("prompt", prompt)])).await;
            assert_eq!(answer.leads_to(), "/login", "{max_age} {prompt}");
            let silent = browser.get(&ask(&[("max_age", "100"), ("prompt", "none")])).await;
            silent.tells_the_client("login_required");
        }
        let tokens = browser.tokens(&client, &[("scope", "openid"), ("max_age", "101"), ("state", STATE)]).await;
        assert_eq!(claims_of(&tokens["id_token"])["auth_time"], begun.seconds());
    }
}
