//! The Status List Token: a status list, signed (draft-ietf-oauth-status-list-21
//! §5.1).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::app::App;
use crate::cache::SignedList;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::oauth::Algorithm;
use crate::oauth::status_list::ListId;
use crate::secret::{base64url, sha256};
use crate::token::signature;

/// `typ` of the JWT header.
const TYP: &str = "statuslist+jwt";

/// Seconds after which a copy should be fetched anew.
pub const TTL: u64 = 5;

/// A list that does not change is signed anew so often.
const SIGNED_ANEW: Duration = Duration::from_secs(60);

/// How long a copy may be believed at all.
const LIFETIME: Duration = Duration::from_secs(300);

/// Where a list is fetched: `uri` of the claim, `sub` of the list.
pub fn uri(app: &App, list: ListId) -> String {
    app.config.issuer.join(&format!("/oauth2/status/{list}"))
}

/// The claim `status` of a token (§6.2).
pub fn claim(app: &App, exp: Timestamp, status_index: i32) -> Value {
    let (list, idx) = ListId::of(exp, status_index);
    json!({ "status_list": { "idx": idx, "uri": uri(app, list) } })
}

/// A list as of now; none when there is no such list.
///
/// # Errors
/// `temporarily_unavailable` when the store is needed and out of reach.
pub async fn signed(app: &App, list: ListId) -> Result<Option<Arc<SignedList>>, Error> {
    let now = app.now();
    let Some(lst) = app.status_lists.lst(list, now).await? else { return Ok(None) };
    let remembered = app.status_lists.signed(list);
    let same = |token: &Arc<SignedList>| token.lst == lst && now.since(token.issued_at) < SIGNED_ANEW;
    if let Some(token) = remembered.filter(same) {
        return Ok(Some(token));
    }
    let token = Arc::new(sign(app, list, lst, now)?);
    app.status_lists.remember(list, Arc::clone(&token));
    Ok(Some(token))
}

fn sign(app: &App, list: ListId, lst: Arc<str>, now: Timestamp) -> Result<SignedList, Error> {
    let claims = json!({
        "sub": uri(app, list),
        "iss": app.config.issuer.as_str(),
        "iat": now.seconds(),
        "exp": (now + LIFETIME).seconds(),
        "ttl": TTL,
        "status_list": { "bits": 1, "lst": &*lst },
    });
    let jwt = signature::sign(app, Algorithm::default(), TYP, &claims, now)?;
    let etag = format!("\"{}\"", base64url(&sha256(jwt.as_bytes())));
    Ok(SignedList { jwt, etag, lst, issued_at: now })
}
