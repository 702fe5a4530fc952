//! The end of the log in memory, so that a thousand readers of the feed cost
//! the store no more than one.

use std::collections::VecDeque;

use super::RevocationEvent;

/// Events kept: minutes of a busy server.
const KEPT: usize = 4_096;

/// An unbroken run of events up to the latest.
#[derive(Debug, Default)]
pub struct RecentRevocations {
    events: VecDeque<RevocationEvent>,
    /// Everything after this position is here.
    complete_after: i64,
}

impl RecentRevocations {
    /// Adds the next event; they come in order.
    pub fn push(&mut self, event: RevocationEvent) {
        if self.events.len() == KEPT
            && let Some(oldest) = self.events.pop_front()
        {
            self.complete_after = oldest.seq;
        }
        self.events.push_back(event);
    }

    /// At most `limit` events after a position; `None` when some of them are
    /// no longer here.
    pub fn after(&self, seq: i64, limit: usize) -> Option<Vec<RevocationEvent>> {
        if seq < self.complete_after {
            return None;
        }
        let first = self.events.partition_point(|event| event.seq <= seq);
        Some(self.events.iter().skip(first).take(limit).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::store::RevocationKind;

    fn event(seq: i64) -> RevocationEvent {
        let at = Timestamp(0);
        RevocationEvent {
            seq,
            kind: RevocationKind::All,
            subject: String::new(),
            issued_before: at,
            expires_at: at,
        }
    }

    fn seqs(recent: &RecentRevocations, after: i64, limit: usize) -> Option<Vec<i64>> {
        recent.after(after, limit).map(|events| events.iter().map(|event| event.seq).collect())
    }

    #[test]
    fn a_reader_gets_what_follows_its_position() {
        let mut recent = RecentRevocations::default();
        assert_eq!(seqs(&recent, 0, 9), Some(vec![]));
        // Purged entries leave holes that nobody misses.
        for seq in [3, 4, 9] {
            recent.push(event(seq));
        }
        assert_eq!(seqs(&recent, 0, 2), Some(vec![3, 4]));
        assert_eq!(seqs(&recent, 5, 9), Some(vec![9]));
        assert_eq!(seqs(&recent, 9, 9), Some(vec![]));
    }

    #[test]
    fn a_reader_who_is_too_far_behind_is_told() {
        let mut recent = RecentRevocations::default();
        let last = KEPT as i64 + 10;
        (1..=last).for_each(|seq| recent.push(event(seq)));
        assert_eq!(recent.events.len(), KEPT);
        assert_eq!(seqs(&recent, 9, 1), None);
        assert_eq!(seqs(&recent, 10, 1), Some(vec![11]));
    }
}
