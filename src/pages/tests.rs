//! What holds for every page, in every language.

use std::collections::{BTreeMap, BTreeSet};

use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::json;

use super::*;
use crate::clock::Timestamp;

mod admin;

const EVIL: &str = "<img src=x onerror=alert(1)>\"'&";

fn client(name: &str) -> ClientView<'_> {
    ClientView { name, redirect_uri: "https://rp.test/cb", registered: [&[], &[]], client_uri: None }
}

/// All scopes that have a sentence of their own, and one that has none.
fn consent(text: &str) -> ConsentForm<'_> {
    let ticket = Ticket { csrf: text, flow: Some(text) };
    let client = client(text);
    let scope = |scope| ScopeItem {
        scope,
        optional: scope == text,
        checked: true,
        claims: json!({"name": text, text: [text], "email_verified": true}).as_object().unwrap().clone(),
    };
    let scopes =
        ["openid", "profile", "email", "phone", "address", "groups", "roles", "offline_access", text];
    ConsentForm {
        ticket,
        client,
        verified: false,
        username: text,
        scopes: scopes.into_iter().map(scope).collect(),
    }
}

/// Every page there is, with everything that a stranger may choose set to
/// `text`; by name.
fn samples(page: Page<'_>, text: &str) -> Vec<(&'static str, Response)> {
    let ticket = Ticket { csrf: text, flow: Some(text) };
    let client = client(text);
    let registered = ["https://rp.test/cb".to_owned()];
    let mismatch = RedirectMismatch { client_id: text, requested: text, registered: &registered };
    let problem = Some(LoginProblem::WrongCredentials);
    let lesson = ErrorPage {
        error: PageError::RedirectUriMismatch,
        description: Some(text),
        mismatch: Some(mismatch),
        next: Some(Next::Again("https://rp.test/again")),
    };
    let lost = ErrorPage { next: Some(Next::Account), ..ErrorPage::from(PageError::LogoutRequestInvalid) };
    let session = |current| SessionItem {
        id: text,
        user_agent: Some(text),
        address: Some(text),
        last_seen_at: Timestamp(0),
        current,
    };
    let account = AccountPage {
        ticket,
        username: text,
        email: Some(text),
        admin: true,
        sessions: vec![session(true), session(false)],
        apps: vec![AppItem { client_id: text, name: text, scopes: vec![text], granted_at: Timestamp(0) }],
        now: Timestamp(90_000_000),
    };
    let parameters = [(text, text)];
    let logout = LogoutForm { ticket, username: text, client: Some(client), parameters: &parameters };
    let back = LoggedOut { back: Some((text, "https://rp.test/")) };
    let chosen = SelectAccount { ticket, username: text, email: Some(text), client };
    vec![
        ("login", page.login(&LoginForm { ticket, client: Some(client), username: text, problem })),
        ("consent", page.consent(&consent(text))),
        ("select_account", page.select_account(&chosen)),
        ("account", page.account(&account)),
        ("logout_confirm", page.logout_confirm(&logout)),
        ("logged_out", page.logged_out(&back)),
        ("error", page.error(lesson)),
        ("error_with_account", page.error(ErrorPage { description: Some(text), ..lost })),
        ("sign_in", page.sign_in("https://rp.test/_porteiro/start")),
        ("form_post", page.form_post(client, &parameters)),
    ]
    .into_iter()
    .chain(admin::samples(page, text))
    .collect()
}

fn page(branding: &Branding, locale: Locale) -> Page<'_> {
    Page { locale, branding, base: "/auth", here: Some("/auth/login?flow=f"), request_id: "req-1" }
}

