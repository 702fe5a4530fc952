//! The administration pages, with everything that a stranger may choose.

use axum::response::Response;

use crate::clock::Timestamp;
use crate::pages::*;
use crate::token::inspection::{Check, Inspection};

pub fn samples(page: Page<'_>, text: &str) -> Vec<(&'static str, Response)> {
    let at = |place| AdminFrame {
        place,
        ticket: Ticket { csrf: text, flow: None },
        username: text,
        done: Some(AdminDone::Disabled),
    };
    let (people, applications) = (at(AdminPlace::People), at(AdminPlace::Applications));
    let row = || SessionRow {
        id: text.to_owned(),
        user_agent: Some(text),
        address: Some(text),
        last_seen_at: Timestamp(0),
        username: text,
    };
    let lines = [LineItem {
        time: text.to_owned(),
        act: text,
        refused: true,
        actor: text,
        about: text.to_owned(),
        reason: Some(text),
    }];
    let check = Check { check: "not revoked", passed: false, finding: text.to_owned() };
    let tokens = [Inspection { checks: vec![check], verdict: "token_revoked" }];
    let found = Some(FoundOut { lines: &lines, tokens: &tokens });
    let next = || Some(text.to_owned());
    let trail =
        AuditPage { lines: &lines, next: next(), user: text, act: text, acts: vec![text], unknown: true };
    let secret = SecretPage { client_id: text, path: text.to_owned(), secret: text };
    let overview = OverviewPage { people: 1, applications: 2, lines: &lines };
    vec![
        ("admin_overview", page.admin_overview(&at(AdminPlace::Overview), &overview)),
        ("admin_people", page.admin_people(&people, &people_page(text, next()))),
        ("admin_person", page.admin_person(&people, &person_page(text, vec![row(), row()]))),
        ("admin_applications", page.admin_applications(&applications, &applications_page(text, next()))),
        ("admin_application", page.admin_application(&applications, &application_page(text))),
        ("admin_secret", page.admin_secret(&applications, &secret)),
        ("admin_sessions", page.admin_sessions(&at(AdminPlace::Sessions), &sessions_page(vec![row()]))),
        ("admin_why", page.admin_why(&at(AdminPlace::Why), &WhyPage { found, unknown: true })),
        ("admin_audit", page.admin_audit(&at(AdminPlace::Audit), &trail)),
    ]
}

fn people_page(text: &str, next: Option<String>) -> PeoplePage<'_> {
    let person = PersonRow { sub: text, username: text, email: Some(text), admin: true, enabled: false };
    PeoplePage { people: vec![person], next, sought: Some(text) }
}

fn person_page<'a>(text: &'a str, sessions: Vec<SessionRow<'a>>) -> PersonPage<'a> {
    PersonPage {
        sub: text,
        username: text,
        name: Some(text),
        email: Some(text),
        groups: text.to_owned(),
        roles: text.to_owned(),
        admin: true,
        enabled: true,
        own: false,
        sessions,
        now: Timestamp(90_000_000),
    }
}

fn sessions_page(sessions: Vec<SessionRow<'_>>) -> SessionsPage<'_> {
    SessionsPage { sessions, now: Timestamp(90_000_000) }
}

fn applications_page(text: &str, next: Option<String>) -> ApplicationsPage<'_> {
    let application = ApplicationRow { client_id: text, path: text.to_owned(), name: text, enabled: false };
    ApplicationsPage { applications: vec![application], next }
}

fn application_page(text: &str) -> ApplicationPage<'_> {
    let refusal =
        RefusalItem { at: text.to_owned(), error: text, description: text, request_id: text.to_owned() };
    ApplicationPage {
        client_id: text,
        path: text.to_owned(),
        name: text,
        enabled: true,
        grants: text.to_owned(),
        redirect_uris: vec![text],
        scope: text.to_owned(),
        method: text,
        sends_secret: true,
        refusals: vec![refusal],
    }
}
