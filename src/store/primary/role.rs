//! What a server is, and which one to use.

use std::cmp::Reverse;

/// What a server is at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It was not asked yet.
    Unknown,
    /// It does not answer; what was the matter.
    Away(String),
    /// It answers and takes no writes.
    Standby,
    /// It takes writes.
    Primary {
        /// The number that Postgres raises at every promotion; other engines
        /// have none.
        timeline: Option<i64>,
        /// Counts connections to the address: when one got lost, the next may
        /// lead to another server.
        met: u32,
    },
}

impl Role {
    /// Whether it is a primary.
    pub fn takes_writes(&self) -> bool {
        matches!(self, Self::Primary { .. })
    }

    /// Whether the other is a primary that was promoted later.
    pub fn is_older_than(&self, other: &Self) -> bool {
        matches!((self.timeline(), other.timeline()), (Some(own), Some(other)) if own < other)
    }

    fn timeline(&self) -> Option<i64> {
        match self {
            Self::Primary { timeline, .. } => *timeline,
            _ => None,
        }
    }
}

/// The server to use: of those that take writes the one with the newest
/// timeline, else the one in use, else the first in the list.
pub fn choose(roles: &[Role], current: Option<usize>) -> Option<(usize, &Role)> {
    let primaries = roles.iter().enumerate().filter(|(_, role)| role.takes_writes());
    primaries.max_by_key(|(number, role)| (role.timeline(), current == Some(*number), Reverse(*number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn primary(timeline: impl Into<Option<i64>>) -> Role {
        Role::Primary { timeline: timeline.into(), met: 1 }
    }

    #[test]
    fn the_newest_of_those_that_take_writes_is_used() {
        let away = || Role::Away("refused".into());
        let table = [
            (vec![Role::Unknown, away(), Role::Standby], Some(0), None),
            (vec![Role::Standby, primary(1)], Some(0), Some(1)),
            (vec![primary(1), primary(2)], Some(0), Some(1)),
            (vec![primary(2), primary(1)], Some(1), Some(0)),
            (vec![primary(None), primary(None)], None, Some(0)),
            (vec![primary(None), primary(None)], Some(1), Some(1)),
            (vec![away(), primary(7)], None, Some(1)),
        ];
        for (roles, current, expected) in table {
            assert_eq!(choose(&roles, current).map(|(number, _)| number), expected, "{roles:?}");
        }
    }

    #[test]
    fn whose_place_was_taken_is_known_by_the_timeline() {
        assert!(primary(1).is_older_than(&primary(2)));
        for (one, other) in [(primary(2), primary(1)), (primary(1), primary(1)), (primary(None), primary(2))]
        {
            assert!(!one.is_older_than(&other), "{one:?} {other:?}");
        }
    }
}