async fn html(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// SECURITY-CASES 227.
#[tokio::test]
async fn whatever_a_stranger_wrote_is_shown_and_not_obeyed() {
    let branding = Branding { name: EVIL.to_owned(), ..Branding::default() };
    let page = Page { here: Some(EVIL), request_id: EVIL, ..page(&branding, Locale::En) };
    for (name, response) in samples(page, EVIL) {
        let html = html(response).await;
        assert!(!html.contains("<img src=x"), "{name}: {html}");
        assert!(html.contains("&#60;img src=x"), "{name}: {html}");
        assert!(!html.contains("\"'&"), "{name}: a quote ends an attribute: {html}");
    }
}

/// SECURITY-CASES 61, 218.
#[tokio::test]
async fn every_page_has_the_headers_of_a_page_that_guards_an_account() {
    let branding = Branding::default();
    for (name, response) in samples(page(&branding, Locale::En), "x") {
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("cache-control"), "no-store", "{name}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{name}");
        assert_eq!(header("x-frame-options"), "DENY", "{name}");
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{name}");
    }
}

/// The policy has neither `unsafe-inline` nor another host, so the markup must
/// have neither either.
#[tokio::test]
async fn no_page_breaks_its_own_policy() {
    let branding = Branding::default();
    for (name, response) in samples(page(&branding, Locale::En), "x") {
        let html = html(response).await;
        let scripts = if name == "form_post" { "<script>document.forms[0].submit()</script>" } else { "" };
        let rest = html.replacen(scripts, "", 1);
        for forbidden in ["<script", " style=", "<style", " onclick=", "javascript:", "src=\"http", "//fonts"]
        {
            assert!(!rest.contains(forbidden), "{name} has {forbidden}");
        }
    }
}

/// CONTRACT: the ids that password managers and test drivers look for.
#[tokio::test]
async fn the_promised_ids_are_there_once() {
    let promised: BTreeMap<&str, &[&str]> = [
        ("login", ["username", "password", "login-submit", "login-cancel"].as_slice()),
        ("consent", &["consent-allow", "consent-deny"]),
        ("logout_confirm", &["logout-confirm"]),
        ("logged_out", &["logout-done"]),
        ("select_account", &["account-continue", "account-other"]),
        ("error", &["error-page", "error-code"]),
    ]
    .into();
    let branding = Branding::default();
    for (name, response) in samples(page(&branding, Locale::Ru), "x") {
        let html = html(response).await;
        for id in promised.get(name).copied().unwrap_or_default() {
            assert_eq!(html.matches(&format!(" id=\"{id}\"")).count(), 1, "{name} {id}");
        }
        let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{name}: {ids:?}");
    }
}

#[tokio::test]
async fn every_page_names_its_language_and_has_one_heading_and_the_other_languages() {
    let branding = Branding::default();
    for locale in Locale::ALL {
        for (name, response) in samples(page(&branding, locale), "x") {
            let html = html(response).await;
            assert!(html.contains(&format!("<html lang=\"{}\">", locale.tag())), "{name}");
            assert_eq!((html.matches("<h1").count(), html.matches("<main").count()), (1, 1), "{name}");
            for other in Locale::ALL {
                let link = format!("href=\"/auth/login?flow=f&#38;ui_locales={}\"", other.tag());
                assert!(html.contains(&link), "{name} {link}");
            }
        }
    }
}

/// WCAG 2.2 success criteria 1.3.5, 3.3.1.
#[tokio::test]
async fn the_login_form_serves_password_managers_and_ties_its_error_to_the_fields() {
    let branding = Branding::default();
    let ticket = Ticket { csrf: "c", flow: None };
    let form = |problem| LoginForm { ticket, client: None, username: "alice", problem };
    let page = page(&branding, Locale::En);

    let wrong = html(page.login(&form(Some(LoginProblem::WrongCredentials)))).await;
    assert!(
        wrong.contains("autocomplete=\"username\"") && wrong.contains("autocomplete=\"current-password\"")
    );
    assert!(wrong.contains("value=\"alice\""), "{wrong}");
    assert_eq!(wrong.matches("aria-invalid=\"true\" aria-describedby=\"login-error\"").count(), 2);
    assert_eq!(wrong.matches("id=\"login-error\"").count(), 1);

    let first = html(page.login(&form(None))).await;
    assert!(!first.contains("aria-invalid") && !first.contains("login-error"), "{first}");
    assert!(!first.contains("login-cancel"), "nobody is waiting for an answer: {first}");
}

