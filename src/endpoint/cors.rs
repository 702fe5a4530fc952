//! Who may call from a browser: the Fetch standard's CORS protocol, as far as
//! RFC 9700 §2.6 and RFC 10017 want it. Credentials are never allowed, so no
//! page of another origin ever acts with a person's cookies.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// What browser applications send beside what is always allowed.
const REQUEST_HEADERS: &str = "authorization, content-type, x-requested-with";

/// What they may read beside what they always may.
const RESPONSE_HEADERS: &str = "retry-after, www-authenticate, x-request-id";

/// How long a browser may remember the answer to a preflight, in seconds. The
/// answer to the request itself is judged anew each time.
const PREFLIGHT_SECONDS: &str = "600";

/// Opens an endpoint to the origins of registered clients; to any other it
/// says nothing, and the browser then keeps the answer from the page.
pub async fn share(State(app): State<App>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let allowed = match origin.as_ref().and_then(|origin| origin.to_str().ok()) {
        Some(text) if app.origins.contains(text).await => origin,
        _ => None,
    };
    let mut response = match &allowed {
        Some(_) if is_preflight(&request) => preflight(),
        _ => next.run(request).await,
    };
    if let Some(origin) = allowed {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(RESPONSE_HEADERS));
    }
    // Also where nothing was allowed: the next one to ask a cache may be.
    response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
    response
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight() -> Response {
    let mut headers = HeaderMap::new();
    let mut say = |name, value| headers.insert(name, HeaderValue::from_static(value));
    say(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST");
    say(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
    say(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
    (StatusCode::NO_CONTENT, headers).into_response()
}
