//! `/_porteiro/…` of a protected host, which its proxy hands to us: the login
//! begins and ends here, and people sign out.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use form_urlencoded::Serializer;

use crate::app::App;
use crate::endpoint::authorize::see_other;
use crate::endpoint::context::Context;
use crate::endpoint::failure::{self, Place};
use crate::endpoint::page::Shown;
use crate::error::Error;
use crate::guard::{self, Cookie, Ended, ProtectedHost, RETURN_TO};
use crate::oauth::Params;
use crate::pages::{ErrorPage, Next, PageError};

/// Binds a login to the browser and sends it to the authorization endpoint.
pub async fn start(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let visit = Visit::new(&app, &context, &headers, query.as_deref());
    visit.answer(visit.start().await)
}

/// Takes the answer of the authorization endpoint, and lets the person in.
pub async fn callback(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let visit = Visit::new(&app, &context, &headers, query.as_deref());
    visit.answer(visit.callback().await)
}

/// Ends the visit, and asks whether the person wants to be logged out as well.
pub async fn sign_out(State(app): State<App>, context: Context, headers: HeaderMap) -> Response {
    let visit = Visit::new(&app, &context, &headers, None);
    visit.answer(visit.sign_out().await)
}

/// A browser at one of these pages.
struct Visit<'a> {
    app: &'a App,
    context: &'a Context,
    headers: &'a HeaderMap,
    params: Params,
    shown: Shown<'a>,
}

impl<'a> Visit<'a> {
    fn new(app: &'a App, context: &'a Context, headers: &'a HeaderMap, query: Option<&str>) -> Self {
        let shown = Shown::new(app, context, headers, None).elsewhere();
        Self { app, context, headers, params: Params::parse(query.unwrap_or_default().as_bytes()), shown }
    }

    async fn start(&self) -> Result<Response, Error> {
        let Some(host) = self.host().await? else { return Ok(self.shown.error(PageError::NotFound)) };
        let target = self.params.get(RETURN_TO).unwrap_or("/");
        let (location, cookie) = guard::begin(self.app, &host, target, self.headers).await?;
        Ok(with_cookie(see_other(&location), cookie))
    }

    async fn callback(&self) -> Result<Response, Error> {
        let Some(host) = self.host().await? else { return Ok(self.shown.error(PageError::NotFound)) };
        self.params.check()?;
        let ended = guard::end(self.app, &host, &self.params, self.headers, self.context).await;
        Ok(match ended {
            Ok(Ended::Admitted { location, cookie }) => with_cookie(see_other(&location), cookie),
            Ok(Ended::Denied { again }) => self.shown.page(None).error(ErrorPage {
                next: Some(Next::Again(&again)),
                ..ErrorPage::from(PageError::SignInDenied)
            }),
            Ok(Ended::Lost) => self.lost(&host),
            Err(error) if error.status().is_server_error() => return Err(error),
            // The code was spent, or what it stands for was taken back since.
            Err(error) => {
                let client_id = &host.client.client_id;
                failure::note(self.app, self.context, Place::ProtectedHost, client_id, &error).await;
                self.lost(&host)
            }
        })
    }

    fn lost(&self, host: &ProtectedHost) -> Response {
        let again = format!("{}/", host.origin());
        let error = ErrorPage { next: Some(Next::Again(&again)), ..ErrorPage::from(PageError::SignInLost) };
        self.shown.page(None).error(error)
    }

    async fn sign_out(&self) -> Result<Response, Error> {
        let Some(host) = self.host().await? else { return Ok(self.shown.error(PageError::NotFound)) };
        let response = see_other(&self.logout(&host));
        if !self.is_own_wish() {
            return Ok(response);
        }
        guard::leave(self.app, &host, self.headers, self.context).await?;
        Ok(with_cookie(response, Cookie::Visitor.clear(&host)?))
    }

    fn logout(&self, host: &ProtectedHost) -> String {
        let query = Serializer::new(String::new())
            .append_pair("client_id", &host.client.client_id)
            .extend_pairs(host.after_logout().map(|uri| ("post_logout_redirect_uri", uri)))
            .finish();
        format!("{}?{query}", self.app.config.issuer.join("/logout"))
    }

    /// A link on a foreign site must not end a visit; there the question that
    /// follows decides.
    fn is_own_wish(&self) -> bool {
        let site = self.headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
        matches!(site, None | Some("same-origin" | "none"))
    }

    async fn host(&self) -> Result<Option<ProtectedHost>, Error> {
        ProtectedHost::of(self.app, self.headers).await
    }

    fn answer(&self, answer: Result<Response, Error>) -> Response {
        answer.unwrap_or_else(|error| self.shown.failure(&error))
    }
}

fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}
