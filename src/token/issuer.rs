//! The only place that mints.

use std::time::Duration;

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::Instrument as _;

use crate::app::App;
use crate::audit::{Act, Entry, Origin};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::Error;
use crate::logging;
use crate::metrics::Issued;
use crate::oauth::{GrantType, Scope};
use crate::store::{GrantFamily, NewRevocation, Redemption, Rotation, TokenRecord};
use crate::token::{Authorization, Person, Proof, access_token, id_token, refresh};

/// The successful answer of RFC 6749 §5.1.
#[derive(Debug, Serialize)]
pub struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    scope: Scope,
    #[serde(flatten)]
    legacy: Option<LegacyUserInfo>,
}

/// What Jasmin's applications read beside the token.
#[derive(Debug, Serialize)]
struct LegacyUserInfo {
    uid: String,
    info: Map<String, Value>,
}

impl TokenResponse {
    /// The answer as the parameters of RFC 6749 §4.2.2.
    pub fn parameters(self) -> Vec<(&'static str, String)> {
        vec![
            ("access_token", self.access_token),
            ("token_type", self.token_type.to_owned()),
            ("expires_in", self.expires_in.to_string()),
            ("scope", self.scope.to_string()),
        ]
    }
}

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        ([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(self)).into_response()
    }
}

/// Mints what an authorization is good for. The token leaves only after its
/// record is durable, and what it was issued for is spent in the same commit.
///
/// # Errors
/// `invalid_grant` when the proof was spent meanwhile,
/// `temporarily_unavailable` when the store is out of reach.
pub async fn issue(
    app: &App,
    authorization: Authorization,
    context: &Context,
) -> Result<TokenResponse, Error> {
    let now = app.now();
    let lifetime = access_token::lifetime(app, &authorization);
    let record = access_token::record(app, &authorization, lifetime, now).await?;
    let sign = || Signed::new(app, &authorization, &record, now);
    let (Signed { access_token, id_token }, generation) =
        commit_and_sign(app, &authorization, &record, context, now, sign)
            .instrument(logging::part!("record"))
            .await?;
    let client = &authorization.client;
    let refreshable = authorization.proof.grant().filter(|_| client.allows(GrantType::RefreshToken));
    let refresh_token =
        refreshable.zip(generation).map(|(grant, generation)| refresh::mint(app, grant, generation));
    let legacy = authorization.person.as_ref().filter(|_| client.legacy_user_info).map(legacy_user_info);
    count(app, id_token.is_some(), refresh_token.is_some());
    Ok(TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: record.exp.seconds() - now.seconds(),
        refresh_token: refresh_token.map(|token| token.reveal().to_owned()),
        id_token,
        scope: authorization.scope,
        legacy,
    })
}

/// Spends what an authorization is good for on a record alone: whoever is let
/// in carries a reference to it, and no token leaves.
///
/// # Errors
/// As [`issue`].
pub async fn admit(
    app: &App,
    authorization: &Authorization,
    lifetime: Duration,
    context: &Context,
) -> Result<TokenRecord, Error> {
    let now = app.now();
    let record = access_token::record(app, authorization, lifetime, now).await?;
    commit_and_sign(app, authorization, &record, context, now, || Ok(())).await?;
    app.metrics.issued(Issued::Visit);
    Ok(record)
}

fn count(app: &App, with_id_token: bool, with_refresh_token: bool) {
    app.metrics.issued(Issued::AccessToken);
    if with_id_token {
        app.metrics.issued(Issued::IdToken);
    }
    if with_refresh_token {
        app.metrics.issued(Issued::RefreshToken);
    }
}

fn legacy_user_info(person: &Person) -> LegacyUserInfo {
    let members = [("name", &person.user.profile.name), ("email", &person.user.email)];
    let info = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?.into())));
    LegacyUserInfo { uid: person.user.sub.clone(), info: info.collect() }
}

/// What is signed for one authorization.
struct Signed {
    access_token: String,
    id_token: Option<String>,
}

impl Signed {
    fn new(
        app: &App,
        authorization: &Authorization,
        record: &TokenRecord,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let access_token = access_token::sign(app, authorization, record, now)?;
        let id_token = id_token::sign(app, authorization, &access_token, record.exp, now)?;
        Ok(Self { access_token, id_token })
    }
}

/// The signed tokens, and which refresh token goes with them. Signs while the
/// commit runs where the batch writer takes the record, and before the commit
/// where something is spent: a failed signature spends nothing.
async fn commit_and_sign<T>(
    app: &App,
    authorization: &Authorization,
    record: &TokenRecord,
    context: &Context,
    now: Timestamp,
    sign: impl FnOnce() -> Result<T, Error>,
) -> Result<(T, Option<i64>), Error> {
    match &authorization.proof {
        Proof::Client => Ok((write_and_sign(app, record, sign).await?, None)),
        Proof::Again(grant) => {
            let signed = write_and_sign(app, record, sign).await?;
            let until = now + app.config.tokens.refresh_retry_window;
            app.unanswered.answered(grant.id, grant.generation - 1, until);
            Ok((signed, Some(grant.generation)))
        }
        Proof::Password(grant) => {
            let signed = sign()?;
            app.store.create_grant(grant, record, Some(&login(grant, context, now))).await?;
            Ok((signed, Some(grant.generation)))
        }
        Proof::Implicit(grant) => {
            let signed = sign()?;
            app.store.create_grant(grant, record, None).await?;
            Ok((signed, None))
        }
        Proof::Code { digest, grant, .. } => {
            let signed = sign()?;
            let redemption = Redemption { digest: *digest, now, record: record.clone() };
            if app.codes.redeem(redemption).await? {
                Ok((signed, Some(grant.generation)))
            } else {
                Err(replayed(app, grant, context, now).await?)
            }
        }
        Proof::Refresh(grant) => {
            let signed = sign()?;
            app.unanswered.begin(grant.id, grant.generation, now);
            let rotation =
                Rotation { grant_id: grant.id, generation: grant.generation, now, record: record.clone() };
            let rotated = app.grants.rotate(rotation).await?;
            app.unanswered.known(grant.id, grant.generation);
            if rotated {
                return Ok((signed, Some(grant.generation + 1)));
            }
            // Another request with the same token was faster. It is a retry.
            let successor = refresh::lost_race(app, grant, now).await?;
            app.writer.submit(record.clone())?.durable().await?;
            Ok((signed, Some(successor)))
        }
    }
}

/// A login that makes no session.
fn login(grant: &GrantFamily, context: &Context, now: Timestamp) -> Entry {
    Entry::done(Act::Login, &Origin::person(&grant.sub, context), now)
        .subject(grant.sub.as_str())
        .client(grant.client_id.as_str())
        .object(grant.id)
        .because("password grant")
}

async fn write_and_sign<T>(
    app: &App,
    record: &TokenRecord,
    sign: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let commit = app.writer.submit(record.clone())?;
    let signed = sign()?;
    commit.durable().await?;
    Ok(signed)
}

/// A second use of a code: somebody else has seen it, so what the first use
/// bought is taken back (RFC 6749 §4.1.2).
pub async fn replayed(
    app: &App,
    grant: &GrantFamily,
    context: &Context,
    now: Timestamp,
) -> Result<Error, Error> {
    let revocation = NewRevocation::grant(grant.id, now)
        .by(Origin::client(&grant.client_id, context), "authorization code replayed")
        .of(Some(&grant.client_id), Some(&grant.sub));
    app.revocations.revoke(&revocation).await?;
    Ok(Error::invalid_grant("the authorization code was already used"))
}
