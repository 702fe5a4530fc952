//! `GET` and `POST /authorize`: RFC 6749 §3.1, OpenID Connect Core §3.1.2.

mod recipient;

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::authorize::{self, AuthorizationRequest, Delivery, Flow, Step, Target, next_step, step};
use crate::browser::Cookie;
use crate::endpoint::context::Context;
use crate::endpoint::failure::{self, Place};
use crate::endpoint::form::UncheckedForm;
use crate::endpoint::page::Shown;
use crate::error::Error;
use crate::oauth::params::Params;
use crate::oauth::{GrantType, Scope};
use crate::pages::{ClientView, PageError};
use crate::secret::{Kind, Secret};
use crate::session::{self, SignedIn};
use crate::store::Client;

/// A request by link, or one that goes on after a page. Failures are pages or
/// redirects.
pub async fn get(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let page = Shown::new(&app, &context, &headers, params.get("ui_locales"));
    if let Some(handle) = params.get("flow") {
        return resume(&app, &headers, handle, &page).await;
    }
    match request(&app, &headers, &params, &page).await {
        Ok(flow) => go_on(&app, &headers, flow, None, &page).await,
        Err(answered) => answered,
    }
}

/// A request by form. The browser sent no session cookie with it when it came
/// from another site, so it goes on by a link.
pub async fn post(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    form: Result<UncheckedForm, Error>,
) -> Response {
    let page = Shown::new(&app, &context, &headers, None);
    let params = match form {
        Ok(UncheckedForm(params)) => params,
        Err(error) => return page.failure(&error),
    };
    match request(&app, &headers, &params, &page).await {
        Ok(flow) => to_page(&app, &headers, flow, "/authorize").await.unwrap_or_else(|e| page.failure(&e)),
        Err(answered) => answered,
    }
}

async fn resume(app: &App, headers: &HeaderMap, handle: &str, page: &Shown<'_>) -> Response {
    match Flow::find(app, Cookie::Browser.read(app, headers).as_ref(), handle).await {
        Ok(Some(flow)) => go_on(app, headers, flow, None, page).await,
        Ok(None) => page.error(PageError::InvalidRequest),
        Err(error) => page.failure(&error),
    }
}

/// The checked request, or the answer that it gets at once: a page while
/// client and redirect URI are in doubt, a redirect from then on.
async fn request(
    app: &App,
    headers: &HeaderMap,
    params: &Params,
    page: &Shown<'_>,
) -> Result<Flow, Response> {
    let client = recipient::client(app, params, page).await?;
    let target = recipient::target(app, headers, &client, params, page).await?;
    match AuthorizationRequest::parse(app, &client, target.clone(), params) {
        Ok(request) => Ok(Flow::new(request)),
        Err(error) => Err(fail(app, &client.client_id, &target, &error, page).await),
    }
}

/// Takes the next step of a flow. `signed_in` is given by the page that has
/// just signed the person in; else the cookie says.
pub async fn go_on(
    app: &App,
    headers: &HeaderMap,
    flow: Flow,
    signed_in: Option<SignedIn>,
    page: &Shown<'_>,
) -> Response {
    let (client_id, target) = (flow.request.client_id.clone(), flow.request.target.clone());
    match advance(app, headers, flow, signed_in, page).await {
        Ok(response) => response,
        // The person can do nothing about an outage: the page says so, and the
        // request is not lost.
        Err(error) if error.status().is_server_error() => page.failure(&error),
        Err(error) => fail(app, &client_id, &target, &error, page).await,
    }
}

async fn advance(
    app: &App,
    headers: &HeaderMap,
    flow: Flow,
    signed_in: Option<SignedIn>,
    page: &Shown<'_>,
) -> Result<Response, Error> {
    let signed_in = match signed_in {
        Some(signed_in) => Some(signed_in),
        None => session::current(app, headers).await?,
    };
    let client = app.clients.get(&flow.request.client_id, app.now()).await?;
    let client = client.filter(|known| known.client.enabled).map(|known| Arc::clone(&known.client));
    let client = client.ok_or_else(|| Error::unauthorized_client("the client was disabled"))?;
    let remembered = remembered(app, &client, signed_in.as_ref()).await?;
    let login = signed_in.as_ref().map(|signed_in| step::Login {
        session_id: signed_in.session.id,
        sub: &signed_in.user.sub,
        auth_time: signed_in.session.auth_time,
    });
    let request = match &signed_in {
        Some(signed_in) => flow.request.asked_of(&signed_in.user),
        None => flow.request.clone(),
    };
    match (next_step(&request, login, remembered.as_ref(), client.skip_consent, app.now()), &signed_in) {
        (Step::SelectAccount, _) => to_page(app, headers, flow, "/select-account").await,
        (Step::Consent, _) => to_page(app, headers, flow, "/consent").await,
        (Step::Fail(error), _) => {
            flow.finish(app).await?;
            Ok(fail(app, &flow.request.client_id, &flow.request.target, &error, page).await)
        }
        (Step::Respond(scope), Some(signed_in)) => respond(app, client, flow, signed_in, scope, page).await,
        (Step::Login | Step::Respond(_), _) => to_page(app, headers, flow, "/login").await,
    }
}

