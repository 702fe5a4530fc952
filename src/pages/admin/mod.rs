//! `/admin`: what an administrator needs every day.

mod applications;
mod people;
mod trail;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::headers::FormTarget;
use super::{Page, Ticket};
use crate::clock::Timestamp;

pub use applications::{ApplicationPage, ApplicationRow, ApplicationsPage, RefusalItem, SecretPage};
pub use people::{PeoplePage, PersonPage, PersonRow, SessionRow, SessionsPage};
pub use trail::{AuditPage, FoundOut, LineItem, WhyPage};

/// One of the pages that the menu leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminPlace {
    Overview,
    People,
    Applications,
    Sessions,
    Why,
    Audit,
}

impl AdminPlace {
    const ALL: [Self; 6] =
        [Self::Overview, Self::People, Self::Applications, Self::Sessions, Self::Why, Self::Audit];

    /// Below the issuer's path.
    fn path(self) -> &'static str {
        match self {
            Self::Overview => "/admin",
            Self::People => "/admin/people",
            Self::Applications => "/admin/applications",
            Self::Sessions => "/admin/sessions",
            Self::Why => "/admin/why",
            Self::Audit => "/admin/audit",
        }
    }

    fn text(self, page: &Page<'_>) -> String {
        page.text(match self {
            Self::Overview => "admin-overview",
            Self::People => "admin-people",
            Self::Applications => "admin-applications",
            Self::Sessions => "admin-sessions",
            Self::Why => "admin-why",
            Self::Audit => "admin-audit",
        })
    }
}

/// What was done a moment ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminDone {
    Disabled,
    Enabled,
    Revoked,
    PasswordSet,
    SessionEnded,
}

impl AdminDone {
    const ALL: [Self; 5] =
        [Self::Disabled, Self::Enabled, Self::Revoked, Self::PasswordSet, Self::SessionEnded];

    /// Its word in an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::Revoked => "revoked",
            Self::PasswordSet => "password-set",
            Self::SessionEnded => "session-ended",
        }
    }

    /// Reads its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.word() == word)
    }

    fn text(self, page: &Page<'_>) -> String {
        page.text(match self {
            Self::Disabled => "admin-done-disabled",
            Self::Enabled => "admin-done-enabled",
            Self::Revoked => "admin-done-revoked",
            Self::PasswordSet => "admin-done-password-set",
            Self::SessionEnded => "admin-done-session-ended",
        })
    }
}

/// What every page of the administration has.
#[derive(Clone, Copy)]
pub struct AdminFrame<'a> {
    pub place: AdminPlace,
    pub ticket: Ticket<'a>,
    /// Who looks.
    pub username: &'a str,
    pub done: Option<AdminDone>,
}

impl AdminFrame<'_> {
    fn places(&self) -> [AdminPlace; 6] {
        AdminPlace::ALL
    }

    fn is_at(&self, place: &AdminPlace) -> bool {
        self.place == *place
    }
}

/// What there is, and what happened last.
pub struct OverviewPage<'a> {
    pub people: i64,
    pub applications: i64,
    pub lines: &'a [LineItem<'a>],
}

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct OverviewTemplate<'a> {
    page: &'a Page<'a>,
    frame: &'a AdminFrame<'a>,
    overview: &'a OverviewPage<'a>,
}

impl OverviewTemplate<'_> {
    fn people(&self) -> String {
        self.page.count("admin-count-people", self.overview.people)
    }

    fn applications(&self) -> String {
        self.page.count("admin-count-applications", self.overview.applications)
    }
}

impl Page<'_> {
    /// Where the administration begins.
    pub fn admin_overview(&self, frame: &AdminFrame<'_>, overview: &OverviewPage<'_>) -> Response {
        self.admin(&OverviewTemplate { page: self, frame, overview })
    }

    fn admin(&self, template: &impl Template) -> Response {
        self.render(StatusCode::OK, template, FormTarget::Ourselves)
    }

    /// How long ago something was.
    fn ago(&self, then: &Timestamp, now: &Timestamp) -> String {
        let minutes = now.0.saturating_sub(then.0) / 60_000;
        match minutes {
            ..1 => self.text("ago-now"),
            1..60 => self.count("ago-minutes", minutes),
            60..1440 => self.count("ago-hours", minutes / 60),
            _ => self.count("ago-days", minutes / 1440),
        }
    }
}
