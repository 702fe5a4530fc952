//! The login for a protected host: out and back, and what cannot be slipped in.

use crate::support::{Answer, ISSUER, SITE, Site, TestServer, parameter};

const COOKIE: &str = "__Host-porteiro_visitor";
const GUEST: &str = "__Host-porteiro_guest";

fn leads_to_the_site(answer: &Answer) -> bool {
    answer.header("location").starts_with("https://app.test/_porteiro/callback?")
}

contract! {
    /// Out and back to the very same address, query and all.
    async fn a_person_comes_back_to_what_they_asked_for(server: TestServer) {
        let site = server.site().await;
        server.person("alice", |_| {}).await;
        let deep = "/reports/2026?region=S%C3%A3o+Paulo&next=//evil.test/&x=a%26b";
        let login = site.begin(deep).await.is_ok().is_page();
        assert!(login.text().contains("id=\"password\""));
        let answer = site.log_in(&login, "alice").await;
        assert!(leads_to_the_site(&answer), "{answer:?}");
        let entered = site.open(answer.header("location")).await;
        assert_eq!((entered.status.as_u16(), entered.header("location")), (303, format!("{SITE}{deep}").as_str()));
        assert_eq!(entered.header("referrer-policy"), "no-referrer");
        assert_eq!(site.ask(deep).await.is_ok().header("x-auth-request-preferred-username"), "alice");
    }

    /// OpenID Connect Core §3.1.2.3: one login for all hosts, in every profile.
    async fn the_second_host_asks_for_no_password(server: TestServer) {
        server.site().await;
        server.protector("other", "https://other.test", |_| {}).await;
        server.person("alice", |_| {}).await;
        let strict = server.replica(&[("PROFILE", "strict")]).await;
        let site = Site { server: &strict, browser: strict.browser(), origin: SITE };
        site.enter("alice").await;
        let other = Site { origin: "https://other.test", ..site };
        let answer = other.begin("/x").await;
        assert_eq!(other.open(answer.header("location")).await.header("location"), "https://other.test/x");
        assert!(other.lets_in().await);
    }

    /// RFC 6749 §4.1.2.1: a no is a page, and not the end.
    async fn who_says_no_is_not_let_in_and_may_try_again(server: TestServer) {
        server.protector("site", SITE, |client| client.skip_consent = false).await;
        let site = Site { server: &server, browser: server.browser(), origin: SITE };
        server.person("alice", |_| {}).await;
        let login = site.begin("/deep?x=1").await;
        let consent = site.log_in(&login, "alice").await;
        let denied = site.browser.submit(&consent, &[("decision", "deny")]).await;
        assert_eq!(Site::sent(&denied, "error").as_deref(), Some("access_denied"));
        let page = site.open(denied.header("location")).await;
        assert_eq!(page.status, 403);
        assert!(page.text().contains("id=\"error-again\" href=\"https://app.test/deep?x=1\""), "{}", page.text());
        let policy = page.header("content-security-policy").to_owned();
        assert!(policy.contains(&format!("style-src {ISSUER};")), "{policy}");
        page.is_error_page("sign_in_denied");
        assert!(!site.lets_in().await);

        let consent = site.begin("/deep?x=1").await;
        let answer = site.browser.submit(&consent, &[("decision", "allow")]).await;
        assert_eq!(site.open(answer.header("location")).await.header("location"), "https://app.test/deep?x=1");
        assert!(site.lets_in().await);
    }

    /// SECURITY-CASES 215; RFC 9700 §4.7: the login of one browser is worth
    /// nothing in another, and nothing the second time.
    async fn a_login_ends_in_the_browser_where_it_began_and_once(server: TestServer) {
        let site = server.site().await;
        server.person("mallory", |_| {}).await;
        let login = site.begin("/").await;
        let answer = site.log_in(&login, "mallory").await;
        let location = answer.header("location");
        let victim = site.elsewhere();
        victim.open(location).await.is_error_page("sign_in_lost");
        victim.begin("/").await;
        victim.open(location).await.is_error_page("sign_in_lost");
        assert!(victim.browser.cookie(COOKIE).is_none());

        assert_eq!(site.open(location).await.status, 303);
        site.open(location).await.is_error_page("sign_in_lost");
        for broken in ["", "?code=x", "?state=x", "?state=pls_AAAA&code=x", "?code=a&code=b&state=c"] {
            let answer = site.open(&format!("{SITE}/_porteiro/callback{broken}")).await;
            assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (400, ""), "{broken}");
        }
    }

    /// RFC 9700 §4.5 and §4.7.1: somebody else's code does not fit.
    async fn a_code_of_another_login_is_refused(server: TestServer) {
        let site = server.site().await;
        server.person("mallory", |_| {}).await;
        server.person("alice", |_| {}).await;
        let attacker = site.elsewhere();
        let login = attacker.begin("/").await;
        let stolen = Site::sent(&attacker.log_in(&login, "mallory").await, "code").unwrap();
        let login = site.begin("/").await;
        let own = site.log_in(&login, "alice").await;
        let (state, code) = (Site::sent(&own, "state").unwrap(), Site::sent(&own, "code").unwrap());
        let mixed = format!("{SITE}/_porteiro/callback?code={stolen}&state={state}");
        site.open(&mixed).await.is_error_page("sign_in_lost");
        assert!(site.browser.cookie(COOKIE).is_none());
        // Nor does a code that was meant for the host buy anything elsewhere.
        let form = [("code", code.as_str()), ("redirect_uri", "https://app.test/_porteiro/callback")];
        let client = server.machine("thief", |client| {
            client.grant_types.push(porteiro::oauth::GrantType::AuthorizationCode);
        }).await;
        server.exchange(&client, "authorization_code", &form).await.is_error(400, "invalid_grant");
    }

    /// RFC 9700 §4.1.3 and §4.11: a login leads back to its own host only.
    async fn a_login_never_leads_to_another_host(server: TestServer) {
        let site = server.site().await;
        let person = server.signed_in("alice").await;
        let site = Site { browser: person, ..site };
        for evil in [
            "https://evil.test/", "//evil.test/", "/\\evil.test", "\\\\evil.test", ".evil.test/", "@evil.test/",
            ":443@evil.test/", "javascript:alert(1)", "/%0d%0aLocation:%20https://evil.test", "/\r\nX: y", "",
            &format!("/{}", "a".repeat(5000)),
        ] {
            let target: String = form_urlencoded::byte_serialize(evil.as_bytes()).collect();
            let started = site.open(&format!("{SITE}/_porteiro/start?return_to={target}")).await;
            let path = started.header("location").strip_prefix(ISSUER).unwrap();
            let answer = site.browser.follow(path).await;
            let location = site.open(answer.header("location")).await.header("location").to_owned();
            let back = url::Url::parse(&location).unwrap();
            assert_eq!(back.origin().ascii_serialization(), SITE, "{evil} leads to {location}");
            assert!(location.starts_with("https://app.test/"), "{evil} leads to {location}");
        }
    }

    /// A state says where it began; at another host it is nobody's.
    async fn the_answer_for_one_host_is_refused_at_another(server: TestServer) {
        let site = server.site().await;
        server.protector("other", "https://other.test", |_| {}).await;
        server.person("alice", |_| {}).await;
        let login = site.begin("/").await;
        let answer = site.log_in(&login, "alice").await;
        let guest = site.browser.cookie(GUEST).unwrap();
        let other = Site { origin: "https://other.test", ..site.elsewhere() };
        other.browser.set_cookie(GUEST, &guest);
        let moved = answer.header("location").replace("app.test", "other.test");
        other.open(&moved).await.is_error_page("sign_in_lost");
        assert!(other.browser.cookie(COOKIE).is_none());
    }

    /// What our own host, or one that nobody registered, is handed is nothing.
    async fn the_paths_are_for_protected_hosts_only(server: TestServer) {
        server.site().await;
        for path in ["start", "callback", "sign-out"] {
            let path = format!("/_porteiro/{path}");
            server.get(&path).send().await.is_error_page("not_found");
            let elsewhere = server.get(&path).header("x-original-url", "https://other.test/").send().await;
            elsewhere.is_error_page("not_found");
        }
    }

    /// A link on a foreign site ends no visit; the person's own click does.
    async fn signing_out_ends_the_visit_and_asks_about_the_rest(server: TestServer) {
        let site = server.site().await;
        server.person("alice", |_| {}).await;
        site.enter("alice").await;
        let cookie = site.browser.cookie(COOKIE).unwrap();
        let sign_out = async |from: &str| {
            let call = server.get("/_porteiro/sign-out").header("x-original-url", SITE);
            site.browser.send(call.header("sec-fetch-site", from)).await
        };
        for foreign in ["cross-site", "same-site"] {
            assert_eq!(sign_out(foreign).await.status, 303);
            assert!(site.lets_in().await, "{foreign}");
        }
        let answer = sign_out("same-origin").await;
        assert_eq!(site.browser.cookie(COOKIE), None);
        site.browser.set_cookie(COOKIE, &cookie);
        assert!(!site.lets_in().await);

        let location = answer.header("location");
        assert!(location.starts_with("https://id.example.org/logout?client_id=site&"), "{location}");
        assert_eq!(parameter(location, "post_logout_redirect_uri").as_deref(), Some("https://app.test/"));
        let page = site.browser.get(location.strip_prefix(ISSUER).unwrap()).await.is_ok();
        assert!(page.text().contains("id=\"logout-confirm\""));
        let done = site.browser.submit(&page, &[("decision", "logout")]).await;
        assert_eq!(done.header("location"), "https://app.test/");
        assert!(site.begin("/").await.text().contains("id=\"password\""));
    }
}
