//! The two ways of putting load: as fast as answers come, or at a fixed rate
//! of arrivals whatever the server does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::worker::Worker;

/// How much, for how long.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Arrivals a second; without it each worker goes on when it is answered.
    pub rate: Option<f64>,
    pub duration: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Tally {
    /// Of each correct answer, from the moment at which its request was due.
    pub latencies: Vec<Duration>,
    /// Everything else, counted by class.
    pub errors: BTreeMap<String, u64>,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

/// When requests are due. An arrival that finds every worker busy waits for
/// one, and its wait counts: the generator does not slow down with the server.
#[derive(Debug)]
struct Schedule {
    start: Instant,
    load: Load,
    due: Semaphore,
    taken: AtomicU32,
}

impl Load {
    /// Has the workers work at the same time, and returns them rested.
    pub async fn put(self, workers: Vec<Worker>) -> (Vec<Worker>, Tally) {
        let schedule = Arc::new(Schedule {
            start: Instant::now(),
            load: self,
            due: Semaphore::new(0),
            taken: AtomicU32::new(0),
        });
        let pacer = self.rate.map(|rate| {
            let schedule = Arc::clone(&schedule);
            std::thread::spawn(move || schedule.release(rate))
        });
        let mut running = JoinSet::new();
        for worker in workers {
            running.spawn(work(worker, Arc::clone(&schedule)));
        }
        let (mut rested, mut tally) = (Vec::new(), Tally::default());
        while let Some(Ok((worker, own))) = running.join_next().await {
            rested.push(worker);
            tally.add(own);
        }
        tally.elapsed = schedule.start.elapsed();
        if let Some(overdue) = pacer.and_then(|pacer| pacer.join().ok()).filter(|overdue| *overdue > 0) {
            tally.errors.insert(String::from("never sent, every connection was busy"), overdue);
        }
        (rested, tally)
    }
}

impl Schedule {
    /// When the next request is due; `None` when there is none any more.
    async fn next(&self) -> Option<Instant> {
        let Some(rate) = self.load.rate else {
            return (self.start.elapsed() < self.load.duration).then(Instant::now);
        };
        self.due.acquire().await.ok()?.forget();
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        Some(self.start + Duration::from_secs_f64((f64::from(number) + 1.0) / rate))
    }

    /// Lets requests go when they are due, and returns how many were left
    /// over at the end.
    fn release(&self, rate: f64) -> u64 {
        let mut released = 0;
        loop {
            let elapsed = self.start.elapsed().min(self.load.duration);
            let due = (elapsed.as_secs_f64() * rate) as usize;
            self.due.add_permits(due - released);
            released = due;
            if elapsed == self.load.duration {
                break;
            }
            let next = Duration::from_secs_f64((released + 1) as f64 / rate);
            std::thread::sleep(next.saturating_sub(self.start.elapsed()).min(self.load.duration));
        }
        let left = self.due.forget_permits(usize::MAX);
        self.due.close();
        left as u64
    }
}

async fn work(mut worker: Worker, schedule: Arc<Schedule>) -> (Worker, Tally) {
    let mut tally = Tally::default();
    while let Some(due) = schedule.next().await {
        match worker.once().await {
            Ok(()) => tally.latencies.push(due.elapsed()),
            Err(class) => *tally.errors.entry(class).or_default() += 1,
        }
    }
    (worker, tally)
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.latencies.extend(other.latencies);
        for (class, count) in other.errors {
            *self.errors.entry(class).or_default() += count;
        }
    }
}
