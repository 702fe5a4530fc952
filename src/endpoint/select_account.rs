//! `GET` and `POST /select-account`: as whom?

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::App;
use crate::authorize::Progress;
use crate::endpoint::authorize::{go_on, resume_at};
use crate::endpoint::context::Context;
use crate::endpoint::form::Form;
use crate::endpoint::page::Shown;
use crate::endpoint::visit::Visit;
use crate::error::Error;
use crate::oauth::params::Params;
use crate::pages::{ClientView, PageError, SelectAccount, Ticket};

/// The question.
pub async fn get(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let plain = Shown::new(&app, &context, &headers, None);
    let shown = async {
        let Some(mut visit) = Visit::find(&app, &headers, &params).await? else {
            return Ok(plain.error(PageError::InvalidRequest));
        };
        visit.flow.switch_language(&app, params.get("ui_locales")).await?;
        let page = Shown::new(&app, &context, &headers, visit.flow.request.ui_locales.as_deref())
            .switched(&headers, params.get("ui_locales"));
        let client = app.clients.get(&visit.flow.request.client_id, app.now()).await?;
        match (&client, &visit.signed_in, &visit.flow.handle) {
            (Some(known), Some(signed_in), Some(handle)) => {
                let here = format!("{}/select-account?flow={}", app.config.issuer.path(), handle.reveal());
                let form = SelectAccount {
                    ticket: Ticket { csrf: &visit.csrf_token(&app), flow: Some(handle.reveal()) },
                    username: &signed_in.user.username,
                    email: signed_in.user.email.as_deref(),
                    client: ClientView::of(&known.client, &visit.flow.request.target.redirect_uri),
                };
                Ok(page.keep(page.page(Some(&here)).select_account(&form)))
            }
            _ => Ok(go_on(&app, &headers, visit.flow, visit.signed_in, &page).await),
        }
    };
    shown.await.unwrap_or_else(|error: Error| plain.failure(&error))
}

/// The answer.
pub async fn post(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    form: Result<Form, Error>,
) -> Response {
    let page = Shown::new(&app, &context, &headers, None);
    let answered = async { submitted(&app, &headers, form?.0, &page).await };
    answered.await.unwrap_or_else(|error: Error| page.failure(&error))
}

async fn submitted(
    app: &App,
    headers: &HeaderMap,
    form: Params,
    page: &Shown<'_>,
) -> Result<Response, Error> {
    let Some(mut visit) = Visit::find(app, headers, &form).await? else {
        return Ok(page.error(PageError::ForeignForm));
    };
    if visit.flow.handle.is_none() {
        return Ok(resume_at(app, form.get("flow").unwrap_or_default()));
    }
    if !visit.is_own_form(app, headers, &form) {
        return Ok(page.error(PageError::ForeignForm));
    }
    if !visit.asked_this_person(app, &form) {
        return Ok(resume_at(app, form.get("flow").unwrap_or_default()));
    }
    let request = &mut visit.flow.request;
    match (form.get("decision"), &visit.signed_in) {
        (Some("continue"), Some(signed_in)) => {
            let before = request.progress.of(signed_in.session.id);
            request.progress = Progress { account_chosen: true, ..before };
        }
        _ => request.ask_for_login(),
    }
    Ok(go_on(app, headers, visit.flow, visit.signed_in, page).await)
}
