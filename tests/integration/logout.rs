//! `/logout`: OpenID Connect RP-Initiated Logout 1.0.

use std::time::Duration;

use axum::http::StatusCode;
use porteiro::keys::SigningKey;
use porteiro::oauth::Algorithm;
use serde_json::Value;

use crate::support::{Answer, Browser, CALLBACK, Credentials, TestServer, parameter};

const GOODBYE: &str = "https://rp.test/bye";
const SESSION: &str = "__Host-porteiro_session";

async fn alice(server: &TestServer) -> Browser<'_> {
    server.person("alice", |_| {}).await;
    let browser = server.browser();
    browser.sign_in("alice").await;
    browser
}

async fn app(server: &TestServer) -> Credentials {
    server.dashboard("app", |client| client.post_logout_redirect_uris = vec![GOODBYE.into()]).await
}

async fn id_token(browser: &Browser<'_>, client: &Credentials) -> String {
    browser.tokens(client, &[("scope", "openid")]).await["id_token"].as_str().unwrap().to_owned()
}

fn request(parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/logout?{query}")
}

fn is_page(answer: &Answer, id: &str) {
    assert!(answer.headers.get("location").is_none(), "{answer:?}");
    assert!(answer.text().contains(&format!("id=\"{id}\"")), "{}", answer.text());
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(answer.header("cache-control").contains("no-store"));
}

async fn is_signed_in(browser: &Browser<'_>) -> bool {
    browser.get("/account").await.status == StatusCode::OK
}

