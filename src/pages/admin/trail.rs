//! Why something was refused, and what happened.

use askama::Template;
use axum::response::Response;

use super::AdminFrame;
use crate::pages::Page;
use crate::token::inspection::Inspection;

/// A line of the audit trail.
pub struct LineItem<'a> {
    pub time: String,
    pub act: &'a str,
    pub refused: bool,
    pub actor: &'a str,
    /// Whom and what it is about, in one line.
    pub about: String,
    pub reason: Option<&'a str>,
}

/// What was found out about a token or a request.
pub struct FoundOut<'a> {
    /// Of a request.
    pub lines: &'a [LineItem<'a>],
    pub tokens: &'a [Inspection],
}

/// The question, and its answer if it was asked.
pub struct WhyPage<'a> {
    pub found: Option<FoundOut<'a>>,
    /// It was asked and nothing is known.
    pub unknown: bool,
}

/// A page of the trail.
pub struct AuditPage<'a> {
    pub lines: &'a [LineItem<'a>],
    /// The address of the next page.
    pub next: Option<String>,
    pub user: &'a str,
    pub act: &'a str,
    /// Every act there is.
    pub acts: Vec<&'a str>,
    /// There is nobody of this name.
    pub unknown: bool,
}

#[derive(Template)]
#[template(path = "admin/why.html")]
struct WhyTemplate<'a> {
    page: &'a Page<'a>,
    frame: &'a AdminFrame<'a>,
    why: &'a WhyPage<'a>,
}

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditTemplate<'a> {
    page: &'a Page<'a>,
    frame: &'a AdminFrame<'a>,
    trail: &'a AuditPage<'a>,
}

impl Page<'_> {
    /// Asks for a token or an id. Posts `what`.
    pub fn admin_why(&self, frame: &AdminFrame<'_>, why: &WhyPage<'_>) -> Response {
        self.admin(&WhyTemplate { page: self, frame, why })
    }

    /// What happened, the last first. A form narrows it by `user` and `act`.
    pub fn admin_audit(&self, frame: &AdminFrame<'_>, trail: &AuditPage<'_>) -> Response {
        self.admin(&AuditTemplate { page: self, frame, trail })
    }
}