/// SECURITY-CASES 239.
#[tokio::test]
async fn the_consent_page_says_who_what_and_as_whom() {
    let claims = json!({"email": "a@b.test", "email_verified": false, "nickname": null});
    let form = ConsentForm {
        ticket: Ticket { csrf: "c", flow: Some("f") },
        client: ClientView { redirect_uri: "https://grafana.test:3000/login", ..client("Grafana") },
        verified: true,
        username: "alice",
        scopes: vec![ScopeItem {
            scope: "email",
            optional: true,
            checked: true,
            claims: claims.as_object().unwrap().clone(),
        }],
    };
    let branding = Branding::default();
    let shown = html(page(&branding, Locale::En).consent(&form)).await;
    for part in
        ["Grafana", "grafana.test:3000", "alice", "See your e-mail address", "a@b.test", "E-mail confirmed"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.contains("name=\"scope:email\" checked"), "{shown}");
    assert!(!shown.contains("Nickname") && !shown.contains("consent-unverified"), "{shown}");

    let stranger = html(page(&branding, Locale::En).consent(&ConsentForm { verified: false, ..form })).await;
    assert!(stranger.contains("consent-unverified"), "{stranger}");
}

#[tokio::test]
async fn what_is_sent_is_told_as_people_tell_it() {
    let claims = json!({
        "family_name": "Souza", "locale": "pt-BR", "name": "Ana Souza", "updated_at": 1_795_484_242,
    });
    let profile = ScopeItem {
        scope: "profile",
        optional: true,
        checked: true,
        claims: claims.as_object().unwrap().clone(),
    };
    let form = ConsentForm { scopes: vec![profile], ..consent("x") };
    let shown = html(page(&Branding::default(), Locale::En).consent(&form)).await;
    let places = ["Ana Souza", "Souza</bdi>", "pt-BR</bdi>", "2026-11-24</bdi>"].map(|told| shown.find(told));
    assert!(places.is_sorted() && places[0].is_some(), "{places:?} {shown}");
    assert!(!shown.contains("1795484242"), "{shown}");
}

#[tokio::test]
async fn an_address_reads_as_on_an_envelope() {
    let address = json!({"address": {
        "country": "Brasil", "locality": "Olinda", "postal_code": "53020-140", "street_address": "Rua do Sol, 1",
    }});
    let claims = address.as_object().unwrap().clone();
    let scope = ScopeItem { scope: "address", optional: true, checked: true, claims };
    let form = ConsentForm { scopes: vec![scope], ..consent("x") };
    let shown = html(page(&Branding::default(), Locale::PtBr).consent(&form)).await;
    assert!(shown.contains("Rua do Sol, 1, 53020-140, Olinda, Brasil"), "{shown}");
}

#[tokio::test]
async fn every_error_has_its_own_code_and_words() {
    let branding = Branding::default();
    let mut codes = BTreeSet::new();
    for error in PageError::ALL {
        let response = page(&branding, Locale::En).error(error.into());
        assert_eq!(response.status(), error.status());
        assert!(response.headers().get("location").is_none());
        let html = html(response).await;
        assert!(html.contains(&format!("<code id=\"error-code\">{}</code>", error.code())), "{html}");
        assert!(html.contains("req-1"), "{html}");
        assert!(!html.contains(&format!("<h1>{}", error.text_id())), "no words for {error:?}");
        assert!(codes.insert(error.code()), "{error:?}");
    }
}

/// DESIGN: trouble with the store is ours and passes.
#[tokio::test]
async fn an_outage_is_a_page_that_says_when_to_come_back() {
    let branding = Branding::default();
    let response = page(&branding, Locale::En).failure(&Error::unavailable("the password is hunter2"));
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    assert!(!html(response).await.contains("hunter2"));
}
