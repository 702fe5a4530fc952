//! Lines of the audit trail, as the pages show them.

use crate::audit::{Entry, Outcome};
use crate::pages::LineItem;

/// One line.
pub fn line(entry: &Entry) -> LineItem<'_> {
    let about = [&entry.subject, &entry.client_id, &entry.object];
    let about: Vec<&str> = about.into_iter().flatten().map(String::as_str).collect();
    LineItem {
        time: entry.at.rfc3339(),
        act: &entry.act,
        refused: entry.outcome == Outcome::Refused.as_str(),
        actor: &entry.actor,
        about: about.join(" · "),
        reason: entry.reason.as_deref(),
    }
}
