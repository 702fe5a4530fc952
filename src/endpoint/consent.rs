//! `GET` and `POST /consent`: the person agrees, or does not.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::App;
use crate::audit::{Act, Entry, Origin};
use crate::authorize::Progress;
use crate::endpoint::authorize::{fail, go_on, resume_at};
use crate::endpoint::context::Context;
use crate::endpoint::form::Form;
use crate::endpoint::page::Shown;
use crate::endpoint::visit::Visit;
use crate::error::{Code, Error};
use crate::oauth::params::Params;
use crate::oauth::{Scope, scope};
use crate::pages::{ClientView, ConsentForm, PageError, SCOPE_FIELD, ScopeItem, Ticket};
use crate::session::SignedIn;
use crate::store::{Client, Consent};
use crate::token::claims;

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
                let here = format!("{}/consent?flow={}", app.config.issuer.path(), handle.reveal());
                let ticket = Ticket { csrf: &visit.csrf_token(&app), flow: Some(handle.reveal()) };
                let form = question(&visit, &known.client, signed_in, ticket);
                Ok(page.keep(page.page(Some(&here)).consent(&form)))
            }
            _ => Ok(go_on(&app, &headers, visit.flow, visit.signed_in, &page).await),
        }
    };
    shown.await.unwrap_or_else(|error: Error| plain.failure(&error))
}

fn question<'a>(
    visit: &'a Visit,
    client: &'a Client,
    signed_in: &'a SignedIn,
    ticket: Ticket<'a>,
) -> ConsentForm<'a> {
    let offered = |scope: &&str| signed_in.user.admin || !scope::ADMIN.contains(scope);
    let item = |scope: &'a str| ScopeItem {
        scope,
        optional: is_optional(scope),
        checked: true,
        claims: claims::of_scope(&signed_in.user, scope),
    };
    ConsentForm {
        ticket,
        client: ClientView::of(client, &visit.flow.request.target.redirect_uri),
        verified: true,
        username: &signed_in.user.username,
        scopes: visit.flow.request.scope.iter().filter(offered).map(item).collect(),
    }
}

/// Who a person is cannot be kept back from a login; everything else can.
fn is_optional(scope: &str) -> bool {
    scope != "openid"
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
        // Answered before: a second submit, or the back button.
        return Ok(resume_at(app, form.get("flow").unwrap_or_default()));
    }
    if !visit.is_own_form(app, headers, &form) {
        return Ok(page.error(PageError::ForeignForm));
    }
    let Some(signed_in) = visit.signed_in.clone().filter(|_| visit.asked_this_person(app, &form)) else {
        return Ok(resume_at(app, form.get("flow").unwrap_or_default()));
    };
    let asked = visit.flow.request.asked_of(&signed_in.user).scope;
    let ticked = |scope: &str| !is_optional(scope) || form.get(&field(scope)).is_some();
    let granted = asked.filter(ticked);
    match form.get("decision") {
        // Whoever unticks everything allows nothing.
        Some("allow") if !granted.is_empty() || asked.is_empty() => {
            remember(app, &signed_in, &visit.flow.request.client_id, &asked, &granted, page.context())
                .await?;
            let before = visit.flow.request.progress.of(signed_in.session.id);
            visit.flow.request.progress = Progress { consented: Some(granted), ..before };
            Ok(go_on(app, headers, visit.flow, Some(signed_in), page).await)
        }
        Some("switch") => {
            visit.flow.request.ask_for_login();
            Ok(go_on(app, headers, visit.flow, Some(signed_in), page).await)
        }
        _ => {
            deny(app, &signed_in, &visit.flow.request.client_id, page.context()).await?;
            visit.flow.finish(app).await?;
            let error = Error::new(Code::AccessDenied, "the person did not allow it");
            let request = &visit.flow.request;
            Ok(fail(app, &request.client_id, &request.target, &error, page).await)
        }
    }
}

async fn deny(app: &App, signed_in: &SignedIn, client_id: &str, context: &Context) -> Result<(), Error> {
    let sub = &signed_in.user.sub;
    let entry = Entry::done(Act::ConsentDeny, &Origin::person(sub, context), app.now());
    app.store.append_audit(&[entry.subject(sub).client(client_id)]).await
}

fn field(scope: &str) -> String {
    format!("{SCOPE_FIELD}{scope}")
}

/// What was allowed before stays allowed, unless it was unticked now.
async fn remember(
    app: &App,
    signed_in: &SignedIn,
    client_id: &str,
    asked: &Scope,
    granted: &Scope,
    context: &Context,
) -> Result<(), Error> {
    let before = app.store.consent(&signed_in.user.sub, client_id).await?;
    let (allowed, declined) = match &before {
        Some(before) => (Scope::parse(&before.scope)?, Scope::parse(&before.declined)?),
        None => (Scope::default(), Scope::default()),
    };
    let unticked = asked.filter(|scope| !granted.contains(scope));
    let consent = Consent {
        sub: signed_in.user.sub.clone(),
        client_id: client_id.to_owned(),
        scope: allowed.filter(|scope| !unticked.contains(scope)).union(granted).to_string(),
        declined: declined.filter(|scope| !granted.contains(scope)).union(&unticked).to_string(),
        granted_at: app.now(),
    };
    app.store.remember_consent(&consent, Origin::person(&signed_in.user.sub, context)).await
}
