//! `/admin`, as an administrator and as everybody else meets it.

use porteiro::store::User;
use serde_json::json;

use crate::support::{Answer, Browser, PASSWORD, TestServer};

const PAGES: [&str; 6] =
    ["/admin", "/admin/people", "/admin/applications", "/admin/sessions", "/admin/why", "/admin/audit"];

/// An administrator's browser.
async fn boss(server: &TestServer) -> Browser<'_> {
    server.person("boss", |user| user.admin = true).await;
    let browser = server.browser();
    browser.sign_in("boss").await;
    browser
}

fn csrf(page: &Answer) -> String {
    let (_, rest) = page.text().split_once("name=\"csrf\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Presses a button of a page, and goes where it leads.
async fn press(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let ticket = csrf(&browser.get(path).await.is_ok());
    let fields: Vec<_> = [("csrf", ticket.as_str())].into_iter().chain(fields.iter().copied()).collect();
    let answer = browser.post(path, &fields).await;
    match answer.header("location") {
        "" => answer,
        location => browser.follow(location).await.is_ok(),
    }
}

fn is_refused(answer: &Answer, code: &str) {
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(answer.text().contains(&format!("<code id=\"error-code\">{code}</code>")), "{answer:?}");
}

contract! {
    /// SECURITY-CASES 263: nobody else gets in, and the right is asked each time.
    async fn only_an_administrator_gets_in(server: TestServer) {
        let stranger = server.browser();
        server.person("ana", |_| {}).await;
        let ana = server.browser();
        ana.sign_in("ana").await;
        let browser = boss(&server).await;
        for path in PAGES {
            assert_eq!(stranger.get(path).await.header("location"), "/login");
            is_refused(&ana.get(path).await, "forbidden");
            browser.get(path).await.is_ok();
        }
        assert!(browser.get("/account").await.text().contains("id=\"account-admin\""));
        assert!(!ana.get("/account").await.text().contains("account-admin"));
        let found = server.app.store.user_by_login("boss").await.unwrap().unwrap();
        server.app.store.update_user(&User { admin: false, ..found }, "test").await.unwrap();
        is_refused(&browser.get("/admin").await, "forbidden");
    }

    /// SECURITY-CASES 267: what another site posts is not done.
    async fn a_form_of_another_site_does_nothing(server: TestServer) {
        let browser = boss(&server).await;
        let ana = server.person("ana", |_| {}).await;
        server.machine("m1", |_| {}).await;
        let person = format!("/admin/people/{}", ana.sub);
        let ticket = csrf(&browser.get(&person).await.is_ok());
        for path in [person.as_str(), "/admin/applications/m1"] {
            is_refused(&browser.post(path, &[("decision", "disable")]).await, "foreign_form");
            is_refused(&browser.post(path, &[("decision", "disable"), ("csrf", "AAAA")]).await, "foreign_form");
        }
        // With the ticket of another browser, and from another site.
        let other = server.browser();
        server.person("boss2", |user| user.admin = true).await;
        other.sign_in("boss2").await;
        is_refused(&other.post(&person, &[("decision", "disable"), ("csrf", &ticket)]).await, "foreign_form");
        let cookie = browser.cookie("__Host-porteiro_session").unwrap();
        let from = server.post(&person).header("cookie", &format!("__Host-porteiro_session={cookie}"))
            .header("sec-fetch-site", "cross-site").form(&[("decision", "disable"), ("csrf", &ticket)]).await;
        is_refused(&from, "foreign_form");
        let json = server.post(&person).header("cookie", &format!("__Host-porteiro_session={cookie}"))
            .json(&json!({"decision": "disable", "csrf": ticket})).await;
        assert_eq!(json.status, 400);
        assert!(server.app.store.user(&ana.sub).await.unwrap().unwrap().enabled);
        assert!(server.app.store.client("m1").await.unwrap().unwrap().enabled);
        // The API takes no cookie.
        let api = server.get("/api/v1/users").header("cookie", &format!("__Host-porteiro_session={cookie}"));
        api.send().await.is_challenge(None, "token_missing");
    }

    async fn a_person_is_shut_out_and_let_in_again(server: TestServer) {
        let browser = boss(&server).await;
        let ana = server.person("ana", |_| {}).await;
        let hers = server.browser();
        hers.sign_in("ana").await;
        let path = format!("/admin/people/{}", ana.sub);
        let page = browser.get(&path).await.is_ok();
        let (_, rest) = page.text().split_once("name=\"end_session\" value=\"").unwrap();
        let sid = rest.split('"').next().unwrap();
        assert!(press(&browser, &path, &[("end_session", sid)]).await.text().contains("admin-done"));
        assert_eq!(hers.get("/account").await.header("location"), "/login");
        hers.sign_in("ana").await;
        let page = press(&browser, &path, &[("decision", "disable")]).await;
        assert!(page.text().contains("id=\"admin-enable\"") && !page.text().contains("id=\"admin-disable\""));
        assert_eq!(hers.get("/account").await.header("location"), "/login");
        press(&browser, &path, &[("decision", "enable")]).await;
        hers.sign_in("ana").await;
        press(&browser, &path, &[("decision", "set-password"), ("password", "another one")]).await;
        assert_eq!(hers.get("/account").await.header("location"), "/login");
        let own = server.app.store.user_by_login("boss").await.unwrap().unwrap();
        let own = format!("/admin/people/{}", own.sub);
        assert!(!browser.get(&own).await.text().contains("id=\"admin-disable\""));
        assert_eq!(press(&browser, &own, &[("decision", "disable")]).await.status, 400);
        let lines = browser.get("/admin/audit?user=ana").await.is_ok();
        for act in ["user.disable", "user.enable", "user.password", "session.end"] {
            assert!(lines.text().contains(&format!("<code>{act}</code>")), "{act}");
        }
        let nobody = browser.get("/admin/people/nobody").await;
        assert_eq!((nobody.status.as_u16(), nobody.text().contains("not_found")), (404, true));
    }

    async fn an_application_is_shut_out_and_gets_a_new_secret(server: TestServer) {
        let browser = boss(&server).await;
        let machine = server.machine("a/b c", |_| {}).await;
        let token = server.token(&machine).await;
        let path = "/admin/applications/a%2Fb%20c";
        let page = press(&browser, path, &[("decision", "rotate-secret")]).await.is_ok();
        let (_, rest) = page.text().split_once("id=\"admin-secret\">").unwrap();
        let secret = rest.split('<').next().unwrap().to_owned();
        let renewed = crate::support::Credentials { client_secret: secret.clone(), ..machine.clone() };
        server.replica(&[]).await.token(&renewed).await;
        assert!(!browser.get(path).await.text().contains(&secret));
        press(&browser, path, &[("decision", "disable")]).await;
        server.get("/oauth2/verify").bearer(&token).send().await.is_challenge(Some("invalid_token"), "token_revoked");
        assert!(press(&browser, path, &[("decision", "enable")]).await.text().contains("id=\"admin-disable\""));
        let token = server.replica(&[]).await.token(&renewed).await;
        press(&browser, path, &[("decision", "revoke")]).await;
        server.get("/oauth2/verify").bearer(&token).send().await.is_challenge(Some("invalid_token"), "token_revoked");
    }

    async fn a_refusal_is_explained(server: TestServer) {
        let browser = boss(&server).await;
        let machine = server.machine("reports", |_| {}).await;
        let token = server.token(&machine).await;
        server.post("/oauth2/revoke").basic(&machine).form(&[("token", &token)]).await.is_ok();
        let refused = server.get("/oauth2/verify").bearer(&token).send().await;
        server.app.refusals.flush().await;
        for what in [token.as_str(), refused.header("x-request-id")] {
            let page = press(&browser, "/admin/why", &[("what", what)]).await.is_ok();
            assert!(page.text().contains("<code>token_revoked</code>"), "{}", page.text());
            assert!(page.text().contains("revoked by its client"), "{}", page.text());
            assert!(!page.text().contains(&token));
        }
        let nothing = uuid::Uuid::max().to_string();
        assert!(press(&browser, "/admin/why", &[("what", &nothing)]).await.text().contains("admin-unknown"));
    }

    /// A list has pages, and somebody is found by name.
    async fn people_are_found_and_paged(server: TestServer) {
        let browser = boss(&server).await;
        for n in 0..55 {
            server.person(&format!("p-{n:02}"), |_| {}).await;
        }
        let first = browser.get("/admin/people").await.is_ok();
        let (_, rest) = first.text().split_once("id=\"admin-next\" href=\"").unwrap();
        let next = rest.split('"').next().unwrap().replace("&#38;", "&");
        let second = browser.get(&next).await.is_ok();
        assert!(second.text().contains("p-54") && !second.text().contains("p-01") && !second.text().contains("admin-next"));
        let found = browser.get("/admin/people?name=P-07%40example.org").await;
        assert!(browser.follow(found.header("location")).await.text().contains("p-07"));
        assert!(browser.get("/admin/people?name=nobody").await.is_ok().text().contains("role=\"alert\""));
        let sessions = browser.get("/admin/sessions").await.is_ok();
        assert!(sessions.text().contains("boss") && !sessions.text().contains(PASSWORD));
        assert!(browser.get("/admin?ui_locales=ru").await.text().contains("Администрирование"));
    }
}
