//! The person behind a grant, as they are now.

use std::sync::Arc;

use crate::error::Error;
use crate::store::User;

/// The account, if its owner may still do anything.
///
/// # Errors
/// `invalid_grant` when it was disabled.
pub fn enabled(person: User) -> Result<Arc<User>, Error> {
    match person.enabled {
        true => Ok(Arc::new(person)),
        false => Err(Error::invalid_grant("the person may not log in any more")),
    }
}
