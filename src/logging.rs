//! Structured logs on stderr: JSON for machines, plain on a terminal.

use std::io::{BufWriter, IsTerminal as _};
use std::sync::OnceLock;

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Lines that may wait for a slow reader; after that they are dropped, since
/// nobody is to wait for a log.
const BUFFERED_LINES: usize = 16_384;

/// A process has one log.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Starts logging. Lines are written by a thread of their own until the guard
/// is dropped, which flushes them.
pub fn start(config: &Log) -> WorkerGuard {
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(BUFFERED_LINES)
        .lossy(true)
        // What has gathered is written at once; the thread flushes when it has
        // nothing left to do.
        .finish(BufWriter::new(std::io::stderr()));
    let _ = DROPPED.set(writer.error_counter());
    let filter = EnvFilter::try_new(&config.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let pretty = match config.format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Json => false,
        LogFormat::Pretty => true,
    };
    if pretty {
        subscriber.with_target(false).init();
    } else {
        subscriber
            .json()
            .flatten_event(true)
            .with_target(false)
            .with_current_span(true)
            .with_span_list(false)
            .init();
    }
    guard
}

/// Lines that were dropped since the start, because nobody read the log.
pub fn lines_dropped() -> u64 {
    DROPPED.get().map_or(0, |counter| counter.dropped_lines() as u64)
}