async fn remembered(
    app: &App,
    client: &Client,
    signed_in: Option<&SignedIn>,
) -> Result<Option<step::Remembered>, Error> {
    let Some(signed_in) = signed_in else { return Ok(None) };
    let consent = app.store.consent(&signed_in.user.sub, &client.client_id).await?;
    let Some(consent) = consent else { return Ok(None) };
    Ok(Some(step::Remembered {
        granted: Scope::parse(&consent.scope)?,
        declined: Scope::parse(&consent.declined)?,
    }))
}

async fn respond(
    app: &App,
    client: Arc<Client>,
    flow: Flow,
    signed_in: &SignedIn,
    scope: Scope,
    page: &Shown<'_>,
) -> Result<Response, Error> {
    let grant = flow.request.response_type.grant();
    if !client.allows(grant) || (grant == GrantType::Implicit && !app.config.compat.implicit) {
        return Err(authorize::not_registered_for(flow.request.response_type));
    }
    if !flow.finish(app).await? {
        // Of two submits one is answered; the other one begins anew.
        let handle = flow.handle.as_ref().map(Secret::reveal).unwrap_or_default();
        return Ok(resume_at(app, handle));
    }
    let answer = authorize::answer(app, client, &flow.request, signed_in, scope, page.context()).await?;
    let AuthorizationRequest { client_id, target, .. } = &flow.request;
    let delivery = target.deliver(app.config.issuer.as_str(), answer);
    Ok(deliver(app, client_id, target, delivery, page).await)
}

/// Tells the client that it failed.
pub async fn fail(app: &App, client_id: &str, target: &Target, error: &Error, page: &Shown<'_>) -> Response {
    error.log();
    failure::note(app, page.context(), Place::Authorize, client_id, error).await;
    deliver(app, client_id, target, target.fail(app.config.issuer.as_str(), error), page).await
}

async fn deliver(
    app: &App,
    client_id: &str,
    target: &Target,
    delivery: Delivery,
    page: &Shown<'_>,
) -> Response {
    let parameters = match delivery {
        Delivery::Redirect(location) => return see_other(&location),
        Delivery::FormPost(parameters) => parameters,
    };
    let parameters: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    match app.clients.get(client_id, app.now()).await {
        Ok(Some(known)) => {
            page.page(None).form_post(ClientView::of(&known.client, &target.redirect_uri), &parameters)
        }
        Ok(None) => page.error(PageError::UnknownClient),
        Err(error) => page.failure(&error),
    }
}

/// Stores the flow and sends the browser to one of its pages.
async fn to_page(app: &App, headers: &HeaderMap, mut flow: Flow, path: &str) -> Result<Response, Error> {
    let (browser, new) = match Cookie::Browser.read(app, headers) {
        Some(browser) => (browser, false),
        None => (Kind::BrowserCookie.generate(&app.random)?, true),
    };
    let handle = flow.save(app, &browser).await?;
    let location = format!("{}{path}?flow={}", app.config.issuer.path(), handle.reveal());
    let mut response = see_other(&location);
    if new {
        response.headers_mut().append(header::SET_COOKIE, Cookie::Browser.set(app, &browser)?);
    }
    Ok(response)
}

/// Goes on with a flow by a link of its own.
pub fn resume_at(app: &App, handle: &str) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("flow", handle).finish();
    see_other(&format!("{}/authorize?{query}", app.config.issuer.path()))
}

/// 303: whatever came, the next request is a GET; a 307 would post the
/// password on to the client (RFC 9700 §4.12).
pub fn see_other(location: &str) -> Response {
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    let mut response = (StatusCode::SEE_OTHER, headers).into_response();
    match HeaderValue::try_from(location) {
        Ok(location) => {
            response.headers_mut().insert(header::LOCATION, location);
            response
        }
        Err(cause) => Error::server_error(cause).into_response(),
    }
}
