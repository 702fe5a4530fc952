//! Proof Key for Code Exchange: RFC 7636, RFC 9700 §2.1.1 and §4.8.2.

use axum::http::StatusCode;
use porteiro::oauth::AuthMethod;

use crate::support::{
    Browser, CHALLENGE, Credentials, PASSWORD, STATE, TestServer, VERIFIER, WITH_PKCE, ask, parameter,
};

const OTHER_VERIFIER: &str = "another-verifier-another-verifier-another-verifier";
const OTHER_CHALLENGE: &str = "8BeYTr1qDuEk7HUIDlMkXfbhRK2iwS8mW6DB3SEpd3A";

async fn code(browser: &Browser<'_>, client: &Credentials) -> String {
    browser.code(client, &WITH_PKCE).await
}

contract! {
    /// SECURITY-CASES 64 and 65: public clients, those that say so, and all in
    /// the strict profile.
    async fn a_challenge_is_required_where_it_must_be(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        server.dashboard("public", |client| client.token_endpoint_auth_method = AuthMethod::None).await;
        server.dashboard("careful", |client| client.require_pkce = true).await;
        for (client_id, profile, required) in [
            ("app", "default", false),
            ("public", "default", true),
            ("careful", "default", true),
            ("app", "strict", true),
        ] {
            let server = server.replica(&[("PROFILE", profile)]).await;
            let without = server.get(&ask(&[("client_id", client_id)])).send().await;
            if required {
                without.tells_the_client("invalid_request");
            } else {
                assert_eq!(without.leads_to(), "/login");
            }
            let with = ask(&[&[("client_id", client_id)], WITH_PKCE.as_slice()].concat());
            assert_eq!(server.get(&with).send().await.leads_to(), "/login", "{client_id}");
        }
    }

    /// SECURITY-CASES 66: S256 only, and a digest at that.
    async fn no_other_method_is_taken(server: TestServer) {
        server.dashboard("app", |_| {}).await;
        for (challenge, method) in [
            (CHALLENGE, "plain"),
            (CHALLENGE, ""),
            (CHALLENGE, "s256"),
            ("", "S256"),
            ("short", "S256"),
            (&CHALLENGE.replace('-', "+"), "S256"),
        ] {
            let asked = ask(&[("code_challenge", challenge), ("code_challenge_method", method)]);
            server.get(&asked).send().await.tells_the_client("invalid_request");
        }
    }

    /// SECURITY-CASES 70 and 71: a challenge that was sent is enforced.
    async fn a_code_with_a_challenge_needs_its_verifier(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let code = code(&browser, &client).await;
        server.redemption(&client, &code, &[]).await.is_error(400, "invalid_grant");
        for wrong in ["", OTHER_VERIFIER, CHALLENGE, &VERIFIER[1..]] {
            server.redemption(&client, &code, &[("code_verifier", wrong)]).await.is_error(400, "invalid_grant");
        }
    }

    /// SECURITY-CASES 74: RFC 9700 §4.8.2, the challenge was stripped.
    async fn a_verifier_for_a_code_without_a_challenge_is_refused(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let code = server.signed_in("alice").await.code(&client, &[]).await;
        let answer = server.redemption(&client, &code, &[("code_verifier", VERIFIER)]).await;
        answer.is_error(400, "invalid_grant");
    }

    /// SECURITY-CASES 75: RFC 9700 §4.5, code injection.
    async fn a_code_of_another_flow_does_not_fit(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        let mine = code(&browser, &client).await;
        let pkce = [("code_challenge", OTHER_CHALLENGE), ("code_challenge_method", "S256")];
        let injected = browser.code(&client, &pkce).await;
        let verifier = [("code_verifier", VERIFIER)];
        server.redemption(&client, &injected, &verifier).await.is_error(400, "invalid_grant");
        server.redemption(&client, &mine, &verifier).await.is_ok();
        server.redemption(&client, &injected, &[("code_verifier", OTHER_VERIFIER)]).await.is_ok();
    }

    /// SECURITY-CASES 76: a code survives a few wrong verifiers, so that a
    /// thief cannot spend it for its owner, and not many.
    async fn a_code_survives_four_wrong_verifiers_and_not_five(server: TestServer) {
        let client = server.dashboard("app", |_| {}).await;
        let browser = server.signed_in("alice").await;
        for (wrong, survives) in [(4, true), (5, false)] {
            let code = code(&browser, &client).await;
            for _ in 0..wrong {
                let answer = server.redemption(&client, &code, &[("code_verifier", OTHER_VERIFIER)]).await;
                answer.is_error(400, "invalid_grant");
            }
            let answer = server.redemption(&client, &code, &[("code_verifier", VERIFIER)]).await;
            assert_eq!(answer.status == StatusCode::OK, survives, "{answer:?}");
            server.redemption(&client, &code, &[("code_verifier", VERIFIER)]).await.is_error(400, "invalid_grant");
        }
    }

    /// SECURITY-CASES 77: the browser never reads the challenge back.
    async fn the_challenge_is_visible_nowhere(server: TestServer) {
        server.dashboard("app", |client| client.skip_consent = false).await;
        server.person("alice", |_| {}).await;
        let browser = server.browser();
        let redirect = browser.get(&ask(&WITH_PKCE)).await;
        let login = browser.follow(redirect.header("location")).await;
        let filled = [("username", "alice"), ("password", PASSWORD)];
        let consent = browser.submit(&login, &filled).await;
        assert!(consent.text().contains("consent-allow"), "{}", consent.text());
        let last = browser.submit(&consent, &[("decision", "allow")]).await;
        assert_eq!(parameter(last.header("location"), "state").as_deref(), Some(STATE));
        for answer in [redirect, login, consent, last] {
            assert!(!format!("{:?}", answer.headers).contains(CHALLENGE) && !answer.text().contains(CHALLENGE));
        }
        assert!(browser.cookie_values().iter().all(|value| !value.contains(CHALLENGE)));
    }
}
