//! The implicit grant: RFC 6749 §4.2, where operator and client still want it.

use porteiro::oauth::GrantType;

use crate::support::{PASSWORD, TestServer, ask, claims_of};

const ASKED: [(&str, &str); 2] = [("response_type", "token"), ("scope", "openid email offline_access")];

contract! {
    /// RFC 6749 §4.2.2: in the fragment, and nothing to refresh it with.
    async fn the_token_travels_in_the_fragment_alone(server: TestServer) {
        let server = server.replica(&[("COMPAT__IMPLICIT", "true")]).await;
        server.dashboard("app", |client| client.grant_types.push(GrantType::Implicit)).await;
        let browser = server.signed_in("alice").await;
        let answer = browser.get(&ask(&ASKED)).await;
        assert!(answer.header("location").starts_with("https://rp.test/cb#"), "{answer:?}");
        let told = answer.sent_back();
        assert_eq!((told["token_type"].as_str(), told["expires_in"].as_str()), ("Bearer", "900"));
        // There is no refresh token that could outlive the session.
        assert_eq!(told["scope"], "openid email");
        assert!(["refresh_token", "code", "id_token"].iter().all(|name| !told.contains_key(*name)));
        server.get("/userinfo").bearer(&told["access_token"]).send().await.is_ok();
        assert!(claims_of(&told["access_token"].clone().into())["sid"].is_string());
    }

    /// A query ends in logs.
    async fn no_other_mode_is_taken(server: TestServer) {
        let server = server.replica(&[("COMPAT__IMPLICIT", "true")]).await;
        server.dashboard("app", |client| client.grant_types.push(GrantType::Implicit)).await;
        let browser = server.signed_in("alice").await;
        for mode in ["query", "form_post"] {
            let answer = browser.get(&ask(&[ASKED.as_slice(), &[("response_mode", mode)]].concat())).await;
            assert!(answer.header("location").contains('#'), "{answer:?}");
            answer.tells_the_client("invalid_request");
        }
    }

    /// SECURITY-CASES 33: operator and client must both allow it.
    async fn both_operator_and_client_must_allow_it(server: TestServer) {
        server.dashboard("app", |client| client.grant_types.push(GrantType::Implicit)).await;
        server.dashboard("modern", |_| {}).await;
        server.person("alice", |_| {}).await;
        let on = [("COMPAT__IMPLICIT", "true")];
        let strict = [("COMPAT__IMPLICIT", "true"), ("PROFILE", "strict")];
        for (settings, client_id, error) in [
            (&[][..], "app", "unsupported_response_type"),
            (&on, "modern", "unauthorized_client"),
            (&strict, "app", "unsupported_response_type"),
        ] {
            let server = server.replica(settings).await;
            let browser = server.browser();
            browser.sign_in("alice").await;
            let asked = ask(&[ASKED.as_slice(), &[("client_id", client_id)]].concat());
            browser.get(&asked).await.tells_the_client(error);
        }
    }

    /// SECURITY-CASES 33: also when it was allowed until the login was done.
    async fn it_may_be_forbidden_while_the_person_logs_in(server: TestServer) {
        let allowing = server.replica(&[("COMPAT__IMPLICIT", "true")]).await;
        allowing.dashboard("app", |client| client.grant_types.push(GrantType::Implicit)).await;
        allowing.person("alice", |_| {}).await;
        let before = allowing.browser();
        let page = before.follow(&ask(&ASKED)).await;
        let after = server.browser();
        after.set_cookie("__Host-porteiro_browser", &before.cookie("__Host-porteiro_browser").unwrap());
        let filled = [("username", "alice"), ("password", PASSWORD)];
        after.submit(&page, &filled).await.tells_the_client("unauthorized_client");
    }
}
