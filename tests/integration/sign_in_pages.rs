//! The login page, and the session that comes of it: RFC 9700 §4.7 and §4.16.

use std::time::Duration;

use axum::http::StatusCode;

use crate::support::{Answer, Browser, PASSWORD, TestServer, ask, hidden, parameter};

const SESSION: &str = "__Host-porteiro_session";
const BROWSER: &str = "__Host-porteiro_browser";
const ALICE: [(&str, &str); 2] = [("username", "alice"), ("password", PASSWORD)];

/// Posts these fields with these headers and this browser's cookies.
async fn post(
    server: &TestServer,
    browser: &Browser<'_>,
    path: &str,
    headers: &[(&str, &str)],
    form: &[(&str, &str)],
) -> Answer {
    let cookies =
        [BROWSER, SESSION].map(|name| format!("{name}={}", browser.cookie(name).unwrap_or_default()));
    let call = server.post(path).header("cookie", &cookies.join("; "));
    let call = headers.iter().fold(call, |call, (name, value)| call.header(*name, value));
    call.form(form).await
}

contract! {
    /// The whole way, and SECURITY-CASES 60 and 61: 303 alone, nothing kept,
    /// no referrer.
    async fn a_person_logs_in_agrees_and_is_sent_back(server: TestServer) {
        server.app_that_asks().await;
        server.person("alice", |_| {}).await;
        let browser = server.browser();
        let login = browser.follow(&ask(&[("login_hint", "alice")])).await.is_ok().is_page();
        assert!(login.text().contains("value=\"alice\""));
        let (flow, csrf) = (hidden(&login, "flow"), hidden(&login, "csrf"));
        let form = [&ALICE[..], &[("flow", flow.as_str()), ("csrf", csrf.as_str())]].concat();
        let answer = browser.post("/login", &form).await;
        assert_eq!((answer.status, answer.leads_to()), (StatusCode::SEE_OTHER, "/consent"));
        assert!(answer.header("cache-control").contains("no-store") && answer.header("referrer-policy") == "no-referrer");
        let consent = browser.follow(answer.header("location")).await.is_ok().is_page();
        let told = browser.submit(&consent, &[("decision", "allow")]).await.sent_back();
        assert!(told.contains_key("code"));
        // Remembered: the second time nobody is asked anything.
        assert!(browser.get(&ask(&[])).await.sent_back().contains_key("code"));
    }

    /// SECURITY-CASES 215: login CSRF.
    async fn a_login_form_that_is_not_ours_begins_no_session(server: TestServer) {
        server.app_that_asks().await;
        server.person("alice", |_| {}).await;
        let (browser, other) = (server.browser(), server.browser());
        let page = browser.follow(&ask(&[])).await;
        let foreign = other.follow(&ask(&[])).await;
        let (flow, csrf) = (hidden(&page, "flow"), hidden(&page, "csrf"));
        let with = |csrf| [&ALICE[..], &[("flow", flow.as_str()), ("csrf", csrf)]].concat();
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("", &[]),
            ("x", &[]),
            (&hidden(&foreign, "csrf"), &[]),
            (&csrf, &[("origin", "https://evil.example")]),
            (&csrf, &[("sec-fetch-site", "cross-site")]),
            (&csrf, &[("sec-fetch-site", "same-site")]),
        ];
        for (csrf, headers) in cases {
            let answer = post(&server, &browser, "/login", headers, &with(csrf)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            let answer = answer.is_error_page("foreign_form");
            assert!(answer.header("set-cookie").is_empty(), "{answer:?}");
        }
        // Our own pages send no referrer, so an honest browser says `null`.
        let honest = [("origin", "null"), ("sec-fetch-site", "same-origin")];
        assert_eq!(post(&server, &browser, "/login", &honest, &with(&csrf)).await.leads_to(), "/consent");
    }

    /// SECURITY-CASES 216: each tab has a flow of its own; a second submit and
    /// the back button begin anew instead of failing.
    async fn tabs_do_not_disturb_each_other_and_old_pages_begin_anew(server: TestServer) {
        server.app_that_asks().await;
        server.person("alice", |_| {}).await;
        let browser = server.browser();
        let (first, second) = (browser.follow(&ask(&[])).await, browser.follow(&ask(&[("scope", "openid")])).await);
        let consent = browser.submit(&first, &ALICE).await;
        let code = browser.submit(&consent, &[("decision", "allow")]).await.sent_back()["code"].clone();
        assert!(browser.submit(&second, &ALICE).await.sent_back().contains_key("code"));
        let again = browser.submit(&consent, &[("decision", "allow")]).await.sent_back();
        assert_ne!(again["code"], code);
        assert!(browser.submit(&first, &ALICE).await.sent_back().contains_key("code"));
        server.advance(Duration::from_secs(7_200));
        assert!(browser.submit(&second, &ALICE).await.sent_back().contains_key("code"));
    }

    /// SECURITY-CASES 221: session fixation.
    async fn the_cookie_changes_at_login_and_a_planted_one_is_worth_nothing(server: TestServer) {
        server.app_that_asks().await;
        let attacker = server.signed_in("mallory").await;
        let planted = attacker.cookie(SESSION).unwrap();
        server.person("alice", |_| {}).await;
        let browser = server.browser();
        browser.set_cookie(SESSION, &planted);
        browser.sign_in("alice").await;
        let cookie = browser.cookie(SESSION).unwrap();
        assert_ne!(cookie, planted);
        // Whoever was signed in here before is not any more.
        assert_eq!(attacker.get("/account").await.leads_to(), "/login");
        browser.sign_in("alice").await;
        let old = server.browser();
        old.set_cookie(SESSION, &cookie);
        assert_eq!(old.get("/account").await.leads_to(), "/login");
    }

    /// SECURITY-CASES 222: a flow is bound to the browser that began it.
    async fn a_flow_does_not_go_on_in_another_browser(server: TestServer) {
        server.app_that_asks().await;
        let attacker = server.browser();
        let begun = attacker.get(&ask(&[])).await;
        let flow = parameter(begun.header("location"), "flow").unwrap();
        let victim = server.signed_in("alice").await;
        for path in ["/authorize", "/consent", "/select-account"] {
            victim.get(&format!("{path}?flow={flow}")).await.is_error_page("invalid_request");
        }
        let page = victim.get(&format!("/login?flow={flow}")).await.is_ok();
        assert!(!page.text().contains(&flow) && !page.text().contains("Sales"));
        let csrf = hidden(&page, "csrf");
        let form = [&ALICE[..], &[("flow", flow.as_str()), ("csrf", csrf.as_str())]].concat();
        victim.post("/login", &form).await.is_error_page("foreign_form");
    }

    /// SECURITY-CASES 231: the page says the same of unknown and known names,
    /// keeps what was typed, and is no place for markup (227).
    async fn the_login_page_does_not_say_who_exists(server: TestServer) {
        server.app_that_asks().await;
        server.person("alice", |_| {}).await;
        let mut pages = Vec::new();
        for username in ["alice", "nobody", "\"><img src=x onerror=alert(1)>"] {
            let browser = server.browser();
            let page = browser.follow(&ask(&[("state", username)])).await;
            let wrong = browser.submit(&page, &[("username", username), ("password", "wrong")]).await.is_ok().is_page();
            let html = wrong.text().to_owned();
            assert!(html.contains("login-error") && !html.contains("<img"));
            let unique = [username.to_owned(), hidden(&wrong, "flow"), hidden(&wrong, "csrf")];
            pages.push(unique.iter().fold(html, |html, own| html.replace(own, "_")));
        }
        assert_eq!(pages[0], pages[1]);
    }

    /// CONTRACT §7: `prompt=select_account`.
    async fn a_person_goes_on_as_themselves_or_as_another(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        server.person("bob", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let asked = ask(&[("prompt", "select_account")]);
        let page = browser.follow(&asked).await.is_ok().is_page();
        for id in ["account-continue", "account-other"] {
            assert!(page.text().contains(&format!("id=\"{id}\"")), "{}", page.text());
        }
        assert!(browser.submit(&page, &[("decision", "continue")]).await.sent_back().contains_key("code"));
        let page = browser.follow(&asked).await;
        let login = browser.submit(&page, &[("decision", "other")]).await;
        let bob = [("username", "bob"), ("password", PASSWORD)];
        assert!(browser.submit(&login, &bob).await.sent_back().contains_key("code"));
        assert!(browser.get("/account").await.text().contains("bob"));
    }

    /// A session ends when it was not used, and in any case at last.
    async fn a_session_ends_by_itself(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        let sessions = &server.app.config.sessions;
        let browser = server.signed_in("alice").await;
        server.advance(sessions.idle_lifetime);
        assert!(browser.get(&ask(&[])).await.sent_back().contains_key("code"));
        server.advance(sessions.idle_lifetime + Duration::from_millis(1));
        assert_eq!(browser.get(&ask(&[])).await.leads_to(), "/login");

        let browser = server.browser();
        browser.sign_in("alice").await;
        let end = server.app.now() + sessions.absolute_lifetime;
        while server.app.now() + sessions.idle_lifetime < end {
            assert!(browser.get(&ask(&[])).await.sent_back().contains_key("code"));
            server.advance(sessions.idle_lifetime);
        }
        browser.get(&ask(&[])).await.sent_back();
        server.advance(end.since(server.app.now()));
        assert_eq!(browser.get(&ask(&[])).await.leads_to(), "/login");
    }
}
