//! The log of revocations, folded into what a check asks for.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::store::{Revocation, RevocationKind, TokenRecord};

/// What of a revocation everybody who checks tokens must know: an event of the
/// feed. Who did it and why is not their business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationEvent {
    /// Position in the log.
    pub seq: i64,
    /// What is reached.
    pub kind: RevocationKind,
    /// Which one.
    pub subject: String,
    /// Tokens issued at this instant or before are dead.
    pub issued_before: Timestamp,
    /// When the last token that it reaches has expired.
    pub expires_at: Timestamp,
}

impl From<Revocation> for RevocationEvent {
    fn from(row: Revocation) -> Self {
        Self {
            seq: row.seq,
            kind: row.kind,
            subject: row.subject,
            issued_before: row.issued_before,
            expires_at: row.expires_at,
        }
    }
}

/// Everything taken back that could still be presented. Watermarks only ever
/// rise: the strictest wins.
#[derive(Debug, Default)]
pub struct RevocationView {
    seq: i64,
    ids: HashMap<(RevocationKind, Uuid), Timestamp>,
    users: HashMap<String, Timestamp>,
    clients: HashMap<String, Timestamp>,
    all: Timestamp,
}

impl RevocationView {
    /// The last position that was folded in.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// Folds one event in. The order does not matter, nor does repetition.
    pub fn apply(&mut self, event: &RevocationEvent) {
        self.seq = self.seq.max(event.seq);
        match (event.kind, Uuid::parse_str(&event.subject)) {
            (RevocationKind::User, _) => raise(&mut self.users, event),
            (RevocationKind::Client, _) => raise(&mut self.clients, event),
            (RevocationKind::All, _) => self.all = self.all.max(event.issued_before),
            (kind, Ok(id)) => {
                self.ids.insert((kind, id), event.expires_at);
            }
            (kind, Err(_)) => tracing::error!(seq = event.seq, ?kind, "unreadable revocation"),
        }
    }

    /// Whether a token was taken back, by whatever way.
    pub fn reaches(&self, record: &TokenRecord) -> bool {
        let by_id = |kind, id: Option<Uuid>| id.is_some_and(|id| self.ids.contains_key(&(kind, id)));
        by_id(RevocationKind::Token, Some(record.jti))
            || by_id(RevocationKind::Grant, record.grant_id)
            || by_id(RevocationKind::Session, record.session_id)
            || self.watermark(&record.client_id, record.sub.as_deref()) >= record.authorized_at()
    }

    /// What was issued at this instant or before to a client, for a person, is
    /// dead.
    pub fn watermark(&self, client_id: &str, sub: Option<&str>) -> Timestamp {
        let of_client = self.clients.get(client_id).copied().unwrap_or_default();
        let of_user = sub.and_then(|sub| self.users.get(sub)).copied().unwrap_or_default();
        self.all.max(of_client).max(of_user)
    }

    /// Everything from this instant or before is dead, logins too.
    pub fn everything(&self) -> Timestamp {
        self.all
    }

    /// Forgets ids whose tokens have all expired.
    pub fn forget_expired(&mut self, now: Timestamp) {
        self.ids.retain(|_, expires_at| *expires_at >= now);
    }
}

fn raise(watermarks: &mut HashMap<String, Timestamp>, event: &RevocationEvent) {
    let watermark = watermarks.entry(event.subject.clone()).or_default();
    *watermark = event.issued_before.max(*watermark);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Random;

    fn event(seq: i64, kind: RevocationKind, subject: &str, issued_before: i64) -> RevocationEvent {
        let issued_before = Timestamp(issued_before);
        let expires_at = Timestamp(i64::MAX);
        RevocationEvent { seq, kind, subject: subject.to_owned(), issued_before, expires_at }
    }

    fn token(issued_at: i64) -> TokenRecord {
        TokenRecord {
            jti: Random::seeded(7).uuid_v7(Timestamp(issued_at)).unwrap(),
            exp: Timestamp(issued_at + 1_000_000),
            status_index: 0,
            client_id: "dashboard".into(),
            sub: Some("alice".into()),
            grant_id: None,
            session_id: None,
            scope: String::new(),
        }
    }

    proptest! {
        /// Whatever the order of the entries, the strictest watermark wins.
        #[test]
        fn the_strictest_watermark_wins(
            marks in prop::collection::vec((0..3usize, 0..100i64), 1..20),
            issued_at in 0..100i64,
        ) {
            let kinds = [
                (RevocationKind::User, "alice"),
                (RevocationKind::Client, "dashboard"),
                (RevocationKind::All, ""),
            ];
            let mut view = RevocationView::default();
            for (seq, (kind, mark)) in marks.iter().enumerate() {
                let (kind, subject) = kinds[*kind];
                view.apply(&event(seq as i64, kind, subject, *mark));
            }
            let strictest = marks.iter().map(|(_, mark)| *mark).max().unwrap();
            prop_assert_eq!(view.reaches(&token(issued_at)), issued_at <= strictest);
        }
    }

    /// A replica that has not heard yet refreshes what was taken back.
    #[test]
    fn a_token_is_as_old_as_the_grant_that_it_came_of() {
        let mut view = RevocationView::default();
        view.apply(&event(1, RevocationKind::User, "alice", 500));
        let of_grant_at = |at| TokenRecord {
            grant_id: Some(Random::seeded(8).uuid_v7(Timestamp(at)).unwrap()),
            ..token(501)
        };
        assert!(view.reaches(&of_grant_at(500)));
        assert!(!view.reaches(&of_grant_at(501)));
        assert!(!view.reaches(&token(501)));
    }

    #[test]
    fn another_persons_watermark_does_not_reach() {
        let mut view = RevocationView::default();
        view.apply(&event(1, RevocationKind::User, "bob", 500));
        assert!(!view.reaches(&token(100)));
    }
}
