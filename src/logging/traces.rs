//! Traces by OTLP over HTTP, sent where the variables of OpenTelemetry's
//! specification say (`OTEL_EXPORTER_OTLP_ENDPOINT` and the others). Without an
//! endpoint nothing is sent. A span names the route, never the address that
//! was asked for: that may carry a code.

use std::env;
use std::pin::Pin;

use axum::body::Body;
use axum::http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{Status, TraceContextExt as _, TracerProvider as _};
use opentelemetry::{KeyValue, trace};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tokio::runtime::{Builder, Runtime};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{Filtered, LevelFilter, Targets};
use tracing_subscriber::registry::LookupSpan;

use crate::outbound::{Outbound, Reach, Trust};

/// Where spans of our own come from, and those of the parts of a request.
const OURS: &str = "porteiro";
const PARTS: &str = "porteiro::part";

/// What turns the spans of the log into a trace.
pub type Traces<S> = Filtered<OpenTelemetryLayer<S, SdkTracer>, Targets, S>;

/// What waits to be sent is sent when this is dropped.
#[derive(Debug)]
pub struct Flush(SdkTracerProvider);

impl Drop for Flush {
    fn drop(&mut self) {
        // Whoever does not take it in time has said so in the log.
        let _ = self.0.shutdown();
    }
}

/// Begins to send; nothing when nobody is named to send to.
///
/// # Errors
/// What is wrong with the variables.
pub fn start<S>() -> Result<Option<(Traces<S>, Flush)>, String>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    if !wanted() {
        return Ok(None);
    }
    let collector = Collector::new()?;
    let exporter = SpanExporter::builder().with_http().with_http_client(collector).build();
    let exporter = exporter.map_err(|cause| cause.to_string())?;
    let provider =
        SdkTracerProvider::builder().with_resource(resource()).with_batch_exporter(exporter).build();
    let layer: OpenTelemetryLayer<S, SdkTracer> = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(OURS))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false);
    let ours = Targets::new().with_target(OURS, LevelFilter::DEBUG);
    Ok(Some((layer.with_filter(ours), Flush(provider))))
}

fn wanted() -> bool {
    let is = |name, value: &str| env::var(name).is_ok_and(|set: String| set.eq_ignore_ascii_case(value));
    let endpoint = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
    endpoint.into_iter().any(|name| env::var(name).is_ok_and(|set| !set.is_empty()))
        && !is("OTEL_SDK_DISABLED", "true")
        && !is("OTEL_TRACES_EXPORTER", "none")
}

fn resource() -> Resource {
    let named = env::var_os("OTEL_SERVICE_NAME").is_some()
        || env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|all| all.contains("service.name="));
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let builder = Resource::builder().with_attribute(version);
    if named { builder.build() } else { builder.with_service_name(OURS).build() }
}

/// The log's own choice, without the parts of requests.
pub fn without_parts(filter: Targets) -> Targets {
    filter.with_target(PARTS, LevelFilter::OFF)
}

/// Makes a request part of the trace that it comes from (W3C Trace Context).
pub fn continue_from(span: &Span, headers: &HeaderMap) {
    let parent = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    if parent.span().span_context().is_valid() {
        let _ = span.set_parent(parent);
    }
}

/// What the request was and how it ended, in the words of OpenTelemetry's
/// conventions for HTTP.
pub fn describe(span: &Span, method: &'static str, route: Option<&str>, status: u16) {
    let context = span.context();
    let span: trace::SpanRef<'_> = context.span();
    span.set_attribute(KeyValue::new("http.request.method", method));
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
    if let Some(route) = route {
        span.update_name(format!("{method} {route}"));
        span.set_attribute(KeyValue::new("http.route", route.to_owned()));
    }
    if status >= 500 {
        span.set_status(Status::error(""));
    }
}

/// Sends to the collector, on a runtime of its own: one that does not answer
/// holds up nothing but the sending thread.
#[derive(Debug)]
struct Collector {
    runtime: Runtime,
    outbound: Outbound,
}

impl Collector {
    fn new() -> Result<Self, String> {
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|cause| cause.to_string())?;
        let outbound = Outbound::new(Reach::Anywhere, Trust::Public).map_err(|cause| cause.to_string())?;
        Ok(Self { runtime, outbound })
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.runtime.block_on(self.outbound.fetch(request.map(Body::from)));
        match answer {
            Ok(answer) => {
                if !answer.status().is_success() {
                    tracing::warn!(status = answer.status().as_u16(), "the collector refused traces");
                }
                Ok(answer)
            }
            Err(failure) => {
                tracing::warn!(cause = %failure, "traces could not be sent");
                Err(failure.to_string().into())
            }
        }
    }
}

impl HttpClient for Collector {
    fn send_bytes<'a, 'f>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        'a: 'f,
        Self: 'f,
    {
        Box::pin(async move { self.send(request) })
    }
}
