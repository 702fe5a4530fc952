//! What every request goes through, whatever its route: it gets its context,
//! its body is read, its answer comes in time and is counted and logged.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::app::App;
use crate::endpoint::context::Context;
use crate::endpoint::{body, page};
use crate::error::Error;
use crate::logging;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// When a request that waits for the store is answered with 503.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);

/// Gives the request its context, the answer its `X-Request-Id`, and the log
/// its line. The path alone is logged: queries may carry codes.
///
/// # Errors
/// `server_error` without randomness.
pub async fn exchange(State(app): State<App>, mut request: Request, next: Next) -> Result<Response, Error> {
    let started = Instant::now();
    let context = Context::of(&app, &request)?;
    request.extensions_mut().insert(context);
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let span = logging::request_span(context.request_id);
    #[cfg(feature = "otlp")]
    logging::traces::continue_from(&span, request.headers());

    let mut response = answer(&app, &context, request, next).instrument(span.clone()).await;

    let status = response.status().as_u16();
    #[cfg(feature = "otlp")]
    logging::traces::describe(&span, known(&method), route.as_ref().map(MatchedPath::as_str), status);
    let took = started.elapsed();
    if let Some(route) = route {
        app.metrics.answered(known(&method), route, status, took);
    }
    let mut id = Uuid::encode_buffer();
    let id = &*context.request_id.hyphenated().encode_lower(&mut id);
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    tracing::info!(
        id,
        address = %context.address,
        method = method.as_str(),
        path = uri.path().escape_default().to_string(),
        status,
        micros = took.as_micros() as u64,
        "answered"
    );
    Ok(response)
}

/// Bounds every wait: with the store frozen, the answer is still an answer.
async fn answer(app: &App, context: &Context, request: Request, next: Next) -> Response {
    let request = match body::receive(request).await {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    // Only a page needs to know whom it is for.
    let reader = page::reads_html(request.headers()).then(|| request.headers().clone());
    match tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await {
        Ok(response) => response,
        Err(elapsed) => {
            let headers = reader.unwrap_or_else(HeaderMap::new);
            page::failed(app, context, &headers, Error::unavailable(elapsed))
        }
    }
}

/// The methods that a route of ours can have; a label must not be endless.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}
