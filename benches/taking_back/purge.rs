//! The purge of expired tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use porteiro::clock::Timestamp;
use porteiro::housekeeping::purge;

use crate::durable::{DAY, Durable};
use crate::support::Credentials;

const TOKENS: i64 = 2_000_000;

/// Clients that ask, each for one token after the other.
const CLIENTS: usize = 8;

/// How long is looked before the purge, and after it began.
const WINDOW: Duration = Duration::from_secs(10);

fn ended(durable: &Durable) -> Timestamp {
    Timestamp(durable.app().now().floor_to_second().0 - 3 * DAY)
}

/// Two million in one day's partition, while tokens are issued.
pub async fn under_load() {
    let durable = Durable::new(&[]).await;
    durable.fill(TOKENS, ended(&durable), "alice").await;
    durable.execute(String::from("CHECKPOINT")).await;
    let log = durable.log_position().await;
    let began = Instant::now();
    purge(durable.app().clone()).await.unwrap();
    let (took, log) = (began.elapsed(), durable.log_position().await - log);
    println!("{TOKENS} expired tokens purged at rest: {:.0} ms, {} KiB of log", millis(took), log / 1024);

    durable.fill(TOKENS, ended(&durable), "alice").await;
    durable.execute(String::from("CHECKPOINT")).await;
    let durable = Arc::new(durable);
    let client = durable.server.machine("reports", |_| {}).await;
    let stop = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> =
        (0..CLIENTS).map(|_| tokio::spawn(ask(durable.clone(), client.clone(), stop.clone()))).collect();
    tokio::time::sleep(Duration::from_secs(2) + WINDOW).await;
    let began = Instant::now();
    purge(durable.app().clone()).await.unwrap();
    let took = began.elapsed();
    tokio::time::sleep(WINDOW.saturating_sub(took)).await;
    stop.store(true, Ordering::Relaxed);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for worker in workers {
        for (at, latency) in worker.await.unwrap() {
            if at >= began {
                after.push(latency);
            } else if at + WINDOW >= began {
                before.push(latency);
            }
        }
    }
    println!("the same under load: {:.0} ms", millis(took));
    for (when, mut latencies) in [("10 s before", before), ("10 s from its beginning", after)] {
        latencies.sort();
        let at = |share: f64| millis(latencies[((latencies.len() - 1) as f64 * share) as usize]);
        println!(
            "  {when:24} {:>6.0} tokens/s  p50 {:.1} ms  p99 {:.1} ms  max {:.1} ms",
            latencies.len() as f64 / WINDOW.as_secs_f64(),
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }
}

async fn ask(durable: Arc<Durable>, client: Credentials, stop: Arc<AtomicBool>) -> Vec<(Instant, Duration)> {
    let mut latencies = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        durable.server.token(&client).await;
        latencies.push((began, began.elapsed()));
        // Half of what the machine could: what waits for the machine hides the rest.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    latencies
}

/// The table after ten rounds of filling and purging.
pub async fn cycles() {
    let durable = Durable::new(&[]).await;
    println!("ten rounds of 200000 tokens, partitions of tokens with their indexes, KiB: full, purged");
    for round in 1..=10 {
        durable.fill(200_000, ended(&durable), "alice").await;
        let full = durable.token_bytes().await;
        purge(durable.app().clone()).await.unwrap();
        println!("  {round:>2}  {:>7}  {:>5}", full / 1024, durable.token_bytes().await / 1024);
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
