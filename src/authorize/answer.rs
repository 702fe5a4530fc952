//! What a request that was agreed to gets: a code, or a token where the
//! implicit grant is allowed.

use std::sync::Arc;

use sqlx::types::Json;

use crate::app::App;
use crate::authorize::AuthorizationRequest;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::Error;
use crate::oauth::Scope;
use crate::oauth::response_type::ResponseType;
use crate::secret::Kind;
use crate::session::SignedIn;
use crate::store::{AuthCode, Client, GrantFamily};
use crate::token::{Authorization, Person, Proof, issuer};

/// Makes the answer's parameters.
///
/// # Errors
/// `temporarily_unavailable` when the store is out of reach.
pub async fn answer(
    app: &App,
    client: Arc<Client>,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    scope: Scope,
    context: &Context,
) -> Result<Vec<(&'static str, String)>, Error> {
    let grant = grant(app, &client, request, signed_in, &scope, app.now())?;
    match request.response_type {
        ResponseType::Code => code(app, grant, request).await,
        ResponseType::Token => token(app, client, grant, signed_in, given(request, &scope), context).await,
    }
}

/// Who allows a single claim has not allowed the scope that it belongs to
/// (OpenID Connect Core §5.5).
fn given(request: &AuthorizationRequest, agreed: &Scope) -> Scope {
    agreed.filter(|token| !request.claim_scope.contains(token))
}

/// What the person allowed. Without `offline_access` it ends with the session.
fn grant(
    app: &App,
    client: &Client,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    scope: &Scope,
    now: Timestamp,
) -> Result<GrantFamily, Error> {
    let session = &signed_in.session;
    let offline = scope.contains("offline_access");
    let end = now + client.refresh_token_lifetime.unwrap_or(app.config.tokens.refresh_lifetime);
    let claims = if client.skip_consent { request.claims.clone() } else { request.claims.within(scope) };
    let claims = (!claims.is_empty()).then(|| serde_json::to_value(&claims)).transpose();
    Ok(GrantFamily {
        id: app.random.uuid_v7(now)?,
        client_id: client.client_id.clone(),
        sub: signed_in.user.sub.clone(),
        session_id: Some(session.id),
        scope: given(request, scope).to_string(),
        audience: Json(request.audience.clone()),
        claims: claims.map_err(Error::server_error)?.map(Json),
        auth_time: Some(session.auth_time),
        amr: Some(session.amr.clone()),
        acr: Some(session.acr.clone()),
        offline,
        salt: app.random.bytes::<16>()?.to_vec(),
        generation: 0,
        rotated_at: None,
        created_at: now,
        expires_at: if offline { end } else { end.min(session.expires_at) },
        revoked_at: None,
    })
}

async fn code(
    app: &App,
    grant: GrantFamily,
    request: &AuthorizationRequest,
) -> Result<Vec<(&'static str, String)>, Error> {
    let code = Kind::AuthorizationCode.generate(&app.random)?;
    let stored = AuthCode {
        digest: code.digest().to_vec(),
        grant_id: grant.id,
        redirect_uri: request.redirect_uri_sent.then(|| request.target.redirect_uri.clone()),
        code_challenge: request.code_challenge.as_ref().map(|challenge| challenge.as_str().to_owned()),
        nonce: request.nonce.clone(),
        failed_attempts: 0,
        created_at: grant.created_at,
        expires_at: grant.created_at + app.config.tokens.code_lifetime,
        consumed_at: None,
    };
    app.codes.issue(grant, stored).await?;
    Ok(vec![("code", code.reveal().to_owned())])
}

/// RFC 6749 §4.2.2: in the fragment, never with a refresh token.
async fn token(
    app: &App,
    client: Arc<Client>,
    grant: GrantFamily,
    signed_in: &SignedIn,
    scope: Scope,
    context: &Context,
) -> Result<Vec<(&'static str, String)>, Error> {
    let authorization = Authorization {
        client,
        person: Some(Person::of(&grant, Arc::clone(&signed_in.user))),
        scope,
        audience: grant.audience.0.clone(),
        proof: Proof::Implicit(grant),
    };
    Ok(issuer::issue(app, authorization, context).await?.parameters())
}
