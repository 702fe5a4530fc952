//! Figures, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::Bench;
use super::load::Tally;
use super::process::{Cpu, Memory};
use super::raw::{Operation, Speed};

/// One round's figures.
#[derive(Debug)]
pub struct Round {
    per_second: f64,
    /// Mean of before and after.
    raw_per_second: f64,
    cpu_per_raw: Duration,
    percentiles: [Duration; 3],
    errors: BTreeMap<String, u64>,
    /// For each answer.
    cpu: Cpu,
}

impl Round {
    /// From what was counted, and from the machine's speed before and after.
    pub fn new(mut tally: Tally, raw: [Speed; 2], cpu: Cpu) -> Self {
        tally.latencies.sort_unstable();
        let answers = u32::try_from(tally.latencies.len()).unwrap_or(u32::MAX);
        let each = |used: Option<Duration>| used.map(|used| used / answers.max(1));
        Self {
            per_second: f64::from(answers) / tally.elapsed.as_secs_f64(),
            raw_per_second: raw.iter().map(|speed| speed.per_second).sum::<f64>() / 2.0,
            cpu_per_raw: raw.iter().map(|speed| speed.cpu).sum::<Duration>() / 2,
            percentiles: [0.5, 0.99, 0.999].map(|share| percentile(&tally.latencies, share)),
            errors: tally.errors,
            cpu: Cpu { server: each(cpu.server), store: each(cpu.store), generator: each(cpu.generator) },
        }
    }

    fn ratio(&self) -> f64 {
        self.per_second / self.raw_per_second
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { per_second, raw_per_second, percentiles: [p50, p99, _], .. } = self;
        let ratio = self.ratio();
        write!(f, "{per_second:.0}/s, p50 {p50:.1?}, p99 {p99:.1?}; {ratio:.2} of {raw_per_second:.0}")
    }
}

/// All rounds: the median of each figure.
#[derive(Debug, Serialize)]
pub struct Report {
    work: String,
    connections: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
    rounds: usize,
    answers_per_second: f64,
    /// What the machine was measured at.
    raw_operation: &'static str,
    raw_per_second: f64,
    /// Answers for each raw operation that the machine could have done.
    ratio: f64,
    p50_ms: f64,
    p99_ms: f64,
    p99_9_ms: f64,
    /// CPU time.
    raw_micros: f64,
    server_micros_per_answer: Option<f64>,
    store_micros_per_answer: Option<f64>,
    generator_micros_per_answer: Option<f64>,
    server_memory_mib: Option<f64>,
    server_memory_peak_mib: Option<f64>,
    /// Answers that were not right, by class, in all rounds.
    errors: BTreeMap<String, u64>,
}

impl Report {
    /// Sums up.
    pub fn of(bench: &Bench, rounds: &[Round], memory: Option<Memory>) -> Self {
        let figure = |of: &dyn Fn(&Round) -> f64| median(rounds.iter().map(of).collect());
        let maybe = |of: &dyn Fn(&Round) -> Option<Duration>| {
            let known: Vec<f64> = rounds.iter().filter_map(of).map(micros).collect();
            (!known.is_empty()).then(|| median(known))
        };
        let mut errors = BTreeMap::new();
        for (class, count) in rounds.iter().flat_map(|round| &round.errors) {
            *errors.entry(class.clone()).or_default() += count;
        }
        Self {
            work: format!("{:?}", bench.work).to_lowercase(),
            connections: bench.connections,
            rate: bench.rate,
            rounds: rounds.len(),
            answers_per_second: figure(&|round| round.per_second),
            raw_operation: Operation::of(bench.work).name(),
            raw_per_second: figure(&|round| round.raw_per_second),
            ratio: figure(&Round::ratio),
            p50_ms: figure(&|round| micros(round.percentiles[0]) / 1e3),
            p99_ms: figure(&|round| micros(round.percentiles[1]) / 1e3),
            p99_9_ms: figure(&|round| micros(round.percentiles[2]) / 1e3),
            raw_micros: figure(&|round| micros(round.cpu_per_raw)),
            server_micros_per_answer: maybe(&|round| round.cpu.server),
            store_micros_per_answer: maybe(&|round| round.cpu.store),
            generator_micros_per_answer: maybe(&|round| round.cpu.generator),
            server_memory_mib: memory.map(|memory| mib(memory.now)),
            server_memory_peak_mib: memory.map(|memory| mib(memory.most)),
            errors,
        }
    }

    /// How many requests were not answered as they should be.
    pub fn wrong_answers(&self) -> u64 {
        self.errors.values().sum()
    }
}

fn mib(bytes: u64) -> f64 {
    rounded(bytes as f64 / f64::from(1 << 20))
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// Of sorted values, the least that this share of them does not exceed.
fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = match values.len() % 2 {
        0 => (values[middle - 1] + values[middle]) / 2.0,
        _ => values[middle],
    };
    rounded(median)
}

/// More digits than this are noise.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<_> = (1..=1000).map(Duration::from_millis).collect();
        let table = [(0.5, 500), (0.99, 990), (0.999, 999), (1.0, 1000)];
        for (share, expected) in table {
            assert_eq!(percentile(&values, share), Duration::from_millis(expected), "{share}");
        }
        assert_eq!(percentile(&values[..1], 0.999), Duration::from_millis(1));
        assert_eq!(percentile(&[], 0.5), Duration::ZERO);
    }

    #[test]
    fn a_median_does_not_heed_the_one_bad_round() {
        assert_eq!(median(vec![0.9, 0.1, 0.8]), 0.8);
        assert_eq!(median(vec![0.9, 0.7]), 0.8);
    }
}
