//! `/logout`: OpenID Connect RP-Initiated Logout 1.0.

mod request;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use url::form_urlencoded;

use crate::app::App;
use crate::audit::Origin;
use crate::browser::{self, Cookie};
use crate::endpoint::authorize::see_other;
use crate::endpoint::context::Context;
use crate::endpoint::form::Form;
use crate::endpoint::page::Shown;
use crate::error::{Code, Error};
use crate::oauth::params::Params;
use crate::pages::{ClientView, ErrorPage, LoggedOut, LogoutForm, Next, PageError, Ticket};
use crate::session::{self, SignedIn};

use request::{LogoutRequest, PARAMETERS};

/// What the ticket of the form is for.
const FORM: &str = "logout";

/// A client, or the person, asks.
pub async fn logout(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let shown = Shown::new(&app, &context, &headers, None).switched(&headers, params.get("ui_locales"));
    let asked = Asked { app: &app, headers: &headers, params: &params, shown: &shown };
    let answer = asked.judge().await.unwrap_or_else(|error| refusal(&shown, &error));
    shown.keep(answer)
}

/// A client asks by a form, or the person answers our own.
pub async fn logout_form(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    form: Result<Form, Error>,
) -> Response {
    let params = match form {
        Ok(Form(params)) => params,
        Err(error) => return Shown::new(&app, &context, &headers, None).failure(&error),
    };
    let shown = Shown::new(&app, &context, &headers, params.get("ui_locales"));
    let asked = Asked { app: &app, headers: &headers, params: &params, shown: &shown };
    let answer = if params.get("decision") == Some("logout") {
        asked.confirmed().await
    } else if Cookie::Session.read(&app, &headers).is_none() {
        // A form on another site comes without our cookie; the GET has it.
        Ok(see_other(&asked.here()))
    } else {
        asked.judge().await
    };
    answer.unwrap_or_else(|error| refusal(&shown, &error))
}

fn refusal(shown: &Shown<'_>, error: &Error) -> Response {
    if error.code != Code::InvalidRequest {
        return shown.failure(error);
    }
    let description = Some(&*error.description);
    let error = ErrorPage::from(PageError::LogoutRequestInvalid);
    shown.page(None).error(ErrorPage { description, next: Some(Next::Account), ..error })
}

struct Asked<'a> {
    app: &'a App,
    headers: &'a HeaderMap,
    params: &'a Params,
    shown: &'a Shown<'a>,
}

impl Asked<'_> {
    /// Asks the person, unless a hint proves that the client knows them or
    /// nobody is logged in.
    async fn judge(&self) -> Result<Response, Error> {
        let request = LogoutRequest::parse(self.app, self.params).await?;
        match session::current(self.app, self.headers).await? {
            None => self.done(&request, request.hinted_sub.is_some()),
            Some(person) if request.hinted_sub.as_deref() == Some(&person.user.sub) => {
                self.end(&person, &request).await
            }
            Some(person) => Ok(self.question(&person, &request)),
        }
    }

    /// The person said yes on our page.
    async fn confirmed(&self) -> Result<Response, Error> {
        let request = LogoutRequest::parse(self.app, self.params).await?;
        let (Some(cookie), Some(person)) =
            (Cookie::Session.read(self.app, self.headers), session::current(self.app, self.headers).await?)
        else {
            return self.done(&request, false);
        };
        if !browser::is_own_form(self.app, self.headers, &cookie, FORM, self.params.get("csrf")) {
            return Ok(self.shown.error(PageError::ForeignForm));
        }
        self.end(&person, &request).await
    }

    async fn end(&self, person: &SignedIn, request: &LogoutRequest) -> Result<Response, Error> {
        let reason = match &request.client {
            Some(client) => format!("logged out at {}", client.client_id),
            None => String::from("logged out"),
        };
        let by = Origin::person(&person.user.sub, self.shown.context());
        session::end(self.app, person, by, &reason).await?;
        self.done(request, true)
    }

    /// Without proof that a client or the person wants it, a link has to do
    /// for a redirect.
    fn done(&self, request: &LogoutRequest, proven: bool) -> Result<Response, Error> {
        let mut response = match &request.target {
            Some(target) if proven => see_other(target),
            _ => self.shown.page(None).logged_out(&LoggedOut { back: back(request) }),
        };
        // A foreign site's form comes without the cookie: it ends nothing.
        if Cookie::Session.read(self.app, self.headers).is_some() {
            response.headers_mut().append(header::SET_COOKIE, Cookie::Session.clear(self.app)?);
        }
        Ok(response)
    }

    fn question(&self, person: &SignedIn, request: &LogoutRequest) -> Response {
        let Some(cookie) = Cookie::Session.read(self.app, self.headers) else {
            return self.shown.error(PageError::ForeignForm);
        };
        let target = request.target.as_deref().unwrap_or_default();
        let client = request.client.as_deref().map(|client| ClientView::of(client, target));
        let parameters: Vec<_> = self.parameters().collect();
        let here = self.here();
        self.shown.page(Some(&here)).logout_confirm(&LogoutForm {
            ticket: Ticket { csrf: &browser::csrf_token(self.app, &cookie, FORM), flow: None },
            username: &person.user.username,
            client,
            parameters: &parameters,
        })
    }

    fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        PARAMETERS.into_iter().filter_map(|name| Some((name, self.params.get(name)?)))
    }

    /// The GET of the same request.
    fn here(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(self.parameters()).finish();
        format!("{}/logout?{query}", self.app.config.issuer.path())
    }
}

/// The way back: the address that was asked for, else the client's home page.
fn back(request: &LogoutRequest) -> Option<(&str, &str)> {
    let client = request.client.as_deref()?;
    let address = request.target.as_deref().or(client.client_uri.as_deref())?;
    Some((client.client_name.as_deref().unwrap_or(&client.client_id), address))
}
