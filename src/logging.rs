//! Structured logs on stderr: JSON for machines, plain on a terminal. With the
//! feature `otlp` also traces.

#[cfg(feature = "otlp")]
pub mod traces;

use std::io::{BufWriter, IsTerminal as _};
use std::sync::OnceLock;

use tracing::Span;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry, fmt};
use uuid::Uuid;

use crate::config::{Log, LogFormat};

/// Lines that may wait for a slow reader; after that they are dropped, since
/// nobody is to wait for a log.
const BUFFERED_LINES: usize = 16_384;

/// A process has one log.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// What is on its way out is written, and sent, when this is dropped.
#[derive(Debug)]
pub struct Flush {
    _lines: WorkerGuard,
    #[cfg(feature = "otlp")]
    _traces: Option<traces::Flush>,
}

/// Starts logging. Lines are written by a thread of their own.
pub fn start(config: &Log) -> Flush {
    let (writer, lines) = NonBlockingBuilder::default()
        .buffered_lines_limit(BUFFERED_LINES)
        .lossy(true)
        // What has gathered is written at once; the thread flushes when it has
        // nothing left to do.
        .finish(BufWriter::new(std::io::stderr()));
    let _ = DROPPED.set(writer.error_counter());
    let filter = config.level.clone();
    let pretty = match config.format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Json => false,
        LogFormat::Pretty => true,
    };
    let layer = fmt::layer().with_writer(writer).with_target(false);
    if pretty {
        init(layer, filter, lines)
    } else {
        init(layer.json().flatten_event(true).with_current_span(true).with_span_list(false), filter, lines)
    }
}

#[cfg(not(feature = "otlp"))]
fn init(layer: impl Layer<Registry> + Send + Sync, filter: Targets, lines: WorkerGuard) -> Flush {
    tracing_subscriber::registry().with(layer).with(filter).init();
    Flush { _lines: lines }
}

#[cfg(feature = "otlp")]
fn init(layer: impl Layer<Registry> + Send + Sync, filter: Targets, lines: WorkerGuard) -> Flush {
    let (layer, started) = (layer.with_filter(traces::without_parts(filter)), traces::start());
    let (sent, flush, problem) = match started {
        Ok(Some((layer, flush))) => (Some(layer), Some(flush), None),
        Ok(None) => (None, None, None),
        Err(problem) => (None, None, Some(problem)),
    };
    tracing_subscriber::registry().with(layer).with(sent).init();
    if let Some(cause) = problem {
        tracing::warn!(cause, "no traces are sent");
    }
    Flush { _lines: lines, _traces: flush }
}

/// Lines that were dropped since the start, because nobody read the log.
pub fn lines_dropped() -> u64 {
    DROPPED.get().map_or(0, |counter| counter.dropped_lines() as u64)
}

/// What the log's lines about a request have in common.
pub fn request_span(id: Uuid) -> Span {
    #[cfg(feature = "otlp")]
    return tracing::info_span!("request", %id, otel.kind = "server");
    #[cfg(not(feature = "otlp"))]
    tracing::info_span!("request", %id)
}

/// A part of a request that has a time of its own in a trace. The log does not
/// know it: its lines name the request.
#[cfg(feature = "otlp")]
macro_rules! part {
    ($name:literal) => {
        tracing::debug_span!(target: "porteiro::part", $name)
    };
}

/// Without traces nothing.
#[cfg(not(feature = "otlp"))]
macro_rules! part {
    ($name:literal) => {
        tracing::Span::none()
    };
}

pub(crate) use part;
