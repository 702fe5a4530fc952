//! Who may call the administration API.

use porteiro::oauth::{GrantType, Scope};
use porteiro::store::Client;

use crate::support::{ADMIN, Answer, ISSUER, PASSWORD, TestServer};

fn is_forbidden(answer: &Answer) {
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(answer.json()["error_code"], "insufficient_scope");
    assert!(answer.header("www-authenticate").contains("error=\"insufficient_scope\""), "{answer:?}");
}

/// The tokens that a client gets for a person's password.
async fn by_password(server: &TestServer, username: &str, scope: &str) -> serde_json::Value {
    let client_id = format!("console-{username}");
    let client = server.machine(&client_id, |client| {
        client.grant_types = vec![GrantType::Password, GrantType::RefreshToken];
        client.scope = Scope::parse(&format!("openid {ADMIN}")).unwrap();
    });
    let form = [("grant_type", "password"), ("username", username), ("password", PASSWORD), ("scope", scope)];
    server.post("/oauth2/token").basic(&client.await).form(&form).await.is_ok().json()
}

contract! {
    /// SECURITY-CASES 263: the ladder, then the audience, then the scope.
    async fn a_token_for_something_else_opens_nothing(server: TestServer) {
        let scope: Scope = format!("{ADMIN} /btb").parse().unwrap();
        let elsewhere = server.machine("elsewhere", |client| {
            client.scope = scope.clone();
            client.audience = vec!["https://api.test".into()];
        }).await;
        let token = server.token_for(&elsewhere, ADMIN).await;
        server.api(&token, "get /clients", None).await.is_challenge(Some("invalid_token"), "token_audience");
        let both = server.machine("both", |client| {
            client.scope = scope.clone();
            client.audience = vec!["https://api.test".into(), ISSUER.into()];
        }).await;
        let token = server.token_for(&both, ADMIN).await;
        server.api(&token, "get /clients", None).await.is_ok();
        is_forbidden(&server.api(&server.token_for(&both, "/btb").await, "get /clients", None).await);
        server.post("/oauth2/revoke").basic(&both).form(&[("token", &token)]).await.is_ok();
        server.api(&token, "get /clients", None).await.is_challenge(Some("invalid_token"), "token_revoked");
    }

    /// The right to administer is asked for by name, or it is not given.
    async fn who_does_not_ask_for_the_right_does_not_get_it(server: TestServer) {
        let machine = server.machine("ops", |client| client.scope = format!("/btb {ADMIN}").parse().unwrap()).await;
        let form = [("grant_type", "client_credentials")];
        let answer = server.post("/oauth2/token").basic(&machine).form(&form).await.is_ok().json();
        assert_eq!(answer["scope"], "/btb");
        is_forbidden(&server.api(answer["access_token"].as_str().unwrap(), "get /clients", None).await);
        let other = server.machine("other", |client| client.scope = "/btb".parse().unwrap()).await;
        let form = [("grant_type", "client_credentials"), ("scope", "porteiro.admin.read")];
        server.post("/oauth2/token").basic(&other).form(&form).await.is_error(400, "invalid_scope");
    }

    /// A person counts while they are an administrator, and not a moment longer.
    async fn a_person_counts_while_they_administer(server: TestServer) {
        let boss = server.person("boss", |user| user.admin = true).await;
        let tokens = by_password(&server, "boss", ADMIN).await;
        let token = tokens["access_token"].as_str().unwrap();
        let users = server.api(token, "get /users", None).await.is_ok().json();
        assert_eq!(users["users"][0]["username"], "boss");
        let demoted = porteiro::store::User { admin: false, ..(*boss).clone() };
        assert!(server.app.store.update_user(&demoted, "test").await.unwrap());
        is_forbidden(&server.api(token, "get /users", None).await);
    }

    /// No grant and no consent of somebody else makes them one.
    async fn another_person_has_no_right_to_give(server: TestServer) {
        server.person("ana", |_| {}).await;
        let tokens = by_password(&server, "ana", &format!("openid {ADMIN}")).await;
        assert_eq!(tokens["scope"], "openid");
        is_forbidden(&server.api(tokens["access_token"].as_str().unwrap(), "get /users", None).await);

        let client = server.dashboard("console", |client| {
            client.scope = Scope::parse(&format!("openid profile {ADMIN}")).unwrap();
            client.skip_consent = false;
        }).await;
        for (person, admin) in [("bob", false), ("carol", true)] {
            server.person(person, |user| user.admin = admin).await;
            let browser = server.browser();
            browser.sign_in(person).await;
            let query = [("response_type", "code"), ("client_id", "console"), ("redirect_uri", "https://rp.test/cb"),
                ("scope", "openid profile porteiro.admin.read")];
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            let page = browser.follow(&format!("/authorize?{query}")).await.is_ok();
            assert_eq!(page.text().contains("porteiro.admin.read"), admin, "{}", page.text());
            let answer = browser.submit(&page, &[("decision", "allow")]).await;
            let code = crate::support::parameter(answer.header("location"), "code").unwrap();
            let tokens = server.redeem(&client, &code).await;
            assert_eq!(tokens["scope"].as_str().unwrap().contains("admin"), admin, "{tokens}");
            let answer = server.api(tokens["access_token"].as_str().unwrap(), "get /keys", None).await;
            assert_eq!(answer.status.is_success(), admin, "{answer:?}");
            // Remembered, so that nobody is asked twice.
            let again = browser.follow(&format!("/authorize?{query}")).await;
            assert!(again.header("location").contains("code="), "{again:?}");
        }
    }

    /// What a client was registered for is asked now too.
    async fn a_client_that_lost_the_right_has_lost_it(server: TestServer) {
        let token = server.administration().await;
        server.api(&token, "get /clients", None).await.is_ok();
        let ops = server.app.store.client("ops").await.unwrap().unwrap();
        let stripped = Client { scope: "/btb".parse().unwrap(), ..ops };
        assert!(server.app.store.update_client(&stripped, server.app.now(), "test").await.unwrap());
        // Another server has nothing in memory of the time before.
        is_forbidden(&server.replica(&[]).await.api(&token, "get /clients", None).await);
    }

    /// The trail names who came without the right, and who used it.
    async fn the_trail_names_the_caller(server: TestServer) {
        let token = server.administration().await;
        let created = server.api(&token, "post /clients", Some(&serde_json::json!({"client_id": "m1"}))).await;
        assert_eq!(created.status, 201);
        let lines = server.api(&token, "get /audit?act=client.create&actor=client:ops", None).await.is_ok().json();
        assert_eq!(lines["entries"][0]["client_id"], "m1");
        assert_eq!(lines["entries"][0]["request_id"], created.header("x-request-id"));
        let machine = server.machine("reports", |client| client.scope = "/btb".parse().unwrap()).await;
        let refused = server.api(&server.token(&machine).await, "get /audit", None).await;
        is_forbidden(&refused);
        server.app.refusals.flush().await;
        let request = format!("get /audit?request_id={}", refused.header("x-request-id"));
        let lines = server.api(&token, &request, None).await.is_ok().json();
        assert_eq!(lines["entries"][0]["reason"], "insufficient_scope");
    }
}
