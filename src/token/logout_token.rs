//! The logout token: OpenID Connect Back-Channel Logout 1.0 §2.4.

use std::time::Duration;

use serde_json::json;

use crate::app::App;
use crate::error::Error;
use crate::store::{Client, LogoutNotice};
use crate::token::signature;

/// `typ` of the JWT header.
const TYP: &str = "logout+jwt";

/// The one event that it tells of.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// At most two minutes, says the specification.
const LIFETIME: Duration = Duration::from_secs(120);

/// Signs a token for one attempt, as the client's ID tokens are signed.
///
/// # Errors
/// `server_error` when no key of the client's algorithm is active.
pub fn sign(app: &App, client: &Client, notice: &LogoutNotice) -> Result<String, Error> {
    let now = app.now();
    // No nonce, ever: it must not pass for an ID token.
    let claims = json!({
        "iss": app.config.issuer.as_str(),
        "sub": notice.sub,
        "aud": client.client_id,
        "iat": now.seconds(),
        "exp": (now + LIFETIME).seconds(),
        "jti": app.random.uuid_v7(now)?,
        "sid": notice.session_id,
        "events": { EVENT: {} },
    });
    signature::sign(app, client.id_token_signed_response_alg, TYP, &claims, now)
}
