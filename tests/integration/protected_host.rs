//! `/oauth2/verify` for people: who is let into a protected host, and for how
//! long.

use std::time::Duration;

use porteiro::store::{NewRevocation, RevocationKind, TokenFilter};

use crate::support::{ISSUER, SITE, Secrets, Site, TestServer, dump};

const COOKIE: &str = "__Host-porteiro_visitor";

/// What the proxy is answered when it asks with these headers.
async fn verify(site: &Site<'_>, headers: &[(&'static str, &str)]) -> crate::support::Answer {
    let call = site.server.get("/oauth2/verify");
    site.browser.send(headers.iter().fold(call, |call, (name, value)| call.header(*name, value))).await
}

contract! {
    /// nginx takes the address from `Location`; Traefik and Caddy hand on the
    /// page; a script gets JSON.
    async fn each_proxy_can_use_the_refusal(server: TestServer) {
        let site = server.site().await;
        let url = ("x-original-url", "https://app.test/a?b=c&d=%2F");
        let forwarded = [
            ("x-forwarded-host", "app.test"), ("x-forwarded-proto", "https"), ("x-forwarded-uri", "/a?b=c&d=%2F"),
        ];
        let login = "https://app.test/_porteiro/start?return_to=%2Fa%3Fb%3Dc%26d%3D%252F";
        let browser = ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
        for headers in [vec![url, browser], [&forwarded[..], &[browser]].concat()] {
            let answer = verify(&site, &headers).await;
            assert_eq!((answer.status.as_u16(), answer.header("location")), (401, login));
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
            let refresh = format!("content=\"0; url={}\"", login.replace('&', "&#38;"));
            assert!(answer.text().contains(&refresh), "{}", answer.text());
            assert!(answer.text().contains(&format!("{ISSUER}/assets/style.css")));
            answer.is_page();
        }
        let answer = verify(&site, &[url, ("accept", "*/*")]).await;
        assert_eq!(answer.header("location"), login);
        answer.is_challenge(None, "token_missing");
        for script in [
            &[("sec-fetch-mode", "cors"), ("accept", "*/*")][..],
            &[("sec-fetch-mode", "no-cors"), browser],
            &[("x-requested-with", "XMLHttpRequest"), ("accept", "*/*")],
            &[("accept", "application/json")],
        ] {
            let answer = verify(&site, &[&[url], script].concat()).await;
            assert_eq!(answer.header("location"), "", "{script:?}");
            answer.is_challenge(None, "token_missing");
        }
    }

    /// CONTRACT §5: who is not known as a protected host is asked for a token.
    async fn only_a_registered_host_has_a_login(server: TestServer) {
        let site = server.site().await;
        server.protector("off", "https://off.test", |client| client.enabled = false).await;
        server.protector("machine", "https://machine.test", |client| client.grant_types.clear()).await;
        for headers in [
            &[("x-original-url", "https://other.test/")][..],
            &[("x-original-url", "http://app.test/")],
            &[("x-original-url", "https://app.test:8443/")],
            &[("x-original-url", "https://app.test.evil.test/")],
            &[("x-original-url", "https://off.test/")],
            &[("x-original-url", "https://machine.test/")],
            &[("x-forwarded-host", "id.example.org")],
            &[("x-original-url", "https://app.test/"), ("x-forwarded-host", "evil.test")],
        ] {
            let answer = verify(&site, headers).await;
            assert_eq!(answer.header("location"), "", "{headers:?}");
            answer.is_challenge(None, "token_missing");
        }
    }

    /// A program is told what is wrong with its token, not where to log in.
    async fn a_bearer_token_climbs_the_ladder_at_a_protected_host_too(server: TestServer) {
        let site = server.site().await;
        let client = server.machine("reports", |client| client.audience = vec![SITE.into()]).await;
        let token = server.token(&client).await;
        let ask = async |token: &str, query: &str| {
            let call = server.get(&format!("/oauth2/verify?{query}")).bearer(token);
            site.browser.send(call.header("x-original-url", SITE)).await
        };
        let answer = ask(&token, "audience=https://app.test").await.is_ok();
        assert_eq!(answer.header("x-auth-request-user"), "reports");
        let refused = ask("nonsense", "").await;
        assert_eq!(refused.header("location"), "");
        refused.is_challenge(Some("invalid_token"), "token_malformed");
        ask(&token, "audience=https://other.test").await.is_challenge(Some("invalid_token"), "token_audience");
    }

    /// Where a login would not help there is none, or it would go in a circle.
    async fn a_proxy_may_ask_for_audience_and_scope_of_a_person(server: TestServer) {
        let site = server.site().await;
        server.person("alice", |_| {}).await;
        site.enter("alice").await;
        let ask = async |query: &str| {
            let call = server.get(&format!("/oauth2/verify?{query}")).header("x-original-url", SITE);
            site.browser.send(call).await
        };
        ask("audience=https://app.test&scope=email+groups").await.is_ok();
        let refused = ask("audience=https://other.test").await;
        assert_eq!(refused.header("location"), "");
        refused.is_challenge(Some("invalid_token"), "token_audience");
        let refused = ask("scope=email+/btb").await;
        assert_eq!((refused.status.as_u16(), refused.header("location")), (403, ""));
    }

    /// CONTRACT §3: whatever takes a token back ends a visit as well.
    async fn whatever_ends_a_token_or_its_session_ends_the_visit(server: TestServer) {
        let site = server.site().await;
        let ways = ["user", "client", "session", "grant", "token", "all", "disabled", "deleted", "logout"];
        for way in ways {
            let person = server.person(way, |_| {}).await;
            let visit = site.elsewhere();
            visit.enter(way).await;
            let now = server.app.now();
            let filter = TokenFilter { sub: Some(person.sub.clone()), limit: 1, ..TokenFilter::default() };
            let record = server.app.store.tokens(&filter).await.unwrap().remove(0);
            let revoke = async |kind, subject: String| {
                server.app.revocations.revoke(&NewRevocation::new(kind, subject, now)).await.unwrap();
            };
            match way {
                "user" => revoke(RevocationKind::User, person.sub.clone()).await,
                "client" => revoke(RevocationKind::Client, "site".into()).await,
                "session" => revoke(RevocationKind::Session, record.session_id.unwrap().to_string()).await,
                "grant" => revoke(RevocationKind::Grant, record.grant_id.unwrap().to_string()).await,
                "token" => revoke(RevocationKind::Token, record.jti.to_string()).await,
                "all" => revoke(RevocationKind::All, String::new()).await,
                "disabled" => assert!(server.app.store.disable_user(&person.sub, now, "test").await.unwrap()),
                "deleted" => assert!(server.app.store.delete_user(&person.sub, now, "test").await.unwrap()),
                _ => {
                    let page = visit.browser.get("/logout").await;
                    visit.browser.submit(&page, &[("decision", "logout")]).await.is_ok();
                }
            }
            assert!(!visit.lets_in().await, "{way}");
            server.advance(Duration::from_millis(10));
        }
    }

    /// A visit is use of the session: it keeps it awake, and ends with it.
    async fn a_visit_lives_as_long_as_its_session_and_not_over_twelve_hours(server: TestServer) {
        let site = server.site().await;
        server.person("alice", |_| {}).await;
        site.enter("alice").await;
        let idle = server.app.config.sessions.idle_lifetime;
        for _ in 0..11 {
            server.advance(Duration::from_secs(3600));
            assert!(site.lets_in().await);
        }
        server.advance(Duration::from_secs(3600));
        assert!(!site.lets_in().await);
        // The session goes on, so nobody is asked for a password.
        let answer = site.begin("/").await;
        site.open(answer.header("location")).await;
        assert!(site.lets_in().await);

        let short = server.replica(&[("SESSIONS__IDLE_LIFETIME", "1h")]).await;
        let there = Site { server: &short, browser: short.browser(), origin: SITE };
        there.enter("alice").await;
        for _ in 0..3 {
            server.advance(Duration::from_secs(3000));
            assert!(there.lets_in().await);
        }
        server.advance(Duration::from_secs(3601));
        assert!(!there.lets_in().await);
        assert!(idle > Duration::from_secs(3600));
    }

    /// SECURITY-CASES 135 and 185: only our own cookie for this very host.
    async fn a_forged_or_foreign_cookie_is_refused(server: TestServer) {
        server.protector("other", "https://other.test", |_| {}).await;
        server.protector("pair", "https://a.test", |client| {
            client.redirect_uris.push("https://b.test/_porteiro/callback".into());
        }).await;
        let site = server.site().await;
        server.person("alice", |_| {}).await;
        site.enter("alice").await;
        let real = site.browser.cookie(COOKIE).unwrap();
        let session = site.browser.cookie("__Host-porteiro_session").unwrap();
        let client = server.machine("reports", |client| client.audience = vec![SITE.into()]).await;
        let jwt = server.token(&client).await;
        let mut forged = vec![
            String::new(), "x".into(), jwt, session.clone(), session.replace("psc_", "pvc_"),
            real.replace("pvc_", "prt_"), real[..real.len() - 2].to_owned(), format!("{real}A"),
        ];
        for position in [4, 25, 40, 60, real.len() - 3] {
            let other = if real.as_bytes()[position] == b'A' { "B" } else { "A" };
            forged.push(format!("{}{other}{}", &real[..position], &real[position + 1..]));
        }
        let thief = site.elsewhere();
        for cookie in forged {
            thief.browser.set_cookie(COOKIE, &cookie);
            let answer = thief.ask("/").await;
            assert_eq!((answer.status.as_u16(), answer.header("location").is_empty()), (401, false), "{cookie}");
        }
        // Another host, of another client or of the same one.
        let [a, b] = ["https://a.test", "https://b.test"].map(|origin| Site { origin, ..site.elsewhere() });
        a.enter("alice").await;
        let of_a = a.browser.cookie(COOKIE).unwrap();
        for (origin, cookie) in [("https://other.test", &real), (SITE, &of_a), ("https://b.test", &of_a)] {
            let there = Site { origin, ..site.elsewhere() };
            there.browser.set_cookie(COOKIE, cookie);
            assert!(!there.lets_in().await, "{origin}");
        }
        b.enter("alice").await;
        assert!(a.lets_in().await && site.lets_in().await);
    }

    /// A host that changes hands lets nobody in whom its client before let in.
    async fn a_visit_is_its_clients_own(server: TestServer) {
        let site = server.site().await;
        server.person("alice", |_| {}).await;
        site.enter("alice").await;
        let now = server.app.now();
        let mut client = server.app.store.client("site").await.unwrap().unwrap();
        client.redirect_uris = vec!["https://moved.test/_porteiro/callback".into()];
        server.app.store.update_client(&client, now, "test").await.unwrap();
        server.protector("heir", SITE, |_| {}).await;
        let heir = server.replica(&[]).await;
        let there = Site { server: &heir, browser: heir.browser(), origin: SITE };
        there.browser.set_cookie(COOKIE, &site.browser.cookie(COOKIE).unwrap());
        assert!(!there.lets_in().await);
    }

    /// RFC 6265bis §4.1.3.2 and SECURITY-CASES 261.
    async fn the_cookie_is_for_one_host_and_found_nowhere_else(server: TestServer) {
        let site = server.site().await;
        server.person("alice", |_| {}).await;
        let login = site.begin("/").await;
        let answer = site.log_in(&login, "alice").await;
        let mut secrets = Secrets::default();
        secrets.add("code", Site::sent(&answer, "code").unwrap());
        secrets.add("guest", site.browser.cookie("__Host-porteiro_guest").unwrap());
        let entered = site.open(answer.header("location")).await;
        let line = entered.header("set-cookie");
        assert!(line.starts_with("__Host-porteiro_visitor=pvc_"), "{line}");
        assert!(line.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{line}");
        secrets.add("visitor", site.browser.cookie(COOKIE).unwrap());
        let everything = dump(&server.app.store).await;
        assert_eq!(secrets.found_in(&everything), Vec::<&str>::new());
    }
}
