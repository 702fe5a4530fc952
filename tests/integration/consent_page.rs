//! The consent page: who asks, for what, as whom (RFC 6749 §10.12 and §10.13).

use std::time::Duration;

use porteiro::secret::sha256;
use porteiro::store::IssuedCode;
use serde_json::json;

use crate::support::{CALLBACK, PASSWORD, TestServer, ask, hidden};

contract! {
    /// SECURITY-CASES 216.
    async fn a_consent_form_that_is_not_ours_agrees_to_nothing(server: TestServer) {
        server.app_that_asks().await;
        let browser = server.signed_in("alice").await;
        let page = browser.follow(&ask(&[])).await;
        let other = server.signed_in("bob").await;
        let foreign = other.follow(&ask(&[])).await;
        let flow = hidden(&page, "flow");
        for csrf in ["", "x", &hidden(&foreign, "csrf")] {
            let form = [("flow", flow.as_str()), ("csrf", csrf), ("decision", "allow")];
            browser.post("/consent", &form).await.is_error_page("foreign_form");
        }
        browser.get(&ask(&[("prompt", "none")])).await.tells_the_client("consent_required");
    }

    /// SECURITY-CASES 217: what the server keeps of the flow counts.
    async fn changed_fields_change_nothing(server: TestServer) {
        server.app_that_asks().await;
        server.dashboard("other", |client| client.redirect_uris = vec!["https://evil.example/cb".into()]).await;
        let bob = server.person("bob", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let tampered = [
            ("client_id", "other"), ("scope", "openid groups"), ("redirect_uri", "https://evil.example/cb"),
            ("sub", &bob.sub), ("username", "bob"), ("scope:groups", "on"), ("decision", "allow"),
        ];
        let page = browser.follow(&ask(&[])).await;
        let told = browser.submit(&page, &tampered).await.sent_back();
        let client = server.app.store.client("app").await.unwrap().unwrap();
        let issued = server.app.codes.find(sha256(told["code"].as_bytes())).await.unwrap().unwrap();
        let IssuedCode { code, grant, .. } = issued;
        assert_eq!((grant.client_id, code.redirect_uri.as_deref()), (client.client_id, Some(CALLBACK)));
        assert_eq!(grant.scope, "openid email");
        assert_ne!(grant.sub, bob.sub);
    }

    /// CONTRACT §7, SECURITY-CASES 227 and 239: who asks, for what, as whom.
    async fn the_consent_page_says_who_asks_for_what(server: TestServer) {
        server.app_that_asks().await;
        let browser = server.signed_in("alice").await;
        let page = browser.follow(&ask(&[])).await;
        let html = page.text();
        for shown in ["Sales &#60;b&#62;dashboard", "rp.test", "alice@example.org", "alice"] {
            assert!(html.contains(shown), "{shown} is not in {html}");
        }
        assert!(!html.contains("<b>dashboard"));
        assert!(page.header("content-security-policy").contains("form-action 'self' https://rp.test"));
    }

    /// Single claims are asked for like the scopes that say them.
    async fn the_consent_page_names_single_claims_too(server: TestServer) {
        server.app_that_asks().await;
        let browser = server.signed_in("alice").await;
        let claims = r#"{"userinfo":{"email":null,"phone_number":null}}"#;
        let asked = ask(&[("scope", "openid"), ("claims", claims)]);
        let page = browser.follow(&asked).await;
        assert!(page.text().contains("alice@example.org"), "{}", page.text());
        let form = [("flow", &*hidden(&page, "flow")), ("csrf", &hidden(&page, "csrf")), ("decision", "allow")];
        let code = browser.post("/consent", &form).await.sent_back()["code"].clone();
        let grant = server.app.codes.find(sha256(code.as_bytes())).await.unwrap().unwrap().grant;
        // The box was not ticked, and the client may not have phone at all.
        assert_eq!(grant.scope, "openid");
        assert!(grant.claims.is_none(), "{:?}", grant.claims);
    }

    /// OpenID Connect Core §5.5: who allows a claim has not allowed its scope.
    async fn a_single_claim_does_not_bring_its_scope(server: TestServer) {
        server.app_that_asks().await;
        let browser = server.signed_in("alice").await;
        let asked = ask(&[("scope", "openid"), ("claims", r#"{"userinfo":{"email":{"essential":true}}}"#)]);
        let page = browser.follow(&asked).await;
        let told = browser.submit(&page, &[("decision", "allow")]).await.sent_back();
        let grant = server.app.codes.find(sha256(told["code"].as_bytes())).await.unwrap().unwrap().grant;
        assert_eq!(grant.scope, "openid");
        assert_eq!(grant.claims.unwrap().0, json!({"userinfo": {"email": {"essential": true}}}));
        // Agreed to, so nobody asks again.
        assert!(browser.follow(&asked).await.sent_back().contains_key("code"));
    }

    /// What is unticked is not given, and not asked for again; Deny tells the
    /// client and remembers nothing.
    async fn a_person_may_allow_less_or_nothing(server: TestServer) {
        server.app_that_asks().await;
        let browser = server.signed_in("alice").await;
        let decide = async |decision: &str, scope: &str| {
            let page = browser.follow(&ask(&[("scope", scope)])).await;
            let form = [("flow", &*hidden(&page, "flow")), ("csrf", &hidden(&page, "csrf")), ("decision", decision)];
            browser.post("/consent", &form).await
        };
        decide("deny", "openid email").await.tells_the_client("access_denied");
        decide("nonsense", "openid email").await.tells_the_client("access_denied");
        decide("allow", "email").await.tells_the_client("access_denied");
        browser.get(&ask(&[("prompt", "none")])).await.tells_the_client("consent_required");
        assert!(decide("allow", "openid email").await.sent_back().contains_key("code"));
        assert!(browser.get(&ask(&[])).await.sent_back().contains_key("code"));
        assert_eq!(browser.get(&ask(&[("scope", "openid profile")])).await.leads_to(), "/consent");
    }

    /// Cancel tells the client, and a browser may change hands while a flow
    /// waits: nobody answers with the consent of another person.
    async fn what_one_person_did_does_not_speak_for_the_next(server: TestServer) {
        server.app_that_asks().await;
        server.person("bob", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let page = browser.follow(&ask(&[("max_age", "600")])).await;
        server.advance(Duration::from_secs(600));
        let login = browser.submit(&page, &[("decision", "allow")]).await;
        assert!(login.text().contains("login-submit"), "{}", login.text());
        let bob = [("username", "bob"), ("password", PASSWORD)];
        let question = browser.submit(&login, &bob).await;
        assert!(question.text().contains("bob@example.org") && question.text().contains("consent-allow"));
        let login = browser.follow(&ask(&[("prompt", "login")])).await;
        browser.submit(&login, &[("decision", "cancel")]).await.tells_the_client("access_denied");
    }
}
