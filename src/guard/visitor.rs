//! Who visits a protected host: the person behind the cookie.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Cookie, ProtectedHost};
use crate::app::App;
use crate::audit::Origin;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::Error;
use crate::oauth::{ClaimPlace, Scope};
use crate::secret::{Kind, Secret, base64url, from_base64url, same};
use crate::session;
use crate::store::{NewRevocation, TokenRecord, User};
use crate::token::claims;
use crate::token::validation::{self, Refusal};

/// A person who was let in.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// What lets them in.
    pub record: Arc<TokenRecord>,
    /// Who they are now.
    pub user: Arc<User>,
}

/// The value of the cookie: which token record, and a tag that says that we
/// gave it to a browser of this host. The store keeps nothing of it.
pub(super) fn reference(app: &App, host: &ProtectedHost, record: &TokenRecord) -> Secret {
    let mut bytes = record.jti.as_bytes().to_vec();
    bytes.extend(record.exp.0.to_be_bytes());
    bytes.extend(tag(app, host, record.jti, record.exp));
    Secret::new(format!("{}{}", Kind::VisitorCookie.prefix(), base64url(&bytes)))
}

fn tag(app: &App, host: &ProtectedHost, jti: Uuid, exp: Timestamp) -> [u8; 32] {
    app.mac.tag("visitor", &[host.origin().as_bytes(), jti.as_bytes(), &exp.0.to_be_bytes()])
}

fn referred(app: &App, host: &ProtectedHost, cookie: &Secret) -> Option<(Uuid, Timestamp)> {
    let bytes = from_base64url(cookie.reveal().strip_prefix(Kind::VisitorCookie.prefix())?)?;
    let (jti, rest) = bytes.split_first_chunk::<16>()?;
    let (exp, sent) = rest.split_first_chunk::<8>()?;
    let (jti, exp) = (Uuid::from_bytes(*jti), Timestamp(i64::from_be_bytes(*exp)));
    same(sent, &tag(app, host, jti, exp)).then_some((jti, exp))
}

/// Who visits, by the ladder that a bearer token climbs; the session that the
/// visit belongs to is used by it, and ends it.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach.
pub async fn visitor(
    app: &App,
    host: &ProtectedHost,
    headers: &HeaderMap,
) -> Result<Result<Visitor, Refusal>, Error> {
    let verdict = judge(app, host, headers).await?;
    app.metrics.validated(verdict.as_ref().err().map_or("active", |refusal| refusal.error_code()));
    Ok(verdict)
}

async fn judge(
    app: &App,
    host: &ProtectedHost,
    headers: &HeaderMap,
) -> Result<Result<Visitor, Refusal>, Error> {
    let Some(cookie) = Cookie::Visitor.read(host, headers) else { return Ok(Err(Refusal::Missing)) };
    let Some((jti, exp)) = referred(app, host, &cookie) else { return Ok(Err(Refusal::Malformed)) };
    let record = match validation::find(app, jti, exp, app.now()).await? {
        Ok(record) => record,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if record.client_id != host.client.client_id {
        return Ok(Err(Refusal::Unknown));
    }
    let signed_in = match record.session_id {
        Some(id) => session::by_id(app, id).await?,
        None => None,
    };
    let signed_in = signed_in.filter(|signed_in| record.sub.as_deref() == Some(&signed_in.user.sub));
    Ok(match signed_in {
        Some(signed_in) => Ok(Visitor { record, user: signed_in.user }),
        None => Err(Refusal::Revoked),
    })
}

impl Visitor {
    /// What the application learns, by the scopes that were granted and the
    /// client's rules, as at the UserInfo endpoint.
    ///
    /// # Errors
    /// `invalid_scope` for a record that is not ours.
    pub fn claims(&self, host: &ProtectedHost) -> Result<Map<String, Value>, Error> {
        let scope = Scope::parse(&self.record.scope)?;
        let mut body = claims::of_scopes(&self.user, &scope);
        claims::map(&host.client, ClaimPlace::Userinfo, Some((&self.user, &scope)), &mut body);
        Ok(body)
    }
}

/// Ends a visit, and nothing else: the person stays logged in with us.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach: it has not ended.
pub async fn leave(
    app: &App,
    host: &ProtectedHost,
    headers: &HeaderMap,
    context: &Context,
) -> Result<(), Error> {
    let Some(cookie) = Cookie::Visitor.read(host, headers) else { return Ok(()) };
    let Some((jti, exp)) = referred(app, host, &cookie) else { return Ok(()) };
    let record = app.tokens.get(jti, exp).await?;
    let sub = record.as_ref().and_then(|record| record.sub.as_deref());
    let by = sub.map_or_else(|| Origin::anyone(context), |sub| Origin::person(sub, context));
    let revocation = NewRevocation::token(jti, exp, app.now())
        .by(by, "signed out of a protected host")
        .of(Some(&host.client.client_id), sub);
    app.revocations.revoke(&revocation).await?;
    Ok(())
}