contract! {
    /// §2 and §3: with a hint there is no question, however old it is.
    async fn a_hint_for_the_session_logs_out_and_leads_back(server: TestServer) {
        let browser = alice(&server).await;
        let client = app(&server).await;
        let hint = id_token(&browser, &client).await;
        server.advance(Duration::from_secs(7_200));
        let asked = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", GOODBYE), ("state", "a b")];
        let stolen = browser.cookie(SESSION).unwrap();
        let answer = browser.get(&request(&asked)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header("location"), "https://rp.test/bye?state=a+b");
        assert_eq!(browser.cookie(SESSION), None);
        // SECURITY-CASES 223: the old cookie is worth nothing.
        browser.set_cookie(SESSION, &stolen);
        assert!(!is_signed_in(&browser).await);
    }

    /// §2: by form too. A redirect URI will do where no other is registered.
    async fn a_form_and_a_redirect_uri_will_do(server: TestServer) {
        let browser = alice(&server).await;
        let client = app(&server).await;
        let hint = id_token(&browser, &client).await;
        let asked = [("id_token_hint", hint.as_str()), ("client_id", "app"), ("post_logout_redirect_uri", CALLBACK)];
        let answer = browser.post("/logout", &asked).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, CALLBACK));
        assert!(!is_signed_in(&browser).await);
    }

    /// A form from another site comes without the cookie, and goes on by GET.
    async fn a_form_without_a_cookie_goes_on_as_a_link(server: TestServer) {
        let asked = [("client_id", "app"), ("post_logout_redirect_uri", GOODBYE), ("state", "s")];
        let answer = server.post("/logout").form(&asked).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let location = answer.header("location");
        assert!(location.starts_with("/logout?"), "{location}");
        assert_eq!(parameter(location, "post_logout_redirect_uri").as_deref(), Some(GOODBYE));
    }

    /// CONTRACT §7: with only `client_id`, or nothing, it asks first.
    async fn without_a_hint_the_person_is_asked(server: TestServer) {
        let browser = alice(&server).await;
        app(&server).await;
        let asked = [("client_id", "app"), ("post_logout_redirect_uri", GOODBYE), ("state", "s")];
        let page = browser.get(&request(&asked)).await;
        is_page(&page, "logout-confirm");
        assert!(is_signed_in(&browser).await);
        let answer = browser.submit(&page, &[("decision", "logout")]).await;
        assert_eq!(answer.header("location"), "https://rp.test/bye?state=s");
        assert!(!is_signed_in(&browser).await);

        browser.sign_in("alice").await;
        let page = browser.get("/logout").await;
        is_page(&page, "logout-confirm");
        let answer = browser.submit(&page, &[("decision", "logout")]).await;
        is_page(&answer, "logout-done");
        assert!(!is_signed_in(&browser).await);
    }

    /// A hint about another person is no proof that this one wants to go.
    async fn a_hint_about_another_person_asks(server: TestServer) {
        let browser = alice(&server).await;
        let client = app(&server).await;
        let hint = id_token(&browser, &client).await;
        server.person("bob", |_| {}).await;
        let other = server.browser();
        other.sign_in("bob").await;
        let page = other.get(&request(&[("id_token_hint", &hint)])).await;
        is_page(&page, "logout-confirm");
        assert!(page.text().contains("bob") && is_signed_in(&other).await);
    }

    /// SECURITY-CASES 224.
    async fn an_address_or_hint_that_is_not_the_clients_gets_a_page(server: TestServer) {
        let browser = alice(&server).await;
        let client = app(&server).await;
        server.dashboard("other", |client| client.redirect_uris = vec!["https://other.test/cb".into()]).await;
        let hint = id_token(&browser, &client).await;
        let access_token = browser.tokens(&client, &[("scope", "openid")]).await["access_token"].clone();
        let (body, signature) = hint.rsplit_once('.').unwrap();
        let forged = format!("{body}.{}", signature.chars().rev().collect::<String>());
        let unsigned = porteiro::secret::base64url(br#"{"alg":"none"}"#);
        let unsigned = format!("{unsigned}.{}.", body.split('.').nth(1).unwrap());
        let unregistered = "https://evil.test/?x=https://rp.test/bye";
        let cases: &[&[(&str, &str)]] = &[
            &[("id_token_hint", &hint), ("post_logout_redirect_uri", unregistered)],
            &[("id_token_hint", &hint), ("post_logout_redirect_uri", "https://rp.test/bye/")],
            &[("id_token_hint", &hint), ("post_logout_redirect_uri", "https://rp.test/bye?foo=bar")],
            &[("id_token_hint", &unsigned), ("post_logout_redirect_uri", GOODBYE)],
            &[("client_id", "app"), ("post_logout_redirect_uri", unregistered)],
            &[("post_logout_redirect_uri", GOODBYE)],
            &[("client_id", "nobody"), ("post_logout_redirect_uri", GOODBYE)],
            &[("client_id", "other"), ("post_logout_redirect_uri", GOODBYE)],
            &[("id_token_hint", &hint), ("client_id", "other"), ("post_logout_redirect_uri", GOODBYE)],
            &[("id_token_hint", &forged), ("post_logout_redirect_uri", GOODBYE)],
            &[("id_token_hint", access_token.as_str().unwrap()), ("post_logout_redirect_uri", GOODBYE)],
            &[("id_token_hint", "nonsense"), ("client_id", "app")],
            &[("client_id", "app"), ("post_logout_redirect_uri", GOODBYE), ("post_logout_redirect_uri", unregistered)],
        ];
        for case in cases {
            let answer = browser.get(&request(case)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{case:?}");
            is_page(&answer, "error-page");
            assert!(answer.text().contains("logout_request_invalid"), "{case:?}");
            assert!(answer.text().contains("id=\"error-account\" href=\"/account\""), "{case:?}");
        }
        assert!(is_signed_in(&browser).await);
    }

    /// A key may be long gone when a person logs out: then nobody can say who
    /// wrote the hint, and the person is asked.
    async fn a_hint_of_a_forgotten_key_asks(server: TestServer) {
        let browser = alice(&server).await;
        let client = app(&server).await;
        let hint = id_token(&browser, &client).await;
        let mut parts = hint.split('.');
        let header = parts.next().unwrap();
        let decoded = porteiro::secret::from_base64url(header).unwrap();
        let mut header: Value = serde_json::from_slice(&decoded).unwrap();
        header["kid"] = SigningKey::generate(Algorithm::EdDSA).unwrap().kid().into();
        let header = porteiro::secret::base64url(header.to_string().as_bytes());
        let old = format!("{header}.{}.{}", parts.next().unwrap(), parts.next().unwrap());
        let page = browser.get(&request(&[("id_token_hint", &old), ("post_logout_redirect_uri", GOODBYE)])).await;
        is_page(&page, "logout-confirm");
        let answer = browser.submit(&page, &[("decision", "logout")]).await;
        assert_eq!(answer.header("location"), GOODBYE);
    }

    /// Nobody is logged in: that is what was wanted.
    async fn without_a_session_there_is_nothing_to_ask(server: TestServer) {
        let browser = alice(&server).await;
        let client = app(&server).await;
        let hint = id_token(&browser, &client).await;
        let asked = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", GOODBYE)];
        let nobody = server.browser();
        assert_eq!(nobody.get(&request(&asked)).await.header("location"), GOODBYE);
        is_page(&nobody.get("/logout").await, "logout-done");
        let unproven = nobody.get(&request(&[("client_id", "app"), ("post_logout_redirect_uri", GOODBYE)])).await;
        is_page(&unproven, "logout-done");
        assert!(unproven.text().contains(GOODBYE));
        assert!(is_signed_in(&browser).await);
    }

    /// SECURITY-CASES 215: only our own page can say yes.
    async fn a_forged_confirmation_is_refused(server: TestServer) {
        let browser = alice(&server).await;
        server.person("mallory", |_| {}).await;
        let attacker = server.browser();
        attacker.sign_in("mallory").await;
        let page = attacker.get("/logout").await;
        let of_the_attacker = page.text().split_once("name=\"csrf\" value=\"").unwrap().1;
        for csrf in [of_the_attacker.split('"').next().unwrap(), "", "nonsense"] {
            let answer = browser.post("/logout", &[("decision", "logout"), ("csrf", csrf)]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            is_page(&answer, "error-page");
        }
        assert!(is_signed_in(&browser).await);
    }

    /// CONTRACT §4: online tokens end with the session, offline ones do not.
    async fn a_logout_ends_the_online_tokens(server: TestServer) {
        let browser = alice(&server).await;
        let client = app(&server).await;
        let online = browser.tokens(&client, &[("scope", "openid")]).await;
        let offline = browser.tokens(&client, &[("scope", "openid offline_access")]).await;
        let hint = online["id_token"].as_str().unwrap();
        browser.get(&request(&[("id_token_hint", hint)])).await.is_ok();
        let ask = async |tokens: &Value| {
            server.get("/userinfo").bearer(tokens["access_token"].as_str().unwrap()).send().await
        };
        ask(&online).await.is_challenge(Some("invalid_token"), "token_revoked");
        ask(&offline).await.is_ok();
        let refresh = async |tokens: &Value| {
            let token = tokens["refresh_token"].as_str().unwrap();
            let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
            server.post("/oauth2/token").basic(&client).form(&form).await
        };
        refresh(&online).await.is_error(400, "invalid_grant");
        refresh(&offline).await.is_ok();
    }
}
