//! The person behind a grant, as they are now.

use std::sync::Arc;

use crate::app::App;
use crate::error::Error;
use crate::store::User;

/// The account, if its owner may still do anything.
///
/// # Errors
/// `invalid_grant` when it was disabled or deleted.
pub async fn enabled(app: &App, sub: &str) -> Result<Arc<User>, Error> {
    let user = app.store.user(sub).await?.filter(|user| user.enabled);
    user.map(Arc::new).ok_or_else(|| Error::invalid_grant("the person may not log in any more"))
}
