//! `/account`, and what pages and browsers have in common.

use axum::http::StatusCode;

use crate::support::{Answer, TestServer};

fn csrf(page: &Answer) -> &str {
    page.text().split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap()
}

/// The values of the buttons with this name.
fn buttons<'a>(page: &'a Answer, name: &str) -> Vec<&'a str> {
    let tag = format!("name=\"{name}\" value=\"");
    page.text().split(&tag).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

contract! {
    async fn who_is_not_logged_in_is_sent_to_the_login_page(server: TestServer) {
        let answer = server.get("/account").send().await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/login"));
    }

    /// Who types the bare address of the server is no program.
    async fn the_bare_address_leads_to_the_account(server: TestServer) {
        let answer = server.get("/").send().await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/account"));
    }

    async fn a_person_ends_another_session_of_theirs(server: TestServer) {
        server.person("alice", |_| {}).await;
        let (here, there) = (server.browser(), server.browser());
        here.sign_in("alice").await;
        there.sign_in("alice").await;
        let page = here.get("/account").await.is_ok();
        let [other] = buttons(&page, "end_session")[..] else { panic!("{}", page.text()) };
        here.submit(&page, &[("end_session", other)]).await.is_ok();
        assert_eq!(there.get("/account").await.status, StatusCode::SEE_OTHER);
        assert!(buttons(&here.get("/account").await.is_ok(), "end_session").is_empty());
    }

    async fn nobody_ends_the_session_of_somebody_else(server: TestServer) {
        server.person("alice", |_| {}).await;
        server.person("mallory", |_| {}).await;
        let (alice, mallory) = (server.browser(), server.browser());
        alice.sign_in("alice").await;
        mallory.sign_in("mallory").await;
        let sub = server.app.store.user_by_login("alice").await.unwrap().unwrap().sub;
        let session = server.app.store.sessions_of(&sub, server.app.now()).await.unwrap().remove(0);
        let page = mallory.get("/account").await;
        mallory.submit(&page, &[("end_session", &session.id.to_string())]).await.is_ok();
        alice.get("/account").await.is_ok();
    }

    async fn an_application_that_is_removed_loses_its_tokens(server: TestServer) {
        server.person("alice", |_| {}).await;
        let client = server.dashboard("app", |client| client.skip_consent = false).await;
        let browser = server.browser();
        browser.sign_in("alice").await;
        let ask = "/authorize?response_type=code&client_id=app&redirect_uri=https://rp.test/cb&scope=openid";
        let consent = browser.follow(ask).await.is_ok();
        browser.submit(&consent, &[("decision", "allow")]).await;
        let tokens = browser.tokens(&client, &[("scope", "openid")]).await;
        let token = tokens["access_token"].as_str().unwrap();
        server.get("/userinfo").bearer(token).send().await.is_ok();

        let page = browser.get("/account").await.is_ok();
        assert_eq!(buttons(&page, "remove_app"), ["app"]);
        browser.submit(&page, &[("remove_app", "app")]).await.is_ok();
        let refused = server.get("/userinfo").bearer(token).send().await;
        refused.is_challenge(Some("invalid_token"), "token_revoked");
        assert!(browser.follow(ask).await.text().contains("consent-allow"));
    }

    /// SECURITY-CASES 215: a form of another browser's, or of nobody's.
    async fn a_foreign_form_changes_nothing(server: TestServer) {
        server.person("alice", |_| {}).await;
        let (alice, other) = (server.browser(), server.browser());
        alice.sign_in("alice").await;
        other.sign_in("alice").await;
        let page = alice.get("/account").await;
        let session = buttons(&page, "end_session")[0];
        let foreign = other.get("/account").await;
        for csrf in [csrf(&foreign), "", "nonsense"] {
            let answer = alice.post("/account", &[("end_session", session), ("csrf", csrf)]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            assert!(answer.text().contains("foreign_form"));
        }
        other.get("/account").await.is_ok();
    }

    /// SECURITY-CASES 220: on an https issuer.
    async fn every_cookie_is_ours_alone(server: TestServer) {
        server.person("alice", |_| {}).await;
        let login = server.get("/login?ui_locales=ru").header("sec-fetch-site", "same-origin").send().await;
        let cookies: Vec<_> = login.headers.get_all("set-cookie").iter().collect();
        assert_eq!(cookies.len(), 2, "browser and language: {cookies:?}");
        let browser = server.browser();
        browser.sign_in("alice").await;
        let out = browser.get("/logout").await;
        let out = browser.submit(&out, &[("decision", "logout")]).await;
        let all = cookies.into_iter().chain(out.headers.get_all("set-cookie"));
        for cookie in all.map(|cookie| cookie.to_str().unwrap()) {
            assert!(cookie.starts_with("__Host-"), "{cookie}");
            for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
                assert!(cookie.contains(attribute), "{cookie}");
            }
        }
    }

    /// The switcher's choice is kept; a link on another site chooses nothing.
    async fn the_language_is_kept_when_the_person_chose_it(server: TestServer) {
        for (site, kept) in [("same-origin", true), ("cross-site", false)] {
            let login = server.get("/login?ui_locales=ru").header("sec-fetch-site", site).send().await.is_ok();
            assert!(login.text().contains("lang=\"ru\""));
            let cookies = login.headers.get_all("set-cookie").iter();
            let cookies: Vec<_> = cookies.map(|cookie| cookie.to_str().unwrap()).collect();
            assert_eq!(cookies.iter().any(|cookie| cookie.contains("locale=ru")), kept, "{site} {cookies:?}");
        }
    }

    async fn an_unknown_path_is_a_page_for_people_and_json_for_programs(server: TestServer) {
        let accept = "text/html,application/xhtml+xml,*/*;q=0.8";
        let page = server.get("/nowhere").header("accept", accept).send().await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.text().contains("id=\"error-page\"") && page.text().contains(page.header("x-request-id")));
        server.get("/nowhere").header("accept", "*/*").send().await.is_error(404, "invalid_request");
    }

    /// The files that pages name are there.
    async fn a_page_finds_its_files(server: TestServer) {
        let login = server.get("/login").send().await.is_ok();
        let hrefs: Vec<&str> = login.text().split("href=\"/assets/").skip(1).collect();
        assert_eq!(hrefs.len(), 2);
        for href in hrefs {
            server.get(&format!("/assets/{}", href.split('"').next().unwrap())).send().await.is_ok();
        }
        server.get("/assets/nothing").send().await.is_error(404, "invalid_request");
    }
}
