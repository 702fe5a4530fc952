//! Refusals on their way into the audit trail. A refusal writes nothing else,
//! so nobody waits for its line; and since anyone can be refused as often as
//! they like, not every one gets a line: what is left out is counted.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::sync::Cache;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::audit::{Act, Entry, Origin};
use crate::clock::Clock;
use crate::error::Error;
use crate::store::Store;

/// The time over which refusals are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// Lines about one act for one address within the window.
const FROM_AN_ADDRESS: u32 = 20;

/// Lines about one act within the window: some 20 MB a day, whoever tries. Each
/// act has its own, so that a flood of one does not hide the others.
const ALTOGETHER: u32 = 60;

/// Lines that may wait to be written.
const QUEUE: usize = 1024;

/// Addresses remembered at once.
const CAPACITY: u64 = 50_000;

/// Lines in one commit.
const BATCH: usize = 64;

/// The way into the trail. Cheap to clone; the task behind it ends when the
/// last clone is dropped and the queue is empty.
#[derive(Clone, Debug)]
pub struct Refusals {
    queue: mpsc::Sender<Message>,
    allowance: Arc<Allowance>,
}

#[derive(Debug)]
enum Message {
    Entry(Box<Entry>),
    Flush(oneshot::Sender<()>),
}

/// What may still be written in this window.
#[derive(Debug)]
struct Allowance {
    addresses: Cache<(String, IpAddr), Arc<AtomicU32>>,
    windows: Mutex<HashMap<String, (Instant, u32)>>,
    skipped: AtomicU64,
}

impl Refusals {
    /// Starts the task that writes, on the current runtime.
    pub fn start(store: Store, clock: Clock) -> Self {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let allowance = Arc::new(Allowance::new());
        tokio::spawn(run(store, clock, receiver, Arc::clone(&allowance)));
        Self { queue, allowance }
    }

    /// Notes a refusal, unless there were too many.
    pub fn note(&self, entry: Entry, address: IpAddr) {
        if !self.allowance.admits(&entry.act, address)
            || self.queue.try_send(Message::Entry(Box::new(entry))).is_err()
        {
            self.allowance.skipped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything noted before is written.
    pub async fn flush(&self) {
        let (written, done) = oneshot::channel();
        if self.queue.send(Message::Flush(written)).await.is_ok() {
            let _ = done.await;
        }
    }
}

impl Allowance {
    fn new() -> Self {
        Self {
            addresses: Cache::builder().max_capacity(CAPACITY).time_to_live(WINDOW).build(),
            windows: Mutex::default(),
            skipped: AtomicU64::new(0),
        }
    }

    fn admits(&self, act: &str, address: IpAddr) -> bool {
        let pair = (act.to_owned(), network(address));
        if self.addresses.get_with(pair, Arc::default).fetch_add(1, Ordering::Relaxed) >= FROM_AN_ADDRESS {
            return false;
        }
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(act.to_owned()).or_insert_with(|| (Instant::now(), 0));
        if window.0.elapsed() >= WINDOW {
            *window = (Instant::now(), 0);
        }
        window.1 += 1;
        window.1 <= ALTOGETHER
    }
}

/// Whoever has one IPv6 address has the 2^64 beside it too.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

async fn run(store: Store, clock: Clock, mut queue: mpsc::Receiver<Message>, allowance: Arc<Allowance>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut told = Instant::now();
    loop {
        if let Ok(0) = timeout(WINDOW, queue.recv_many(&mut batch, BATCH)).await {
            return;
        }
        let (mut entries, mut waiting) = (Vec::new(), Vec::new());
        for message in batch.drain(..) {
            match message {
                Message::Entry(entry) => entries.push(*entry),
                Message::Flush(written) => waiting.push(written),
            }
        }
        if told.elapsed() >= WINDOW || !waiting.is_empty() {
            entries.extend(left_out(&clock, &allowance));
            told = Instant::now();
        }
        if let Err(error) = write(&store, &entries).await {
            error.log();
            allowance.skipped.fetch_add(entries.len() as u64, Ordering::Relaxed);
        }
        for written in waiting {
            let _ = written.send(());
        }
    }
}

/// The line that stands for those that were not written.
fn left_out(clock: &Clock, allowance: &Allowance) -> Option<Entry> {
    let skipped = allowance.skipped.swap(0, Ordering::Relaxed);
    let reason = format!("{skipped} refusals are not written down");
    (skipped > 0).then(|| Entry::done(Act::AuditSkip, &Origin::server(), clock.now()).because(reason))
}

async fn write(store: &Store, entries: &[Entry]) -> Result<(), Error> {
    if entries.is_empty() { Ok(()) } else { store.while_it_answers(store.append_audit(entries)).await }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_an_address_nor_all_together_write_without_end() {
        let allowance = Allowance::new();
        let admitted = |act: &str, address: &str| allowance.admits(act, address.parse().unwrap());
        assert_eq!((0..1_000).filter(|_| admitted("login", "203.0.113.9")).count(), 20);
        assert!(admitted("login", "203.0.113.10"));
        let networks = (0..10_000u32).map(|n| IpAddr::from(Ipv6Addr::from(u128::from(n) << 64)));
        assert_eq!(networks.filter(|network| allowance.admits("login", *network)).count(), 60 - 21);
        assert!(admitted("authorize", "203.0.113.9"), "a flood of logins hides nothing else");
    }
}
