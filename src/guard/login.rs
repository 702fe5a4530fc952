//! A login for a protected host: the code flow, in which we are the client.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use form_urlencoded::Serializer;
use serde::{Deserialize, Serialize};

use super::{Asked, Cookie, ProtectedHost, visitor};
use crate::app::App;
use crate::context::Context;
use crate::error::Error;
use crate::grant::Grant;
use crate::oauth::Params;
use crate::secret::{Kind, Secret, base64url, sha256};
use crate::token::issuer;

/// How long a person may take.
const LIFETIME: Duration = Duration::from_secs(3600);

/// How long they are let in at most. Another code then brings them on without
/// a question, as long as their session lives.
const VISIT: Duration = Duration::from_secs(12 * 3600);

/// The parameter with the path that the browser comes back to.
pub const RETURN_TO: &str = "return_to";

/// What is kept of a login until it comes back.
#[derive(Debug, Serialize, Deserialize)]
struct Pending {
    origin: String,
    target: String,
}

/// How a login ended.
#[derive(Debug)]
pub enum Ended {
    /// The browser may go there, with this cookie.
    Admitted { location: String, cookie: HeaderValue },
    /// The person or the server said no; there it can be tried again.
    Denied { again: String },
    /// It is not known: too old, used before, or begun in another browser.
    Lost,
}

/// Where the browser goes to log in and come back to `target`, and the cookie
/// that the login is bound to.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach.
pub async fn begin(
    app: &App,
    host: &ProtectedHost,
    target: &str,
    headers: &HeaderMap,
) -> Result<(String, HeaderValue), Error> {
    let guest = match guest(host, headers) {
        Some(guest) => guest,
        None => Kind::GuestCookie.generate(&app.random)?,
    };
    let state = Kind::LoginState.generate(&app.random)?;
    let Asked { origin, target } = Asked::new(host.origin().to_owned(), target);
    let now = app.now();
    let pending = Pending { origin, target };
    app.store.create_flow(&state.digest(), &guest.digest(), &pending, now, now + LIFETIME).await?;
    let challenge = base64url(&sha256(verifier(app, &guest, &state).reveal().as_bytes()));
    // Whoever stays logged in without a session could not be seen to leave.
    let scope = host.client.scope.without_admin().filter(|token| token != "offline_access").to_string();
    let query = Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", &host.client.client_id)
        .append_pair("redirect_uri", &host.callback())
        .append_pair("state", state.reveal())
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(Some(("scope", scope)).filter(|(_, scope)| !scope.is_empty()))
        .finish();
    Ok((format!("{}?{query}", app.config.issuer.join("/authorize")), Cookie::Guest.set(host, &guest)?))
}

/// Takes the answer that the browser brings from the authorization endpoint.
///
/// # Errors
/// Those of the token endpoint, and `temporarily_unavailable` (503).
pub async fn end(
    app: &App,
    host: &ProtectedHost,
    answer: &Params,
    headers: &HeaderMap,
    context: &Context,
) -> Result<Ended, Error> {
    let state = answer.get("state").and_then(|state| Kind::LoginState.parse(state));
    let (Some(guest), Some(state)) = (guest(host, headers), state) else { return Ok(Ended::Lost) };
    let now = app.now();
    let pending = app.store.flow::<Pending>(&state.digest(), &guest.digest(), now).await?;
    let Some((pending, true)) = pending else { return Ok(Ended::Lost) };
    if pending.origin != host.origin() || !app.store.consume_flow(&state.digest(), now).await? {
        return Ok(Ended::Lost);
    }
    let location = format!("{}{}", pending.origin, pending.target);
    let Some(code) = answer.get("code") else { return Ok(Ended::Denied { again: location }) };
    let form = token_request(host, code, &verifier(app, &guest, &state));
    let grant = Grant::parse(app, &host.client, &form)?;
    let authorization = grant.authorize(app, Arc::clone(&host.client), context).await?;
    let record = issuer::admit(app, &authorization, VISIT, context).await?;
    Ok(Ended::Admitted {
        location,
        cookie: Cookie::Visitor.set(host, &visitor::reference(app, host, &record))?,
    })
}

fn guest(host: &ProtectedHost, headers: &HeaderMap) -> Option<Secret> {
    Kind::GuestCookie.parse(Cookie::Guest.read(host, headers)?.reveal())
}

/// The code verifier (RFC 7636 §4.1) follows from what only this browser has:
/// a code of another login does not fit.
fn verifier(app: &App, guest: &Secret, state: &Secret) -> Secret {
    let parts = [guest.reveal().as_bytes(), state.reveal().as_bytes()];
    Secret::new(base64url(&app.mac.tag("code verifier", &parts)))
}

/// The request of RFC 6749 §4.1.3.
fn token_request(host: &ProtectedHost, code: &str, verifier: &Secret) -> Params {
    let form = Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", &host.callback())
        .append_pair("code_verifier", verifier.reveal())
        .finish();
    Params::parse(form.as_bytes())
}
