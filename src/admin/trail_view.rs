//! A line of the trail as it is shown.

use std::fmt;

use serde::Serialize;
use uuid::Uuid;

use crate::audit::Entry;
use crate::error::Error;
use crate::store::Store;

/// An entry with its time in words. What it does not have is left out.
#[derive(Debug, Serialize)]
pub struct EntryView<'a> {
    time: String,
    act: &'a str,
    outcome: &'a str,
    actor: &'a str,
    /// The person's name, for people; the trail has their `sub`.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<Uuid>,
}

impl<'a> EntryView<'a> {
    /// As it is in the trail.
    pub fn of(entry: &'a Entry) -> Self {
        Self {
            time: entry.at.rfc3339_millis(),
            act: &entry.act,
            outcome: &entry.outcome,
            actor: &entry.actor,
            user: None,
            subject: entry.subject.as_deref(),
            client_id: entry.client_id.as_deref(),
            object: entry.object.as_deref(),
            reason: entry.reason.as_deref(),
            address: entry.address.as_deref(),
            request_id: entry.request_id,
        }
    }

    /// With the person's name as it is today; who is gone has but a `sub`.
    ///
    /// # Errors
    /// `temporarily_unavailable` when the store is out of reach.
    pub async fn named(entry: &'a Entry, store: &Store) -> Result<Self, Error> {
        let mut shown = Self::of(entry);
        if let Some(sub) = shown.subject {
            let user = store.user(sub).await?;
            shown.user = Some(user.map_or_else(|| sub.to_owned(), |user| user.username));
        }
        Ok(shown)
    }
}

/// One line for people.
impl fmt::Display for EntryView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {:<16} {:<7}  by {}", self.time, self.act, self.outcome, self.actor)?;
        let request = self.request_id.map(|id| id.to_string());
        let rest = [
            ("user", self.user.as_deref().or(self.subject)),
            ("client", self.client_id),
            ("object", self.object),
            ("from", self.address),
            ("request", request.as_deref()),
        ];
        for (name, value) in rest {
            if let Some(value) = value {
                write!(f, "  {name} {value}")?;
            }
        }
        match self.reason {
            Some(reason) => write!(f, "  ({reason})"),
            None => Ok(()),
        }
    }
}
