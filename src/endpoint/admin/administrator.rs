//! Who is at the administration pages.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use url::form_urlencoded::Serializer;

use crate::app::App;
use crate::audit::Origin;
use crate::browser::{self, Cookie};
use crate::endpoint::authorize::see_other;
use crate::endpoint::context::Context;
use crate::endpoint::form::Form;
use crate::endpoint::page::Shown;
use crate::error::Error;
use crate::oauth::params::Params;
use crate::pages::{AdminDone, AdminFrame, AdminPlace, Page, PageError, Ticket};
use crate::secret::Secret;
use crate::session::{self, SignedIn};

/// What the ticket of the forms is for.
const FORM: &str = "admin";

/// A signed-in administrator and their request. Nobody else becomes one: who is
/// not signed in is sent to the login, any other person gets a page that says no.
pub struct Administrator {
    pub app: App,
    pub person: SignedIn,
    /// What the address asks for.
    pub query: Params,
    path: String,
    context: Context,
    headers: HeaderMap,
    cookie: Secret,
    csrf: String,
}

impl FromRequestParts<App> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let context = Context::from_request_parts(parts, app).await.map_err(|error| error.into_response())?;
        let page = Shown::new(app, &context, &parts.headers, None);
        let person = session::current(app, &parts.headers).await.map_err(|error| page.failure(&error))?;
        let Some((person, cookie)) = person.zip(Cookie::Session.read(app, &parts.headers)) else {
            return Err(see_other(&format!("{}/login", app.config.issuer.path())));
        };
        if !person.user.admin {
            return Err(page.error(PageError::Forbidden));
        }
        Ok(Self {
            csrf: browser::csrf_token(app, &cookie, FORM),
            app: app.clone(),
            person,
            query: Params::parse(parts.uri.query().unwrap_or_default().as_bytes()),
            path: parts.uri.path().to_owned(),
            context,
            headers: parts.headers.clone(),
            cookie,
        })
    }
}

impl Administrator {
    /// In whose name they act.
    pub fn origin(&self) -> Origin {
        Origin::person(&self.person.user.sub, &self.context)
    }

    /// One of the pages.
    pub fn show(
        &self,
        place: AdminPlace,
        page: impl FnOnce(&Page<'_>, &AdminFrame<'_>) -> Response,
    ) -> Response {
        let shown = self.shown();
        let here = self.here(&[]);
        shown.keep(page(&shown.page(Some(&here)), &self.frame(place)))
    }

    /// The answer, or the page of what went wrong.
    pub fn or_failure(&self, answer: Result<Response, Error>) -> Response {
        answer.unwrap_or_else(|error| self.shown().failure(&error))
    }

    /// Does what was posted, if it came from our own page.
    pub async fn posted(
        &self,
        form: Result<Form, Error>,
        act: impl AsyncFnOnce(&Params) -> Result<Response, Error>,
    ) -> Response {
        let own = |form: &Params| {
            browser::is_own_form(&self.app, &self.headers, &self.cookie, FORM, form.get("csrf"))
        };
        let answer = match form {
            Ok(Form(params)) if own(&params) => act(&params).await,
            Ok(_) => Ok(self.shown().error(PageError::ForeignForm)),
            Err(error) => Err(error),
        };
        self.or_failure(answer)
    }

    /// Back to the page that was posted from, which says what was done.
    pub fn done(&self, done: AdminDone) -> Response {
        see_other(&format!("{}?done={}", self.path, done.word()))
    }

    /// This address with another parameter.
    pub fn here(&self, more: &[(&str, &str)]) -> String {
        let mut query = Serializer::new(String::new());
        for name in ["name", "user", "act"] {
            if let Some(value) = self.query.get(name) {
                query.append_pair(name, value);
            }
        }
        match query.extend_pairs(more).finish() {
            query if query.is_empty() => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }

    fn shown(&self) -> Shown<'_> {
        let wish = self.query.get("ui_locales");
        Shown::new(&self.app, &self.context, &self.headers, None).switched(&self.headers, wish)
    }

    fn frame(&self, place: AdminPlace) -> AdminFrame<'_> {
        AdminFrame {
            place,
            ticket: Ticket { csrf: &self.csrf, flow: None },
            username: &self.person.user.username,
            done: self.query.get("done").and_then(AdminDone::parse),
        }
    }
}
