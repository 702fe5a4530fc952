//! `GET` and `POST /login`: one form with user name and password.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use crate::app::App;
use crate::authorize::{Flow, Progress};
use crate::browser::{self, Cookie};
use crate::endpoint::authorize::{fail, go_on, see_other};
use crate::endpoint::context::Context;
use crate::endpoint::form::Form;
use crate::endpoint::page::Shown;
use crate::error::{Code, Error};
use crate::oauth::params::Params;
use crate::pages::{ClientView, LoginForm, LoginProblem, PageError, Ticket};
use crate::secret::{Kind, Secret};
use crate::{login, session};

/// The form. With `?flow=` for a client, else for the account page.
pub async fn get(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let page = Shown::new(&app, &context, &headers, None);
    let shown = async {
        let browser = Cookie::Browser.read(&app, &headers);
        let mut flow = find(&app, browser.as_ref(), &params).await?;
        if let Some(flow) = &mut flow {
            flow.switch_language(&app, params.get("ui_locales")).await?;
        }
        let wish = flow.as_ref().and_then(|flow| flow.request.ui_locales.clone());
        let page = Shown::new(&app, &context, &headers, wish.as_deref())
            .switched(&headers, params.get("ui_locales"));
        let fresh = browser.is_none().then(|| Kind::BrowserCookie.generate(&app.random)).transpose()?;
        let Some(browser) = browser.or_else(|| fresh.clone()) else {
            return Ok(page.error(PageError::ServerError));
        };
        let hint = flow.as_ref().and_then(|flow| flow.request.login_hint.clone()).unwrap_or_default();
        let mut response = page.keep(show(&app, &page, &browser, flow.as_ref(), &hint, None).await?);
        if let Some(fresh) = fresh {
            response.headers_mut().append(header::SET_COOKIE, Cookie::Browser.set(&app, &fresh)?);
        }
        Ok(response)
    };
    shown.await.unwrap_or_else(|error: Error| page.failure(&error))
}

/// What was typed.
pub async fn post(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    form: Result<Form, Error>,
) -> Response {
    let page = Shown::new(&app, &context, &headers, None);
    let answered = async { submitted(&app, &context, &headers, form?.0).await };
    answered.await.unwrap_or_else(|error: Error| page.failure(&error))
}

async fn submitted(
    app: &App,
    context: &Context,
    headers: &HeaderMap,
    form: Params,
) -> Result<Response, Error> {
    let browser = Cookie::Browser.read(app, headers);
    let handle = form.get("flow").unwrap_or_default();
    let own = |browser: &Secret| browser::is_own_form(app, headers, browser, handle, form.get("csrf"));
    let Some(browser) = browser.filter(own) else {
        return Ok(Shown::new(app, context, headers, None).error(PageError::ForeignForm));
    };
    let flow = find(app, Some(&browser), &form).await?;
    let wish = flow.as_ref().and_then(|flow| flow.request.ui_locales.clone());
    let page = Shown::new(app, context, headers, wish.as_deref());
    if let (Some("cancel"), Some(flow)) = (form.get("decision"), &flow) {
        flow.finish(app).await?;
        let error = Error::new(Code::AccessDenied, "the person cancelled the login");
        return Ok(fail(app, &flow.request.client_id, &flow.request.target, &error, &page).await);
    }
    let typed = form.get("username").unwrap_or_default();
    let (Some(username), Some(password)) = (form.get("username"), form.get("password")) else {
        return show(app, &page, &browser, flow.as_ref(), typed, Some(LoginProblem::Incomplete)).await;
    };
    let problem = match login::prove(app, username, &Secret::new(password), context).await {
        Ok(Some(user)) => {
            let (signed_in, cookie) = session::begin(app, user, headers, context).await?;
            let mut response = match flow {
                Some(mut flow) => {
                    let before = flow.request.progress.of(signed_in.session.id);
                    flow.request.progress = Progress { logged_in: true, ..before };
                    go_on(app, headers, flow, Some(signed_in), &page).await
                }
                None => see_other(&format!("{}/account", app.config.issuer.path())),
            };
            response.headers_mut().append(header::SET_COOKIE, cookie);
            return Ok(response);
        }
        Ok(None) => LoginProblem::WrongCredentials,
        Err(error) if error.status() == StatusCode::TOO_MANY_REQUESTS => LoginProblem::TooMany,
        Err(error) if error.status() == StatusCode::SERVICE_UNAVAILABLE => {
            error.log();
            LoginProblem::Unavailable
        }
        Err(error) => return Err(error),
    };
    show(app, &page, &browser, flow.as_ref(), typed, Some(problem)).await
}

/// The flow that is named, begun anew when it was answered before.
async fn find(app: &App, browser: Option<&Secret>, params: &Params) -> Result<Option<Flow>, Error> {
    let (Some(browser), Some(handle)) = (browser, params.get("flow")) else { return Ok(None) };
    let Some(mut flow) = Flow::find(app, Some(browser), handle).await? else { return Ok(None) };
    if flow.handle.is_none() {
        flow.save(app, browser).await?;
    }
    Ok(Some(flow))
}

async fn show(
    app: &App,
    page: &Shown<'_>,
    browser: &Secret,
    flow: Option<&Flow>,
    username: &str,
    problem: Option<LoginProblem>,
) -> Result<Response, Error> {
    let handle = flow.and_then(|flow| flow.handle.as_ref()).map(Secret::reveal);
    let csrf = browser::csrf_token(app, browser, handle.unwrap_or_default());
    let here = match handle {
        Some(handle) => format!("{}/login?flow={handle}", app.config.issuer.path()),
        None => format!("{}/login", app.config.issuer.path()),
    };
    let known = match flow {
        Some(flow) => app.clients.get(&flow.request.client_id, app.now()).await?,
        None => None,
    };
    let client = known.as_ref().zip(flow);
    let client = client.map(|(known, flow)| ClientView::of(&known.client, &flow.request.target.redirect_uri));
    let ticket = Ticket { csrf: &csrf, flow: handle };
    Ok(page.page(Some(&here)).login(&LoginForm { ticket, client, username, problem }))
}
