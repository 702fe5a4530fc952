//! The person behind a grant, as they are now.

use std::sync::Arc;

use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::login;
use crate::store::{GrantFamily, User};

/// The account behind a login of a moment ago. Somebody who guesses at its
/// password meanwhile ends that login too: nobody knows whose it was.
///
/// # Errors
/// `invalid_grant` when it was disabled, deleted or locked since.
pub async fn unlocked(app: &App, grant: &GrantFamily, since: Timestamp) -> Result<Arc<User>, Error> {
    let user = enabled(app, &grant.sub).await?;
    let session = match grant.session_id {
        Some(id) => app.store.session(id).await?,
        None => None,
    };
    let address = session.as_ref().and_then(|session| session.address.as_deref());
    if login::locked_since(app, &grant.sub, address, since).await? {
        return Err(Error::invalid_grant("the person may not log in for now"));
    }
    Ok(user)
}

/// The account, if its owner may still do anything.
///
/// # Errors
/// `invalid_grant` when it was disabled or deleted.
pub async fn enabled(app: &App, sub: &str) -> Result<Arc<User>, Error> {
    let user = app.store.user(sub).await?.filter(|user| user.enabled);
    user.map(Arc::new).ok_or_else(|| Error::invalid_grant("the person may not log in any more"))
}
